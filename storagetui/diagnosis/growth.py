"""How far the expansion of a claim is, and the symptom of one that has not come to its end.

Source: external-resizer, pkg/controller/expand_and_recover.go and resize_status.go; kubernetes, KEP-1790.
"""

from datetime import datetime
from typing import NamedTuple

from storagetui.cluster.chains import volume_of
from storagetui.diagnosis.claim_states import consumers
from storagetui.diagnosis.event_text import bare, events, grpc_code, message, said, without_rpc
from storagetui.diagnosis.finding import Evidence, evidence
from storagetui.diagnosis.moments import latest
from storagetui.diagnosis.rule import Context, Symptom
from storagetui.diagnosis.words import cannot_tell, joined, things, verb
from storagetui.model.base import Condition, condition
from storagetui.model.claims import BOUND, PersistentVolumeClaim
from storagetui.model.classes import StorageClass
from storagetui.model.events import Event
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume

RESIZING, FILE_SYSTEM_PENDING = "Resizing", "FileSystemResizePending"
CONTROLLER_ERROR, NODE_ERROR = "ControllerResizeError", "NodeResizeError"
_CONDITIONS = frozenset((RESIZING, FILE_SYSTEM_PENDING, CONTROLLER_ERROR, NODE_ERROR))
CONTROLLER_INFEASIBLE = ("ControllerResizeInfeasible", "ControllerResizeFailed")
NODE_INFEASIBLE = ("NodeResizeInfeasible", "NodeResizeFailed")
"""The names since Kubernetes 1.31, and those before."""
NODE_PENDING = ("NodeResizePending", "NodeResizeInProgress")
RESIZE_FAILED = "VolumeResizeFailed"


def is_growing(claim: PersistentVolumeClaim) -> bool:
    """Whether the claim asks for more than it has."""
    return claim.requested is not None and claim.capacity is not None and claim.requested > claim.capacity


def _shows(claim: PersistentVolumeClaim) -> bool:
    if claim.phase != BOUND or claim.deletion_timestamp is not None:
        return False
    held = any(one.type in _CONDITIONS and one.status == "True" for one in claim.conditions)
    return held or bool(claim.allocated_status) or is_growing(claim)


GROWING = Symptom("claim is to grow and has not", PersistentVolumeClaim, _shows)


def holds(claim: PersistentVolumeClaim, type_: str) -> Condition | None:
    """The condition of a type, if it is True."""
    found = condition(claim.conditions, type_)
    return found if found is not None and found.status == "True" else None


def is_at_node(claim: PersistentVolumeClaim) -> bool:
    """Whether the driver's controller has done its part, and a node has not."""
    at_node = (*NODE_PENDING, *NODE_INFEASIBLE)
    return claim.allocated_status in at_node or holds(claim, FILE_SYSTEM_PENDING) is not None


def begun(claim: PersistentVolumeClaim) -> datetime | None:
    """Since when the driver has been at this expansion."""
    found = holds(claim, RESIZING)
    return found.last_transition_time if found is not None else None


def asked(claim: PersistentVolumeClaim, ctx: Context) -> datetime | None:
    """Since when more has been asked for, at the latest: as the controller announced it, or the claim was written."""
    announced = [event.first_seen for event in events(ctx, claim, ("ExternalExpanding",))]
    written = claim.last_written
    if announced and written is not None:
        # What is written afterwards, a label for instance, is no new wish.
        return min(latest(announced) or written, written)
    return written or latest(announced)


def sizes(claim: PersistentVolumeClaim, volume: PersistentVolume | None) -> str:
    """What is asked for, what is there, what is being grown to, and how far it is, in a sentence."""
    text = f"The claim asks for {claim.requested} and has {claim.capacity}"
    if claim.allocated is not None and claim.allocated != claim.requested:
        text += f"; an expansion to {claim.allocated} comes first"
    if claim.allocated_status:
        text += f" ({claim.allocated_status})"
    if volume is not None and volume.capacity is not None and volume.capacity != claim.capacity:
        text += f"; volume {volume.name} has {volume.capacity}"
    return f"{text}."


def volume(claim: PersistentVolumeClaim, ctx: Context) -> PersistentVolume | None:
    """The claim's volume, if volumes can be read."""
    return None if ctx.unknown(Kind.PERSISTENT_VOLUME) else volume_of(ctx.cluster, claim)


def driver(claim: PersistentVolumeClaim, found: PersistentVolume | None) -> str:
    """Whose volume it is: the driver's name, or `the driver`."""
    return (found.driver if found is not None else "") or claim.provisioner or "the driver"


def class_words(claim: PersistentVolumeClaim, ctx: Context) -> str:
    """Whether the class allows expansion, in a sentence."""
    name = claim.class_name
    if not name:
        return "The claim has no class, so that no further expansion is let in."
    if blind := ctx.unknown(Kind.STORAGE_CLASS):
        return cannot_tell(f"whether class {name} allows expansion", blind)
    found = ctx.cluster.get(StorageClass, "", name)
    if found is None:
        return f"Class {name} no longer exists, so that no further expansion is let in."
    if not found.allow_volume_expansion:
        return f"Class {name} does not allow expansion (any more): no further one is let in."
    return f"Class {name} allows expansion."


def users(claim: PersistentVolumeClaim, ctx: Context) -> list[Pod]:
    """The pods with a node that have the claim and are not finished, as far as pods can be read."""
    return [pod for pod in consumers(claim, ctx) if pod.node_name]


def use_words(claim: PersistentVolumeClaim, ctx: Context) -> str:
    """Which pods use the claim, in a sentence."""
    if blind := ctx.unknown(Kind.POD):
        return cannot_tell("whether a pod uses it", blind)
    found = users(claim, ctx)
    if not found:
        return "No pod uses it."
    names = [f"{pod.name} ({pod.phase} on {pod.node_name})" for pod in found]
    return f"{things('Pod', names)} {verb(len(names), 'uses', 'use')} it."


class Complaint(NamedTuple):
    """What the resizer last said of an expansion that it could not make."""

    text: str
    """Whole, as patterns are to see it."""
    why: str
    """The driver's own words."""
    grpc: str
    since: datetime | None
    last: datetime | None
    times: int
    evidence: Evidence
    is_condition: bool
    """Whether it stands in the claim's status; else it is an event's."""


_WRAPPINGS = ("failed to expand pvc with ", "failed: ")


def complaint(claim: PersistentVolumeClaim, ctx: Context) -> Complaint | None:
    """The latest of the event VolumeResizeFailed and the condition ControllerResizeError; of equal ones the event.

    An event from before this expansion tells of another one; one from before the resizer's last try tells that it may
    succeed this time, unless it has failed again and again.
    """
    stands = holds(claim, CONTROLLER_ERROR)
    failed = next(events(ctx, claim, (RESIZE_FAILED,), newer_than=begun(claim)), None)
    tried = next(events(ctx, claim, (RESIZING,)), None)
    if failed is not None and stands is None and failed.count < _STUBBORN and _is_after(tried, failed):
        failed = None
    if failed is not None:
        text = message(failed)
        since = failed.first_seen
        return Complaint(text, _why(text), grpc_code(text), since, failed.last_seen, failed.count, said(failed), False)
    if stands is not None:
        text, since = bare(stands.message), stands.last_transition_time
        fact = evidence(claim, "conditions", f"{CONTROLLER_ERROR}: {stands.message}")
        return Complaint(text, _why(text), grpc_code(text), since, since, 1, fact, True)
    return None


_STUBBORN = 3
"""Failures after which the next try is no reason for hope."""


def _is_after(one: Event | None, other: Event) -> bool:
    seen = one.last_seen if one is not None else None
    return seen is not None and other.last_seen is not None and seen > other.last_seen


def _why(text: str) -> str:
    for wrapping in _WRAPPINGS:
        text = text.partition(wrapping)[2] or text
    return without_rpc(text)


def facts(claim: PersistentVolumeClaim) -> tuple[Evidence, ...]:
    """What the claim says of its size, as evidence."""
    found = [evidence(claim, "requested"), evidence(claim, "capacity")]
    found += [evidence(claim, name) for name in ("allocated", "allocated_status") if getattr(claim, name)]
    types = ", ".join(one.type for one in claim.conditions if one.type in _CONDITIONS and one.status == "True")
    return (*found, evidence(claim, "conditions", types)) if types else tuple(found)


def told(claim: PersistentVolumeClaim, ctx: Context, *more: str) -> str:
    """The sizes, what more there is to say, and whether the class and the pods stand against it."""
    return joined(sizes(claim, volume(claim, ctx)), *more, use_words(claim, ctx), class_words(claim, ctx))
