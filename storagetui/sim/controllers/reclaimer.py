"""The volumes' half of the persistent volume controller: their phases.

Source: kubernetes/pkg/controller/volume/persistentvolume/pv_controller.go: syncVolume, reclaimVolume.
"""

from collections.abc import Iterable

from storagetui.sim.controllers.controller import Controller
from storagetui.sim.facts import Key, is_bound_to, key_of, phase
from storagetui.sim.wire import Json, dig, name_of, uid_of

CLAIMS = "persistentvolumeclaims"
VOLUMES = "persistentvolumes"


class Reclaimer(Controller):
    """Says of each volume whether it is Available, Bound or Released; CSI volumes are deleted by their provisioner."""

    watches = (VOLUMES, CLAIMS)

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """The volume itself, or the one that a claim names or is reserved for."""
        if resource == VOLUMES:
            return [key_of(obj)]
        name = dig(obj, "spec", "volumeName")
        reserved = [key_of(volume) for volume in self.world.relations.volumes_of_claim.of(key_of(obj))]
        return [("", name), *reserved] if name else reserved

    def reconcile(self, key: Key) -> None:
        """Write the phase that follows from claimRef and claim."""
        volume = self.world.store.find(VOLUMES, key[1])
        if volume is None:
            return
        wanted = self._phase(volume)
        if wanted and wanted != phase(volume):
            now = self.world.clock.timestamp()

            def put(obj: Json) -> None:
                obj["status"] = {**obj.get("status", {}), "phase": wanted, "lastPhaseTransitionTime": now}

            self.world.store.modify(VOLUMES, name_of(volume), "", put, subresource="status")

    def _phase(self, volume: Json) -> str:
        reference = dig(volume, "spec", "claimRef", default={})
        if not reference.get("name") or not reference.get("uid"):
            return "Available"
        claim = self.world.store.find(CLAIMS, reference["name"], reference.get("namespace", ""))
        if claim is None or uid_of(claim) != reference["uid"]:
            return "Failed" if phase(volume) == "Failed" else "Released"
        bound = dig(claim, "spec", "volumeName") == name_of(volume) and is_bound_to(volume, claim)
        return "Bound" if bound else ""
