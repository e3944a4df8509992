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
    "daemonsets.apps": {
        "currentNumberScheduled": 0,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": 0,
        "numberReady": 0,
    },
    "deployments.apps": {},
    "jobs.batch": {},
    "poddisruptionbudgets.policy": {
        "disruptionsAllowed": 0,
        "currentHealthy": 0,
        "desiredHealthy": 0,
        "expectedPods": 0,
    },
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


def finish(kind: Resource, obj: Json, now: str) -> None:
    """Add to a new object, in place, what depends on its uid, its completed specification or the time."""
    if kind.name == "persistentvolumes":
        obj["status"]["lastPhaseTransitionTime"] = now
    if kind.name == "pods":
        obj["status"]["qosClass"] = _quality_of_service(obj["spec"])
    elif kind.name == "services" and obj["spec"]["type"] != "ExternalName":
        _allocate_address(obj)
    elif kind.name == "jobs.batch" and not obj["spec"]["manualSelector"]:
        uid, name = obj["metadata"]["uid"], obj["metadata"]["name"]
        labels = obj["spec"]["template"]["metadata"].setdefault("labels", {})
        labels |= {"batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name}
        labels |= {"controller-uid": uid, "job-name": name}
        obj["spec"]["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}


def for_update(kind: Resource, obj: Json, old: Json, subresource: str, now: str) -> Json:
    """A copy of what an update would store: the parts that this (sub)resource does not write come from `old`.

    The generation is counted up when anything but metadata and status changed, for kinds that count it.
    """
    if subresource == "status":
        return _with_status(kind, copied(old), copied(obj.get("status") or {}), now)
    if subresource == "binding":
        return _bound(copied(old), dig(obj, "spec", "nodeName", default=""), now)
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


def _quality_of_service(spec: Json) -> str:
    """Guaranteed, Burstable or BestEffort (pkg/apis/core/v1/helper/qos)."""
    containers = [*spec.get("initContainers", ()), *spec["containers"]]
    amounts = [item["resources"].get(field, {}) for item in containers for field in ("requests", "limits")]
    measured = [{key: item[key] for key in ("cpu", "memory") if key in item} for item in amounts]
    if not any(measured):
        return "BestEffort"
    pairs = zip(measured[::2], measured[1::2], strict=True)
    full = all(len(limits) == 2 and requests == limits for requests, limits in pairs)
    return "Guaranteed" if full else "Burstable"


def _allocate_address(service: Json) -> None:
    """Give a Service an address of 10.96.0.0/16 that follows from its uid; a headless one keeps None."""
    spec = service["spec"]
    high, low = divmod(int(service["metadata"]["uid"][:4], 16), 256)
    spec.setdefault("clusterIP", f"10.96.{high}.{max(1, min(254, low))}")
    spec.setdefault("clusterIPs", [spec["clusterIP"]])
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")


def _with_status(kind: Resource, obj: Json, status: Json, now: str) -> Json:
    """An object with another status; a volume remembers when its phase changed."""
    before = obj.get("status", {})
    stamp = "lastPhaseTransitionTime"
    if kind.name == "persistentvolumes":
        if status.get("phase") != before.get("phase") and status.get(stamp) == before.get(stamp):
            status[stamp] = now
        elif stamp in before:
            status.setdefault(stamp, before[stamp])
    return {**obj, "status": status}


def _bound(pod: Json, node: str, now: str) -> Json:
    """A pod on a node, with the condition that says so (BindingREST in pkg/registry/core/pod/storage)."""
    pod["spec"]["nodeName"] = node
    status = pod.setdefault("status", {})
    conditions = [item for item in status.get("conditions", ()) if item["type"] != "PodScheduled"]
    said = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
    status["conditions"] = [*conditions, said]
    return pod


def _specification(obj: Json) -> Json:
    return {key: value for key, value in obj.items() if key not in ("metadata", "status")}
