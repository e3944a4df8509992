"""Storage object in use protection: takes the finalizers off claims and volumes that nobody uses any more.

Source: kubernetes/pkg/controller/volume/pvcprotection/pvc_protection_controller.go and pvprotection.
"""

from collections.abc import Iterable

from storagetui.sim.admission import CLAIM_PROTECTION, VOLUME_PROTECTION
from storagetui.sim.controllers.controller import Controller
from storagetui.sim.facts import Key, being_deleted, claim_names, finalizers, key_of, node_of, phase
from storagetui.sim.wire import Json, namespace_of

CLAIMS = "persistentvolumeclaims"
VOLUMES = "persistentvolumes"


class Protection(Controller):
    """Lets go of claims without scheduled pods, and of volumes that are not Bound."""

    watches = (CLAIMS, VOLUMES, "pods")

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """What is being deleted, and the claims of a pod that goes."""
        if resource == "pods":
            gone = event == "DELETED" and node_of(obj)
            return [(namespace_of(obj), name) for name in claim_names(obj)] if gone else ()
        return [key_of(obj)] if being_deleted(obj) and event != "DELETED" else ()

    def reconcile(self, key: Key) -> None:
        """Take the finalizer off when nothing stands against it."""
        resource, finalizer = (CLAIMS, CLAIM_PROTECTION) if key[0] else (VOLUMES, VOLUME_PROTECTION)
        obj = self.world.store.find(resource, key[1], key[0])
        if obj is None or not being_deleted(obj) or finalizer not in finalizers(obj) or self._in_use(obj, key):
            return

        def let_go(found: Json) -> None:
            found["metadata"]["finalizers"].remove(finalizer)

        self.world.store.modify(resource, key[1], key[0], let_go)

    def _in_use(self, obj: Json, key: Key) -> bool:
        """Any pod with a node uses a claim, finished ones too; a volume is used while it is Bound."""
        if not key[0]:
            return phase(obj) == "Bound"
        return any(node_of(pod) for pod in self.world.relations.pods_of_claim.of(key))
