"""The namespace controller: empties a namespace that is being deleted, then lets it go.

Source: kubernetes/pkg/controller/namespace/deletion/namespaced_resources_deleter.go.
"""

from collections.abc import Iterable

from storagetui.sim.controllers.controller import Controller
from storagetui.sim.facts import Key, being_deleted, key_of, phase
from storagetui.sim.resources import RESOURCES
from storagetui.sim.wire import Json, name_of, namespace_of

LOOK_AGAIN_S = 5.0


class Namespaces(Controller):
    """Deletes what is in Terminating namespaces."""

    watches = ("namespaces",)

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """A namespace that is being deleted."""
        return [key_of(obj)] if event != "DELETED" and phase(obj) == "Terminating" else ()

    def reconcile(self, key: Key) -> None:
        """Delete everything in it once; finalize it when nothing is left."""
        namespace = self.world.store.find("namespaces", key[1])
        if namespace is None or phase(namespace) != "Terminating":
            return
        left = 0
        for kind in RESOURCES:
            if not kind.stored or not kind.namespaced:
                continue
            for obj in self.world.store.list(kind.name, key[1]):
                left += 1
                if not being_deleted(obj):
                    self.world.store.delete(kind.name, name_of(obj), namespace_of(obj), propagation="Background")
        if left:
            self.look(key, LOOK_AGAIN_S)
            return

        def finalize(obj: Json) -> None:
            obj["spec"]["finalizers"] = []

        self.world.store.modify("namespaces", key[1], "", finalize, subresource="finalize")
