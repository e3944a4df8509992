"""Rows of storage.k8s.io and of VolumeSnapshots.

Source: kubernetes/pkg/printers/internalversion/printers.go; additionalPrinterColumns of the CRDs in
kubernetes-csi/external-snapshotter/client/config/crd.
"""

from datetime import datetime
from typing import Any

from storagetui.sim.admission import DEFAULT_CLASS
from storagetui.sim.printing.column import Printer, age, columns, since
from storagetui.sim.wire import Json, dig


def _storage_class(obj: Json, now: datetime) -> list[Any]:
    name = obj["metadata"]["name"]
    if dig(obj, "metadata", "annotations", DEFAULT_CLASS) == "true":
        name += " (default)"
    policy, mode = obj.get("reclaimPolicy", "Delete"), obj.get("volumeBindingMode", "Immediate")
    return [name, obj.get("provisioner", ""), policy, mode, bool(obj.get("allowVolumeExpansion")), age(obj, now)]


def _attributes_class(obj: Json, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], obj.get("driverName", ""), age(obj, now)]


def _attachment(obj: Json, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    volume = dig(spec, "source", "persistentVolumeName", default="")
    attached = bool(dig(obj, "status", "attached"))
    return [
        obj["metadata"]["name"],
        spec.get("attacher", ""),
        volume,
        spec.get("nodeName", ""),
        attached,
        age(obj, now),
    ]


def _csi_node(obj: Json, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], len(dig(obj, "spec", "drivers", default=())), age(obj, now)]


def _driver(obj: Json, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    audiences = spec.get("tokenRequests")
    return [
        obj["metadata"]["name"],
        spec.get("attachRequired", True),
        spec.get("podInfoOnMount", False),
        spec.get("storageCapacity", False),
        "<unset>" if audiences is None else ",".join(str(item.get("audience", "")) for item in audiences),
        spec.get("requiresRepublish", False),
        ",".join(spec.get("volumeLifecycleModes", ())) or "<none>",
        age(obj, now),
    ]


def _capacity(obj: Json, _now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], obj.get("storageClassName", ""), obj.get("capacity", "<unset>")]


def _snapshot(obj: Json, now: datetime) -> list[Any]:
    spec, status = obj.get("spec", {}), obj.get("status", {})
    made = status.get("creationTime")
    return [
        obj["metadata"]["name"],
        status.get("readyToUse"),
        dig(spec, "source", "persistentVolumeClaimName"),
        dig(spec, "source", "volumeSnapshotContentName"),
        status.get("restoreSize"),
        spec.get("volumeSnapshotClassName"),
        status.get("boundVolumeSnapshotContentName"),
        since(made, now) if made else None,
        age(obj, now),
    ]


def _content(obj: Json, now: datetime) -> list[Any]:
    spec, status = obj.get("spec", {}), obj.get("status", {})
    return [
        obj["metadata"]["name"],
        status.get("readyToUse"),
        status.get("restoreSize"),
        spec.get("deletionPolicy"),
        spec.get("driver"),
        spec.get("volumeSnapshotClassName"),
        dig(spec, "volumeSnapshotRef", "name"),
        dig(spec, "volumeSnapshotRef", "namespace"),
        age(obj, now),
    ]


def _snapshot_class(obj: Json, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], obj.get("driver"), obj.get("deletionPolicy"), age(obj, now)]


_FLAGS = dict.fromkeys(
    ("Attached", "AttachRequired", "PodInfoOnMount", "StorageCapacity", "RequiresRepublish", "ReadyToUse"), "boolean"
)
STORAGE: dict[str, Printer] = {
    "csidrivers.storage.k8s.io": Printer(
        columns(
            *("Name", "AttachRequired", "PodInfoOnMount", "StorageCapacity", "TokenRequests", "RequiresRepublish"),
            *("Modes", "Age"),
            types=_FLAGS,
        ),
        _driver,
    ),
    "csinodes.storage.k8s.io": Printer(columns("Name", "Drivers", "Age", types={"Drivers": "integer"}), _csi_node),
    "csistoragecapacities.storage.k8s.io": Printer(columns("Name", "StorageClassName", "Capacity"), _capacity),
    "storageclasses.storage.k8s.io": Printer(
        columns("Name", "Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", "Age"),
        _storage_class,
    ),
    "volumeattachments.storage.k8s.io": Printer(
        columns("Name", "Attacher", "PV", "Node", "Attached", "Age", types=_FLAGS), _attachment
    ),
    "volumeattributesclasses.storage.k8s.io": Printer(columns("Name", "DriverName", "Age"), _attributes_class),
    "volumesnapshotclasses.snapshot.storage.k8s.io": Printer(
        columns("Name", "Driver", "DeletionPolicy", "Age"), _snapshot_class
    ),
    "volumesnapshotcontents.snapshot.storage.k8s.io": Printer(
        columns(
            *("Name", "ReadyToUse", "RestoreSize", "DeletionPolicy", "Driver", "VolumeSnapshotClass"),
            *("VolumeSnapshot", "VolumeSnapshotNamespace", "Age"),
            types={**_FLAGS, "RestoreSize": "integer"},
        ),
        _content,
    ),
    "volumesnapshots.snapshot.storage.k8s.io": Printer(
        columns(
            *("Name", "ReadyToUse", "SourcePVC", "SourceSnapshotContent", "RestoreSize", "SnapshotClass"),
            *("SnapshotContent", "CreationTime", "Age"),
            types=_FLAGS,
        ),
        _snapshot,
    ),
}
