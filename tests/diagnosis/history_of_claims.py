"""More random objects for histories: what claims are filled from, chosen for and held back by."""

from collections.abc import Callable
from random import Random

from storagetui.model.base import Record
from storagetui.model.drivers import CSIStorageCapacity
from storagetui.model.namespaces import LimitRange, Namespace
from storagetui.model.snapshots import VolumeSnapshot
from storagetui.model.workloads import Deployment
from tests.build import Json, build, claim, event, pod, stamp, storage_class, volume

AGES = (0, 29, 30, 31, 60, 600, 3600, 86400)
SOURCES: tuple[Json | None, ...] = (
    None,
    {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "monday"},
    {"kind": "PersistentVolumeClaim", "name": "data-web-0"},
)
SAID = (
    "no volume plugin matched",
    "snapshot monday is not Ready",
    'node "n9" not found',
    "invalid parameter x",
    "rpc error: code = DeadlineExceeded desc = x",
    'nodes is forbidden: User "system:serviceaccount:csi:x" cannot list resource "nodes" in API group ""',
    "no topology key found on CSINode n0",
)
VERDICTS = (
    "0/2 nodes are available: 2 node(s) did not have enough free storage.",
    "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind.",
    "0/2 nodes are available: 2 node(s) exceed max volume count.",
    "0/2 nodes are available: node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access "
    "mode.",
    'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded',
    'persistentvolumeclaim "extra" is being deleted',
    'waiting for ephemeral volume controller to create the persistentvolumeclaim "late-scratch"',
    "disk.csi.example CSI driver is not installed on the node",
)


def _claim(random: Random, uid: int) -> Record:
    notes = {}
    if random.random() < 0.4:
        notes["volume.kubernetes.io/storage-provisioner"] = "disk.csi.example"
    if random.random() < 0.4:
        notes["volume.kubernetes.io/selected-node"] = random.choice(("n0", "n9"))
    name = random.choice(("extra", "late-scratch"))
    metadata: Json = {"uid": f"{name}-{uid}", "annotations": notes}
    if random.random() < 0.1:
        metadata["deletionTimestamp"] = stamp(random.choice(AGES))
    made: Record = claim(
        f"shop/{name}",
        phase=random.choice(("Pending", "Pending", "Pending", "Bound")),
        size=random.choice(("5Gi", "10Gi")),
        age=random.choice(AGES),
        volume=random.choice(("", "", "pv-0", "pv-s")),
        metadata=metadata,
        spec={
            "storageClassName": random.choice(("fast", "slow", "hand", "hand", "", None)),
            "accessModes": [random.choice(("ReadWriteOnce", "ReadWriteOncePod"))],
            "dataSourceRef": random.choice(SOURCES),
            "selector": random.choice((None, None, {"matchLabels": {"tier": "gold"}})),
        },
    )
    return made


def _volume(random: Random, _uid: int) -> Record:
    made: Record = volume(
        "pv-s",
        size=random.choice(("5Gi", "10Gi")),
        phase=random.choice(("Available", "Available", "Released", "Bound")),
        zone=random.choice(("", "a", "z")),
        spec={
            "storageClassName": random.choice(("hand", "hand", "fast", None)),
            "claimRef": random.choice((None, {"namespace": "shop", "name": "extra", "uid": "extra-0"})),
        },
        metadata={"labels": random.choice(({}, {"tier": "gold"}))},
    )
    return made


def _class(random: Random, _uid: int) -> Record:
    binding = random.choice(("WaitForFirstConsumer", "Immediate"))
    provisioner = random.choice(("kubernetes.io/no-provisioner", "kubernetes.io/rbd"))
    made: Record = storage_class("hand", binding=binding, provisioner=provisioner)
    return made


def _snapshot(random: Random, _uid: int) -> Record:
    status = {"readyToUse": random.random() < 0.6, "restoreSize": random.choice(("5Gi", "10Gi"))}
    return build(VolumeSnapshot, "shop/monday", {"status": status}, {})


def _capacity(random: Random, _uid: int) -> Record:
    base: Json = {"storageClassName": random.choice(("fast", "slow")), "capacity": random.choice(("5Gi", "20Gi"))}
    base |= {"nodeTopology": {"matchLabels": {"topology.kubernetes.io/zone": random.choice("ab")}}}
    return build(CSIStorageCapacity, f"csi/capacity-{random.randrange(2)}", base, {})


def _pod(random: Random, uid: int) -> Record:
    name = random.choice(("late", "later"))
    verdict = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": random.choice(VERDICTS),
        "lastTransitionTime": stamp(random.choice(AGES)),
    }
    volumes = [
        {"name": "extra", "persistentVolumeClaim": {"claimName": "extra"}},
        {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}},
    ]
    made: Record = pod(
        f"shop/{name}",
        phase="Pending",
        node=random.choice(("", "", "", "n0")),
        age=random.choice(AGES),
        metadata={"uid": f"{name}-{uid}"},
        spec={"volumes": random.choice((volumes, volumes[:1]))},
        status={"conditions": [verdict]},
    )
    return made


def _deployment(random: Random, _uid: int) -> Record:
    name = random.choice(("extra", "misc"))
    volumes = [{"name": "x", "persistentVolumeClaim": {"claimName": name}}]
    return build(Deployment, "shop/web", {"spec": {"template": {"spec": {"volumes": volumes}}}}, {})


def _limits(random: Random, _uid: int) -> Record:
    limit = {"type": "PersistentVolumeClaim", "max": {"storage": random.choice(("1Gi", "50Gi"))}}
    return build(LimitRange, "shop/limits", {"spec": {"limits": [limit]}}, {})


def _namespace(random: Random, _uid: int) -> Record:
    over: Json = {}
    if random.random() < 0.5:
        over = {"metadata": {"deletionTimestamp": stamp(random.choice(AGES))}, "status": {"phase": "Terminating"}}
    return build(Namespace, "shop", {"status": {"phase": "Active"}}, over)


def _event(random: Random, uid: int) -> Record:
    about = _claim(random, uid)
    return event(
        about,
        "ProvisioningFailed",
        random.choice(SAID),
        source="disk.csi.example_pod",
        ago=random.choice(AGES),
        metadata={"name": f"s-{random.randrange(3)}"},
    )


CLAIM_MAKERS: tuple[Callable[[Random, int], Record], ...] = (
    _claim,
    _claim,
    _claim,
    _volume,
    _class,
    _snapshot,
    _capacity,
    _pod,
    _pod,
    _deployment,
    _limits,
    _namespace,
    _event,
)
