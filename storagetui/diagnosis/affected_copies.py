"""Which objects a change of a copy may matter to: snapshots, their contents and classes, backups and their kin."""

from collections.abc import Iterator

from storagetui.cluster.copy_relations import (
    BACKUPS_OF_SCHEDULE,
    CLAIMS_WANTING_ATTRIBUTES,
    CONTENTS_OF_SNAPSHOT,
    POOR_BACKUPS_OF_LOCATION,
    SCHEDULES_OF_LOCATION,
    SNAPSHOTS_OF_CLAIM,
    SNAPSHOTS_OF_CONTENT,
    UNREADY_SNAPSHOTS_OF_CLASS,
)
from storagetui.cluster.relations import UNBOUND_CLAIMS_OF_SOURCE
from storagetui.cluster.state import Cluster
from storagetui.model.backups import Backup, BackupStorageLocation, Restore, Schedule
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.classes import VolumeAttributesClass
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind, known_kind
from storagetui.model.pods import Pod
from storagetui.model.snapshots import VolumeSnapshot, VolumeSnapshotClass, VolumeSnapshotContent

TOLD_OF_CLAIMS = (
    "VolumeResizeFailed",
    "FileSystemResizeFailed",
    "FailedMount",
    "FailedMapVolume",
    "VolumeConditionAbnormal",
    "BackOff",
    "Unhealthy",
    "FailedPostStartHook",
    "FailedPreStopHook",
)
"""Reasons of events about pods that tell of a claim's volume."""


def copies_of_claim(claim: PersistentVolumeClaim, cluster: Cluster) -> Iterator[Key]:
    """The snapshots of a claim, and what it is to be filled from."""
    yield from cluster.keys_of(SNAPSHOTS_OF_CLAIM, claim.key)
    source = claim.data_source
    kind = known_kind(source.kind) if source is not None else None
    if source is not None and kind is not None:
        yield Key(kind, source.namespace or claim.namespace, source.name)


def claims_of_event(event: Event, cluster: Cluster) -> Iterator[Key]:
    """The claims of a pod that an event about it tells of, and the snapshot of a content."""
    if event.involved_kind == Kind.POD and event.reason in TOLD_OF_CLAIMS:
        pod = cluster.get(Pod, event.involved_namespace, event.involved_name)
        yield from pod.claim_keys if pod is not None else ()
    elif event.involved_kind == Kind.VOLUME_SNAPSHOT_CONTENT:
        yield from cluster.keys_of(SNAPSHOTS_OF_CONTENT, event.involved_name)


def of_snapshot(snapshot: VolumeSnapshot, cluster: Cluster) -> Iterator[Key]:
    """The claims that wait for a snapshot, the one that it is of, and its contents."""
    yield from cluster.keys_of(UNBOUND_CLAIMS_OF_SOURCE, snapshot.key)
    if snapshot.claim_name:
        yield Key(Kind.PERSISTENT_VOLUME_CLAIM, snapshot.namespace, snapshot.claim_name)
    yield from cluster.keys_of(CONTENTS_OF_SNAPSHOT, snapshot.key)


def of_content(content: VolumeSnapshotContent, cluster: Cluster) -> Iterator[Key]:
    """The snapshots of a content."""
    yield from cluster.keys_of(SNAPSHOTS_OF_CONTENT, content.name)
    if content.snapshot_name:
        yield Key(Kind.VOLUME_SNAPSHOT, content.snapshot_namespace, content.snapshot_name)


def of_snapshot_class(snapshot_class: VolumeSnapshotClass, cluster: Cluster) -> Iterator[Key]:
    """The snapshots that wait for a class, those that name none included."""
    for name in (snapshot_class.name, ""):
        yield from cluster.keys_of(UNREADY_SNAPSHOTS_OF_CLASS, name)


def of_attributes_class(attributes: VolumeAttributesClass, cluster: Cluster) -> Iterator[Key]:
    """The claims that wait for a class of attributes."""
    yield from cluster.keys_of(CLAIMS_WANTING_ATTRIBUTES, attributes.name)


def of_backup(backup: Backup, cluster: Cluster) -> Iterator[Key]:
    """The schedule of a backup, its other backups, and where it goes."""
    if backup.schedule_name:
        yield Key(Kind.SCHEDULE, backup.namespace, backup.schedule_name)
        yield from cluster.keys_of(BACKUPS_OF_SCHEDULE, (backup.namespace, backup.schedule_name))
    yield from locations(backup.namespace, backup.storage_location, cluster)


def of_schedule(schedule: Schedule, cluster: Cluster) -> Iterator[Key]:
    """Where a schedule's backups go."""
    yield from locations(schedule.namespace, schedule.storage_location, cluster)


def of_restore(restore: Restore, cluster: Cluster) -> Iterator[Key]:
    """Where a restore reads from."""
    backup = cluster.get(Backup, restore.namespace, restore.backup_name)
    if backup is not None:
        yield from locations(backup.namespace, backup.storage_location, cluster)


def of_location(location: BackupStorageLocation, cluster: Cluster) -> Iterator[Key]:
    """The schedules and the backups that are not good and go to a location, and the others: one is the default."""
    yield from cluster.objects.get(Kind.BACKUP_STORAGE_LOCATION, ())
    for name in (location.name, ""):
        yield from cluster.keys_of(SCHEDULES_OF_LOCATION, (location.namespace, name))
        yield from cluster.keys_of(POOR_BACKUPS_OF_LOCATION, (location.namespace, name))


def locations(namespace: str, name: str, cluster: Cluster) -> Iterator[Key]:
    """The location of a name, or for none all of them: each may be the default one."""
    if name:
        yield Key(Kind.BACKUP_STORAGE_LOCATION, namespace, name)
        return
    yield from cluster.objects.get(Kind.BACKUP_STORAGE_LOCATION, ())
