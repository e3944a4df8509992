"""Random objects around nodes and mounts, for properties over histories: drivers' pods, places, what kubelets say."""

from collections.abc import Callable
from random import Random
from typing import Any

from storagetui.model.base import Record
from storagetui.model.drivers import CSIDriver
from tests.build import attachment, build, csi_node, event, node, pod, stamp, volume

AGES = (0, 10, 59, 60, 61, 119, 120, 179, 180, 299, 300, 400)
CLAIMS = ("data-web-0", "data-web-1", "misc")
VOLUMES = ("pv-0", "pv-1")
NODES = ("n0", "n1")
DRIVERS = ("disk.csi.example", "inline.csi.example")
TEXTS = (
    ("FailedMount", 'MountVolume.SetUp failed for volume "pv-0" : mount.nfs: Connection timed out'),
    ("FailedMount", 'MountVolume.MountDevice failed for volume "pv-1" : rpc error: code = DeadlineExceeded desc = x'),
    ("FailedMount", 'MountVolume.SetUp failed for volume "cfg" : configmap "app" not found'),
    ("FailedMount", "volume volume-0 has volumeMode Block, but is specified in volumeMounts"),
    ("FailedMount", "error processing PVC shop/data-web-0: PVC is not bound"),
    ("Failed", "error making pod data directories: mkdir /var/lib/kubelet/pods/1: no space left on device"),
    ("Failed", 'Error: failed to prepare subPath for volumeMount "data" of container "main"'),
    ("Unhealthy", "Readiness probe failed: Stale file handle"),
    ("Pulling", 'Pulling image "x"'),
    ("FailedAttachVolume", 'AttachVolume.Attach failed for volume "pv-0" : volume attachment is being deleted'),
    ("FailedAttachVolume", 'AttachVolume.Attach failed for volume "pv-1" : UnauthorizedOperation: no'),
)
ERRORS = ("UnauthorizedOperation: no", "rpc error: code = ResourceExhausted desc = full", "x", "VolumeInUse")
CONTAINER_TEXTS = ("mkdir: Permission denied", "touch: Read-only file system", "stale file handle", "")


def _user(random: Random, uid: int) -> Record:
    """A pod on a node that waits, fails, was rejected or is not Ready."""
    name = random.choice(("web-0", "web-1", "inline"))
    state: dict[str, Any] = random.choice(
        (
            {"waiting": {"reason": "ContainerCreating"}},
            {"waiting": {"reason": "CrashLoopBackOff"}},
            {"running": {"startedAt": stamp(random.choice(AGES))}},
        )
    )
    ago = random.choice(AGES)
    last = {"terminated": {"exitCode": 1, "message": random.choice(CONTAINER_TEXTS), "finishedAt": stamp(ago)}}
    conditions = [
        {"type": "PodScheduled", "status": "True", "lastTransitionTime": stamp(ago)},
        {"type": "Ready", "status": random.choice(("True", "False", "False")), "lastTransitionTime": stamp(ago)},
    ]
    spec: dict[str, Any] = {
        "containers": [{"name": "main", "volumeDevices": random.choice(([], [{"name": "volume-0"}]))}]
    }
    if random.random() < 0.5:
        spec["securityContext"] = random.choice(({"runAsUser": 1000}, {"runAsUser": 1000, "fsGroup": 1}))
    if name == "inline":
        spec["volumes"] = [{"name": "scratch", "csi": {"driver": random.choice(DRIVERS)}}]
    return pod(
        f"shop/{name}",
        phase=random.choice(("Pending", "Pending", "Running", "Failed")),
        node=random.choice(NODES),
        claims=() if name == "inline" else tuple(random.sample(CLAIMS, random.choice((1, 1, 2)))),
        age=random.choice(AGES),
        metadata={"uid": f"{name}-{uid}"},
        spec=spec,
        status={
            "conditions": conditions,
            "reason": random.choice(("", "VolumeAttachmentLimitExceeded")),
            "containerStatuses": [{"name": "main", "restartCount": 3, "state": state, "lastState": last}],
        },
    )


def _plugin(random: Random, uid: int) -> Record:
    """A pod of a driver: on a node, or its controller."""
    role = random.choice(("registrar", "attacher"))
    return pod(
        f"storage/example-disk-{role}",
        phase=random.choice(("Pending", "Running")),
        node=random.choice(("", *NODES)),
        metadata={"uid": f"{role}-{uid}"},
        spec={"containers": [{"name": f"csi-{role}"}]},
    )


def _attachment(random: Random, uid: int) -> Record:
    name = random.choice(("va-0", "va-1", "va-2"))
    metadata: dict[str, Any] = {"uid": f"{name}-{uid}"}
    if random.random() < 0.4:
        metadata["deletionTimestamp"] = stamp(random.choice(AGES))
    if random.random() < 0.5:
        metadata["finalizers"] = ["external-attacher/disk-csi-example"]
    status: dict[str, Any] = {}
    if random.random() < 0.3:
        status["attachError"] = {"message": random.choice(ERRORS), "time": stamp(random.choice(AGES))}
    if random.random() < 0.2:
        status["detachError"] = {"message": "busy"}
    return attachment(
        name,
        volume=random.choice((*VOLUMES, "pv-gone")),
        node=random.choice((*NODES, "n-gone")),
        attached=random.random() < 0.5,
        age=random.choice(AGES),
        metadata=metadata,
        status=status,
    )


def _csi_node(random: Random, _uid: int) -> Record:
    names = random.choice(((), DRIVERS[:1], DRIVERS[1:], DRIVERS))
    return csi_node(random.choice(NODES), *names, slots=random.choice((None, 1, 2)))


def _driver(random: Random, _uid: int) -> Record:
    modes = random.choice(([], ["Persistent"], ["Ephemeral"], ["Persistent", "Ephemeral"]))
    spec = {"volumeLifecycleModes": modes, "fsGroupPolicy": random.choice(("File", "None", ""))}
    return build(CSIDriver, random.choice(DRIVERS), {"spec": spec}, {})


def _node(random: Random, uid: int) -> Record:
    name = random.choice(NODES)
    unique = [f"kubernetes.io/csi/disk.csi.example^handle-{one}" for one in VOLUMES]
    status = {
        "volumesInUse": random.choice(([], unique[:1], unique)),
        "volumesAttached": [{"name": one} for one in random.choice(([], unique[:1], unique))],
    }
    return node(
        name, ready=random.choice(("True", "True", "Unknown")), metadata={"uid": f"{name}-{uid}"}, status=status
    )


def _volume(random: Random, uid: int) -> Record:
    name = random.choice(VOLUMES)
    metadata: dict[str, Any] = {"uid": f"{name}-{uid}"}
    if random.random() < 0.2:
        metadata["deletionTimestamp"] = stamp(random.choice(AGES))
    spec = {"csi": {"driver": random.choice(DRIVERS)}}
    return volume(name, claim=f"shop/{random.choice(CLAIMS)}", metadata=metadata, spec=spec)


def _event(random: Random, uid: int) -> Record:
    reason, text = random.choice(TEXTS)
    about = _user(random, uid)
    number = random.randrange(6)
    return event(about, reason, text, ago=random.choice(AGES), metadata={"name": f"m-{number}"})


NODE_MAKERS: tuple[Callable[[Random, int], Record], ...] = (
    _user,
    _user,
    _plugin,
    _attachment,
    _attachment,
    _csi_node,
    _driver,
    _node,
    _volume,
    _event,
    _event,
)
