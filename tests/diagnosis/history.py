"""Random objects of a small cluster in trouble, for properties over histories."""

from collections.abc import Callable
from random import Random
from typing import Any

from storagetui.model.base import Record
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Key, Kind
from storagetui.model.namespaces import ResourceQuota
from storagetui.model.pods import Pod
from tests.build import (
    attachment,
    build,
    claim,
    csi_node,
    event,
    node,
    pod,
    stamp,
    stateful_set,
    storage_class,
    volume,
)
from tests.diagnosis.history_of_claims import CLAIM_MAKERS
from tests.diagnosis.history_of_copies import COPY_KINDS, COPY_MAKERS
from tests.diagnosis.history_of_nodes import NODE_MAKERS

AGES = (0, 10, 29, 30, 31, 59, 60, 61, 100, 389, 400)
CLAIMS = ("data-web-0", "data-web-1", "misc")
PODS = ("web-0", "web-1", "other")
VOLUMES = ("pv-0", "pv-1")
NODES = ("n0", "n1")
DRIVER = "disk.csi.example"
MESSAGES = (
    "0/2 nodes are available: 2 node(s) had volume node affinity conflict.",
    "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
    "0/2 nodes are available: 2 Insufficient cpu.",
    "node(s) had no available volume zone",
    "",
)
EVENTS = (
    (
        ("ProvisioningFailed", "rpc error: code = ResourceExhausted desc = no room"),
        ("ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found'),
        ("ExternalProvisioning", "Waiting for a volume"),
        ("Provisioning", "External provisioner is provisioning volume"),
        ("WaitForFirstConsumer", "waiting for first consumer"),
        ("ClaimLost", "Bound claim has lost its PersistentVolume"),
    ),
    (
        ("FailedAttachVolume", 'Multi-Attach error for volume "pv-0" Volume is already used by pod(s) web-1'),
        ("FailedAttachVolume", 'AttachVolume.Attach failed for volume "pv-0" : rpc error: code = Internal desc = x'),
        ("FailedMount", 'MountVolume.SetUp failed for volume "pv-0" : rpc error: code = Internal desc = x'),
        ("FailedCreatePodSandBox", "network"),
        ("FailedKillPod", "error killing pod"),
    ),
    (
        (
            "FailedCreate",
            "create Claim data-web-1 for Pod web-1 in StatefulSet web failed error: exceeded quota: storage, "
            "requested: requests.storage=1Gi, used: requests.storage=1Gi, limited: requests.storage=1Gi",
        ),
        ("FailedCreate", "create Claim data-web-0 for Pod web-0 in StatefulSet web failed error: no"),
    ),
)
"""Of claims, of pods, of sets."""


def _named(random: Random, names: tuple[str, ...], uid: int, namespace: str = "") -> tuple[str, dict[str, Any]]:
    """A name, and the metadata of its `uid`-th incarnation."""
    name = random.choice(names)
    return (f"{namespace}/{name}" if namespace else name), {"uid": f"{name}-{uid}"}


def _claim(random: Random, uid: int) -> PersistentVolumeClaim:
    name, metadata = _named(random, CLAIMS, uid, "shop")
    notes = {}
    if random.random() < 0.5:
        notes["volume.kubernetes.io/storage-provisioner"] = DRIVER
    if random.random() < 0.4:
        notes["volume.kubernetes.io/selected-node"] = random.choice(NODES)
    phase = random.choice(("Pending", "Pending", "Bound", "Bound", "Bound", "Lost"))
    return claim(
        name,
        phase=phase,
        age=random.choice(AGES),
        volume=random.choice(VOLUMES) if phase != "Pending" or random.random() < 0.1 else "",
        metadata={**metadata, "annotations": notes},
        spec={
            "storageClassName": random.choice(("fast", "fast", "fast", "slow", "", None)),
            "accessModes": [random.choice(("ReadWriteOnce", "ReadWriteOnce", "ReadWriteMany"))],
        },
    )


def _pod(random: Random, uid: int) -> Pod:
    name, metadata = _named(random, PODS, uid, "shop")
    where = random.choice(("", *NODES))
    phase = random.choice(("Pending", "Pending", "Running", "Running", "Succeeded"))
    verdict = {
        "type": "PodScheduled",
        "status": "True" if where else "False",
        "reason": random.choice(("Unschedulable", "Unschedulable", "SchedulingGated")),
        "message": random.choice(MESSAGES),
        "lastTransitionTime": stamp(random.choice(AGES)),
    }
    if random.random() < 0.2:
        metadata["deletionTimestamp"] = stamp(random.choice((*AGES, -20)))
        metadata["finalizers"] = random.choice(([], [], ["example.com/x"], ["batch.kubernetes.io/job-tracking"]))
    return pod(
        name,
        phase=phase,
        node=where,
        claims=tuple(random.sample(CLAIMS, random.choice((0, 1, 1, 1, 2)))),
        age=random.choice(AGES),
        owner="StatefulSet/web",
        metadata=metadata,
        status={"conditions": [verdict]},
    )


def _volume(random: Random, uid: int) -> Record:
    name, metadata = _named(random, VOLUMES, uid)
    for_claim = random.choice(("", *CLAIMS, *CLAIMS))
    made: Record = volume(
        name,
        claim=f"shop/{for_claim}" if for_claim else "",
        zone=random.choice(("", "", "a", "b")),
        metadata=metadata,
        spec={
            "storageClassName": random.choice(("fast", "slow", None)),
            **({"claimRef": {"uid": f"{for_claim}-{random.choice((0, 0, 1))}"}} if for_claim else {}),
        },
    )
    return made


def _attachment(random: Random, uid: int) -> Record:
    name, metadata = _named(random, ("va-0", "va-1"), uid)
    status: dict[str, Any] = {}
    if random.random() < 0.5:
        text = random.choice(("no", "CSINode n0 does not contain driver disk.csi.example"))
        status["attachError"] = {"message": text, "time": stamp(random.choice(AGES))}
    if random.random() < 0.2:
        status["detachError"] = {"message": "busy"}
    return attachment(
        name,
        volume=random.choice(VOLUMES),
        node=random.choice(NODES),
        attached=random.random() < 0.6,
        metadata=metadata,
        status=status,
    )


def _node(random: Random, uid: int) -> Record:
    name, metadata = _named(random, NODES, uid)
    taints = random.choice(([], [{"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"}]))
    return node(
        name,
        ready=random.choice(("True", "True", "False", "Unknown")),
        zone=random.choice("ab"),
        metadata=metadata,
        spec={"unschedulable": random.random() < 0.3, "taints": taints},
    )


def _class(random: Random, uid: int) -> Record:
    name, metadata = _named(random, ("fast", "slow"), uid)
    if random.random() < 0.3:
        metadata["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
    return storage_class(
        name,
        binding=random.choice(("WaitForFirstConsumer", "Immediate")),
        metadata=metadata,
        provisioner=random.choice((DRIVER, "kubernetes.io/no-provisioner")),
    )


def _csi_node(random: Random, _uid: int) -> Record:
    return csi_node(random.choice(NODES), *random.choice(((), (DRIVER,), (DRIVER,))))


def _driver(random: Random, _uid: int) -> Record:
    return build(CSIDriver, DRIVER, {"spec": {"attachRequired": random.random() < 0.5}}, {})


def _set(random: Random, uid: int) -> Record:
    return stateful_set("shop/web", replicas=random.randrange(3), metadata={"uid": f"web-set-{uid}"})


def _quota(random: Random, _uid: int) -> Record:
    used = {"requests.storage": f"{random.randrange(3)}Gi"}
    return build(ResourceQuota, "shop/storage", {"status": {"hard": used, "used": used}}, {})


def _event(random: Random, uid: int) -> Record:
    makers: tuple[Callable[[Random, int], Record], ...] = (_claim, _pod, _set)
    reasons = random.choice(EVENTS)
    about = makers[EVENTS.index(reasons)](random, uid)
    reason, message = random.choice(reasons)
    source = random.choice(("kubelet", f"{DRIVER}_pod"))
    return event(
        about,
        reason,
        message,
        source=source,
        count=random.randrange(1, 4),
        ago=random.choice(AGES),
        metadata={"name": f"e-{random.randrange(6)}"},
    )


MAKERS: tuple[Callable[[Random, int], Record], ...] = (
    _claim,
    _claim,
    _pod,
    _pod,
    _volume,
    _attachment,
    _node,
    _class,
    _csi_node,
    _driver,
    _set,
    _quota,
    _event,
    _event,
    *CLAIM_MAKERS,
    *NODE_MAKERS,
    *COPY_MAKERS,
)
KINDS_READ = COPY_KINDS + tuple(
    Kind(one)
    for one in (
        "PersistentVolumeClaim",
        "PersistentVolume",
        "Pod",
        "VolumeAttachment",
        "StorageClass",
        "Node",
        "CSINode",
        "CSIDriver",
        "Event",
        "ResourceQuota",
        "VolumeSnapshot",
        "CSIStorageCapacity",
        "Deployment",
        "LimitRange",
        "Namespace",
    )
)


def record_of(seed: int) -> Record:
    """A record that the seed stands for; few names and two incarnations of each, so that they meet."""
    random = Random(seed)
    return random.choice(MAKERS)(random, random.choice((0, 0, 0, 1)))


def key_of(seed: int) -> Key:
    """The name of a record."""
    return record_of(seed).key


def scene() -> list[Record]:
    """Where histories begin: a set of two, one pod running and one that waits for the volume on another node."""
    made: list[Record] = [storage_class("fast"), stateful_set("shop/web", replicas=2, metadata={"uid": "web-set-0"})]
    for number in range(2):
        name = f"data-web-{number}"
        made += [
            node(f"n{number}"),
            csi_node(f"n{number}", DRIVER),
            claim(f"shop/{name}", volume=f"pv-{number}", metadata={"uid": f"{name}-0"}),
            volume(f"pv-{number}", claim=f"shop/{name}", spec={"claimRef": {"uid": f"{name}-0"}}),
            attachment(f"va-{number}", volume=f"pv-{number}", node="n0"),
        ]
    made.append(pod("shop/web-0", node="n0", claims=("data-web-0",), metadata={"uid": "web-0-0"}))
    status = {
        "conditions": [{"type": "PodScheduled", "status": "True", "lastTransitionTime": stamp(50)}],
    }
    waiting = {"uid": "web-1-0"}
    made.append(
        pod("shop/web-1", phase="Pending", node="n1", claims=("data-web-1",), age=50, metadata=waiting, status=status)
    )
    return made
