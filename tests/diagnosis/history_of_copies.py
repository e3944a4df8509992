"""Random claims that grow, change and go, volumes without claims, snapshots and backups, for histories."""

from collections.abc import Callable
from random import Random
from typing import Any

from storagetui.model.backups import Backup, BackupStorageLocation, Restore, Schedule
from storagetui.model.base import Record
from storagetui.model.classes import VolumeAttributesClass
from storagetui.model.keys import Kind
from storagetui.model.snapshots import VolumeSnapshot, VolumeSnapshotClass, VolumeSnapshotContent
from tests.build import Json, build, claim, event, pod, stamp, volume

AGES = (0, 5, 30, 59, 60, 61, 179, 180, 300, 600, 3600, 86400, 8 * 86400)
CLAIMS, VOLUMES, DRIVER = ("data-web-0", "data-web-1", "misc"), ("pv-0", "pv-1"), "disk.csi.example"
CONDITIONS = (
    "Resizing",
    "FileSystemResizePending",
    "ControllerResizeError",
    "NodeResizeError",
    "ModifyVolumeError",
    "Unused",
)
STATES = ("", "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizePending", "NodeResizeInfeasible")
FINALIZERS = (
    "kubernetes.io/pvc-protection",
    "kubernetes.io/pv-protection",
    "snapshot.storage.kubernetes.io/pvc-as-source-protection",
    "provisioner.storage.kubernetes.io/cloning-protection",
    "external-attacher/disk-csi-example",
    "external-provisioner.volume.kubernetes.io/finalizer",
    "operator.example/keep",
)
SAID = (
    (
        (
            "VolumeResizeFailed",
            'resize volume "pv-0" by resizer "d" failed: rpc error: code = FailedPrecondition desc = x',
        ),
        ("VolumeResizeFailed", 'resize volume "pv-0" by resizer "d" failed: rpc error: code = Internal desc = x'),
        ("Resizing", "External resizer is resizing volume pv-0"),
        ("ExternalExpanding", "waiting for an external controller to expand this PVC"),
        ("VolumeConditionAbnormal", "gone"),
        ("VolumeConditionNormal", "back"),
        ("NodeFailed", "Pods: [ web-0 ] consuming PVC: misc in namespace: shop are now on a failed node: n0"),
    ),
    (
        ("VolumeResizeFailed", 'NodeExpandVolume.NodeExpandVolume failed for volume "pv-0" : x'),
        (
            "FileSystemResizeFailed",
            'MountVolume.NodeExpandVolume failed for volume "pv-1" requested read-only file system',
        ),
        ("VolumeConditionAbnormal", "Volume volume-0: not mounted"),
        ("Unhealthy", "no space left on device"),
    ),
    (("VolumeFailedDelete", "persistentvolume pv-0 is still attached to node n0"), ("VolumeFailedDelete", "no")),
    (("SnapshotCreationFailed", "Failed to create snapshot: no"), ("SnapshotDeleteError", "Failed to delete snapshot")),
)
"""Of claims, of pods, of volumes, of contents."""


def _held(random: Random, uid: str) -> Json:
    metadata: Json = {"uid": uid}
    if random.random() < 0.4:
        metadata["deletionTimestamp"] = stamp(random.choice(AGES))
        metadata["finalizers"] = random.sample(FINALIZERS, random.choice((1, 1, 2)))
    return metadata


def _growing(random: Random, uid: int) -> Record:
    name = random.choice(CLAIMS)
    conditions = [
        {
            "type": one,
            "status": random.choice(("True", "True", "False")),
            "lastTransitionTime": stamp(random.choice(AGES)),
        }
        for one in random.sample(CONDITIONS, random.choice((0, 1, 1, 2)))
    ]
    state = random.choice(STATES)
    status: Json = {"capacity": {"storage": "10Gi"}, "conditions": conditions}
    if state:
        status["allocatedResourceStatuses"] = {"storage": state}
    if random.random() < 0.3:
        status["modifyVolumeStatus"] = {"status": random.choice(("Pending", "InProgress", "Infeasible"))}
    metadata = _held(random, f"{name}-{uid}")
    if random.random() < 0.5:
        metadata["managedFields"] = [{"time": stamp(random.choice(AGES))}]
    spec: Json = {"volumeAttributesClassName": random.choice((None, None, "gold"))}
    if random.random() < 0.2:
        spec["dataSourceRef"] = {"kind": "VolumeSnapshot", "name": "nightly"}
    return claim(
        f"shop/{name}",
        phase=random.choice(("Bound", "Bound", "Bound", "Pending")),
        size=random.choice(("10Gi", "20Gi")),
        age=random.choice(AGES),
        volume=random.choice(VOLUMES),
        metadata=metadata,
        spec=spec,
        status=status,
    )


def _volume(random: Random, uid: int) -> Record:
    name, of = random.choice(VOLUMES), random.choice(CLAIMS)
    metadata = _held(random, f"{name}-{uid}")
    status: Json = {}
    if random.random() < 0.7:
        status["lastPhaseTransitionTime"] = stamp(random.choice(AGES))
    return volume(
        name,
        claim=f"shop/{of}",
        phase=random.choice(("Bound", "Released", "Failed", "Available")),
        size=random.choice(("10Gi", "20Gi")),
        metadata=metadata,
        spec={
            "persistentVolumeReclaimPolicy": random.choice(("Delete", "Retain")),
            "claimRef": {"uid": random.choice((f"{of}-0", f"{of}-1", None))},
        },
        status=status,
    )


def _pod(random: Random, uid: int) -> Record:
    ended = {"message": "no space left on device", "finishedAt": stamp(random.choice(AGES))}
    status = {"name": "main", "state": {"running": {}}, "lastState": {"terminated": ended}}
    return pod(
        "shop/other",
        claims=(random.choice(CLAIMS),),
        node=random.choice(("n0", "n1")),
        age=random.choice(AGES),
        metadata={"uid": f"other-{uid}"},
        status={"containerStatuses": [status]},
    )


def _snapshot(random: Random, uid: int) -> Record:
    status: Json = {"readyToUse": random.random() < 0.3}
    if random.random() < 0.6:
        status["boundVolumeSnapshotContentName"] = "content"
    if random.random() < 0.3:
        status["error"] = {"message": random.choice(("no", "cannot find default snapshot class"))}
    if random.random() < 0.3:
        status["creationTime"] = stamp(random.choice(AGES))
    spec: Json = {"source": {"persistentVolumeClaimName": random.choice(CLAIMS)}}
    if random.random() < 0.5:
        spec["volumeSnapshotClassName"] = "good"
    metadata = {"metadata": _held(random, f"nightly-{uid}")}
    return build(VolumeSnapshot, "shop/nightly", {"spec": spec, "status": status}, metadata, age=random.choice(AGES))


def _content(random: Random, uid: int) -> Record:
    ref = {"namespace": "shop", "name": random.choice(("nightly", "other")), "uid": random.choice(("", "nightly-0"))}
    spec = {"driver": DRIVER, "deletionPolicy": "Delete", "volumeSnapshotRef": ref}
    status: Json = {"error": {"message": "no"}} if random.random() < 0.3 else {}
    metadata = {"metadata": _held(random, f"content-{uid}")}
    return build(VolumeSnapshotContent, "content", {"spec": spec, "status": status}, metadata)


def _snapshot_class(random: Random, _uid: int) -> Record:
    notes = {"snapshot.storage.kubernetes.io/is-default-class": random.choice(("true", "false"))}
    base = {"driver": random.choice((DRIVER, "other.example")), "metadata": {"annotations": notes}}
    return build(VolumeSnapshotClass, random.choice(("good", "better")), base, {})


def _attributes(random: Random, _uid: int) -> Record:
    return build(VolumeAttributesClass, "gold", {"driverName": random.choice((DRIVER, "other.example"))}, {})


def _backup(random: Random, uid: int) -> Record:
    phase = random.choice(("Completed", "Failed", "PartiallyFailed", "InProgress", "New"))
    status: Json = {"phase": phase, "startTimestamp": stamp(random.choice(AGES))}
    if phase in ("Completed", "Failed"):
        status["completionTimestamp"] = stamp(random.choice(AGES))
    labels = {"velero.io/schedule-name": "daily"} if random.random() < 0.7 else {}
    name = random.choice(("b-0", "b-1"))
    base = {"spec": {"storageLocation": random.choice(("", "main"))}, "status": status}
    return build(Backup, f"velero/{name}", base, {"metadata": {"labels": labels, "uid": f"{name}-{uid}"}})


def _schedule(random: Random, _uid: int) -> Record:
    spec = {"schedule": "@daily", "paused": random.random() < 0.3}
    spec["template"] = {"storageLocation": random.choice(("", "main"))}
    return build(Schedule, "velero/daily", {"spec": spec}, {}, age=random.choice(AGES))


def _location(random: Random, _uid: int) -> Record:
    base = {
        "spec": {"default": random.random() < 0.5},
        "status": {"phase": random.choice(("Available", "Unavailable"))},
    }
    return build(BackupStorageLocation, f"velero/{random.choice(('main', 'default'))}", base, {})


def _restore(random: Random, _uid: int) -> Record:
    base = {
        "spec": {"backupName": random.choice(("b-0", "b-1"))},
        "status": {"phase": random.choice(("New", "Completed"))},
    }
    return build(Restore, "velero/back", base, {})


def _event(random: Random, uid: int) -> Record:
    makers: tuple[Callable[[Random, int], Record], ...] = (_growing, _pod, _volume, _content)
    said = random.choice(SAID)
    reason, message = random.choice(said)
    about = makers[SAID.index(said)](random, uid)
    metadata: dict[str, Any] = {"name": f"c-{random.randrange(6)}"}
    return event(about, reason, message, ago=random.choice(AGES), count=random.randrange(1, 5), metadata=metadata)


COPY_MAKERS: tuple[Callable[[Random, int], Record], ...] = (
    _growing,
    _growing,
    _volume,
    _volume,
    _pod,
    _snapshot,
    _content,
    _snapshot_class,
    _attributes,
    _backup,
    _schedule,
    _location,
    _restore,
    _event,
    _event,
)
COPY_KINDS = (
    Kind.VOLUME_SNAPSHOT_CONTENT,
    Kind.VOLUME_SNAPSHOT_CLASS,
    Kind.VOLUME_ATTRIBUTES_CLASS,
    Kind.BACKUP,
    Kind.BACKUP_STORAGE_LOCATION,
)
