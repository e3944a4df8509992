"""A pod names its node itself, so that nobody triggers the late binding of its claim."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.claim_states import UNBOUND, Binding, binding, class_of, consumers
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks
from storagetui.diagnosis.moments import earliest, latest
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined, listed, things, verb
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind

BYPASSED = State(
    code="pvc-nodename-bypasses-scheduler",
    title="Pod names its node itself, so nobody triggers late binding",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "A pod made with spec.nodeName, or placed by a scheduler that knows nothing of volumes, never passes the step "
        "that chooses a node for its claim. So the volume is never made, and the pod waits for it on its node."
    ),
    remedies=(
        "Replace spec.nodeName in the pod's template by a node selector or affinity, and delete the pod",
        "Use a class that binds at once",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode",),
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when a pod with a node uses a claim that binds late and that no node was chosen for."""
    if claim.selected_node or claim.volume_name or binding(claim, ctx) is not Binding.DELAYED:
        return
    placed = [pod for pod in consumers(claim, ctx) if pod.node_name]
    since = earliest(latest((claim.creation_timestamp, pod.creation_timestamp)) for pod in placed)
    if not placed or not ctx.older_than(since, ctx.thresholds.claim_pending_s):
        return
    names = [pod.name for pod in placed]
    nodes = sorted({pod.node_name for pod in placed})
    made_by = class_of(claim, ctx)
    yield BYPASSED.finding(
        claim,
        f"{things('Pod', names)} {verb(len(names), 'passes', 'pass')} the scheduler by",
        joined(
            f"The claim asks for {asks(claim)}, which binds once the scheduler has chosen a node for a pod.",
            f"{things('Pod', names)} {verb(len(names), 'has', 'have')} a node ({listed(nodes)}) without one having "
            "been chosen for the claim: the node is named in spec.nodeName, or another scheduler placed it.",
        ),
        since,
        next_step=f"Take spec.nodeName out of the template of pod {names[0]}, use a node selector, and delete the pod.",
        evidence=(
            evidence(claim, "phase"),
            evidence(claim, "selected_node", "(absent)"),
            *((evidence(made_by, "volume_binding_mode"),) if made_by is not None else ()),
            *(evidence(pod, "node_name") for pod in placed[:3]),
        ),
        victims=tuple(pod.key for pod in placed),
    )


PATTERNS = (
    Pattern(
        BYPASSED.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("WaitForFirstConsumer",),
        re.compile(r"waiting for first consumer"),
        needs_objects=True,
    ),
    Pattern(
        BYPASSED.code,
        Kind.POD,
        ("FailedMount",),
        re.compile(r"error processing PVC (?P<claim>\S+): PVC is not bound"),
        needs_objects=True,
    ),
)

RULE = Rule(
    UNBOUND,
    (BYPASSED,),
    find,
    heard=(
        Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("WaitForFirstConsumer",)),
        Heard(Kind.POD, ("FailedMount",)),
    ),
    patterns=PATTERNS,
)
