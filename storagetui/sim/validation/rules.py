"""Which rules hold for which resource."""

from collections.abc import Callable, Iterator

from storagetui.sim import refusal
from storagetui.sim.refusal import FieldError
from storagetui.sim.resources import Resource
from storagetui.sim.validation import claims, metadata, storage, volumes, workloads
from storagetui.sim.wire import Json, name_of

_NEW: dict[str, Callable[[Json], Iterator[FieldError]]] = {
    "daemonsets.apps": workloads.selected_template,
    "deployments.apps": workloads.replicated,
    "persistentvolumeclaims": lambda obj: claims.claim_spec(obj["spec"]),
    "persistentvolumes": volumes.volume_spec,
    "pods": workloads.pod,
    "replicasets.apps": workloads.replicated,
    "statefulsets.apps": workloads.stateful_set,
    "storageclasses.storage.k8s.io": storage.storage_class,
    "volumeattachments.storage.k8s.io": storage.attachment,
    "volumeattributesclasses.storage.k8s.io": storage.attributes_class,
}
_CHANGED: dict[str, Callable[[Json, Json], Iterator[FieldError]]] = {
    "csidrivers.storage.k8s.io": storage.changed_driver,
    "csinodes.storage.k8s.io": storage.changed_csi_node,
    "daemonsets.apps": workloads.same_selector,
    "deployments.apps": workloads.same_selector,
    "persistentvolumeclaims": claims.changed_claim,
    "persistentvolumes": volumes.changed_volume,
    "pods": workloads.changed_pod,
    "replicasets.apps": workloads.same_selector,
    "resourcequotas": storage.changed_quota,
    "statefulsets.apps": workloads.changed_stateful_set,
    "storageclasses.storage.k8s.io": storage.changed_storage_class,
    "volumeattachments.storage.k8s.io": storage.changed_attachment,
    "volumeattributesclasses.storage.k8s.io": storage.changed_attributes_class,
}
_CHANGED_STATUS: dict[str, Callable[[Json, Json], Iterator[FieldError]]] = {
    "persistentvolumeclaims": claims.changed_claim_status,
    "volumeattachments.storage.k8s.io": storage.changed_attachment,
}


def check_new(kind: Resource, obj: Json) -> None:
    """Refuse with 422 what a new object of that kind may not be."""
    errors = list(metadata.new_metadata(kind, obj))
    if kind.name in _NEW:
        errors += _NEW[kind.name](obj)
    _refuse(kind, obj, errors)


def check_changed(kind: Resource, obj: Json, old: Json, subresource: str = "") -> None:
    """Refuse with 422 what an object may not become."""
    rules = {"status": _CHANGED_STATUS, "binding": {}}.get(subresource, _CHANGED)
    errors = list(metadata.changed_metadata(kind, obj, old))
    if kind.name in rules:
        errors += rules[kind.name](obj, old)
    _refuse(kind, obj, errors)


def _refuse(kind: Resource, obj: Json, errors: list[FieldError]) -> None:
    if errors:
        raise refusal.invalid(kind.group, kind.kind, name_of(obj), errors)
