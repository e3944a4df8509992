"""Rules for PersistentVolumeClaims, and for the claim templates of sets.

Source: ValidatePersistentVolumeClaimSpec, ValidatePersistentVolumeClaimUpdate and
ValidatePersistentVolumeClaimStatusUpdate in kubernetes/pkg/apis/core/validation/validation.go (v1.37).
"""

from collections.abc import Iterator
from typing import Any

from storagetui.sim import quantity
from storagetui.sim.refusal import FieldError, forbidden_field, invalid_value, required, unsupported_value
from storagetui.sim.validation import internal
from storagetui.sim.validation.metadata import bad_subdomain, immutable
from storagetui.sim.wire import Json, copied, dig

ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")
BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
RESIZE_STATES = (
    "ControllerResizeInProgress",
    "ControllerResizeInfeasible",
    "NodeResizePending",
    "NodeResizeInProgress",
    "NodeResizeInfeasible",
)


def class_of(claim: Json) -> str:
    """The class a claim names: the beta annotation first, then the field (GetPersistentVolumeClaimClass)."""
    annotated = dig(claim, "metadata", "annotations", BETA_CLASS)
    return str(annotated if annotated is not None else dig(claim, "spec", "storageClassName", default=""))


def access_modes(modes: Any, path: str, detail: str) -> Iterator[FieldError]:
    """What is wrong with a list of access modes; `detail` is said when it is empty."""
    if not modes:
        yield required(f"{path}.accessModes", detail)
        return
    yield from (
        unsupported_value(f"{path}.accessModes", mode, ACCESS_MODES) for mode in modes if mode not in ACCESS_MODES
    )
    if "ReadWriteOncePod" in modes and any(mode in ACCESS_MODES and mode != "ReadWriteOncePod" for mode in modes):
        yield forbidden_field(f"{path}.accessModes", "may not use ReadWriteOncePod with other access modes")


def claim_spec(spec: Json, path: str = "spec") -> Iterator[FieldError]:
    """What is wrong with a claim's specification by itself."""
    yield from access_modes(spec.get("accessModes"), path, "at least 1 access mode is required")
    size = dig(spec, "resources", "requests", "storage")
    if size is None:
        yield required(f"{path}.resources[storage]")
    elif quantity.parse(size).value <= 0:
        yield invalid_value(f"{path}.resources[storage]", size, "must be greater than zero")
    for field in ("storageClassName", "volumeAttributesClassName"):
        name = spec.get(field) or ""
        yield from (invalid_value(f"{path}.{field}", name, why) for why in (bad_subdomain(name) if name else ()))
    mode = spec.get("volumeMode", "Filesystem")
    if mode not in VOLUME_MODES:
        yield unsupported_value(f"{path}.volumeMode", mode, VOLUME_MODES)
    for field in ("dataSource", "dataSourceRef"):
        source = spec.get(field)
        if source is None:
            continue
        yield from (required(f"{path}.{field}.{part}") for part in ("name", "kind") if not source.get(part))
        if not source.get("apiGroup") and source.get("kind") not in ("PersistentVolumeClaim", None, ""):
            why = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
            yield invalid_value(f"{path}.{field}", source["kind"], why)


def changed_claim(new: Json, old: Json) -> Iterator[FieldError]:
    """What is wrong with an update of a claim."""
    yield from claim_spec(new["spec"])
    spec, before = copied(new["spec"]), copied(old["spec"])
    if "volumeName" in spec:
        before.setdefault("volumeName", spec["volumeName"])
    if "storageClassName" not in before:
        annotated = dig(old, "metadata", "annotations", BETA_CLASS)
        if annotated is None or spec.get("storageClassName") == annotated:
            spec.pop("storageClassName", None)
    if dig(new, "status", "phase") == "Bound":
        spec.setdefault("resources", {})["requests"] = {
            **dig(spec, "resources", "requests", default={}),
            "storage": dig(before, "resources", "requests", "storage"),
        }
        spec.pop("volumeAttributesClassName", None)
        before.pop("volumeAttributesClassName", None)
    if spec != before:
        why = (
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
        )
        change = internal.difference(internal.claim_spec(before), internal.claim_spec(spec))
        yield forbidden_field("spec", f"{why}\n{change}")
    yield from _shrunk(new, old)
    yield from immutable(new["spec"].get("volumeMode"), old["spec"].get("volumeMode"), "volumeMode")
    yield from _attributes_class(new["spec"], old)


def changed_claim_status(new: Json, _old: Json) -> Iterator[FieldError]:
    """What is wrong with an update of a claim's status."""
    for state in dig(new, "status", "allocatedResourceStatuses", default={}).values():
        if state not in RESIZE_STATES:
            yield unsupported_value("status.allocatedResourceStatuses", "storage", RESIZE_STATES)
    for field in ("capacity", "allocatedResources"):
        for name, amount in dig(new, "status", field, default={}).items():
            if quantity.parse(amount).value < 0:
                yield invalid_value(f"status.{field}[{name}]", amount, "must be greater than or equal to 0")


def _shrunk(new: Json, old: Json) -> Iterator[FieldError]:
    """Lowering a request is allowed down to what lies strictly above the size that was reached."""
    size, before = _size(new, "spec", "resources", "requests"), _size(old, "spec", "resources", "requests")
    if size < before and size <= _size(old, "status", "capacity"):
        yield forbidden_field("spec.resources.requests.storage", "field can not be less than status.capacity")


def _size(obj: Json, *path: str) -> Any:
    return quantity.parse(dig(obj, *path, "storage", default="0")).value


def _attributes_class(spec: Json, old: Json) -> Iterator[FieldError]:
    applied = dig(old, "status", "currentVolumeAttributesClassName")
    name = spec.get("volumeAttributesClassName")
    if applied is not None and not name:
        what = "nil" if name is None else "empty string"
        why = f"update to {what} is forbidden when status.currentVolumeAttributesClassName is not nil"
        yield forbidden_field("spec.volumeAttributesClassName", why)
