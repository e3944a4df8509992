"""Objects to begin a test with, as plain JSON, and a store that has what they need."""

from typing import Any

from storagetui.sim.clock import Clock
from storagetui.sim.store import ObjectStore
from storagetui.sim.wire import Json

CLAIMS = "persistentvolumeclaims"
VOLUMES = "persistentvolumes"
PODS = "pods"
SETS = "statefulsets.apps"
CLASSES = "storageclasses.storage.k8s.io"
QUOTAS = "resourcequotas"


def store_with(*namespaces: str, seed: int = 0) -> ObjectStore:
    """A store with these namespaces and two classes: `fast`, which allows expansion, and `rigid`, which does not."""
    made = ObjectStore(Clock(), seed)
    for name in namespaces:
        made.create("namespaces", {"metadata": {"name": name}})
    made.create(CLASSES, storage_class("fast", allowVolumeExpansion=True))
    made.create(CLASSES, storage_class("rigid"))
    return made


def storage_class(name: str, **fields: Any) -> Json:
    return {"metadata": {"name": name}, "provisioner": "x.csi.example", **fields}


def claim(name: str, size: str = "1Gi", namespace: str = "shop", **spec: Any) -> Json:
    asked = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {**asked, "storageClassName": "fast", **spec},
    }


def volume(name: str, size: str = "1Gi", **spec: Any) -> Json:
    made = {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], "storageClassName": "fast"}
    return {
        "metadata": {"name": name},
        "spec": {**made, "csi": {"driver": "x.csi.example", "volumeHandle": "h"}, **spec},
    }


def pod(name: str, namespace: str = "shop", labels: dict[str, str] | None = None, **spec: Any) -> Json:
    return {
        "metadata": {"name": name, "namespace": namespace, **({"labels": labels} if labels else {})},
        "spec": {"containers": [{"name": "app", "image": "registry.example/app:1"}], **spec},
    }


def stateful_set(name: str, replicas: int = 3, namespace: str = "shop", **spec: Any) -> Json:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": pod(name)["spec"]}
    whole = {"replicas": replicas, "serviceName": name, "selector": {"matchLabels": labels}, "template": template}
    claims = [{"metadata": {"name": "data"}, "spec": claim("data")["spec"]}]
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {**whole, "volumeClaimTemplates": claims, **spec},
    }


def bind(store: ObjectStore, name: str, size: str = "1Gi", namespace: str = "shop") -> None:
    """Let a claim be bound, with a capacity."""

    def put(obj: Json) -> None:
        obj["status"] |= {"phase": "Bound", "capacity": {"storage": size}}

    store.modify(CLAIMS, name, namespace, put, subresource="status")


def grow(store: ObjectStore, name: str, size: str, namespace: str = "shop") -> Json:
    """Ask for more, or less, of a claim."""

    def put(obj: Json) -> None:
        obj["spec"]["resources"]["requests"]["storage"] = size

    return store.modify(CLAIMS, name, namespace, put)
