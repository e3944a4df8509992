"""What a claim is waiting for, from its record and its class, and the symptoms of claims."""

from datetime import datetime
from enum import Enum, auto

from storagetui.cluster.chains import pods_of
from storagetui.diagnosis.event_text import events
from storagetui.diagnosis.moments import earliest, latest
from storagetui.diagnosis.pod_states import is_over, is_waiting
from storagetui.diagnosis.rule import Context, Symptom
from storagetui.model.claims import LOST, PENDING, PersistentVolumeClaim
from storagetui.model.classes import WAIT_FOR_FIRST_CONSUMER, StorageClass
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod

NO_PROVISIONER = "kubernetes.io/no-provisioner"
"""The provisioner of classes whose volumes are made by hand."""


PROVISIONING = ("ExternalProvisioning", "Provisioning")
"""Reasons of the events with which the control plane, and the driver, take a claim up."""


class Binding(Enum):
    """When a claim is bound."""

    AT_ONCE = auto()
    DELAYED = auto()
    """Once a pod that uses it has been given a node."""
    DELAYED_BY_EVENT = auto()
    """The same, as far as events tell; the class cannot be read."""
    UNKNOWN = auto()


def is_pending(claim: PersistentVolumeClaim) -> bool:
    """Whether the claim has never been bound, and is wanted."""
    return claim.phase == PENDING and claim.deletion_timestamp is None


def is_lost(claim: PersistentVolumeClaim) -> bool:
    """Whether the claim has lost its volume."""
    return claim.phase == LOST


UNBOUND = Symptom("claim is Pending", PersistentVolumeClaim, is_pending)
LOST_VOLUME = Symptom("claim is Lost", PersistentVolumeClaim, is_lost)


def class_of(claim: PersistentVolumeClaim, ctx: Context) -> StorageClass | None:
    """The claim's class, if it has one that can be read."""
    if not claim.class_name or ctx.unknown(Kind.STORAGE_CLASS):
        return None
    return ctx.cluster.get(StorageClass, "", claim.class_name)


def binding(claim: PersistentVolumeClaim, ctx: Context) -> Binding:
    """When the claim is bound, by its class, or by what the controller said of it where the class cannot be read."""
    if not claim.class_name or claim.volume_name:
        return Binding.AT_ONCE
    if not ctx.unknown(Kind.STORAGE_CLASS):
        found = ctx.cluster.get(StorageClass, "", claim.class_name)
        delays = found is not None and found.volume_binding_mode == WAIT_FOR_FIRST_CONSUMER
        return Binding.DELAYED if delays else Binding.AT_ONCE
    if claim.selected_node or any(events(ctx, claim, ("WaitForFirstConsumer", "WaitForPodScheduled"))):
        return Binding.DELAYED_BY_EVENT
    return Binding.UNKNOWN


def is_delayed(claim: PersistentVolumeClaim, ctx: Context) -> bool:
    """Whether the claim is bound only once a pod has been given a node."""
    return binding(claim, ctx) in (Binding.DELAYED, Binding.DELAYED_BY_EVENT)


def consumers(claim: PersistentVolumeClaim, ctx: Context) -> list[Pod]:
    """The pods that use the claim, or want to; none when pods cannot be read, for which `unknown` is to be asked."""
    if ctx.unknown(Kind.POD):
        return []
    return [pod for pod in pods_of(ctx.cluster, claim.key) if not is_over(pod)]


def waiting_pods(claim: PersistentVolumeClaim, ctx: Context) -> tuple[Key, ...]:
    """The pods that have not begun and use the claim."""
    return tuple(pod.key for pod in consumers(claim, ctx) if is_waiting(pod))


def asked_since(claim: PersistentVolumeClaim, ctx: Context) -> datetime | None:
    """Since when somebody should have been giving the claim its volume.

    One that waits for its first pod does not wait in vain before that pod is there, nor before a node was chosen,
    which shows in the first event about provisioning.
    """
    made = claim.creation_timestamp
    if not is_delayed(claim, ctx):
        return made
    wanted = earliest(pod.creation_timestamp for pod in consumers(claim, ctx))
    chosen = earliest(event.first_seen for event in events(ctx, claim, PROVISIONING)) if claim.selected_node else None
    return latest((made, wanted, chosen))


def delays(claim: PersistentVolumeClaim, ctx: Context) -> str:
    """What a late-binding class does, and what it does not: `Class fast makes a volume`."""
    found = class_of(claim, ctx)
    is_static = found is not None and found.provisioner == NO_PROVISIONER
    return f"Class {claim.class_name} {'binds' if is_static else 'makes'} a volume"


def wish(claim: PersistentVolumeClaim) -> str:
    """`10Gi of class fast`, `10Gi without a class`."""
    size = str(claim.requested) if claim.requested is not None else "a volume"
    if claim.class_name:
        return f"{size} of class {claim.class_name}"
    return f"{size} {'without a class' if claim.names_class else 'of the default class'}"
