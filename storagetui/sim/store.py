"""The writer of the simulated cluster: registry and etcd in one, with validation, admission, versions and history.

Source of the order of steps: k8s.io/apiserver/pkg/registry/generic/registry/store.go and pkg/registry/rest/.
"""

import random
import uuid
from collections import deque
from collections.abc import Callable
from typing import Unpack

from storagetui.sim import admission, quota, refusal, strategy
from storagetui.sim.clock import Clock
from storagetui.sim.defaults import complete
from storagetui.sim.deletion import DeleteOptions, deletion, goes_with_update
from storagetui.sim.resources import RESOURCES, Resource, named
from storagetui.sim.shape import check_shape, decoding
from storagetui.sim.validation import rules
from storagetui.sim.watchlog import Change, Stored, WatchLog
from storagetui.sim.wire import Json, copied, dig, name_of, namespace_of, uid_of

Listener = Callable[[str, str, Json, Json | None], None]
"""Called with event type, resource, object and its previous state."""

FIRST_VERSION = 1000
_REGISTRY = {"nodes": "minions", "services": "services/specs"}
"""Where etcd has what is not named after its resource."""
_COUNTED = tuple(kind for kind in RESOURCES if kind.stored and kind.namespaced)
_SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


class ObjectStore:
    """All objects of the simulated cluster; every write of every user and controller goes through here.

    Objects are plain dicts; those that come out are read-only by convention. Nothing awaits: a write is atomic, and
    listeners have been called when it returns (unless it was itself made by a listener). Every method raises Refusal
    when the real server would say no, and LookupError for a resource that is not in `sim/resources.py`.
    """

    def __init__(self, clock: Clock, seed: int = 0) -> None:
        self.clock = clock
        self._random = random.Random(seed)
        self._version = FIRST_VERSION
        self._logs = {kind.name: WatchLog(FIRST_VERSION) for kind in RESOURCES if kind.stored}
        self._listeners: list[Listener] = []
        self._untold: deque[tuple[str, str, Json, Json | None]] = deque()

    @property
    def version(self) -> int:
        """The version of the last write, etcd's revision."""
        return self._version

    def log(self, resource: str) -> WatchLog:
        """Objects and history of one resource."""
        named(resource)
        return self._logs[resource]

    def find(self, resource: str, name: str, namespace: str = "") -> Json | None:
        """The stored object, or None."""
        stored = self.log(resource).find(namespace, name)
        return stored.object if stored else None

    def get(self, resource: str, name: str, namespace: str = "") -> Json:
        """The stored object. Refused with 404 when there is none."""
        obj = self.find(resource, name, namespace)
        if obj is None:
            raise refusal.not_found(resource, name)
        return obj

    def list(self, resource: str, namespace: str = "") -> list[Json]:
        """All objects, or those of one namespace, in the order of namespace and name."""
        return [stored.object for stored in self.log(resource).all(namespace)]

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have `listener` called after each write, synchronously and in order; the answer ends the subscription."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def compact(self) -> None:
        """Forget the history of everything: older watches, and pages of older lists, get 410."""
        for log in self._logs.values():
            log.compact(self._version)

    def create(self, resource: str, obj: Json, *, dry_run: bool = False) -> Json:
        """Store a new object after defaulting, validation and admission; returns what was stored.

        As on the real server a given `status` is dropped where status is a subresource, and server-owned metadata is
        set anew; `restore` keeps both.
        """
        kind = named(resource)
        check_shape(kind, obj)
        made = strategy.for_create(kind, obj)
        self._name(made)
        metadata = made["metadata"]
        metadata["uid"] = self._uid()
        metadata["creationTimestamp"] = self.clock.timestamp()
        with decoding(kind):
            complete(kind, made)
            admission.complete_new(self, kind, made)
            strategy.finish(kind, made, self.clock.timestamp())
            rules.check_new(kind, made)
        admission.check_new(self, kind, made)
        taken = self.find(resource, name_of(made), namespace_of(made))
        if taken is not None:
            raise refusal.already_exists(resource, name_of(made), going="deletionTimestamp" in taken["metadata"])
        if resource == "resourcequotas":
            made["status"] = quota.counted(self, made, _COUNTED)
        return made if dry_run else self._commit("ADDED", kind, made)

    def restore(self, resource: str, obj: Json) -> Json:
        """Put an object into the store as it is, as from a backup of etcd: no validation, no admission, status kept.

        Missing uid, creation time and defaults are filled in. For scenes and tests that need a state which no
        sequence of writes leads to, such as a past deletion or a status long settled.
        """
        kind = named(resource)
        made: Json = {"kind": kind.kind, "apiVersion": kind.api_version, **copied(obj)}
        metadata = made["metadata"]
        metadata.setdefault("uid", self._uid())
        metadata.setdefault("creationTimestamp", self.clock.timestamp())
        complete(kind, made)
        old = self.log(resource).find(namespace_of(made), name_of(made))
        return self._commit("MODIFIED" if old else "ADDED", kind, made)

    def update(self, resource: str, obj: Json, *, subresource: str = "", dry_run: bool = False) -> Json:
        """Replace an object, or with `subresource="status"` its status only; returns what is stored now.

        `binding` sets a pod's `spec.nodeName` alone, which no other update can; `finalize` a namespace's finalizers.
        Refused with 409 when `obj` carries another uid or resource version than the stored object. An update that
        changes nothing makes no new version. An object that is being deleted goes with its last finalizer.
        """
        kind = named(resource)
        check_shape(kind, obj)
        old = self.get(resource, name_of(obj), namespace_of(obj))
        self._match(resource, obj, old)
        if subresource == "binding" and dig(old, "spec", "nodeName"):
            why = f'pod {name_of(old)} is already assigned to node "{old["spec"]["nodeName"]}"'
            raise refusal.conflict("pods/binding", name_of(old), why)
        new = strategy.for_update(kind, obj, old, subresource, self.clock.timestamp())
        new["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
        with decoding(kind):
            complete(kind, new)
            if new == old:
                return old
            rules.check_changed(kind, new, old, subresource)
        if not subresource:
            admission.check_changed(self, kind, new, old)
        if resource == "resourcequotas" and new["spec"] != old["spec"]:
            new["status"] = quota.counted(self, new, _COUNTED)
        if dry_run:
            return new
        if goes_with_update(kind, new):
            self._remove(kind, old)
            return new
        return self._commit("MODIFIED", kind, new)

    def modify(
        self, resource: str, name: str, namespace: str, change: Callable[[Json], None], *, subresource: str = ""
    ) -> Json:
        """Change a copy of the stored object in place and store it; nothing happens when it stays equal."""
        obj = copied(self.get(resource, name, namespace))
        change(obj)
        return self.update(resource, obj, subresource=subresource)

    def delete(self, resource: str, name: str, namespace: str = "", **options: Unpack[DeleteOptions]) -> Json:
        """Delete an object, at once or by marking it; returns its last state.

        A pod on a node is marked with now + grace as its deletion time and stays until somebody deletes it with
        `grace_s=0`. Finalizers keep an object whatever the grace; `propagation` Orphan and Foreground add theirs.
        Refused with 409 when `uid` or `resource_version` are given and differ.
        """
        kind = named(resource)
        old = self.get(resource, name, namespace)
        admission.check_deletion(kind, name)
        marked, at_once = deletion(kind, old, options, self.clock.now())
        if options.get("dry_run"):
            return marked
        if marked != old:
            marked = self._commit("MODIFIED", kind, marked)
        return self._remove(kind, marked) if at_once else marked

    def _match(self, resource: str, obj: Json, old: Json) -> None:
        """Refuse an update that was meant for another object or version (registry store.Update)."""
        given, stored = uid_of(obj), uid_of(old)
        if given and given != stored:
            why = f"Precondition failed: UID in precondition: {given}, UID in object meta: {stored}"
            key = f"{_REGISTRY.get(resource, resource.partition('.')[0])}/{namespace_of(old)}/{name_of(old)}"
            where = f"Code: 4, Key: /registry/{key.replace('//', '/')}, ResourceVersion: 0"
            why = f"StorageError: invalid object, {where}, AdditionalErrorMsg: {why}"
            raise refusal.conflict(resource, name_of(old), why)
        version = dig(obj, "metadata", "resourceVersion", default="")
        if version and version != old["metadata"]["resourceVersion"]:
            raise refusal.modified(resource, name_of(old))

    def _remove(self, kind: Resource, last: Json) -> Json:
        return self._commit("DELETED", kind, copied(last))

    def _commit(self, event: str, kind: Resource, obj: Json) -> Json:
        key = (namespace_of(obj), name_of(obj))
        log = self._logs[kind.name]
        previous = log.find(*key)
        self._version += 1
        obj["metadata"]["resourceVersion"] = str(self._version)
        log.append(Change(self._version, event, Stored(key, obj), previous))
        self._notify(event, kind.name, obj, previous.object if previous else None)
        if kind.namespaced and kind.name != "resourcequotas" and len(self._logs["resourcequotas"]):
            self._recount(kind, None if event == "DELETED" else obj, previous.object if previous else None)
        return obj

    def _notify(self, event: str, resource: str, obj: Json, old: Json | None) -> None:
        """Call the listeners; a write made by one of them is told after this one has been told to all."""
        self._untold.append((event, resource, obj, old))
        if len(self._untold) > 1:
            return
        while self._untold:
            for listener in tuple(self._listeners):
                listener(*self._untold[0])
            self._untold.popleft()

    def _recount(self, kind: Resource, new: Json | None, old: Json | None) -> None:
        """Keep the quotas of a namespace current, as admission and the quota controller do between them."""
        namespace = namespace_of(new or old or {})
        for item in self.list("resourcequotas", namespace):
            status = quota.recounted(item, kind, new, old)
            if status is not None:
                self._commit("MODIFIED", named("resourcequotas"), {**copied(item), "status": status})

    def _name(self, obj: Json) -> None:
        metadata = obj["metadata"]
        prefix = metadata.get("generateName", "")
        if prefix and not metadata.get("name"):
            metadata["name"] = prefix[:58] + "".join(self._random.choices(_SUFFIX_LETTERS, k=5))

    def _uid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))
