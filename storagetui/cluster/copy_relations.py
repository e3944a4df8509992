"""The relations of what volumes are copied to, and changed into: snapshots, backups, classes of attributes."""

from collections.abc import Collection
from typing import cast

from storagetui.cluster.index import Relation
from storagetui.model.backups import COMPLETED, Backup, Schedule
from storagetui.model.base import Record
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.snapshots import VolumeSnapshot, VolumeSnapshotContent


def _claim_of_snapshot(record: Record) -> Collection[Key]:
    snapshot = cast("VolumeSnapshot", record)
    return (Key(Kind.PERSISTENT_VOLUME_CLAIM, record.namespace, snapshot.claim_name),) if snapshot.claim_name else ()


def _contents_of_snapshot(record: Record) -> Collection[str]:
    snapshot = cast("VolumeSnapshot", record)
    return [name for name in (snapshot.content_name, snapshot.content_source) if name]


def _class_of_unready_snapshot(record: Record) -> Collection[str]:
    snapshot = cast("VolumeSnapshot", record)
    return () if snapshot.ready_to_use else (snapshot.snapshot_class,)


def _snapshot_of_content(record: Record) -> Collection[Key]:
    content = cast("VolumeSnapshotContent", record)
    if not content.snapshot_name:
        return ()
    return (Key(Kind.VOLUME_SNAPSHOT, content.snapshot_namespace, content.snapshot_name),)


def _attributes_wanted(record: Record) -> Collection[str]:
    claim = cast("PersistentVolumeClaim", record)
    return {claim.attributes_class, claim.target_attributes_class} - {"", claim.current_attributes_class}


def _schedule_of_backup(record: Record) -> Collection[tuple[str, str]]:
    name = cast("Backup", record).schedule_name
    return ((record.namespace, name),) if name else ()


def _location_of_poor_backup(record: Record) -> Collection[tuple[str, str]]:
    backup = cast("Backup", record)
    return () if backup.phase == COMPLETED else ((record.namespace, backup.storage_location),)


def _location_of_schedule(record: Record) -> Collection[tuple[str, str]]:
    return ((record.namespace, cast("Schedule", record).storage_location),)


SNAPSHOTS_OF_CLAIM = Relation("snapshots of a claim", VolumeSnapshot, _claim_of_snapshot)
SNAPSHOTS_OF_CONTENT = Relation("snapshots that name a content", VolumeSnapshot, _contents_of_snapshot)
UNREADY_SNAPSHOTS_OF_CLASS = Relation(
    "snapshots of a class, or of none, that are not ready", VolumeSnapshot, _class_of_unready_snapshot
)
CONTENTS_OF_SNAPSHOT = Relation("contents that name a snapshot", VolumeSnapshotContent, _snapshot_of_content)
CLAIMS_WANTING_ATTRIBUTES = Relation(
    "claims whose volume is to get the attributes of a class", PersistentVolumeClaim, _attributes_wanted
)
BACKUPS_OF_SCHEDULE = Relation("backups of a schedule", Backup, _schedule_of_backup)
POOR_BACKUPS_OF_LOCATION = Relation(
    "backups that are not Completed, by their location, the default one without a name",
    Backup,
    _location_of_poor_backup,
)
SCHEDULES_OF_LOCATION = Relation(
    "schedules whose backups go to a location, or to the default one", Schedule, _location_of_schedule
)

COPY_RELATIONS: tuple[Relation, ...] = (
    SNAPSHOTS_OF_CLAIM,
    SNAPSHOTS_OF_CONTENT,
    UNREADY_SNAPSHOTS_OF_CLASS,
    CONTENTS_OF_SNAPSHOT,
    CLAIMS_WANTING_ATTRIBUTES,
    BACKUPS_OF_SCHEDULE,
    POOR_BACKUPS_OF_LOCATION,
    SCHEDULES_OF_LOCATION,
)
