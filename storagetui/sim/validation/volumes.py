"""Rules for PersistentVolumes.

Source: ValidatePersistentVolumeSpec and ValidatePersistentVolumeUpdate in
kubernetes/pkg/apis/core/validation/validation.go (v1.37).
"""

from collections.abc import Iterator

from storagetui.sim import quantity
from storagetui.sim.refusal import FieldError, forbidden_field, invalid_value, required, unsupported_value
from storagetui.sim.validation import internal
from storagetui.sim.validation.claims import VOLUME_MODES, access_modes
from storagetui.sim.validation.metadata import bad_subdomain, immutable
from storagetui.sim.wire import Json, copied, dig

_POLICIES = ("Delete", "Recycle", "Retain")
_NO_SOURCE = frozenset(
    {
        "accessModes",
        "capacity",
        "claimRef",
        "mountOptions",
        "nodeAffinity",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "volumeAttributesClassName",
        "volumeMode",
    }
)


def volume_spec(volume: Json) -> Iterator[FieldError]:
    """What is wrong with a volume's specification by itself."""
    spec = volume["spec"]
    yield from access_modes(spec.get("accessModes"), "spec", "")
    capacity = spec.get("capacity") or {}
    if not capacity:
        yield required("spec.capacity")
    if set(capacity) != {"storage"}:
        yield unsupported_value("spec.capacity", capacity, ("storage",))
    for name, amount in capacity.items():
        if quantity.parse(amount).value <= 0:
            yield invalid_value(f"spec.capacity[{name}]", amount, "must be greater than zero")
    policy = spec.get("persistentVolumeReclaimPolicy", "Retain")
    if policy not in _POLICIES:
        yield unsupported_value("spec.persistentVolumeReclaimPolicy", policy, _POLICIES)
    sources = sorted(set(spec) - _NO_SOURCE)
    if not sources:
        yield required("spec", "must specify a volume type")
    for source in sources[1:]:
        yield forbidden_field(f"spec.{source}", "may not specify more than 1 volume type")
    if "csi" in spec:
        yield from (required(f"spec.csi.{part}") for part in ("driver", "volumeHandle") if not spec["csi"].get(part))
    if "local" in spec and not dig(spec, "nodeAffinity", "required"):
        yield required("spec.nodeAffinity", "Local volume requires node affinity")
    name = spec.get("storageClassName", "")
    yield from (invalid_value("spec.storageClassName", name, why) for why in (bad_subdomain(name) if name else ()))
    if spec.get("volumeMode", "Filesystem") not in VOLUME_MODES:
        yield unsupported_value("spec.volumeMode", spec["volumeMode"], VOLUME_MODES)


def changed_volume(new: Json, old: Json) -> Iterator[FieldError]:
    """What is wrong with an update of a volume."""
    yield from volume_spec(new)
    source, before = _source(new), _source(old)
    if "controllerExpandSecretRef" not in before.get("csi", {}):
        source.get("csi", {}).pop("controllerExpandSecretRef", None)
    if source != before:
        why = "spec.persistentvolumesource is immutable after creation"
        change = internal.difference(internal.volume_source(before), internal.volume_source(source))
        yield forbidden_field("spec.persistentvolumesource", f"{why}\n{change}")
    spec, old_spec = new["spec"], old["spec"]
    yield from immutable(spec.get("volumeMode"), old_spec.get("volumeMode"), "volumeMode")
    if old_spec.get("nodeAffinity") is not None:
        affinity = spec.get("nodeAffinity")
        if affinity != old_spec["nodeAffinity"]:
            why = "field is immutable, except for updating from beta label to GA"
            yield invalid_value("nodeAffinity", internal.node_affinity(affinity), why)
    if old_spec.get("volumeAttributesClassName") is not None and spec.get("volumeAttributesClassName") is None:
        yield forbidden_field("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden")


def _source(volume: Json) -> Json:
    return {key: copied(value) for key, value in volume["spec"].items() if key not in _NO_SOURCE}
