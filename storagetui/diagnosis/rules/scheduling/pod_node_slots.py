"""A pod gets no node, because the nodes hold as many volumes as they can."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from storagetui.cluster.relations import ATTACHMENTS_OF_NODE, CSI_NODES_OF_DRIVER, PODS_OF_NODE
from storagetui.diagnosis.claim_states import class_of
from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.drivers import hint
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity
from storagetui.diagnosis.pod_states import UNSCHEDULED, is_over, waiting_since
from storagetui.diagnosis.pod_volumes import bound_volumes
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.scheduling.verdict import verdict
from storagetui.diagnosis.topology import nodes_within_reach
from storagetui.diagnosis.words import cannot_tell, joined, listed, quoted
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.drivers import CSINode
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume

FULL = State(
    code="sched-max-volume-count",
    title="Nodes have no free volume slot",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Each driver reports how many volumes a node can hold. Volumes that are attached although no pod on the node "
        "uses them take slots as well (counted by the scheduler from Kubernetes 1.29 on)."
    ),
    remedies=(
        "Look at the attachments of the nodes that the pod may run on, and for such that nobody uses",
        "Add a node where the volume can be reached, or move other pods",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/storage-limits/",),
)

_FULL = re.compile(r"node\(s\) exceed max volume count")
"""kubernetes: pkg/scheduler/framework/plugins/nodevolumelimits/csi.go."""
_LOOKED_AT, _SHOWN = 12, 4


class Slots(NamedTuple):
    """How many volumes of a driver a node holds."""

    node: str
    driver: str
    limit: int
    used: int
    idle: int
    """Of those the attached ones that no pod of the node uses."""

    @property
    def words(self) -> str:
        """`n1 holds 25 of 25, 2 of them used by no pod`."""
        idle = f", {self.idle} of them used by no pod" if self.idle else ""
        return f"{self.node} holds {self.used} of {self.limit}{idle}"


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when the scheduler speaks of the number of volumes."""
    told = verdict(pod, ctx, _FULL)
    if told is None or not ctx.older_than(waiting_since(pod), ctx.thresholds.pod_pending_s):
        return
    drivers = _drivers(pod, ctx)
    blind = _blind(ctx)
    rows = [] if blind else [row for driver in drivers for row in _slots(pod, driver, ctx)]
    full = [row for row in rows if row.used >= row.limit]
    yield FULL.finding(
        pod,
        f"No node has a free slot for volumes of {listed(drivers)}" if drivers else "No node has a free volume slot",
        joined(
            f"Slots for volumes: {listed((row.words for row in rows), _SHOWN)}." if rows else "",
            cannot_tell("how many volumes the nodes hold", *blind),
            *(hint(driver, Topic.LIMIT) for driver in drivers),
            f"The scheduler says: {quoted(told.text)}",
        ),
        waiting_since(pod),
        certainty=Certainty.CONFIRMED if full else Certainty.INFERRED,
        next_step=_step(rows),
        evidence=(
            told.proof,
            *(Evidence(_key(row), "spec.drivers.allocatable.count", str(row.limit)) for row in full[:_SHOWN]),
        ),
        victims=pod.claim_keys,
        causes=tuple(Key(Kind.CSI_DRIVER, "", driver) for driver in drivers),
        shared=joined(
            f"No node has a free slot for volumes of {listed(drivers)}.",
            f"Slots for volumes: {listed((row.words for row in rows), _SHOWN)}." if rows else "",
        )
        if drivers
        else "",
    )


def _blind(ctx: Context) -> tuple[str, ...]:
    """Why the volumes of nodes cannot be counted; the pods on a node may be of any namespace."""
    everywhere = map(ctx.unknown, (Kind.CSI_NODE, Kind.VOLUME_ATTACHMENT, Kind.NODE))
    elsewhere = map(ctx.unknown_elsewhere, (Kind.POD, Kind.PERSISTENT_VOLUME_CLAIM))
    return tuple(filter(None, (*everywhere, *elsewhere)))


def _step(rows: list[Slots]) -> str:
    wasted = [row.node for row in rows if row.idle]
    if wasted:
        return f"Look at the attachments of {listed(wasted)} that no pod uses; else add a node or move other pods."
    return "Add a node where the volume can be reached, or move other pods with volumes."


def _key(row: Slots) -> Key:
    return Key(Kind.CSI_NODE, "", row.node)


def _drivers(pod: Pod, ctx: Context) -> list[str]:
    """The drivers of the pod's volumes, of those that are still to be made too."""
    found = {one.volume.driver for one in bound_volumes(pod, ctx)}
    if not ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM):
        for key in pod.claim_keys:
            claim = ctx.cluster.get(PersistentVolumeClaim, key.namespace, key.name)
            made_by = class_of(claim, ctx) if claim is not None and not claim.volume_name else None
            found.add(made_by.provisioner if made_by is not None else "")
    return sorted(filter(None, found))


def _slots(pod: Pod, driver: str, ctx: Context) -> Iterator[Slots]:
    """The slots of the first nodes by name that the pod's volumes of the driver can be reached from."""
    reached: set[str] | None = None
    for one in bound_volumes(pod, ctx):
        nodes = nodes_within_reach(one.volume, ctx.cluster) if one.volume.driver == driver else None
        if nodes is not None:
            names = {node.name for node in nodes}
            reached = names if reached is None else reached & names
    candidates = sorted(
        one.name for one in ctx.cluster.keys_of(CSI_NODES_OF_DRIVER, driver) if reached is None or one.name in reached
    )
    for name in candidates[:_LOOKED_AT]:
        csi_node = ctx.cluster.get(CSINode, "", name)
        rows = csi_node.drivers if csi_node is not None else ()
        limit = next((row.allocatable for row in rows if row.name == driver), None)
        if limit is not None:
            yield _counted(name, driver, limit, ctx)


def _counted(node: str, driver: str, limit: int, ctx: Context) -> Slots:
    """How many volumes of the driver the node's pods use, and how many more are attached."""
    used: set[str] = set()
    for pod in ctx.cluster.related(Pod, PODS_OF_NODE, node):
        if is_over(pod):
            continue
        for key in pod.claim_keys:
            claim = ctx.cluster.get(PersistentVolumeClaim, key.namespace, key.name)
            volume = ctx.cluster.get(PersistentVolume, "", claim.volume_name) if claim and claim.volume_name else None
            if volume is not None and volume.driver == driver:
                used.add(volume.name)
    attached = {
        one.volume_name
        for one in ctx.cluster.related(VolumeAttachment, ATTACHMENTS_OF_NODE, node)
        if one.attacher == driver and one.volume_name
    }
    return Slots(node, driver, limit, len(used | attached), len(attached - used))


RULE = Rule(
    UNSCHEDULED,
    (FULL,),
    find,
    heard=(Heard(Kind.POD, ("FailedScheduling",)),),
    patterns=(Pattern(FULL.code, Kind.POD, ("FailedScheduling",), _FULL),),
)
