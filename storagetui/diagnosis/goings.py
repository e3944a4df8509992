"""What is to go and is still there, what becomes of a volume's data then, and the symptoms of both."""

from datetime import datetime

from storagetui.cluster.chains import attachments_of, pods_of, volume_of
from storagetui.diagnosis.rule import Context, Symptom
from storagetui.diagnosis.words import cannot_tell, joined, moment, quoted
from storagetui.diagnosis.words import since as since_words
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import Record
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod
from storagetui.model.volumes import FAILED, RELEASED, PersistentVolume

DELETE, RETAIN = "Delete", "Retain"


def _is_going(record: Record) -> bool:
    return record.deletion_timestamp is not None


def _is_released(volume: PersistentVolume) -> bool:
    return volume.phase == RELEASED and volume.deletion_timestamp is None


def _has_failed(volume: PersistentVolume) -> bool:
    return volume.phase == FAILED


CLAIM_GOING = Symptom("claim is to go and is still there", PersistentVolumeClaim, _is_going)
VOLUME_GOING = Symptom("volume is to go and is still there", PersistentVolume, _is_going)
VOLUME_RELEASED = Symptom("volume has lost its claim", PersistentVolume, _is_released)
VOLUME_FAILED = Symptom("volume has Failed", PersistentVolume, _has_failed)


def going_since(record: Record) -> str:
    """` since 2026-01-15T14:02:11Z`, when it was asked to go."""
    return since_words(record.deletion_timestamp)


def holders(claim: PersistentVolumeClaim, ctx: Context) -> list[Pod]:
    """The pods for whose sake the claim is protected: all with a node that name it, finished ones too.

    kubernetes: pkg/controller/volume/pvcprotection. Of an ephemeral volume one that has been shut down does not count.
    """
    if ctx.unknown(Kind.POD):
        return []
    return [pod for pod in pods_of(ctx.cluster, claim.key) if pod.node_name]


def is_past(pod: Pod, ctx: Context, patience_s: float) -> bool:
    """Whether a pod that is to go should have gone."""
    return ctx.older_than(pod.deletion_timestamp, patience_s)


def data_words(volume: PersistentVolume) -> str:
    """What becomes of the data when the claim goes, in a sentence."""
    if volume.reclaim_policy == DELETE:
        return f"Volume {volume.name} has reclaim policy Delete: it goes with the claim, and the data with it."
    return f"Volume {volume.name} has reclaim policy {volume.reclaim_policy}: it stays, with the data."


def data_of(claim: PersistentVolumeClaim, ctx: Context) -> str:
    """The same for a claim's volume."""
    if blind := ctx.unknown(Kind.PERSISTENT_VOLUME):
        return cannot_tell("what becomes of the data", blind)
    found = volume_of(ctx.cluster, claim)
    return data_words(found) if found is not None else ""


def what_it_is(volume: PersistentVolume) -> str:
    """A volume's size and place in the storage system: `It is 10Gi of class fast (vol-1 of ebs.csi.aws.com).`"""
    of_class = f" of class {volume.class_name}" if volume.class_name else ""
    handle = f" ({volume.volume_handle} of {volume.driver})" if volume.driver else ""
    return f"It is {volume.capacity}{of_class}{handle}."


def phase_since(volume: PersistentVolume) -> datetime | None:
    """Since when a volume has had its phase (kept since Kubernetes 1.29)."""
    return volume.last_phase_transition_time


def attached(volume: PersistentVolume, ctx: Context) -> list[VolumeAttachment]:
    """The attachments that name a volume, as far as they can be read."""
    return [] if ctx.unknown(Kind.VOLUME_ATTACHMENT) else attachments_of(ctx.cluster, volume.name)


def attachment_words(volume: PersistentVolume, ctx: Context) -> str:
    """Where a volume is attached, and why it stays so, in sentences."""
    if blind := ctx.unknown(Kind.VOLUME_ATTACHMENT):
        return cannot_tell("whether it is still attached", blind)
    return joined(*(_attachment(one) for one in attached(volume, ctx)[:3]))


def _attachment(one: VolumeAttachment) -> str:
    state = "is attached" if one.is_attached else "is to be attached"
    if one.deletion_timestamp is not None:
        state = f"is being detached since {moment(one.deletion_timestamp)}"
    error = f" Detaching fails: {quoted(one.detach_error)}" if one.detach_error else ""
    return f"By {one.name} it {state} on node {one.node_name}.{error}"
