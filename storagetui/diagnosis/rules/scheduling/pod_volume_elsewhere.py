"""A pod gets no node, because its volume is where the pod may not run."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import UNSCHEDULED, scheduled, waiting_since
from storagetui.diagnosis.pod_volumes import Bound, bound_volumes
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.topology import nodes_within_reach, place
from storagetui.diagnosis.words import cannot_tell, joined, listed, quoted
from storagetui.model.keys import Kind
from storagetui.model.nodes import Node
from storagetui.model.pods import Pod

ELSEWHERE = State(
    code="sched-node-affinity-conflict",
    title="Volume lives where the pod may not run",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The volume is tied to a zone or a node, and what else the pod asks for, or full or missing nodes there, "
        "leaves no node that fits both."
    ),
    remedies=(
        "Read what the scheduler says of the other nodes",
        "Bring back or add a node where the volume is",
        "Loosen the pod's own node selector, affinity or tolerations",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/",
        "https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode",
    ),
)
ZONES = State(
    code="sched-zone-conflict",
    title="Zone labels of volume and nodes differ",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The scheduler compares the zone and region labels of the volume with those of the nodes, and none fits. It "
        "looks at labels here, not at the volume's node affinity."
    ),
    remedies=("Read the labels of the volume", "Bring back or add a node in the volume's zone"),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/",),
)

_AFFINITY = re.compile(r"node\(s\) (?:had volume node affinity conflict|didn't match PersistentVolume's node affinity)")
"""kubernetes: pkg/scheduler/framework/plugins/volumebinding/binder.go; reworded in 1.33."""
_ZONE = re.compile(r"node\(s\) had no available volume zone")
"""kubernetes: pkg/scheduler/framework/plugins/volumezone/volume_zone.go."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when the scheduler's verdict, which stands in the pod's condition, speaks of where volumes are."""
    verdict = scheduled(pod)
    if verdict is None or verdict.reason != "Unschedulable":
        return
    state = ELSEWHERE if _AFFINITY.search(verdict.message) else ZONES if _ZONE.search(verdict.message) else None
    since = waiting_since(pod)
    if state is None or not ctx.older_than(since, ctx.thresholds.pod_pending_s):
        return
    tied = [one for one in bound_volumes(pod, ctx) if place(one.volume)]
    blind = ctx.unknown(Kind.PERSISTENT_VOLUME) or ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM)
    where = sorted({place(one.volume) for one in tied})
    yield state.finding(
        pod,
        f"No node fits both the pod and its volume{f' in {listed(where)}' if where else ''}",
        joined(
            *(_reach(one, ctx) for one in tied),
            cannot_tell("where its volumes are", blind),
            f"The scheduler says: {quoted(verdict.message)}",
        ),
        since,
        next_step="Bring back or add a node where the volume is, or loosen what else the pod asks of a node.",
        evidence=(
            evidence(pod, "conditions", f"PodScheduled={verdict.status}, {verdict.reason}"),
            *(Evidence(one.volume.key, "spec.nodeAffinity", place(one.volume)) for one in tied),
        ),
        victims=tuple(one.claim.key for one in tied),
    )


def _reach(one: Bound, ctx: Context) -> str:
    """Which nodes reach a volume, and whether they take pods."""
    start = f"Volume {one.volume.name} of claim {one.claim.name} is in {place(one.volume)}"
    if blind := ctx.unknown(Kind.NODE):
        return joined(f"{start}.", cannot_tell("which nodes reach it", blind))
    nodes = nodes_within_reach(one.volume, ctx.cluster)
    if nodes is None:
        return f"{start}."
    if not nodes:
        return f"{start}, and no node of the cluster is there."
    closed = [_closed(node) for node in nodes if _closed(node)]
    rest = len(nodes) - len(closed)
    there = f"{len(nodes)} node{'s' if len(nodes) != 1 else ''} ({listed(node.name for node in nodes)})"
    shut = f", of which {listed(closed)}" if closed else ""
    none = "; none of them takes pods" if closed and not rest else ""
    return f"{start}, within reach of {there}{shut}{none}."


def _closed(node: Node) -> str:
    """Why the node takes no pods now; empty when it does."""
    if not node.is_ready:
        return f"{node.name} is not Ready"
    return f"{node.name} is cordoned" if node.is_unschedulable else ""


PATTERNS = (
    Pattern(ELSEWHERE.code, Kind.POD, ("FailedScheduling",), _AFFINITY),
    Pattern(ZONES.code, Kind.POD, ("FailedScheduling",), _ZONE),
)

RULE = Rule(
    UNSCHEDULED,
    (ELSEWHERE, ZONES),
    find,
    heard=(Heard(Kind.POD, ("FailedScheduling",)),),
    patterns=PATTERNS,
)
