"""A pod gets no node, because no volume made by hand fits its claim."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.claim_states import NO_PROVISIONER, class_of, is_pending
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks, fitting, nearest
from storagetui.diagnosis.pod_states import UNSCHEDULED, waiting_since
from storagetui.diagnosis.pod_volumes import unbound_claims
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.claims.claim_no_matching_volume import is_undiscovered
from storagetui.diagnosis.rules.scheduling.places import described
from storagetui.diagnosis.rules.scheduling.verdict import verdict
from storagetui.diagnosis.topology import nodes_of_terms, nodes_within_reach, place
from storagetui.diagnosis.words import cannot_tell, joined, listed, quoted, things, verb
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.classes import StorageClass
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume, Requirement, SelectorTerm

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

_SHOWN = 3
_NOTHING_TO_BIND = re.compile(r"node\(s\) didn't find available persistent volumes to bind")
"""kubernetes: pkg/scheduler/framework/plugins/volumebinding/binder.go."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when the scheduler says that nothing could be bound on any node, or made there."""
    told, since = verdict(pod, ctx, _NOTHING_TO_BIND), waiting_since(pod)
    if told is None or not ctx.older_than(since, ctx.thresholds.pod_pending_s):
        return
    claims = [claim for claim in unbound_claims(pod, ctx) if is_pending(claim)]
    if not claims:
        return
    names = [claim.name for claim in claims]
    undiscovered = tuple(claim.key for claim in claims if is_undiscovered(claim, ctx))
    yield NO_MATCH.finding(
        pod,
        f"No volume fits {things('claim', names)}",
        joined(*(_stock(claim, pod, ctx) for claim in claims), f"The scheduler says: {quoted(told.text)}"),
        since,
        next_step=_next_step(claims, ctx),
        evidence=(told.proof, *(evidence(claim, "phase") for claim in claims)),
        victims=tuple(key for key in pod.claim_keys if key in {one.key for one in claims} and key not in undiscovered),
        causes=undiscovered,
    )


def _next_step(claims: list[PersistentVolumeClaim], ctx: Context) -> str:
    found = class_of(claims[0], ctx)
    if found is not None and found.provisioner != NO_PROVISIONER and found.allowed_topologies:
        return f"Let the pod run where class {found.name} makes volumes, or use a class that allows other places."
    return f"Make a volume that fits claim {claims[0].name} where the pod may run, or free one that is not needed."


def _stock(claim: PersistentVolumeClaim, pod: Pod, ctx: Context) -> str:
    """What the claim asks for, which volumes come near, and where those that fit are."""
    start = f"Claim {claim.name} asks for {asks(claim)}"
    found = class_of(claim, ctx)
    if found is not None and found.provisioner != NO_PROVISIONER:
        return joined(f"{start}.", _allowed(found, pod, ctx))
    if blind := ctx.unknown(Kind.PERSISTENT_VOLUME):
        return joined(f"{start}.", cannot_tell("which volumes of the class are free", blind))
    fit = fitting(claim, ctx)
    start += ", which makes no volumes" if found is not None else ""
    if not fit:
        return joined(f"{start}.", nearest(claim, ctx))
    return joined(f"{start}.", *(_where(volume, pod, ctx) for volume in fit[:_SHOWN]), _others(len(fit) - _SHOWN))


def _where(volume: PersistentVolume, pod: Pod, ctx: Context) -> str:
    """Why a volume that fits was not taken: the nodes that reach it."""
    where = place(volume)
    if not where:
        return f"{volume.name} fits and is free."
    if blind := ctx.unknown(Kind.NODE):
        return joined(f"{volume.name} fits and is in {where}.", cannot_tell("which nodes reach it", blind))
    nodes = nodes_within_reach(volume, ctx.cluster)
    if not nodes:
        return f"{volume.name} fits and is in {where}, where no node is."
    return f"{volume.name} fits and is within reach of {described(nodes, pod)} alone."


def _others(count: int) -> str:
    return f"{count} more fit." if count > 0 else ""


def _allowed(found: StorageClass, pod: Pod, ctx: Context) -> str:
    """Where the class may make volumes, and which nodes are there."""
    if not found.allowed_topologies:
        return f"Class {found.name} may make volumes anywhere."
    terms = [
        SelectorTerm(tuple(Requirement(one.key, "In", one.values) for one in term.expressions))
        for term in found.allowed_topologies
    ]
    words = listed(" and ".join(f"{one.key}={'|'.join(one.values)}" for one in term.expressions) for term in terms)
    start = f"Class {found.name} makes volumes in {words} alone"
    if blind := ctx.unknown(Kind.NODE):
        return joined(f"{start}.", cannot_tell("which nodes are there", blind))
    nodes = nodes_of_terms(tuple(terms), ctx.cluster)
    if nodes is None:
        return f"{start}."
    return (
        f"{start}, where {described(nodes, pod)} {verb(len(nodes), 'is', 'are')}."
        if nodes
        else f"{start}: no node is there."
    )


PATTERNS = (Pattern(NO_MATCH.code, Kind.POD, ("FailedScheduling",), _NOTHING_TO_BIND),)

RULE = Rule(
    UNSCHEDULED,
    (NO_MATCH,),
    find,
    heard=(Heard(Kind.POD, ("FailedScheduling",)),),
    patterns=PATTERNS,
)
