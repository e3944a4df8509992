"""The garbage collector: what belonged to a deleted owner goes too, or is set free.

Source: kubernetes/pkg/controller/garbagecollector/garbagecollector.go.
"""

from collections.abc import Iterable

from storagetui.sim.controllers.controller import Controller
from storagetui.sim.deletion import FOREGROUND, ORPHAN
from storagetui.sim.facts import Key, being_deleted, finalizers, key_of
from storagetui.sim.resources import RESOURCES
from storagetui.sim.wire import Json, dig, name_of, namespace_of, uid_of

_OWNERS = (
    "statefulsets.apps",
    "deployments.apps",
    "replicasets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "pods",
)
_RESOURCE_OF_KIND = {item.kind: item.name for item in RESOURCES}


class GarbageCollector(Controller):
    """Follows owner references downward; keys are `resource/uid` and a name."""

    watches = (*_OWNERS, "persistentvolumeclaims")

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """An owner that is gone or going, with or without its dependents; a dependent whose owner is gone already."""
        if event == "DELETED":
            for child_resource, child in self._children(uid_of(obj)):
                self._look_at(child_resource, child)
            self._tell_owners(obj)
        elif self._is_finishing(obj) or (event == "ADDED" and self._owners(obj) and not self._living_owners(obj)):
            self._look_at(resource, obj)
        return ()

    def _is_finishing(self, obj: Json) -> bool:
        return being_deleted(obj) and bool({ORPHAN, FOREGROUND} & set(finalizers(obj)))

    def _look_at(self, resource: str, obj: Json) -> None:
        self.look((f"{resource}:{namespace_of(obj)}", name_of(obj)), self.world.draw_s((0.05, 0.4)))

    def _children(self, uid: str) -> list[tuple[str, Json]]:
        return [(index.resource, child) for index in self.world.relations.owned for child in index.of(uid)]

    def _owners(self, obj: Json) -> list[Json]:
        found: list[Json] = dig(obj, "metadata", "ownerReferences", default=[])
        return found

    def _living_owners(self, obj: Json) -> list[Json]:
        living = []
        for reference in self._owners(obj):
            owner = self._find(reference, namespace_of(obj))
            if owner is not None:
                living.append(reference)
        return living

    def _find(self, reference: Json, namespace: str) -> Json | None:
        resource = _RESOURCE_OF_KIND.get(reference["kind"])
        if resource is None:
            return reference  # nobody knows; better to keep the object
        for where in (namespace, ""):
            owner = self.world.store.find(resource, reference["name"], where)
            if owner is not None and uid_of(owner) == reference["uid"]:
                return owner
        return None

    def _tell_owners(self, obj: Json) -> None:
        """An owner that waits for its dependents may be waiting for this one."""
        for reference in self._owners(obj):
            owner = self._find(reference, namespace_of(obj))
            resource = _RESOURCE_OF_KIND.get(reference["kind"], "")
            if owner is not None and resource and being_deleted(owner):
                self._look_at(resource, owner)

    def reconcile(self, key: Key) -> None:
        """Delete an object without living owner; finish an orphaning or foreground deletion."""
        resource, _, namespace = key[0].partition(":")
        obj = self.world.store.find(resource, key[1], namespace)
        if obj is None:
            return
        if being_deleted(obj) and ORPHAN in finalizers(obj):
            self._orphan(resource, obj)
        elif being_deleted(obj) and FOREGROUND in finalizers(obj):
            self._delete_in_foreground(resource, obj)
        elif self._owners(obj) and not being_deleted(obj):
            self._delete_or_detach(resource, obj)

    def _delete_or_detach(self, resource: str, obj: Json) -> None:
        living = self._living_owners(obj)
        if not living:
            self.world.store.delete(resource, name_of(obj), namespace_of(obj), uid=uid_of(obj))
        elif len(living) < len(self._owners(obj)):

            def keep(found: Json) -> None:
                found["metadata"]["ownerReferences"] = living

            self.world.store.modify(resource, name_of(obj), namespace_of(obj), keep)

    def _orphan(self, resource: str, owner: Json) -> None:
        for child_resource, child in self._children(uid_of(owner)):

            def free(found: Json) -> None:
                kept = [item for item in self._owners(found) if item["uid"] != uid_of(owner)]
                found["metadata"]["ownerReferences"] = kept
                if not kept:
                    del found["metadata"]["ownerReferences"]

            self.world.store.modify(child_resource, name_of(child), namespace_of(child), free)
        self._take_off(resource, owner, ORPHAN)

    def _delete_in_foreground(self, resource: str, owner: Json) -> None:
        blocking = False
        for child_resource, child in self._children(uid_of(owner)):
            blocking |= any(
                item["uid"] == uid_of(owner) and item.get("blockOwnerDeletion") for item in self._owners(child)
            )
            if not being_deleted(child):
                where = (child_resource, name_of(child), namespace_of(child))
                self.world.store.delete(*where, uid=uid_of(child), propagation="Foreground")
        if not blocking:
            self._take_off(resource, owner, FOREGROUND)

    def _take_off(self, resource: str, owner: Json, finalizer: str) -> None:
        def let_go(found: Json) -> None:
            found["metadata"]["finalizers"].remove(finalizer)

        key = key_of(owner)
        self.world.store.modify(resource, key[1], key[0], let_go)
