"""A pod's volume is a local one of a node that no longer exists."""

from collections.abc import Iterator

from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.drivers import hint
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity
from storagetui.diagnosis.pod_states import UNSCHEDULED, waiting_since
from storagetui.diagnosis.pod_volumes import Bound, bound_volumes
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.scheduling.pod_volume_elsewhere import AFFINITY
from storagetui.diagnosis.topology import nodes_within_reach, place
from storagetui.diagnosis.words import joined, listed
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume

GONE = State(
    code="sched-local-pv-node-gone",
    title="Local volume of a node that no longer exists",
    severity=Severity.CRITICAL,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "A local volume lives and dies with its node. If the node is gone for good, so is the data, and only a new "
        "claim helps, filled from a backup or by the application's own replicas. A StatefulSet makes the new claim by "
        "itself once the old one is deleted."
    ),
    remedies=(
        "Bring the node back under its name",
        "Make sure that the application has other replicas or a backup; then delete the claim and the pod",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/volumes/#local",),
)

_HOSTNAME = "kubernetes.io/hostname"
_NODE_KEYS = ("/hostname", "/node", "/nodename", "/nodeid", "/host")
"""How the keys end by which drivers of local disks tie a volume to a node (topology.topolvm.io/node for instance)."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when nodes were read and none carries the label of the volume's node."""
    if ctx.unknown(Kind.NODE) or not ctx.older_than(waiting_since(pod), ctx.thresholds.pod_pending_s):
        return
    lost = [one for one in bound_volumes(pod, ctx) if is_local(one.volume) and _is_gone(one, ctx)]
    if not lost:
        return
    nodes = sorted({node for one in lost for node in node_names(one.volume)})
    yield GONE.finding(
        pod,
        f"The node of local volume {lost[0].volume.name} is gone",
        joined(
            *(
                f"Volume {one.volume.name} of claim {one.claim.name} is a disk of node "
                f"{listed(node_names(one.volume)) or place(one.volume)}, and the cluster has no such node."
                for one in lost
            ),
            "The pod can run nowhere else with it; unless the node comes back, the data is lost.",
            hint(lost[0].volume.driver or lost[0].volume.provisioned_by, Topic.TOPOLOGY),
        ),
        waiting_since(pod),
        next_step=f"Bring node {listed(nodes)} back; if it is gone for good, see to the data before claim "
        f"{lost[0].claim.name} is deleted.",
        evidence=tuple(Evidence(one.volume.key, "spec.nodeAffinity", place(one.volume)) for one in lost),
        causes=tuple(Key(Kind.NODE, "", name) for name in nodes),
        shared=f"Node {listed(nodes)} is gone, and with it the local volumes on it.",
    )


def is_local(volume: PersistentVolume) -> bool:
    """Whether the volume is tied to single nodes by their names."""
    return bool(node_names(volume))


def node_names(volume: PersistentVolume) -> list[str]:
    """The nodes that the volume is tied to, as its affinity names them."""
    names = [
        value
        for term in volume.node_affinity
        for one in term.expressions
        if one.operator == "In" and (one.key == _HOSTNAME or one.key.endswith(_NODE_KEYS))
        for value in one.values
    ]
    return list(dict.fromkeys(names))


def _is_gone(one: Bound, ctx: Context) -> bool:
    return nodes_within_reach(one.volume, ctx.cluster) == []


RULE = Rule(
    UNSCHEDULED,
    (GONE,),
    find,
    heard=(Heard(Kind.POD, ("FailedScheduling",)),),
    patterns=(Pattern(GONE.code, Kind.POD, ("FailedScheduling",), AFFINITY, needs_objects=True),),
)
