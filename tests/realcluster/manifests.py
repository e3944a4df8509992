"""Objects as a test asks for them, small and valid."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.realcluster.rest import Manifest

IMAGE = "storagetui.test/pretend:1"
"""Any name will do: the container runtime only pretends."""
OWN_TAINT = "storagetui.test/own"


def namespace(name: str) -> Manifest:
    """A Namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def csi_driver(name: str, *, capacity: bool = False) -> Manifest:
    """A CSIDriver whose volumes must be attached; with ``capacity`` the scheduler asks how much a zone has left."""
    spec = {"attachRequired": True, "podInfoOnMount": False, "storageCapacity": capacity}
    return {"apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver", "metadata": {"name": name}, "spec": spec}


def storage_class(name: str, provisioner: str, **fields: Any) -> Manifest:
    """A StorageClass that waits for the first consumer and allows expansion, unless ``fields`` say otherwise."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": provisioner,
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
        **fields,
    }


def quota(namespace: str, name: str, hard: Mapping[str, str]) -> Manifest:
    """A ResourceQuota."""
    metadata = _named(namespace, name)
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": dict(hard)}}


def claim_spec(storage_class: str | None, size: str, access_mode: str = "ReadWriteOnce") -> Manifest:
    """The spec of a claim; without a class the cluster's default class is asked for."""
    spec: Manifest = {"accessModes": [access_mode], "resources": {"requests": {"storage": size}}}
    return spec if storage_class is None else {"storageClassName": storage_class, **spec}


def claim(namespace: str, name: str, spec: Manifest) -> Manifest:
    """A PersistentVolumeClaim."""
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": _named(namespace, name), "spec": spec}


def pod_spec(claims: Mapping[str, str], *, node: str = "", own: str = "") -> Manifest:
    """The spec of a pod that mounts claims, by the name of the volume.

    It stops after a second. ``node`` is the node it must be scheduled to, ``own`` the value of the taint that keeps
    others off.
    """
    spec: Manifest = {
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,  # one volume less to wait for
        "containers": [container(claims)],
        "volumes": [{"name": volume, "persistentVolumeClaim": {"claimName": name}} for volume, name in claims.items()],
    }
    if node:
        spec["nodeSelector"] = {"kubernetes.io/hostname": node}
    if own:
        spec["tolerations"] = [{"key": OWN_TAINT, "operator": "Equal", "value": own, "effect": "NoSchedule"}]
    return spec


def container(volumes: Mapping[str, object] | Sequence[str]) -> Manifest:
    """A container that mounts volumes by their names."""
    mounts = [{"name": volume, "mountPath": f"/{volume}"} for volume in volumes]
    return {"name": "main", "image": IMAGE, "volumeMounts": mounts}


def pod(namespace: str, name: str, spec: Manifest) -> Manifest:
    """A Pod that nothing owns."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": _named(namespace, name), "spec": spec}


def stateful_set(
    namespace: str, name: str, templates: Mapping[str, Manifest], *, replicas: int = 3, own: str = "", **fields: Any
) -> Manifest:
    """A StatefulSet with a claim template per entry, the claim's spec. ``fields`` go into the set's spec."""
    labels = {"app": name}
    spec = pod_spec({}, own=own) | {"containers": [container(templates)]}
    claims = [{"metadata": {"name": template}, "spec": claim} for template, claim in templates.items()]
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": _named(namespace, name),
        "spec": {
            "serviceName": name,
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
            "volumeClaimTemplates": claims,
            **fields,
        },
    }


def headless_service(namespace: str, name: str) -> Manifest:
    """The Service that gives a set's pods their names."""
    spec = {"clusterIP": "None", "selector": {"app": name}}
    return {"apiVersion": "v1", "kind": "Service", "metadata": _named(namespace, name), "spec": spec}


def _named(namespace: str, name: str) -> Manifest:
    return {"namespace": namespace, "name": name}
