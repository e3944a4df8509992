"""Velero's Backup, Schedule, Restore and BackupStorageLocation: optional custom resources (velero.io).

Source: vmware-tanzu/velero, pkg/apis/velero/v1.
"""

from datetime import datetime
from typing import Annotated, ClassVar

from storagetui.model.base import UNIQUE, UNLESS_ZERO, Record, value_of
from storagetui.model.fields import At
from storagetui.model.keys import Kind

_SCHEDULE_LABEL = "velero.io/schedule-name"
COMPLETED = "Completed"


class Backup(Record, frozen=True, gc=False):
    """A copy of objects, and of the data of their volumes if asked for."""

    kind: ClassVar[Kind] = Kind.BACKUP

    phase: Annotated[str, At("status.phase")]
    """Empty before Velero has seen it."""
    start_timestamp: Annotated[datetime | None, At("status.startTimestamp")]
    completion_timestamp: Annotated[datetime | None, At("status.completionTimestamp")]
    """Of failed ones too."""
    failure_reason: Annotated[str, At("status.failureReason", UNIQUE)]
    validation_errors: Annotated[tuple[str, ...], At("status.validationErrors")]
    errors: Annotated[int | None, At("status.errors", UNLESS_ZERO)]
    warnings: Annotated[int | None, At("status.warnings", UNLESS_ZERO)]
    queue_position: Annotated[int | None, At("status.queuePosition", UNLESS_ZERO)]
    items_total: Annotated[int | None, At("status.progress.totalItems", UNLESS_ZERO)]
    items_done: Annotated[int | None, At("status.progress.itemsBackedUp", UNLESS_ZERO)]
    snapshots_attempted: Annotated[int | None, At("status.volumeSnapshotsAttempted", UNLESS_ZERO)]
    snapshots_completed: Annotated[int | None, At("status.volumeSnapshotsCompleted", UNLESS_ZERO)]
    csi_snapshots_attempted: Annotated[int | None, At("status.csiVolumeSnapshotsAttempted", UNLESS_ZERO)]
    csi_snapshots_completed: Annotated[int | None, At("status.csiVolumeSnapshotsCompleted", UNLESS_ZERO)]
    operations_attempted: Annotated[int | None, At("status.backupItemOperationsAttempted", UNLESS_ZERO)]
    operations_completed: Annotated[int | None, At("status.backupItemOperationsCompleted", UNLESS_ZERO)]
    operations_failed: Annotated[int | None, At("status.backupItemOperationsFailed", UNLESS_ZERO)]
    storage_location: Annotated[str, At("spec.storageLocation")]
    """Empty for the default one."""
    included_namespaces: Annotated[tuple[str, ...], At("spec.includedNamespaces")]
    """Empty, or `*`, for all."""
    item_operation_timeout: Annotated[str, At("spec.itemOperationTimeout")]
    """A duration as Go writes it: `4h0m0s`."""

    @property
    def schedule_name(self) -> str:
        """The schedule that made it; empty for one that was asked for by hand."""
        return value_of(self.labels, _SCHEDULE_LABEL)


class Schedule(Record, frozen=True, gc=False):
    """When backups are to be made."""

    kind: ClassVar[Kind] = Kind.SCHEDULE

    cron: Annotated[str, At("spec.schedule")]
    is_paused: Annotated[bool, At("spec.paused")]
    phase: Annotated[str, At("status.phase")]
    last_backup: Annotated[datetime | None, At("status.lastBackup")]
    """When a backup was last begun."""
    last_skipped: Annotated[datetime | None, At("status.lastSkipped")]
    validation_errors: Annotated[tuple[str, ...], At("status.validationErrors")]
    storage_location: Annotated[str, At("spec.template.storageLocation")]
    included_namespaces: Annotated[tuple[str, ...], At("spec.template.includedNamespaces")]
    included_resources: Annotated[tuple[str, ...], At("spec.template.includedResources")]
    excluded_resources: Annotated[tuple[str, ...], At("spec.template.excludedResources")]
    snapshots_volumes: Annotated[bool | None, At("spec.template.snapshotVolumes")]
    """None for what the server does by default: snapshots, where a driver can take them."""
    copies_files: Annotated[bool | None, At("spec.template.defaultVolumesToFsBackup")]


class Restore(Record, frozen=True, gc=False):
    """Objects, and data, brought back from a backup."""

    kind: ClassVar[Kind] = Kind.RESTORE

    backup_name: Annotated[str, At("spec.backupName", UNIQUE)]
    phase: Annotated[str, At("status.phase")]


class BackupStorageLocation(Record, frozen=True, gc=False):
    """Where backups are kept: a bucket of an object store."""

    kind: ClassVar[Kind] = Kind.BACKUP_STORAGE_LOCATION

    is_default: Annotated[bool, At("spec.default")]
    provider: Annotated[str, At("spec.provider")]
    bucket: Annotated[str, At("spec.objectStorage.bucket")]
    access_mode: Annotated[str, At("spec.accessMode")]
    phase: Annotated[str, At("status.phase")]
    message: Annotated[str, At("status.message", UNIQUE)]
    last_validation_time: Annotated[datetime | None, At("status.lastValidationTime")]
