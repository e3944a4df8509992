"""Pods as a busy cluster has them: nine kilobytes each, a third of it managed fields. Deterministic."""

import json
import random
from typing import Any

Json = dict[str, Any]
_WAITING = ("ContainerCreating", "CrashLoopBackOff", "ImagePullBackOff")


def pod(number: int, version: int, message: str = "") -> bytes:
    """The JSON of the pod of that number; every third belongs to a set and has a claim."""
    return json.dumps(_pod(number, version, message), separators=(",", ":")).encode()


def _pod(number: int, version: int, message: str) -> Json:
    chance = random.Random(number)
    namespace = f"team-{number % 200}"
    in_set = number % 3 == 0
    owner = f"database-{number // 9 % 40}" if in_set else f"service-{number // 20 % 90}-7c9f8d6b54"
    name = f"{owner}-{number}" if in_set else f"{owner}-{chance.getrandbits(20):05x}{number % 7}"
    containers = [_container(chance, which) for which in ("main", "sidecar")]
    volumes: list[Json] = [{"name": "scratch", "emptyDir": {}}, {"name": "settings", "configMap": {"name": "settings"}}]
    if in_set:
        volumes.append({"name": "data", "persistentVolumeClaim": {"claimName": f"data-{name}"}})
    metadata = {
        "name": name,
        "namespace": namespace,
        "uid": f"{number:08x}-0000-4000-8000-{chance.getrandbits(48):012x}",
        "resourceVersion": str(version),
        "creationTimestamp": "2026-01-10T08:00:00Z",
        "labels": {"app": owner, "team": f"team-{number % 12}", "pod-template-hash": "7c9f8d6b54"},
        "annotations": {"checksum/config": f"{chance.getrandbits(256):064x}"},
        "ownerReferences": [
            {
                "apiVersion": "apps/v1",
                "kind": "StatefulSet" if in_set else "ReplicaSet",
                "name": owner,
                "uid": f"{number // 9:08x}-1111-4000-8000-000000000000",
                "controller": True,
            }
        ],
        "managedFields": [_managed(containers, manager) for manager in ("kube-controller-manager", "kubelet")],
    }
    node = f"node-{number % 400}"
    spec = {"volumes": volumes, "containers": containers, "nodeName": node, "serviceAccountName": "default"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": spec,
        "status": _status(chance, containers, message),
    }


def _container(chance: random.Random, name: str) -> Json:
    environment = [{"name": f"SETTING_{n}", "value": f"{chance.getrandbits(80):020x}"} for n in range(14)]
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
    return {
        "manager": manager,
        "operation": "Update",
        "apiVersion": "v1",
        "time": "2026-01-10T08:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": {"f:containers": fields}},
    }


def _status(chance: random.Random, containers: list[Json], message: str) -> Json:
    ready = chance.random() < 0.97
    running = {"running": {"startedAt": "2026-01-10T08:00:10Z"}}
    state = running if ready else {"waiting": {"reason": chance.choice(_WAITING)}}
    kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    return {
        "phase": "Running" if ready else "Pending",
        "message": message,
        "conditions": [
            {"type": kind, "status": str(ready), "lastTransitionTime": "2026-01-10T08:00:10Z"} for kind in kinds
        ],
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
