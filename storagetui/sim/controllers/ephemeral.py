"""The ephemeral volume controller: makes the claims of generic ephemeral volumes.

Source: kubernetes/pkg/controller/volume/ephemeral/controller.go, component-helpers/storage/ephemeral.
"""

from collections.abc import Iterable

from storagetui.sim.controllers.controller import Controller
from storagetui.sim.controllers.set_identity import owner_reference
from storagetui.sim.events import Source
from storagetui.sim.facts import Key, being_deleted, controlled_by, key_of
from storagetui.sim.refusal import Refusal
from storagetui.sim.wire import Json, copied, dig, name_of, namespace_of, uid_of

CLAIMS = "persistentvolumeclaims"
SOURCE = Source("ephemeral_volume")


class EphemeralVolumes(Controller):
    """Creates `<pod>-<volume>` claims that their pod owns."""

    watches = ("pods", CLAIMS)

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """A new pod with such volumes; the pods that wait for a claim of another owner to go."""
        if resource == CLAIMS:
            if event != "DELETED":
                return ()
            return [key_of(pod) for pod in self.world.relations.pods_of_claim.of(key_of(obj))]
        has_any = any("ephemeral" in item for item in dig(obj, "spec", "volumes", default=[]))
        return [key_of(obj)] if event == "ADDED" and has_any else ()

    def reconcile(self, key: Key) -> None:
        """Create what is missing, complain about what is somebody else's."""
        pod = self.world.store.find("pods", key[1], key[0])
        if pod is None or being_deleted(pod):
            return
        for volume in dig(pod, "spec", "volumes", default=[]):
            if "ephemeral" in volume:
                self._provide(pod, volume)

    def _provide(self, pod: Json, volume: Json) -> None:
        name = f"{name_of(pod)}-{volume['name']}"
        claim = self.world.store.find(CLAIMS, name, namespace_of(pod))
        if claim is not None:
            if not controlled_by(claim, uid_of(pod)):
                why = f"PVC {namespace_of(pod)}/{name} was not created for pod {namespace_of(pod)}/{name_of(pod)}"
                self._warn(pod, f"ephemeral volume {volume['name']}: {why} (pod is not owner)")
            return
        template = copied(dig(volume, "ephemeral", "volumeClaimTemplate", default={}))
        metadata = template.get("metadata") or {}
        metadata |= {"name": name, "namespace": namespace_of(pod), "ownerReferences": [owner_reference(pod)]}
        try:
            self.world.store.create(CLAIMS, {"metadata": metadata, "spec": template.get("spec", {})})
        except Refusal as error:
            self._warn(pod, f"ephemeral volume {volume['name']}: create PVC {name}: {error.message}")
            raise

    def _warn(self, pod: Json, message: str) -> None:
        self.world.recorder.warning(SOURCE, "pods", pod, "FailedBinding", message)
