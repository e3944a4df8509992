"""Whether what a step is for can be seen in a Frame, and what it waits for meanwhile; pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from storagetui.actions.plan import CapacityReached, Done, Gone, Replaced
from storagetui.cluster.chains import attachments_of, events_of, volume_of
from storagetui.cluster.state import Cluster
from storagetui.frame import Frame
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import condition
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.pods import Pod

_WAITS = {
    "ControllerResizeInProgress": "the driver's controller is growing the volume",
    "NodeResizePending": "the file system grows when a node mounts the volume",
    "NodeResizeInProgress": "the node is growing the file system",
    "ControllerResizeInfeasible": "the driver says that it cannot",
    "NodeResizeInfeasible": "the node says that it cannot",
}
_CLOCKS_DIFFER = timedelta(seconds=5)
"""Whoever reports an event dates it by a clock of its own."""
_FAILING = ("VolumeResizeFailed", "FileSystemResizeFailed")


class Sight(msgspec.Struct, frozen=True):
    """What a Frame shows of a step's purpose."""

    is_done: bool
    words: str
    """What has happened, or what is being waited for."""
    is_lost: bool = False
    """Whether it cannot happen any more."""


def sight(frame: Frame, done: Done, since: datetime) -> Sight:
    """What the Frame shows; events from before `since` tell of something else."""
    if isinstance(done, CapacityReached):
        return _capacity(frame, done, since - _CLOCKS_DIFFER)
    return _gone(frame, done) if isinstance(done, Gone) else _replaced(frame, done)


def _capacity(frame: Frame, done: CapacityReached, since: datetime) -> Sight:
    claim = frame.cluster.get(PersistentVolumeClaim, done.key.namespace, done.key.name)
    if claim is None or claim.uid != done.uid:
        return Sight(False, "the claim is gone", is_lost=True)
    told = [one for one in events_of(frame.cluster, claim.uid) if one.last_seen is not None and one.last_seen >= since]
    if claim.capacity is not None and claim.capacity >= done.at_least:
        finished = next((one for one in told if "ResizeSuccessful" in one.reason), None)
        return Sight(True, f"the claim has {claim.capacity}" + (f" ({finished.reason})" if finished else ""))
    words = _WAITS.get(claim.allocated_status, claim.allocated_status)
    if not words:
        pending = [one.type for one in claim.conditions if "Resiz" in one.type and one.status == "True"]
        words = ", ".join(pending) or "the resizer has not begun"
    failing = next((one for one in told if one.reason in _FAILING), None)
    if failing is not None:
        words = f"{words}; {failing.reason}: {failing.message}"
    return Sight(False, f"has {claim.capacity or 'nothing yet'}: {words}")


def _gone(frame: Frame, done: Gone) -> Sight:
    found = frame.cluster.find(done.key)
    if found is not None and found.uid == done.uid:
        return Sight(False, "it is still there")
    return Sight(True, "it is gone")


def _replaced(frame: Frame, done: Replaced) -> Sight:
    """How far a set is with making its pod again, and what keeps the new one from running."""
    found = frame.cluster.find(done.key)
    if not isinstance(found, Pod) or found.uid == done.uid:
        return Sight(False, f"set {done.owner} has not made it again yet")
    if not found.node_name:
        scheduled = condition(found.conditions, "PodScheduled")
        why = f": {scheduled.message}" if scheduled is not None and scheduled.message else ""
        return Sight(False, f"it was made again and has no node yet{why}")
    if found.phase == "Running":
        return Sight(True, f"it was made again and runs on {found.node_name}")
    held = tuple(_held_elsewhere(frame.cluster, found))
    waits = ", ".join(f"{one.volume_name} is still attached to {one.node_name}" for one in held) or found.phase
    return Sight(False, f"it was made again on {found.node_name} and waits: {waits}")


def _held_elsewhere(cluster: Cluster, pod: Pod) -> Iterator[VolumeAttachment]:
    """The attachments of a pod's volumes to other nodes than its own."""
    for key in pod.claim_keys:
        claim = cluster.get(PersistentVolumeClaim, key.namespace, key.name)
        volume = volume_of(cluster, claim) if claim is not None else None
        if volume is not None:
            yield from (one for one in attachments_of(cluster, volume.name) if one.node_name != pod.node_name)
