"""A named relation between objects, kept up to date as they change."""

from collections.abc import Callable, Collection, Hashable

import msgspec

from storagetui.cluster.shared_map import Draft, SharedMap
from storagetui.model.base import Record
from storagetui.model.keys import Key

_LARGE = 32
"""Keys from which a group is kept as a shared mapping instead of a tuple, so that growing it costs no copy of it."""

Group = tuple[Key, ...] | SharedMap[Key, None]


class Relation(msgspec.Struct, frozen=True):
    """What an index holds: for each record of a class, the values under which it is found."""

    name: str
    record: type[Record]
    values: Callable[[Record], Collection[Hashable]]
    """Pure; the order and repetitions mean nothing."""


class Index:
    """The writer's copy of one relation."""

    def __init__(self, relation: Relation) -> None:
        self.relation = relation
        self._values = relation.values
        self._groups: Draft[Hashable, Group] = Draft()
        self._large: dict[Hashable, Draft[Key, None]] = {}
        self._touched: set[Hashable] = set()

    def move(self, key: Key, old: Record | None, new: Record | None) -> None:
        """Take an object from the groups of its old record to those of its new one."""
        before = self._values(old) if old is not None else ()
        after = self._values(new) if new is not None else ()
        if not before:
            for value in after if len(after) < 2 else dict.fromkeys(after):
                self._add(value, key)
        elif before != after:
            for value in frozenset(before).difference(after):
                self._remove(value, key)
            for value in frozenset(after).difference(before):
                self._add(value, key)

    def members(self, value: Hashable) -> Collection[Key]:
        """The keys under a value at present."""
        large = self._large.get(value)
        return large.publish() if large is not None else self._groups.get(value) or ()

    def publish(self) -> SharedMap[Hashable, Group]:
        """This version, for good."""
        for value in self._touched:
            if value in self._large:
                self._groups.put(value, self._large[value].publish())
        self._touched.clear()
        return self._groups.publish()

    def _add(self, value: Hashable, key: Key) -> None:
        if self._large and (large := self._large.get(value)) is not None:
            large.put(key, None)
            self._touched.add(value)
            return
        group = self._groups.get(value)
        if group is None:
            self._groups.put(value, (key,))
        elif len(group) < _LARGE:
            self._groups.put(value, (*group, key))
        else:
            draft: Draft[Key, None] = Draft()
            for one in (*group, key):
                draft.put(one, None)
            self._large[value] = draft
            self._touched.add(value)

    def _remove(self, value: Hashable, key: Key) -> None:
        if (large := self._large.get(value)) is not None:
            large.drop(key)
            self._touched.add(value)
            if not large:
                del self._large[value]
                self._groups.drop(value)
            return
        rest = tuple(one for one in self._groups.get(value) or () if one != key)
        if rest:
            self._groups.put(value, rest)
        else:
            self._groups.drop(value)


def members(index: SharedMap[Hashable, Group], value: Hashable) -> Collection[Key]:
    """The keys under a value."""
    return index.get(value) or ()
