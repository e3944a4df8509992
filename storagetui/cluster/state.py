"""What we believe the cluster looks like at one moment."""

from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar, cast

from storagetui.cluster.index import Group, Relation
from storagetui.cluster.shared_map import SharedMap
from storagetui.model.base import Record
from storagetui.model.keys import Key, Kind

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, eq=False, slots=True)
class Cluster:
    """All objects and the relations between them; an immutable value, told apart from others by identity."""

    objects: dict[Kind, SharedMap[Key, Record]]
    indexes: dict[str, SharedMap[Hashable, Group]]

    def all(self, record: type[R]) -> SharedMap[Key, R]:
        """Every object of a record class."""
        found = self.objects.get(record.kind)
        return cast("SharedMap[Key, R]", found) if found is not None else SharedMap()

    def get(self, record: type[R], namespace: str, name: str) -> R | None:
        """The object of that name, if the cluster has it; the namespace is empty for kinds that have none."""
        return self.all(record).get(Key(record.kind, namespace, name))

    def find(self, key: Key) -> Record | None:
        """The object of that key, if the cluster has it."""
        kind = self.objects.get(key.kind)
        return kind.get(key) if kind is not None else None

    def keys_of(self, relation: Relation, value: Hashable) -> Collection[Key]:
        """The keys that a relation holds for a value."""
        index = self.indexes.get(relation.name)
        return (index.get(value) or ()) if index is not None else ()

    def related(self, record: type[R], relation: Relation, value: Hashable) -> Iterator[R]:
        """The objects that a relation holds for a value; `record` is the relation's class."""
        keys = self.keys_of(relation, value)
        if not keys:
            return
        objects = self.all(record)
        for key in keys:
            found = objects.get(key)
            if found is not None:
                yield found


def in_namespace(records: Iterable[R], namespace: str) -> Iterator[R]:
    """The records of one namespace, or all of them for the empty one."""
    return (record for record in records if not namespace or record.namespace == namespace)
