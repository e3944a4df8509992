"""A pod gets no node, because its volume is where the pod may not run."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity
from storagetui.diagnosis.pod_states import UNSCHEDULED, scheduled, waiting_since
from storagetui.diagnosis.pod_volumes import Bound, bound_volumes
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.scheduling.places import described, shut
from storagetui.diagnosis.rules.scheduling.verdict import verdict
from storagetui.diagnosis.topology import nodes_within_reach, place
from storagetui.diagnosis.words import cannot_tell, joined, listed, quoted, things, verb
from storagetui.model.keys import Key, Kind
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

AFFINITY = re.compile(r"node\(s\) (?:had volume node affinity conflict|didn't match PersistentVolume's node affinity)")
"""kubernetes: pkg/scheduler/framework/plugins/volumebinding/binder.go; reworded in 1.33."""
_ZONE = re.compile(r"node\(s\) had no available volume zone")
"""kubernetes: pkg/scheduler/framework/plugins/volumezone/volume_zone.go."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when the scheduler speaks of where volumes are, or is silent and no node that reaches one takes pods."""
    if not ctx.older_than(waiting_since(pod), ctx.thresholds.pod_pending_s):
        return
    affinity, zone = verdict(pod, ctx, AFFINITY), verdict(pod, ctx, _ZONE)
    tied = [one for one in bound_volumes(pod, ctx) if place(one.volume)]
    told = affinity or zone
    if told is None and (_has_spoken(pod) or not any(_is_out_of_reach(one, pod, ctx) for one in tied)):
        return
    state = ZONES if affinity is None and zone is not None else ELSEWHERE
    blind = ctx.unknown(Kind.PERSISTENT_VOLUME) or ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM)
    where = sorted({place(one.volume) for one in tied})
    dead = _dead_nodes(tied, ctx)
    names = [key.name for key in dead]
    yield state.finding(
        pod,
        f"No node fits both the pod and its volume{f' in {listed(where)}' if where else ''}",
        joined(
            *(_reach(one, pod, ctx) for one in tied),
            _apart(tied, ctx),
            cannot_tell("where its volumes are", blind),
            f"The scheduler says: {quoted(told.text)}" if told is not None else "",
        ),
        waiting_since(pod),
        next_step="Bring back or add a node where the volume is, or loosen what else the pod asks of a node.",
        evidence=(
            *((told.proof,) if told is not None else ()),
            *(Evidence(one.volume.key, "spec.nodeAffinity", place(one.volume)) for one in tied),
        ),
        victims=tuple(one.claim.key for one in tied),
        causes=dead,
        shared=f"{things('Node', names)} {verb(len(names), 'is', 'are')} not Ready, and volumes are there that no "
        "other node reaches."
        if dead
        else "",
    )


def _has_spoken(pod: Pod) -> bool:
    """Whether the scheduler has said something: of volumes out of reach it always speaks."""
    said = scheduled(pod)
    return said is not None and bool(said.message)


def _nodes(one: Bound, ctx: Context) -> list[Node] | None:
    """The nodes that reach the volume; None when they cannot be told."""
    return None if ctx.unknown(Kind.NODE) else nodes_within_reach(one.volume, ctx.cluster)


def _is_out_of_reach(one: Bound, pod: Pod, ctx: Context) -> bool:
    """Whether it is known that no node which reaches the volume takes the pod."""
    nodes = _nodes(one, ctx)
    return nodes is not None and all(shut(node, pod) for node in nodes)


def _reach(one: Bound, pod: Pod, ctx: Context) -> str:
    """Which nodes reach a volume, and whether they take the pod."""
    start = f"Volume {one.volume.name} of claim {one.claim.name} is in {place(one.volume)}"
    if blind := ctx.unknown(Kind.NODE):
        return joined(f"{start}.", cannot_tell("which nodes reach it", blind))
    nodes = _nodes(one, ctx)
    if nodes is None:
        return f"{start}."
    if not nodes:
        return f"{start}, and no node of the cluster is there."
    none = "; none of them takes the pod" if all(shut(node, pod) for node in nodes) else ""
    count = f"{len(nodes)} node{'s' if len(nodes) != 1 else ''}"
    return f"{start}, within reach of {count}: {described(nodes, pod)}{none}."


def _apart(tied: list[Bound], ctx: Context) -> str:
    """Whether the volumes are in places that no node has in common."""
    reached = [(one, {node.name for node in nodes}) for one in tied if (nodes := _nodes(one, ctx))]
    if len(reached) < 2 or set.intersection(*(names for _, names in reached)):
        return ""
    return f"No node reaches volumes {listed(one.volume.name for one, _ in reached)} at once."


def _dead_nodes(tied: list[Bound], ctx: Context) -> tuple[Key, ...]:
    """The nodes that reach the volumes, where all of them are down."""
    found = [node for one in tied for node in _nodes(one, ctx) or ()]
    return tuple(dict.fromkeys(node.key for node in found)) if found and not any(one.is_ready for one in found) else ()


PATTERNS = (
    Pattern(ELSEWHERE.code, Kind.POD, ("FailedScheduling",), AFFINITY),
    Pattern(ZONES.code, Kind.POD, ("FailedScheduling",), _ZONE),
)

RULE = Rule(
    UNSCHEDULED,
    (ELSEWHERE, ZONES),
    find,
    heard=(Heard(Kind.POD, ("FailedScheduling",)),),
    patterns=PATTERNS,
)
