"""Admission: what the API server adds to an object, and refuses, in view of other objects.

Source, all of v1.37: k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle, and under kubernetes/plugin/pkg/
admission: storage/storageclass/setdefault, storage/storageobjectinuseprotection, storage/persistentvolume/resize,
limitranger, serviceaccount, defaulttolerationseconds, priority.
"""

from storagetui.sim import quantity, quota, refusal
from storagetui.sim.quota import Objects, asked_name
from storagetui.sim.resources import Resource
from storagetui.sim.validation.claims import BETA_CLASS, class_of
from storagetui.sim.wire import Json, dig, name_of, namespace_of

CLAIM_PROTECTION = "kubernetes.io/pvc-protection"
VOLUME_PROTECTION = "kubernetes.io/pv-protection"
ATTRIBUTES_CLASS_PROTECTION = "kubernetes.io/vac-protection"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_PROTECTED = {
    "persistentvolumeclaims": CLAIM_PROTECTION,
    "persistentvolumes": VOLUME_PROTECTION,
    "volumeattributesclasses.storage.k8s.io": ATTRIBUTES_CLASS_PROTECTION,
}
_IMMORTAL = frozenset({"default", "kube-public", "kube-system"})
_EVICTION_S = 300


def complete_new(objects: Objects, kind: Resource, obj: Json) -> None:
    """Add to a new object, in place, what mutating admission adds; refuse one whose namespace is missing or going.

    Refused with 404 or 403.
    """
    if kind.namespaced:
        _check_namespace(objects, kind, obj)
    finalizer = _PROTECTED.get(kind.name)
    if finalizer and finalizer not in obj["metadata"].setdefault("finalizers", []):
        obj["metadata"]["finalizers"].append(finalizer)
    if kind.name == "persistentvolumeclaims":
        _set_default_class(objects, obj)
    elif kind.name == "pods":
        _complete_pod(obj["spec"])


def check_new(objects: Objects, kind: Resource, obj: Json) -> None:
    """Refuse with 403 a new object that breaks a LimitRange or a quota of its namespace."""
    if kind.name == "persistentvolumeclaims":
        _check_limits(objects, kind, obj)
    if kind.namespaced:
        quota.check(objects, kind, obj, None)


def check_changed(objects: Objects, kind: Resource, new: Json, old: Json) -> None:
    """Refuse with 403 a change that the class of a claim, a LimitRange or a quota does not allow."""
    if kind.name != "persistentvolumeclaims":
        return
    if "deletionTimestamp" not in old["metadata"]:
        _check_limits(objects, kind, new)
    _check_resize(objects, kind, new, old)
    quota.check(objects, kind, new, old)


def check_deletion(kind: Resource, name: str) -> None:
    """Refuse with 403 the deletion of a namespace that must stay."""
    if kind.name == "namespaces" and name in _IMMORTAL:
        raise refusal.forbidden(kind.name, name, "this namespace may not be deleted")


def default_class(objects: Objects) -> Json | None:
    """The class that claims without one get: the newest that is marked as default, by name among equals."""
    marked = [
        item
        for item in objects.list("storageclasses.storage.k8s.io")
        if dig(item, "metadata", "annotations", DEFAULT_CLASS) == "true"
    ]
    marked.sort(key=name_of)
    marked.sort(key=lambda item: str(item["metadata"]["creationTimestamp"]), reverse=True)
    return marked[0] if marked else None


def _check_namespace(objects: Objects, kind: Resource, obj: Json) -> None:
    name = namespace_of(obj)
    namespace = objects.find("namespaces", name)
    if namespace is None:
        raise refusal.not_found("namespaces", name)
    if dig(namespace, "status", "phase") == "Terminating":
        why = f"unable to create new content in namespace {name} because it is being terminated"
        refused = refusal.forbidden(kind.name, asked_name(obj), why)
        cause = {
            "reason": "NamespaceTerminating",
            "message": f"namespace {name} is being terminated",
            "field": "metadata.namespace",
        }
        refused.details = {**(refused.details or {}), "causes": [cause]}
        raise refused


def _set_default_class(objects: Objects, claim: Json) -> None:
    if "storageClassName" in claim["spec"] or dig(claim, "metadata", "annotations", BETA_CLASS) is not None:
        return
    found = default_class(objects)
    if found is not None:
        claim["spec"]["storageClassName"] = name_of(found)


def _complete_pod(spec: Json) -> None:
    spec.setdefault("serviceAccountName", "default")
    spec["serviceAccount"] = spec["serviceAccountName"]
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    tolerations = spec.setdefault("tolerations", [])
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if not any(item.get("key") in (key, None) and _tolerates_eviction(item) for item in tolerations):
            tolerations.append(
                {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": _EVICTION_S}
            )


def _tolerates_eviction(toleration: Json) -> bool:
    return toleration.get("effect") in (None, "", "NoExecute")


def _check_limits(objects: Objects, kind: Resource, claim: Json) -> None:
    """Minimum and maximum sizes of claims (PersistentVolumeClaimValidateLimitFunc)."""
    requests = dig(claim, "spec", "resources", "requests", default={})
    for item in objects.list("limitranges", namespace_of(claim)):
        faults: list[str] = []
        for limit in dig(item, "spec", "limits", default=()):
            if limit.get("type") != "PersistentVolumeClaim":
                continue
            for word, field, sign in (("minimum", "min", -1), ("maximum", "max", 1)):
                for name, bound in limit.get(field, {}).items():
                    faults += _beyond(f"{word} {name} usage per PersistentVolumeClaim is {bound}", name, sign, requests)
        if faults:
            faults = list(dict.fromkeys(faults))
            why = faults[0] if len(faults) == 1 else f"[{', '.join(faults)}]"
            raise refusal.forbidden(kind.name, asked_name(claim), why)


def _beyond(rule: str, name: str, sign: int, requests: Json) -> list[str]:
    if name not in requests:
        return [f"{rule}.  No request is specified"]
    bound = quantity.parse(rule.rpartition(" ")[2])
    asked = quantity.parse(requests[name])
    return [f"{rule}, but request is {asked}"] if (asked.value - bound.value) * sign > 0 else []


def _check_resize(objects: Objects, kind: Resource, new: Json, old: Json) -> None:
    """A claim grows only when it is bound and its class allows expansion."""
    sizes = [quantity.parse(dig(obj, "spec", "resources", "requests", "storage", default="0")) for obj in (new, old)]
    if sizes[0].value <= sizes[1].value:
        return
    if dig(old, "status", "phase") != "Bound":
        raise refusal.forbidden(kind.name, name_of(new), "Only bound persistent volume claims can be expanded")
    name = class_of(new)
    found = objects.find("storageclasses.storage.k8s.io", name) if name and name == class_of(old) else None
    if not dig(found, "allowVolumeExpansion", default=False):
        why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must"
        raise refusal.forbidden(kind.name, name_of(new), f"{why} support resize")
