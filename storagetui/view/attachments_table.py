"""Attachments as rows, named by their volume: the names of the objects themselves are hashes."""

from datetime import datetime

from storagetui.cluster.relations import CLAIMS_OF_VOLUME
from storagetui.frame import Frame
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.keys import Key, Kind
from storagetui.model.volumes import PersistentVolume
from storagetui.view.column import NONE, Cell, Column, Table, Tone
from storagetui.view.knowledge import nothing, plain
from storagetui.view.metadata_columns import age_column, name_order
from storagetui.view.states import attachment_state, node_cell, node_state
from storagetui.view.text import clean
from storagetui.view.touched import attachments_touched
from storagetui.view.worst import severity_rank


def attached_claim(attachment: VolumeAttachment, frame: Frame) -> Key | None:
    """The claim of the attached volume, as the volume or a claim names it."""
    volume = frame.cluster.get(PersistentVolume, "", attachment.volume_name) if attachment.volume_name else None
    if volume is not None and volume.claim_name:
        return Key(Kind.PERSISTENT_VOLUME_CLAIM, volume.claim_namespace, volume.claim_name)
    return min(frame.cluster.keys_of(CLAIMS_OF_VOLUME, attachment.volume_name), default=None)


def attachment_error(attachment: VolumeAttachment) -> str:
    """The driver's refusal that matters now: to detach once the attachment is deleted, to attach before that."""
    is_leaving = attachment.deletion_timestamp is not None
    if is_leaving:
        return attachment.detach_error or attachment.attach_error
    return attachment.attach_error or attachment.detach_error


def _claim(attachment: VolumeAttachment, frame: Frame, _now: datetime) -> Cell:
    key = attached_claim(attachment, frame)
    if key is None:
        return nothing(frame, Kind.PERSISTENT_VOLUME, Kind.PERSISTENT_VOLUME_CLAIM)
    return Cell(clean(f"{key.namespace}/{key.name}"))


def _volume(attachment: VolumeAttachment, _frame: Frame, _now: datetime) -> Cell:
    return Cell(clean(attachment.volume_name)) if attachment.volume_name else Cell("inline volume", Tone.DIM)


def _error(attachment: VolumeAttachment, _frame: Frame, _now: datetime) -> Cell:
    text = attachment_error(attachment)
    return Cell(clean(text), Tone.ERROR) if text else Cell(NONE, Tone.DIM)


def _namespace(attachment: VolumeAttachment, frame: Frame) -> str:
    key = attached_claim(attachment, frame)
    return key.namespace if key is not None else ""


def _claim_order(attachment: VolumeAttachment, frame: Frame) -> tuple[str, str, int]:
    key = attached_claim(attachment, frame)
    return (key.namespace, *name_order(key.name)) if key is not None else ("", "", -1)


ATTACHMENTS: Table[VolumeAttachment] = Table(
    id="attachments",
    title="Attachments",
    noun="attachments",
    record=VolumeAttachment,
    default_sort="volume",
    sources=(
        Kind.VOLUME_ATTACHMENT,
        Kind.PERSISTENT_VOLUME,
        Kind.PERSISTENT_VOLUME_CLAIM,
        Kind.NODE,
    ),
    touched=attachments_touched,
    namespace=_namespace,
    columns=(
        Column(
            id="volume",
            title="VOLUME",
            width=42,
            minimum=12,
            priority=2,
            cell=_volume,
            sort=lambda attachment, _frame: (attachment.volume_name, attachment.node_name),
            grows=True,
            sorts_alone=True,
        ),
        Column(
            id="claim",
            title="CLAIM",
            width=28,
            minimum=16,
            priority=0,
            cell=_claim,
            sort=_claim_order,
        ),
        Column(
            id="node",
            title="NODE",
            width=16,
            minimum=10,
            priority=1,
            cell=lambda attachment, frame, _now: node_cell(attachment.node_name, frame),
            sort=lambda attachment, _frame: name_order(attachment.node_name),
        ),
        Column(
            id="node_state",
            title="NODE STATE",
            width=16,
            minimum=10,
            priority=7,
            cell=lambda attachment, frame, _now: node_state(attachment.node_name, frame),
            sort=lambda attachment, frame: node_state(attachment.node_name, frame).text,
        ),
        Column(
            id="state",
            title="STATE",
            width=14,
            minimum=14,
            priority=0,
            cell=lambda attachment, frame, _now: attachment_state(attachment, frame),
            sort=lambda attachment, frame: (
                severity_rank(frame, attachment.key),
                attachment_state(attachment, frame).text,
            ),
        ),
        Column(
            id="error",
            title="ERROR",
            width=40,
            minimum=12,
            priority=3,
            cell=_error,
            sort=lambda attachment, _frame: (not attachment_error(attachment), attachment_error(attachment)),
        ),
        Column(
            id="driver",
            title="DRIVER",
            width=22,
            minimum=12,
            priority=8,
            cell=lambda attachment, _frame, _now: plain(attachment.attacher),
            sort=lambda attachment, _frame: attachment.attacher,
            is_wide=True,
        ),
        age_column(),
    ),
)
