"""A mapping whose versions share structure: publishing one costs what changed since the last."""

from collections.abc import Hashable, Iterator, Mapping
from math import inf
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_SHARD_SIZE = 48
"""Entries in a shard, on average, at which the number of shards is raised."""
_GROWTH = 4
_MOST_SHARDS = 1024
"""Their number stays the same from then on: to move 50,000 entries at once takes 40 ms, to copy one large shard
microseconds."""


class SharedMap(Mapping[K, V]):
    """One version of a mapping: immutable, as fast to read as a dictionary and a half, in no useful order."""

    __slots__ = ("_count", "_mask", "_shards")

    def __init__(self, shards: tuple[dict[K, V], ...] = ({},), count: int = 0) -> None:
        self._shards = shards
        self._mask = len(shards) - 1
        self._count = count

    def __getitem__(self, key: K) -> V:
        return self._shards[hash(key) & self._mask][key]

    def get(self, key: K, default: V | None = None) -> V | None:  # type: ignore[override]  # one default type is enough
        """The value of a key, or the default."""
        return self._shards[hash(key) & self._mask].get(key, default)

    def __contains__(self, key: object) -> bool:
        return key in self._shards[hash(key) & self._mask]

    def __iter__(self) -> Iterator[K]:
        for shard in self._shards:
            yield from shard

    def __len__(self) -> int:
        return self._count

    def with_value(self, key: K, value: V) -> "SharedMap[K, V]":
        """A version in which the key has that value; this one stays as it is."""
        return self._changed(key, {**self._shards[hash(key) & self._mask], key: value})

    def without(self, key: K) -> "SharedMap[K, V]":
        """A version without the key; this one stays as it is."""
        shard = self._shards[hash(key) & self._mask]
        return self._changed(key, {other: value for other, value in shard.items() if other != key})

    def _changed(self, key: K, shard: dict[K, V]) -> "SharedMap[K, V]":
        number = hash(key) & self._mask
        shards = (*self._shards[:number], shard, *self._shards[number + 1 :])
        return SharedMap(shards, self._count + len(shard) - len(self._shards[number]))

    def __repr__(self) -> str:
        return f"SharedMap({dict(self)!r})"


class Draft(Generic[K, V]):
    """The one writer's copy of a mapping; `publish` gives the version as it stands."""

    __slots__ = ("_count", "_mask", "_owned", "_published", "_room", "_shards")

    def __init__(self) -> None:
        self._shards: list[dict[K, V]] = [{}]
        self._mask = 0
        self._count = 0
        self._room: float = _SHARD_SIZE
        """Entries after which there are to be more shards."""
        self._owned: set[int] = {0}
        """Shards that no published version holds, which may be changed in place."""
        self._published: SharedMap[K, V] | None = None

    def get(self, key: K) -> V | None:
        """The value of a key, or None."""
        return self._shards[hash(key) & self._mask].get(key)

    def put(self, key: K, value: V) -> None:
        """Set a key's value."""
        number = hash(key) & self._mask
        shard = self._shards[number] if number in self._owned else self._own(number)
        before = len(shard)
        shard[key] = value
        self._published = None
        if len(shard) > before:
            self._count += 1
            if self._count > self._room:
                self._grow()

    def drop(self, key: K) -> None:
        """Remove a key; nothing happens when it is not there."""
        number = hash(key) & self._mask
        if key in self._shards[number]:
            del self._own(number)[key]
            self._published = None
            self._count -= 1

    def publish(self) -> SharedMap[K, V]:
        """This version, for good; the same object as before when nothing has changed."""
        if self._published is None:
            self._published = SharedMap(tuple(self._shards), self._count)
            self._owned.clear()
        return self._published

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[K]:
        for shard in self._shards:
            yield from shard

    def besides(self, keys: frozenset[K]) -> list[K]:
        """The keys that are not among these."""
        return [key for shard in self._shards if not keys.issuperset(shard) for key in shard if key not in keys]

    def _own(self, number: int) -> dict[K, V]:
        if number not in self._owned:
            self._shards[number] = self._shards[number].copy()
            self._owned.add(number)
        return self._shards[number]

    def _grow(self) -> None:
        shards: list[dict[K, V]] = [{} for _ in range(len(self._shards) * _GROWTH)]
        self._mask = len(shards) - 1
        for old in self._shards:
            for key, value in old.items():
                shards[hash(key) & self._mask][key] = value
        self._shards = shards
        self._owned = set(range(len(shards)))
        self._room = _SHARD_SIZE * len(shards) if len(shards) < _MOST_SHARDS else inf


def difference(old: SharedMap[K, V], new: SharedMap[K, V]) -> set[K]:
    """The keys that are in one version only, or under which another object stands; costs what differs."""
    if old is new:
        return set()
    if old._mask != new._mask:
        return {key for key in new if old.get(key) is not new[key]} | {key for key in old if key not in new}
    found: set[K] = set()
    for before, after in zip(old._shards, new._shards, strict=True):
        if before is not after:
            found.update(key for key, value in after.items() if before.get(key) is not value)
            found.update(key for key in before if key not in after)
    return found
