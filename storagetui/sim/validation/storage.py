"""Rules for the kinds of storage.k8s.io, and for quotas.

Source: kubernetes/pkg/apis/storage/validation/validation.go and ValidateResourceQuota in
pkg/apis/core/validation/validation.go (v1.37).
"""

from collections.abc import Iterator

from storagetui.sim.refusal import FieldError, forbidden_field, invalid_value, required, unsupported_value
from storagetui.sim.validation.metadata import bad_subdomain, frozen, immutable
from storagetui.sim.wire import Json, dig

_BINDING_MODES = ("Immediate", "WaitForFirstConsumer")
_RECLAIM_POLICIES = ("Delete", "Retain")
_ONE_SOURCE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
_ERROR_LIMIT = 1024


def storage_class(obj: Json) -> Iterator[FieldError]:
    """What is wrong with a StorageClass by itself."""
    if obj["reclaimPolicy"] not in _RECLAIM_POLICIES:
        yield unsupported_value("reclaimPolicy", obj["reclaimPolicy"], _RECLAIM_POLICIES)
    if obj["volumeBindingMode"] not in _BINDING_MODES:
        yield unsupported_value("volumeBindingMode", obj["volumeBindingMode"], _BINDING_MODES)
    if not obj.get("provisioner"):
        yield required("provisioner")


def changed_storage_class(new: Json, old: Json) -> Iterator[FieldError]:
    """What is wrong with an update of a StorageClass."""
    yield from storage_class(new)
    for field in ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"):
        yield from frozen(new.get(field), old.get(field), field)


def attributes_class(obj: Json) -> Iterator[FieldError]:
    """What is wrong with a VolumeAttributesClass by itself."""
    if not obj.get("driverName"):
        yield required("driverName")
    if not obj.get("parameters"):
        yield required("parameters", "must contain at least one key/value pair")


def changed_attributes_class(new: Json, old: Json) -> Iterator[FieldError]:
    """What is wrong with an update of a VolumeAttributesClass."""
    for field in ("driverName", "parameters"):
        yield from frozen(new.get(field), old.get(field), field)


def attachment(obj: Json) -> Iterator[FieldError]:
    """What is wrong with a VolumeAttachment by itself."""
    spec = obj.get("spec") or {}
    source = spec.get("source") or {}
    if ("inlineVolumeSpec" in source) == ("persistentVolumeName" in source):
        both = "inlineVolumeSpec" in source
        yield forbidden_field("spec.source", _ONE_SOURCE) if both else required("spec.source", _ONE_SOURCE)
    elif source.get("persistentVolumeName") == "":
        yield required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName")
    node = spec.get("nodeName", "")
    yield from (invalid_value("spec.nodeName", node, why) for why in bad_subdomain(node))
    if not spec.get("attacher"):
        yield required("spec.attacher")
    for field in ("attachError", "detachError"):
        if len(dig(obj, "status", field, "message", default="").encode()) > _ERROR_LIMIT:
            body = f"Too long: may not be more than {_ERROR_LIMIT} bytes"
            yield FieldError("FieldValueTooLong", f"status.{field}.message", body)


def changed_attachment(new: Json, old: Json) -> Iterator[FieldError]:
    """What is wrong with an update of a VolumeAttachment."""
    yield from attachment(new)
    yield from frozen(new.get("spec"), old.get("spec"), "spec")


def changed_csi_node(new: Json, old: Json) -> Iterator[FieldError]:
    """What is wrong with an update of a CSINode: a driver that stays may change its allocatable count alone."""
    before = {driver["name"]: driver for driver in dig(old, "spec", "drivers", default=())}
    for driver in dig(new, "spec", "drivers", default=()):
        if driver.get("name") in before:
            parts = [{**item, "allocatable": None} for item in (driver, before[driver["name"]])]
            yield from immutable(parts[0], parts[1], "spec.drivers")


def changed_driver(new: Json, old: Json) -> Iterator[FieldError]:
    """What is wrong with an update of a CSIDriver."""
    for field in ("attachRequired", "volumeLifecycleModes"):
        yield from immutable(new["spec"].get(field), old["spec"].get(field), f"spec.{field}")


def changed_quota(new: Json, old: Json) -> Iterator[FieldError]:
    """What is wrong with an update of a ResourceQuota."""
    yield from immutable(dig(new, "spec", "scopes"), dig(old, "spec", "scopes"), "spec.scopes")
