"""The one table of kinds: record, place in the API, and what people call them."""

from urllib.parse import quote

import msgspec

from storagetui.model.attachments import VolumeAttachment
from storagetui.model.backups import Backup, BackupStorageLocation, Restore, Schedule
from storagetui.model.base import Record
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.classes import StorageClass, VolumeAttributesClass
from storagetui.model.drivers import CSIDriver, CSINode, CSIStorageCapacity
from storagetui.model.events import Event
from storagetui.model.keys import Kind
from storagetui.model.namespaces import LimitRange, Namespace, ResourceQuota
from storagetui.model.nodes import Lease, Node
from storagetui.model.pods import Pod
from storagetui.model.snapshots import VolumeSnapshot, VolumeSnapshotClass, VolumeSnapshotContent
from storagetui.model.volumes import PersistentVolume
from storagetui.model.workloads import Deployment, Job, ReplicaSet, Service, StatefulSet


class KindInfo(msgspec.Struct, frozen=True):
    """One row of the table."""

    record: type[Record]
    group: str
    """API group; empty for the core group."""
    version: str
    plural: str
    """Resource name in paths and in `kubectl get`."""
    noun: str
    """What the program calls several of them."""
    is_namespaced: bool = True
    is_optional: bool = False
    """A custom resource that many clusters do not have; its absence is no trouble."""

    @property
    def kind(self) -> Kind:
        """The kind."""
        return self.record.kind

    @property
    def api_version(self) -> str:
        """As manifests write it: `v1`, `storage.k8s.io/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "") -> str:
        """The path of the collection or of one object; without a namespace the collection of all of them.

        Names are percent-encoded: the namespace may be what a user typed.
        """
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        place = f"/namespaces/{quote(namespace, safe='')}" if namespace and self.is_namespaced else ""
        return f"{root}{place}/{self.plural}" + (f"/{quote(name, safe='')}" if name else "")


_STORAGE, _APPS, _SNAPSHOT, _VELERO = "storage.k8s.io", "apps", "snapshot.storage.k8s.io", "velero.io"

KINDS: dict[Kind, KindInfo] = {
    info.kind: info
    for info in (
        KindInfo(PersistentVolumeClaim, "", "v1", "persistentvolumeclaims", "claims"),
        KindInfo(PersistentVolume, "", "v1", "persistentvolumes", "volumes", is_namespaced=False),
        KindInfo(VolumeAttachment, _STORAGE, "v1", "volumeattachments", "attachments", is_namespaced=False),
        KindInfo(StorageClass, _STORAGE, "v1", "storageclasses", "classes", is_namespaced=False),
        KindInfo(StatefulSet, _APPS, "v1", "statefulsets", "sets"),
        KindInfo(Pod, "", "v1", "pods", "pods"),
        KindInfo(Node, "", "v1", "nodes", "nodes", is_namespaced=False),
        KindInfo(CSIDriver, _STORAGE, "v1", "csidrivers", "drivers", is_namespaced=False),
        KindInfo(CSINode, _STORAGE, "v1", "csinodes", "node drivers", is_namespaced=False),
        KindInfo(CSIStorageCapacity, _STORAGE, "v1", "csistoragecapacities", "storage capacities"),
        KindInfo(
            VolumeAttributesClass,
            _STORAGE,
            "v1",
            "volumeattributesclasses",
            "attributes classes",
            False,
            is_optional=True,
        ),
        KindInfo(ResourceQuota, "", "v1", "resourcequotas", "quotas"),
        KindInfo(LimitRange, "", "v1", "limitranges", "limit ranges"),
        KindInfo(Namespace, "", "v1", "namespaces", "namespaces", is_namespaced=False),
        KindInfo(Service, "", "v1", "services", "services"),
        KindInfo(Deployment, _APPS, "v1", "deployments", "deployments"),
        KindInfo(ReplicaSet, _APPS, "v1", "replicasets", "replica sets"),
        KindInfo(Job, "batch", "v1", "jobs", "jobs"),
        KindInfo(Lease, "coordination.k8s.io", "v1", "leases", "leases"),
        KindInfo(VolumeSnapshot, _SNAPSHOT, "v1", "volumesnapshots", "snapshots", is_optional=True),
        KindInfo(VolumeSnapshotContent, _SNAPSHOT, "v1", "volumesnapshotcontents", "snapshot contents", False, True),
        KindInfo(VolumeSnapshotClass, _SNAPSHOT, "v1", "volumesnapshotclasses", "snapshot classes", False, True),
        KindInfo(Backup, _VELERO, "v1", "backups", "backups", is_optional=True),
        KindInfo(Schedule, _VELERO, "v1", "schedules", "backup schedules", is_optional=True),
        KindInfo(Restore, _VELERO, "v1", "restores", "restores", is_optional=True),
        KindInfo(BackupStorageLocation, _VELERO, "v1", "backupstoragelocations", "backup locations", is_optional=True),
        KindInfo(Event, "", "v1", "events", "events"),
    )
}
"""In the order in which the program wants them loaded: storage first, pods next, events last."""

_SHORT_NAMES = {
    "pvc": Kind.PERSISTENT_VOLUME_CLAIM,
    "pv": Kind.PERSISTENT_VOLUME,
    "po": Kind.POD,
    "va": Kind.VOLUME_ATTACHMENT,
    "sts": Kind.STATEFUL_SET,
    "deploy": Kind.DEPLOYMENT,
    "rs": Kind.REPLICA_SET,
    "svc": Kind.SERVICE,
    "sc": Kind.STORAGE_CLASS,
    "vac": Kind.VOLUME_ATTRIBUTES_CLASS,
    "no": Kind.NODE,
    "quota": Kind.RESOURCE_QUOTA,
    "limits": Kind.LIMIT_RANGE,
    "ns": Kind.NAMESPACE,
    "ev": Kind.EVENT,
    "vs": Kind.VOLUME_SNAPSHOT,
    "vsc": Kind.VOLUME_SNAPSHOT_CONTENT,
    "vsclass": Kind.VOLUME_SNAPSHOT_CLASS,
    "bsl": Kind.BACKUP_STORAGE_LOCATION,
}
"""As kubectl knows them, and `va`."""


def named_kind(word: str) -> Kind | None:
    """The kind that a word means as kubectl reads it: kind, plural or short name, with its group or without."""
    plain = word.lower().partition(".")[0]
    if plain in _SHORT_NAMES:
        return _SHORT_NAMES[plain]
    return next((kind for kind, info in KINDS.items() if plain in (str(kind).lower(), info.plural)), None)
