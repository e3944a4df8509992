"""The one writer of cluster state."""

from collections.abc import Iterable

import msgspec

from storagetui.cluster.held import Held
from storagetui.cluster.index import Index
from storagetui.cluster.relations import ALL_RELATIONS, EVENTS_OF_OBJECT
from storagetui.cluster.shared_map import Draft
from storagetui.cluster.state import Cluster
from storagetui.model.base import Record
from storagetui.model.change import Drop, Feed, Put, Replace
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind

EVENTS_KEPT = 30
"""Events that are kept of one object, the newest; a series counts as one. So few stay a plain tuple in the index."""


class Effect(msgspec.Struct, frozen=True):
    """What a batch of changes did."""

    changed: frozenset[Key]
    """Objects that appeared, changed or went, for a while at least."""
    previous: dict[Key, Record | None]
    """For each of them the record before the batch; one made again under its name has another uid now."""


class Store:
    """Objects by key and the indexes over them. Only the session calls it."""

    def __init__(self) -> None:
        self._objects: dict[Kind, Draft[Key, Record]] = {kind: Draft() for kind in Kind}
        self._held = {kind: Held(objects) for kind, objects in self._objects.items()}
        self._indexes = [Index(relation) for relation in ALL_RELATIONS]
        self._events_of = next(index for index in self._indexes if index.relation is EVENTS_OF_OBJECT)
        self._indexes_of: dict[Kind, list[Index]] = {
            kind: [index for index in self._indexes if index.relation.record.kind == kind] for kind in Kind
        }

    def apply(self, changes: Iterable[Put | Drop | Replace]) -> Effect:
        """Take a batch of changes in order."""
        previous: dict[Key, Record | None] = {}
        for change in changes:
            if isinstance(change, Put):
                self._put(change.feed, change.record, previous)
            elif isinstance(change, Drop):
                self._drop(change.feed, change.key, previous)
            else:
                self._replace(change, previous)
        return Effect(frozenset(previous), previous)

    def publish(self) -> Cluster:
        """The state as it stands, for good; costs what changed since the last time."""
        return Cluster(
            {kind: draft.publish() for kind, draft in self._objects.items()},
            {index.relation.name: index.publish() for index in self._indexes},
        )

    def _put(self, feed: Feed, record: Record, previous: dict[Key, Record | None]) -> None:
        key = record.key
        self._held[feed.kind].put(feed, key)
        objects = self._objects[feed.kind]
        old = objects.get(key)
        if old == record:
            return
        previous.setdefault(key, old)
        if old is not None:
            record = _sharing(record, old)
        objects.put(key, record)
        for index in self._indexes_of[feed.kind]:
            index.move(key, old, record)
        if isinstance(record, Event):
            self._forget_old_events(record, previous)

    def _forget_old_events(self, event: Event, previous: dict[Key, Record | None]) -> None:
        """Keep the newest events of an object: one that fails in ever new words must not fill the memory."""
        for value in EVENTS_OF_OBJECT.values(event):
            about = self._events_of.members(value)
            while len(about) > EVENTS_KEPT:
                oldest = min(about, key=self._last_seen)
                self._held[Kind.EVENT].forget(oldest)
                self._forget(oldest, previous)
                about = self._events_of.members(value)

    def _last_seen(self, key: Key) -> tuple[float, Key]:
        event = self._objects[Kind.EVENT].get(key)
        seen = event.last_seen if isinstance(event, Event) else None
        return (seen.timestamp() if seen is not None else 0.0, key)

    def _replace(self, change: Replace, previous: dict[Key, Record | None]) -> None:
        held = self._held[change.feed.kind]
        for key in held.besides(change.feed, change.keys):
            self._drop(change.feed, key, previous)
        if not change.keys:
            held.end(change.feed)

    def _drop(self, feed: Feed, key: Key, previous: dict[Key, Record | None]) -> None:
        if self._held[feed.kind].drop(feed, key):
            self._forget(key, previous)

    def _forget(self, key: Key, previous: dict[Key, Record | None]) -> None:
        objects = self._objects[key.kind]
        old = objects.get(key)
        if old is None:
            return
        previous.setdefault(key, old)
        objects.drop(key)
        for index in self._indexes_of[key.kind]:
            index.move(key, old, None)


def _sharing(new: Record, old: Record) -> Record:
    """The new record, with the old one's values where they are equal.

    Most changes leave nearly all as it was. So records that a Frame of a while ago still holds cost little beside those
    of today, and what objects had in common when they were listed they go on having in common.
    """
    values = zip(msgspec.structs.astuple(new), msgspec.structs.astuple(old), strict=True)
    return type(new)(*[before if before == after else after for after, before in values])
