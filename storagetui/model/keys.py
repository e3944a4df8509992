"""Names of kinds and of objects."""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """A kind that the program knows; the value is Kubernetes' own name for it."""

    PERSISTENT_VOLUME_CLAIM = "PersistentVolumeClaim"
    PERSISTENT_VOLUME = "PersistentVolume"
    POD = "Pod"
    VOLUME_ATTACHMENT = "VolumeAttachment"
    STATEFUL_SET = "StatefulSet"
    DEPLOYMENT = "Deployment"
    REPLICA_SET = "ReplicaSet"
    JOB = "Job"
    SERVICE = "Service"
    STORAGE_CLASS = "StorageClass"
    VOLUME_ATTRIBUTES_CLASS = "VolumeAttributesClass"
    CSI_DRIVER = "CSIDriver"
    CSI_NODE = "CSINode"
    CSI_STORAGE_CAPACITY = "CSIStorageCapacity"
    NODE = "Node"
    LEASE = "Lease"
    RESOURCE_QUOTA = "ResourceQuota"
    LIMIT_RANGE = "LimitRange"
    NAMESPACE = "Namespace"
    EVENT = "Event"
    VOLUME_SNAPSHOT = "VolumeSnapshot"
    VOLUME_SNAPSHOT_CONTENT = "VolumeSnapshotContent"
    VOLUME_SNAPSHOT_CLASS = "VolumeSnapshotClass"
    BACKUP = "Backup"
    SCHEDULE = "Schedule"
    RESTORE = "Restore"
    BACKUP_STORAGE_LOCATION = "BackupStorageLocation"


class Key(msgspec.Struct, frozen=True, gc=False, order=True, cache_hash=True):
    """The name of an object; an object made again under the same name has the same Key and another uid."""

    kind: Kind
    namespace: str
    """Empty for kinds that have no namespace."""
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


def known_kind(text: str) -> Kind | None:
    """The kind of that name, or None for one that the program does not know."""
    return _KINDS.get(text)


_KINDS: dict[str, Kind] = {str(kind): kind for kind in Kind}
