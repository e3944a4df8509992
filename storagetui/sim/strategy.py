"""What the registry does to an object before it is validated: what a client may not write is put right.

Source: k8s.io/apiserver/pkg/registry/rest/create.go and update.go, and the strategy.go of each resource under
kubernetes/pkg/registry.
"""

from storagetui.sim.resources import Resource
from storagetui.sim.wire import Json, copied, dig

_SERVER_OWNED = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation")
_STATUS_KEPT_ON_CREATE = frozenset({"nodes", "services"})
_STATUS_AT_FIRST: dict[str, Json] = {
    "namespaces": {"phase": "Active"},
    "persistentvolumeclaims": {"phase": "Pending"},
    "persistentvolumes": {"phase": "Pending"},
    "pods": {"phase": "Pending"},
    "volumeattachments.storage.k8s.io": {"attached": False},
    "statefulsets.apps": {"replicas": 0, "availableReplicas": 0},
    "replicasets.apps": {"replicas": 0},
}


def for_create(kind: Resource, obj: Json) -> Json:
    """A copy of a new object without what only the server may set; the store adds uid, version and time."""
    metadata = copied(obj.get("metadata") or {})
    for field in (*_SERVER_OWNED, "resourceVersion", "selfLink", "managedFields"):
        metadata.pop(field, None)
    if not kind.namespaced:
        metadata.pop("namespace", None)
    if kind.generations:
        metadata["generation"] = 1
    made: Json = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": metadata}
    made |= {key: copied(value) for key, value in obj.items() if key not in made}
    if kind.has_status and kind.name not in _STATUS_KEPT_ON_CREATE:
        made.pop("status", None)
    if kind.name in _STATUS_AT_FIRST:
        made["status"] = copied(_STATUS_AT_FIRST[kind.name])
    if kind.name == "namespaces":
        made["spec"] = {"finalizers": ["kubernetes"]}
    return made


def for_update(kind: Resource, obj: Json, old: Json, subresource: str = "") -> Json:
    """A copy of what an update would store: the parts that this (sub)resource does not write come from `old`.

    The generation is counted up when anything but metadata and status changed, for kinds that count it.
    """
    if subresource == "status":
        return {**copied(old), "status": copied(obj.get("status") or {})}
    metadata = copied(obj.get("metadata") or {})
    metadata.pop("managedFields", None)
    for field in _SERVER_OWNED:
        metadata.pop(field, None)
        if field in old["metadata"]:
            metadata[field] = old["metadata"][field]
    made: Json = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": metadata}
    made |= {key: copied(value) for key, value in obj.items() if key not in made}
    if kind.has_status:
        made.pop("status", None)
        if "status" in old:
            made["status"] = copied(old["status"])
    if kind.name == "namespaces" and subresource != "finalize":
        made["spec"] = copied(old.get("spec", {}))
    if kind.generations and _specification(made) != _specification(old):
        metadata["generation"] = dig(old, "metadata", "generation", default=0) + 1
    return made


def _specification(obj: Json) -> Json:
    return {key: value for key, value in obj.items() if key not in ("metadata", "status")}
