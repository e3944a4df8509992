"""What stands behind a snapshot: its claim and volume, its class, its content; and the symptoms of snapshots."""

from storagetui.cluster.chains import volume_of
from storagetui.cluster.relations import UNBOUND_CLAIMS_OF_SOURCE
from storagetui.diagnosis.rule import Context, Symptom
from storagetui.diagnosis.words import cannot_tell, joined
from storagetui.model.base import Record
from storagetui.model.claims import BOUND, PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.snapshots import VolumeSnapshot, VolumeSnapshotClass, VolumeSnapshotContent
from storagetui.model.volumes import PersistentVolume

PATIENCE_S = 60.0
"""How long the snapshot controller, and the driver's sidecar, may take to begin."""


def _is_wanted(snapshot: VolumeSnapshot) -> bool:
    return snapshot.deletion_timestamp is None and (not snapshot.ready_to_use or bool(snapshot.content_name))


def _is_going(record: Record) -> bool:
    return record.deletion_timestamp is not None and bool(record.finalizers)


WANTED = Symptom("snapshot is not ready, or rests on a content", VolumeSnapshot, _is_wanted)
SNAPSHOT_GOING = Symptom("snapshot is to go and is still there", VolumeSnapshot, _is_going)
CONTENT_GOING = Symptom("snapshot's content is to go and is still there", VolumeSnapshotContent, _is_going)


def source(snapshot: VolumeSnapshot, ctx: Context) -> PersistentVolumeClaim | None:
    """The claim that a snapshot is of, if it exists and can be read."""
    if not snapshot.claim_name or ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM):
        return None
    return ctx.cluster.get(PersistentVolumeClaim, snapshot.namespace, snapshot.claim_name)


def volume(snapshot: VolumeSnapshot, ctx: Context) -> PersistentVolume | None:
    """The volume that it is of."""
    claim = source(snapshot, ctx)
    return volume_of(ctx.cluster, claim) if claim is not None and not ctx.unknown(Kind.PERSISTENT_VOLUME) else None


def content(snapshot: VolumeSnapshot, ctx: Context) -> VolumeSnapshotContent | None:
    """What stands behind it, if it exists and can be read."""
    name = snapshot.content_name or snapshot.content_source
    if not name or ctx.unknown(Kind.VOLUME_SNAPSHOT_CONTENT):
        return None
    return ctx.cluster.get(VolumeSnapshotContent, "", name)


def classes(ctx: Context, driver: str) -> list[VolumeSnapshotClass]:
    """The classes of a driver, by name, as far as they can be read; there are few."""
    if ctx.unknown(Kind.VOLUME_SNAPSHOT_CLASS):
        return []
    found = [one for one in ctx.cluster.all(VolumeSnapshotClass).values() if one.driver == driver]
    return sorted(found, key=lambda one: one.name)


def driver(snapshot: VolumeSnapshot, ctx: Context) -> str:
    """Whose snapshot it is; empty when that is not known."""
    found, stands = volume(snapshot, ctx), content(snapshot, ctx)
    return (found.driver if found is not None else "") or (stands.driver if stands is not None else "")


def source_words(snapshot: VolumeSnapshot, ctx: Context) -> str:
    """What the snapshot is of, in sentences."""
    if not snapshot.claim_name:
        return f"It stands for content {snapshot.content_source}, which was made by hand."
    if blind := ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM):
        return cannot_tell(f"how claim {snapshot.claim_name} is", blind)
    claim, found = source(snapshot, ctx), volume(snapshot, ctx)
    if claim is None:
        return f"It is of claim {snapshot.claim_name}, which does not exist."
    if claim.phase != BOUND:
        return f"It is of claim {claim.name}, which is {claim.phase}: there is no volume to take it of."
    if found is not None and not found.driver:
        return f"It is of claim {claim.name}, whose volume {found.name} is not a driver's: of such none can be taken."
    where = f", volume {found.name} of {found.driver}" if found is not None else ""
    return f"It is of claim {claim.name} ({claim.capacity}{where})."


def content_words(snapshot: VolumeSnapshot, ctx: Context) -> str:
    """The content and how it is, in sentences."""
    if blind := ctx.unknown(Kind.VOLUME_SNAPSHOT_CONTENT):
        return cannot_tell("how its content is", blind)
    found = content(snapshot, ctx)
    if found is None:
        return "" if snapshot.content_name else "It has no content yet."
    handle = f", handle {found.snapshot_handle}" if found.snapshot_handle else ", without a handle yet"
    return f"Its content is {found.name} of {found.driver}{handle}."


def waiting(snapshot: VolumeSnapshot, ctx: Context) -> tuple[Key, ...]:
    """The claims that are to be filled from a snapshot and are not bound."""
    return tuple(sorted(ctx.cluster.keys_of(UNBOUND_CLAIMS_OF_SOURCE, snapshot.key)))


def told(snapshot: VolumeSnapshot, ctx: Context, *more: str) -> str:
    """What there is to say, and what stands behind the snapshot."""
    return joined(*more, source_words(snapshot, ctx), content_words(snapshot, ctx))
