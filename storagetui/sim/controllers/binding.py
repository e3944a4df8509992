"""Which volume suits a claim: pure functions.

Source: kubernetes/pkg/controller/volume/persistentvolume/index.go, component-helpers/storage/volume/pv_helpers.go.
"""

from collections.abc import Iterable

from storagetui.sim.facts import (
    access_modes,
    amount,
    being_deleted,
    class_of,
    labels,
    phase,
    requested,
    selects,
    volume_mode,
)
from storagetui.sim.wire import Json, dig, name_of


def wants_first_consumer(storage_class: Json | None) -> bool:
    """Whether claims of the class wait for a pod."""
    return bool(dig(storage_class, "volumeBindingMode") == "WaitForFirstConsumer")


def mismatch(volume: Json, claim: Json) -> str:
    """Why the volume cannot serve the claim, in the controller's words (checkVolumeSatisfyClaim); empty when it can."""
    if being_deleted(volume):
        return f'the volume is marked for deletion "{name_of(volume)}"'
    if amount(dig(volume, "spec", "capacity", "storage")) < requested(claim):
        return "requested PV is too small"
    if class_of(volume) != class_of(claim):
        return "storageClassName does not match"
    if volume_mode(volume) != volume_mode(claim):
        return "incompatible volumeMode"
    if not set(access_modes(claim)) <= set(access_modes(volume)):
        return "incompatible accessMode"
    return ""


def best_match(claim: Json, volumes: Iterable[Json]) -> Json | None:
    """The smallest free volume that serves the claim and is selected by it, or None."""
    selector = dig(claim, "spec", "selector")
    fitting = [
        volume
        for volume in volumes
        if phase(volume) == "Available"
        and not dig(volume, "spec", "claimRef")
        and not mismatch(volume, claim)
        and (selector is None or selects(selector, labels(volume)))
    ]
    return min(fitting, key=lambda item: (amount(item["spec"]["capacity"]["storage"]), name_of(item)), default=None)
