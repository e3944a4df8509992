"""VolumeSnapshot, its content and its class: optional custom resources (snapshot.storage.k8s.io)."""

from datetime import datetime
from typing import Annotated, ClassVar

from storagetui.model.base import UNIQUE, Record
from storagetui.model.fields import At, Pairs
from storagetui.model.keys import Kind
from storagetui.model.quantity import Quantity


class VolumeSnapshot(Record, frozen=True, gc=False):
    """A picture of a volume at one moment."""

    kind: ClassVar[Kind] = Kind.VOLUME_SNAPSHOT

    claim_name: Annotated[str, At("spec.source.persistentVolumeClaimName", UNIQUE)]
    content_source: Annotated[str, At("spec.source.volumeSnapshotContentName", UNIQUE)]
    snapshot_class: Annotated[str, At("spec.volumeSnapshotClassName")]
    content_name: Annotated[str, At("status.boundVolumeSnapshotContentName", UNIQUE)]
    ready_to_use: Annotated[bool, At("status.readyToUse")]
    creation_time: Annotated[datetime | None, At("status.creationTime")]
    restore_size: Annotated[Quantity | None, At("status.restoreSize")]
    """Bytes."""
    error: Annotated[str, At("status.error.message", UNIQUE)]
    error_time: Annotated[datetime | None, At("status.error.time")]
    group_name: Annotated[str, At("status.volumeGroupSnapshotName", UNIQUE)]
    """Of the group snapshot that it is a part of, with which alone it can be deleted."""


class VolumeSnapshotContent(Record, frozen=True, gc=False):
    """What stands behind a VolumeSnapshot."""

    kind: ClassVar[Kind] = Kind.VOLUME_SNAPSHOT_CONTENT

    driver: Annotated[str, At("spec.driver")]
    deletion_policy: Annotated[str, At("spec.deletionPolicy")]
    snapshot_namespace: Annotated[str, At("spec.volumeSnapshotRef.namespace")]
    snapshot_name: Annotated[str, At("spec.volumeSnapshotRef.name", UNIQUE)]
    snapshot_uid: Annotated[str, At("spec.volumeSnapshotRef.uid", UNIQUE)]
    """Empty when a content that was made by hand waits for its snapshot."""
    source_handle: Annotated[str, At("spec.source.snapshotHandle", UNIQUE)]
    """Of a snapshot that was there before; empty for one that was taken through Kubernetes."""
    snapshot_handle: Annotated[str, At("status.snapshotHandle", UNIQUE)]
    ready_to_use: Annotated[bool, At("status.readyToUse")]
    error: Annotated[str, At("status.error.message", UNIQUE)]


class VolumeSnapshotClass(Record, frozen=True, gc=False):
    """How snapshots are taken."""

    kind: ClassVar[Kind] = Kind.VOLUME_SNAPSHOT_CLASS

    driver: Annotated[str, At("driver")]
    deletion_policy: Annotated[str, At("deletionPolicy")]
    parameters: Annotated[Pairs, At("parameters")]
    default_mark: Annotated[str, At("metadata.annotations[snapshot.storage.kubernetes.io/is-default-class]")]

    @property
    def is_default(self) -> bool:
        """Whether snapshots that name no class get this one, for volumes of its driver."""
        return self.default_mark == "true"
