"""Which object belongs to which: the indexes that the controllers read instead of searching the store."""

from collections.abc import Callable, Hashable, Iterable

from storagetui.sim.facts import Key, claim_names, class_of, controller_of, key_of, node_of
from storagetui.sim.store import ObjectStore
from storagetui.sim.wire import Json, dig


class Index:
    """Objects of one resource by the values that a function finds in each."""

    def __init__(self, resource: str, values: Callable[[Json], Iterable[Hashable]]) -> None:
        self.resource = resource
        self._values = values
        self._objects: dict[Hashable, dict[Key, Json]] = {}

    def of(self, value: Hashable) -> list[Json]:
        """The objects with that value."""
        return list(self._objects.get(value, {}).values())

    def take(self, obj: Json, old: Json | None, gone: bool) -> None:
        """Replace what was known of one object; `gone`: it does not exist any more."""
        key = key_of(obj)
        values = () if gone else tuple(self._values(obj))
        for value in self._values(old) if old is not None else ():
            if value not in values and (found := self._objects.get(value)) is not None:
                found.pop(key, None)
                if not found:
                    del self._objects[value]
        for value in values:
            self._objects.setdefault(value, {})[key] = obj


def _owners(obj: Json) -> Iterable[str]:
    return [owner["uid"] for owner in dig(obj, "metadata", "ownerReferences", default=[])]


def _controller(obj: Json) -> Iterable[str]:
    owner = controller_of(obj)
    return [owner["uid"]] if owner else []


def _node(pod: Json) -> Iterable[str]:
    return [node_of(pod)] if node_of(pod) else []


def _unscheduled(pod: Json) -> Iterable[bool]:
    return [] if node_of(pod) else [True]


def _claims(pod: Json) -> Iterable[Key]:
    namespace = key_of(pod)[0]
    return [(namespace, name) for name in claim_names(pod)]


def _volume(claim: Json) -> Iterable[str]:
    name = dig(claim, "spec", "volumeName", default="")
    return [name] if name else []


def _unbound(claim: Json) -> Iterable[bool]:
    return [] if dig(claim, "spec", "volumeName") else [True]


def _claimed_by(volume: Json) -> Iterable[Key]:
    reference = dig(volume, "spec", "claimRef", default={})
    return [(reference.get("namespace", ""), reference["name"])] if reference.get("name") else []


def _free_in_class(volume: Json) -> Iterable[str]:
    return [] if dig(volume, "spec", "claimRef") else [class_of(volume)]


def _attached_volume(attachment: Json) -> Iterable[str]:
    name = dig(attachment, "spec", "source", "persistentVolumeName", default="")
    return [name] if name else []


def _attached_node(attachment: Json) -> Iterable[str]:
    return [dig(attachment, "spec", "nodeName", default="")]


_OWNED = (
    "pods",
    "persistentvolumeclaims",
    "controllerrevisions.apps",
    "replicasets.apps",
    "jobs.batch",
    "volumesnapshots.snapshot.storage.k8s.io",
)


class Relations:
    """All indexes over one store; they are up to date before any controller hears of a change."""

    def __init__(self, store: ObjectStore) -> None:
        self.pods_on_node = Index("pods", _node)
        self.unscheduled_pods = Index("pods", _unscheduled)
        self.pods_of_claim = Index("pods", _claims)
        self.pods_of_controller = Index("pods", _controller)
        self.sets_of_controller = Index("replicasets.apps", _controller)
        self.revisions_of_controller = Index("controllerrevisions.apps", _controller)
        self.claims_of_volume = Index("persistentvolumeclaims", _volume)
        self.unbound_claims = Index("persistentvolumeclaims", _unbound)
        self.volumes_of_claim = Index("persistentvolumes", _claimed_by)
        self.free_volumes_in_class = Index("persistentvolumes", _free_in_class)
        self.attachments_of_volume = Index("volumeattachments.storage.k8s.io", _attached_volume)
        self.attachments_of_node = Index("volumeattachments.storage.k8s.io", _attached_node)
        self.owned = tuple(Index(resource, _owners) for resource in _OWNED)
        self._by_resource: dict[str, list[Index]] = {}
        for index in (*(item for item in vars(self).values() if isinstance(item, Index)), *self.owned):
            self._by_resource.setdefault(index.resource, []).append(index)
        for resource, indexes in self._by_resource.items():
            for obj in store.list(resource):
                for index in indexes:
                    index.take(obj, None, gone=False)

    def take(self, event: str, resource: str, obj: Json, old: Json | None) -> None:
        """Follow one change of the store."""
        for index in self._by_resource.get(resource, ()):
            index.take(obj, old, gone=event == "DELETED")
