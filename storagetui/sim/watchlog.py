"""All objects of one resource with their recent history: what lists, pages and watches read."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from storagetui.sim.wire import Json, encoded

KEPT_CHANGES = 4096
"""Changes remembered for each resource; a watch or a page from before them gets 410."""


class Stored:
    """One version of one object, encoded at most once, whoever reads it. Read-only by convention."""

    __slots__ = ("_json", "key", "object")

    def __init__(self, key: tuple[str, str], obj: Json) -> None:
        self.key = key
        """Namespace and name; the namespace is empty for what has none."""
        self.object = obj
        self._json: bytes | None = None

    @property
    def json(self) -> bytes:
        """The object as compact JSON."""
        if self._json is None:
            self._json = encoded(self.object)
        return self._json

    def item(self, kind: str, api_version: str) -> bytes:
        """The object as an item of a typed list, which names neither kind nor API version."""
        head = b'{"kind":"%s","apiVersion":"%s",' % (kind.encode(), api_version.encode())
        return b"{" + self.json[len(head) :] if self.json.startswith(head) else self.json


class Change(msgspec.Struct, frozen=True, gc=False):
    """One step of a resource's history."""

    version: int
    type: str
    """ADDED, MODIFIED or DELETED."""
    stored: Stored
    """What it is now; for DELETED its last state."""
    previous: Stored | None


class Follower:
    """What one watch is still to be told; it goes on whatever the log forgets."""

    def __init__(self) -> None:
        self._pending: list[Change] = []
        self._news = asyncio.Event()

    def tell(self, change: Change) -> None:
        """Add a change."""
        self._pending.append(change)
        self._news.set()

    def take(self) -> list[Change]:
        """The changes since the last time, in order."""
        taken, self._pending = self._pending, []
        self._news.clear()
        return taken

    async def wait(self, longest_s: float) -> None:
        """Wait for a change; never for less than a clock can tell, or a watch that is due in a moment spins."""
        try:
            async with asyncio.timeout(max(0.001, longest_s)):
                await self._news.wait()
        except TimeoutError:
            return


class WatchLog:
    """The objects of one resource and the changes that led to them, as far back as `forgotten`."""

    def __init__(self, version: int) -> None:
        self._items: dict[tuple[str, str], Stored] = {}
        self._keys: list[tuple[str, str]] | None = None
        self._changes: deque[Change] = deque()
        self.followers: list[Follower] = []
        self.forgotten = version
        """The version up to which nothing is remembered; a watch can start there, not before."""

    def __len__(self) -> int:
        return len(self._items)

    def find(self, namespace: str, name: str) -> Stored | None:
        """The object of that name, or None."""
        return self._items.get((namespace, name))

    def all(self, namespace: str = "") -> list[Stored]:
        """Every object, or those of one namespace, in the order of namespace and name, as etcd returns them."""
        if self._keys is None:
            self._keys = sorted(self._items)
        items = self._items
        return [items[key] for key in self._keys if not namespace or key[0] == namespace]

    def append(self, change: Change) -> None:
        """Take a change over; the oldest ones are forgotten."""
        key = change.stored.key
        if change.type == "DELETED":
            del self._items[key]
            self._keys = None
        else:
            if key not in self._items:
                self._keys = None
            self._items[key] = change.stored
        self._changes.append(change)
        while len(self._changes) > KEPT_CHANGES:
            self.forgotten = self._changes.popleft().version
        for follower in self.followers:
            follower.tell(change)

    @contextmanager
    def followed(self) -> Iterator[Follower]:
        """Follow the log from now on."""
        follower = Follower()
        self.followers.append(follower)
        try:
            yield follower
        finally:
            self.followers.remove(follower)

    def since(self, version: int) -> list[Change]:
        """The changes after `version`, in order. Raises LookupError when they are not all remembered any more."""
        if version < self.forgotten:
            raise LookupError(f"too old resource version: {version} ({self.forgotten})")
        found: list[Change] = []
        for change in reversed(self._changes):
            if change.version <= version:
                break
            found.append(change)
        found.reverse()
        return found

    def at(self, version: int, namespace: str = "") -> list[Stored]:
        """Every object as it was at `version`, found by taking later changes back.

        Raises LookupError when they are not all remembered any more.
        """
        later = self.since(version)
        if not later:
            return self.all(namespace)
        items = dict(self._items)
        for change in reversed(later):
            if change.previous is None:
                items.pop(change.stored.key, None)
            else:
                items[change.stored.key] = change.previous
        return [items[key] for key in sorted(items) if not namespace or key[0] == namespace]

    def compact(self, version: int) -> None:
        """Forget all changes up to now."""
        self._changes.clear()
        self.forgotten = version
