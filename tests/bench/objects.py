"""A cluster of any size as a busy one looks: pods of eight kilobytes or so, and what their storage hangs on.

Deterministic. Every second pod is one of a set's and has a claim with its volume and attachment, as long as there are
claims left. A real API server takes it all too, without what it fills in itself.
"""

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

Json = dict[str, Any]

SET_SIZE = 20
"""Pods of one set."""
NAMESPACES = 200
STORAGE_CLASS, DRIVER = "fast", "csi.bench.example"
CAPACITY = "10000Gi"
"""Of every claim; of one width, so that it can be replaced in encoded bytes."""
VERSION = "1000000000"
"""Of every object; of one width, for the same reason."""
_WAITING = ("ContainerCreating", "CrashLoopBackOff", "ImagePullBackOff")
_CREATED = "2026-01-10T08:00:00Z"
_MOMENT = "2026-01-10T08:00:10Z"


class Size(NamedTuple):
    """How large a cluster is."""

    pods: int
    claims: int
    """At most half as many as pods; as many volumes and attachments."""

    @classmethod
    def of(cls, pods: int) -> "Size":
        """Every second pod has a claim, but for at most 20,000."""
        return cls(pods, min(pods // 2, 20_000))

    @property
    def nodes(self) -> int:
        """Fifty pods each."""
        return max(3, min(400, self.pods // 50))

    @property
    def sets(self) -> int:
        """Of twenty pods, the last one of fewer."""
        return -(-self.claims // SET_SIZE)


def objects(size: Size) -> Iterator[tuple[str, Json]]:
    """Every object with the plural of its kind, in an order in which it can be created."""
    yield "storageclasses", storage_class()
    yield "csidrivers", driver()
    yield from (("namespaces", namespace(number)) for number in range(NAMESPACES))
    yield from (("nodes", node(number)) for number in range(size.nodes))
    yield from (("csinodes", csi_node(number)) for number in range(size.nodes))
    yield from (("statefulsets", stateful_set(number, size)) for number in range(size.sets))
    yield from (("persistentvolumeclaims", claim(number)) for number in range(size.claims))
    yield from (("persistentvolumes", volume(number)) for number in range(size.claims))
    yield from (("volumeattachments", attachment(number, size)) for number in range(size.claims))
    yield from (("pods", pod(number, size)) for number in range(size.pods))


def claim_name(number: int) -> tuple[str, str]:
    """Namespace and name of a claim."""
    return f"team-{number // SET_SIZE % NAMESPACES}", f"data-{_set_pod(number)}"


def uid(family: int, number: int) -> str:
    """The uid of an object: families of numbers do not meet."""
    return f"{number:08x}-{family:04x}-4000-8000-{number * 2654435761 % (1 << 48):012x}"


def _set_pod(number: int) -> str:
    return f"db-{number // SET_SIZE}-{number % SET_SIZE}"


def _node_name(number: int, size: Size) -> str:
    return f"node-{number * 7 % size.nodes}"


def _metadata(name: str, namespace: str, unique: str, **more: Any) -> Json:
    place = {"namespace": namespace} if namespace else {}
    plain = {"name": name, **place, "uid": unique, "resourceVersion": VERSION, "creationTimestamp": _CREATED}
    return plain | more


def storage_class() -> Json:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": _metadata(STORAGE_CLASS, "", uid(1, 0)),
        "provisioner": DRIVER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }


def driver() -> Json:
    spec = {"attachRequired": True, "podInfoOnMount": False, "storageCapacity": False}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "CSIDriver",
        "metadata": _metadata(DRIVER, "", uid(2, 0)),
        "spec": spec,
    }


def namespace(number: int) -> Json:
    metadata = _metadata(f"team-{number}", "", uid(3, number))
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata, "status": {"phase": "Active"}}


def node(number: int) -> Json:
    kinds = (("MemoryPressure", "False"), ("DiskPressure", "False"), ("PIDPressure", "False"), ("Ready", "True"))
    conditions = [
        {"type": kind, "status": status, "reason": "Kubelet", "message": "", "lastTransitionTime": _MOMENT}
        for kind, status in kinds
    ]
    room = {"cpu": "64", "memory": "256Gi", "pods": "250"}
    labels = {"kubernetes.io/hostname": f"node-{number}", "topology.kubernetes.io/zone": f"zone-{number % 3}"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": _metadata(f"node-{number}", "", uid(4, number), labels=labels),
        "spec": {},
        "status": {"capacity": room, "allocatable": room, "conditions": conditions},
    }


def csi_node(number: int) -> Json:
    drivers = [{"name": DRIVER, "nodeID": f"node-{number}", "allocatable": {"count": 200}}]
    metadata = _metadata(f"node-{number}", "", uid(5, number))
    return {"apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": metadata, "spec": {"drivers": drivers}}


def stateful_set(number: int, size: Size) -> Json:
    labels = {"app": f"db-{number}"}
    replicas = min(SET_SIZE, size.claims - number * SET_SIZE)
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "main", "image": "images.example/db"}]},
    }
    asked = {"accessModes": ["ReadWriteOnce"], "storageClassName": STORAGE_CLASS} | _asked()
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": _metadata(f"db-{number}", f"team-{number % NAMESPACES}", uid(6, number)),
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": template,
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": asked}],
        },
        "status": {"replicas": replicas, "readyReplicas": replicas, "currentReplicas": replicas},
    }


def _asked() -> Json:
    return {"resources": {"requests": {"storage": CAPACITY}}}


def claim(number: int) -> Json:
    namespace, name = claim_name(number)
    annotations = {
        "pv.kubernetes.io/bind-completed": "yes",
        "pv.kubernetes.io/bound-by-controller": "yes",
        "volume.kubernetes.io/storage-provisioner": DRIVER,
    }
    modes = {"accessModes": ["ReadWriteOnce"]}
    bound = {"storageClassName": STORAGE_CLASS, "volumeMode": "Filesystem", "volumeName": f"pvc-{uid(7, number)}"}
    labels = {"app": f"db-{number // SET_SIZE}"}
    managed = [_manager("kube-controller-manager", {"f:spec": {f"f:{one}": {} for one in (*bound, "accessModes")}})]
    more = {"labels": labels, "annotations": annotations, "managedFields": managed}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": _metadata(name, namespace, uid(7, number), **more),
        "spec": modes | _asked() | bound,
        "status": {"phase": "Bound", "capacity": {"storage": CAPACITY}} | modes,
    }


def volume(number: int) -> Json:
    namespace, name = claim_name(number)
    reference = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": namespace, "name": name}
    source = {"driver": DRIVER, "volumeHandle": f"volume-{number}", "fsType": "ext4"}
    name = f"pvc-{uid(7, number)}"
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": _metadata(name, "", uid(8, number), managedFields=[_manager("csi-provisioner", {"f:spec": {}})]),
        "spec": {
            "capacity": {"storage": CAPACITY},
            "accessModes": ["ReadWriteOnce"],
            "claimRef": reference | {"uid": uid(7, number)},
            "csi": source,
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": STORAGE_CLASS,
            "volumeMode": "Filesystem",
        },
        "status": {"phase": "Bound"},
    }


def attachment(number: int, size: Size) -> Json:
    source = {"persistentVolumeName": f"pvc-{uid(7, number)}"}
    name = f"csi-{number * 11400714819323198485 % (1 << 64):016x}{number:08x}"
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "VolumeAttachment",
        "metadata": _metadata(name, "", uid(9, number)),
        "spec": {"attacher": DRIVER, "nodeName": _node_name(2 * number, size), "source": source},
        "status": {"attached": True},
    }


def pod(number: int, size: Size) -> Json:
    chance = random.Random(number)
    in_set = number % 2 == 0 and number // 2 < size.claims
    if in_set:
        namespace, claimed = claim_name(number // 2)
        owner, name = f"db-{number // 2 // SET_SIZE}", _set_pod(number // 2)
    else:
        namespace, owner = f"team-{number % NAMESPACES}", f"service-{number // 20 % 90}-7c9f8d6b54"
        name, claimed = f"{owner}-{chance.getrandbits(20):05x}{number}", ""
    containers = [_container(chance, which) for which in ("main", "sidecar")]
    volumes: list[Json] = [{"name": "scratch", "emptyDir": {}}, {"name": "settings", "configMap": {"name": "settings"}}]
    if claimed:
        volumes.append({"name": "data", "persistentVolumeClaim": {"claimName": claimed}})
    reference = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet" if in_set else "ReplicaSet",
        "name": owner,
        "uid": uid(6, number // 2 // SET_SIZE) if in_set else uid(10, number // 20),
        "controller": True,
    }
    metadata = _metadata(
        name,
        namespace,
        uid(0, number),
        labels={"app": owner, "team": f"team-{number % 12}", "pod-template-hash": "7c9f8d6b54"},
        annotations={"checksum/config": f"{chance.getrandbits(256):064x}"},
        ownerReferences=[reference],
        managedFields=[_managed(containers, manager) for manager in ("kube-controller-manager", "kubelet")],
    )
    spec = {
        "volumes": volumes,
        "containers": containers,
        "nodeName": _node_name(number, size),
        "serviceAccountName": "default",
    }
    status = _status(chance, containers)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


def _container(chance: random.Random, name: str) -> Json:
    environment = [{"name": f"SETTING_{n}", "value": f"{chance.getrandbits(80):020x}"} for n in range(10)]
    probe = {
        "httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"},
        "periodSeconds": 10,
        "failureThreshold": 3,
    }
    return {
        "name": name,
        "image": f"images.example/{name}:{chance.getrandbits(32):08x}",
        "env": environment,
        "resources": {"limits": {"cpu": "2", "memory": "4Gi"}, "requests": {"cpu": "250m", "memory": "512Mi"}},
        "volumeMounts": [{"name": "scratch", "mountPath": "/scratch"}, {"name": "settings", "mountPath": "/settings"}],
        "livenessProbe": probe,
        "readinessProbe": probe,
        "terminationMessagePath": "/dev/termination-log",
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {"capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True, "readOnlyRootFilesystem": True},
    }


def _managed(containers: list[Json], manager: str) -> Json:
    fields: Json = {}
    for container in containers:
        inner: Json = {f"f:{name}": {} for name in container}
        inner["f:env"] = {
            f'k:{{"name":"{one["name"]}"}}': {".": {}, "f:name": {}, "f:value": {}} for one in container["env"]
        }
        fields[f'k:{{"name":"{container["name"]}"}}'] = inner
    return _manager(manager, {"f:spec": {"f:containers": fields}})


def _manager(manager: str, fields: Json) -> Json:
    told = {"apiVersion": "v1", "time": _CREATED, "fieldsType": "FieldsV1", "fieldsV1": fields}
    return {"manager": manager, "operation": "Update"} | told


def _status(chance: random.Random, containers: list[Json]) -> Json:
    ready = chance.random() < 0.97
    running = {"running": {"startedAt": _MOMENT}}
    state = running if ready else {"waiting": {"reason": chance.choice(_WAITING)}}
    kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    return {
        "phase": "Running" if ready else "Pending",
        "conditions": [{"type": kind, "status": str(ready), "lastTransitionTime": _MOMENT} for kind in kinds],
        "hostIP": f"10.0.{chance.randrange(250)}.{chance.randrange(250)}",
        "podIP": f"10.1.{chance.randrange(250)}.{chance.randrange(250)}",
        "startTime": "2026-01-10T08:00:01Z",
        "containerStatuses": [
            {
                "name": container["name"],
                "ready": ready,
                "restartCount": chance.randrange(4),
                "image": container["image"],
                "imageID": f"sha256:{chance.getrandbits(256):064x}",
                "containerID": f"containerd://{chance.getrandbits(256):064x}",
                "state": state,
            }
            for container in containers
        ],
    }
