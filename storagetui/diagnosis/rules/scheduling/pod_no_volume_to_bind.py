"""A pod gets no node, because no volume made by hand fits its claim."""

import re
from collections.abc import Iterator

from storagetui.cluster.relations import FREE_VOLUMES_OF_CLASS
from storagetui.diagnosis.claim_states import NO_PROVISIONER, class_of, is_pending
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import UNSCHEDULED, scheduled, waiting_since
from storagetui.diagnosis.pod_volumes import unbound_claims
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, listed, quoted, things
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume

NO_MATCH = State(
    code="sched-no-matching-pv",
    title="No existing volume fits on any node, and nothing may be provisioned there",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The class makes no volumes: every volume of it is taken, too small, of another mode, or on nodes that the pod "
        "cannot use. Of a class with a provisioner the allowed topologies rule every node out."
    ),
    remedies=("Make a volume that fits where the pod may run", "Free one that is Released and not needed any more"),
    links=(
        "https://kubernetes.io/docs/concepts/storage/volumes/#local",
        "https://kubernetes.io/docs/concepts/storage/storage-classes/#allowed-topologies",
    ),
)

_NOTHING_TO_BIND = re.compile(r"node\(s\) didn't find available persistent volumes to bind")
"""kubernetes: pkg/scheduler/framework/plugins/volumebinding/binder.go."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when the scheduler's verdict, which stands in the pod's condition, says that nothing could be bound."""
    verdict, since = scheduled(pod), waiting_since(pod)
    if verdict is None or verdict.reason != "Unschedulable" or not _NOTHING_TO_BIND.search(verdict.message):
        return
    claims = [claim for claim in unbound_claims(pod, ctx) if is_pending(claim)]
    if not claims or not ctx.older_than(since, ctx.thresholds.pod_pending_s):
        return
    names = [claim.name for claim in claims]
    yield NO_MATCH.finding(
        pod,
        f"No volume fits {things('claim', names)}",
        joined(*(_free(claim, ctx) for claim in claims), f"The scheduler says: {quoted(verdict.message)}"),
        since,
        next_step=f"Make a volume that fits claim {names[0]} where the pod may run, or free one that is not needed.",
        evidence=(
            evidence(pod, "conditions", f"PodScheduled={verdict.status}, {verdict.reason}"),
            *(evidence(claim, "phase") for claim in claims),
        ),
        victims=tuple(claim.key for claim in claims),
    )


def _free(claim: PersistentVolumeClaim, ctx: Context) -> str:
    """What the claim asks for, and which volumes of its class are free."""
    asks = f"Claim {claim.name} asks for {claim.requested or 'a volume'} of class {claim.class_name}"
    found = class_of(claim, ctx)
    if found is not None and found.provisioner == NO_PROVISIONER:
        asks += ", which makes no volumes"
    if blind := ctx.unknown(Kind.PERSISTENT_VOLUME):
        return joined(f"{asks}.", cannot_tell("which volumes of the class are free", blind))
    free = sorted(
        ctx.cluster.related(PersistentVolume, FREE_VOLUMES_OF_CLASS, claim.class_name), key=lambda one: one.name
    )
    if not free:
        return f"{asks}, and none of its volumes is free."
    sizes = listed(f"{one.name} ({one.capacity or 'no size'}, {one.phase or 'no phase'})" for one in free)
    return (
        f"{asks}. Of its volumes {sizes} {'is' if len(free) == 1 else 'are'} not reserved, and none was found to fit."
    )


PATTERNS = (Pattern(NO_MATCH.code, Kind.POD, ("FailedScheduling",), _NOTHING_TO_BIND),)

RULE = Rule(
    UNSCHEDULED,
    (NO_MATCH,),
    find,
    heard=(Heard(Kind.POD, ("FailedScheduling",)),),
    patterns=PATTERNS,
)
