"""Volumes as rows."""

from datetime import datetime

from storagetui.cluster.chains import attachments_of, claim_of
from storagetui.frame import Frame
from storagetui.model.keys import Kind
from storagetui.model.volumes import PersistentVolume
from storagetui.view.column import NONE, UNKNOWN, Cell, Column, Table, Tone
from storagetui.view.format import access_modes, size
from storagetui.view.knowledge import is_known, nothing, plain
from storagetui.view.metadata_columns import age_column, name_column, name_order
from storagetui.view.states import attached_to, volume_state
from storagetui.view.text import clean
from storagetui.view.touched import volumes_touched
from storagetui.view.worst import severity_rank


def volume_claim(volume: PersistentVolume, frame: Frame) -> Cell:
    """The claim that the volume is bound to or reserved for, and whether it is still there."""
    if not volume.claim_name:
        return Cell(NONE, Tone.DIM)
    name = clean(f"{volume.claim_namespace}/{volume.claim_name}")
    if claim_of(frame.cluster, volume) is not None:
        return Cell(name)
    if not is_known(frame, Kind.PERSISTENT_VOLUME_CLAIM, volume.claim_namespace):
        return Cell(f"{name} {UNKNOWN}")
    # Without a uid it was named by hand, and has never been bound to it.
    return Cell(f"{name} ({'gone' if volume.claim_uid else 'not there yet'})", Tone.NOTE)


def volume_driver(volume: PersistentVolume) -> str:
    """The CSI driver, or the kind of volume where there is none."""
    if volume.driver:
        return volume.driver
    if volume.local_path:
        return "local"
    if volume.host_path:
        return "hostPath"
    return f"nfs {volume.nfs_server}" if volume.nfs_server else ""


def _attached(volume: PersistentVolume, frame: Frame, _now: datetime) -> Cell:
    found = attachments_of(frame.cluster, volume.name)
    if not found:
        return nothing(frame, Kind.VOLUME_ATTACHMENT)
    return attached_to(found, frame)


def _modes(volume: PersistentVolume, _frame: Frame, _now: datetime) -> Cell:
    block = " block" if volume.volume_mode == "Block" else ""
    return Cell(clean(access_modes(volume.access_modes)) + block)


VOLUMES: Table[PersistentVolume] = Table(
    id="volumes",
    title="Volumes",
    noun="volumes",
    record=PersistentVolume,
    default_sort="claim",
    sources=(Kind.PERSISTENT_VOLUME, Kind.PERSISTENT_VOLUME_CLAIM, Kind.VOLUME_ATTACHMENT, Kind.NODE),
    touched=volumes_touched,
    namespace=lambda volume, _frame: volume.claim_namespace,
    columns=(
        name_column(width=42, minimum=12, priority=1),
        Column(
            id="state",
            title="STATE",
            width=19,
            minimum=11,
            priority=2,
            cell=lambda volume, frame, _now: volume_state(volume, frame),
            sort=lambda volume, frame: (severity_rank(frame, volume.key), volume_state(volume, frame).text),
        ),
        Column(
            id="size",
            title="SIZE",
            width=8,
            minimum=6,
            priority=4,
            cell=lambda volume, _frame, _now: Cell(size(volume.capacity)),
            sort=lambda volume, _frame: volume.capacity.nanos if volume.capacity is not None else -1,
            is_right=True,
        ),
        Column(
            id="claim",
            title="CLAIM",
            width=30,
            minimum=16,
            priority=0,
            cell=lambda volume, frame, _now: volume_claim(volume, frame),
            sort=lambda volume, _frame: (not volume.claim_name, volume.claim_namespace, *name_order(volume.claim_name)),
            sorts_alone=True,
        ),
        Column(
            id="attached",
            title="ATTACHED TO",
            width=18,
            minimum=11,
            priority=3,
            cell=_attached,
            sort=lambda volume, frame: [one.node_name for one in attachments_of(frame.cluster, volume.name)],
        ),
        Column(
            id="class",
            title="CLASS",
            width=14,
            minimum=8,
            priority=7,
            cell=lambda volume, _frame, _now: plain(volume.storage_class),
            sort=lambda volume, _frame: volume.storage_class,
        ),
        Column(
            id="policy",
            title="RECLAIM",
            width=8,
            minimum=7,
            priority=5,
            cell=lambda volume, _frame, _now: plain(volume.reclaim_policy),
            sort=lambda volume, _frame: volume.reclaim_policy,
        ),
        Column(
            id="zone",
            title="ZONE",
            width=12,
            minimum=6,
            priority=8,
            cell=lambda volume, _frame, _now: plain(", ".join(volume.zones)),
            sort=lambda volume, _frame: volume.zones,
            is_wide=True,
        ),
        Column(
            id="driver",
            title="DRIVER",
            width=22,
            minimum=12,
            priority=9,
            cell=lambda volume, _frame, _now: plain(volume_driver(volume)),
            sort=lambda volume, _frame: volume_driver(volume),
            is_wide=True,
        ),
        Column(
            id="modes",
            title="MODES",
            width=9,
            minimum=5,
            priority=10,
            cell=_modes,
            sort=lambda volume, _frame: access_modes(volume.access_modes),
            is_wide=True,
        ),
        age_column(),
    ),
)
