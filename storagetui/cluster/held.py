"""Which feed shows which objects of one kind."""

from collections.abc import Collection

from storagetui.cluster.shared_map import Draft
from storagetui.model.base import Record
from storagetui.model.change import Feed
from storagetui.model.keys import Key


class Held:
    """What each feed of a kind shows; an object stays while any of them shows it.

    Nearly always one feed shows all of a kind: what it holds is then what there is, and is written down only once a
    second one comes.
    """

    def __init__(self, objects: Draft[Key, Record]) -> None:
        """`objects` are those of the kind, which the store changes."""
        self._objects = objects
        self._sole: Feed | None = None
        """The one feed, while there is but one."""
        self._keys: dict[Feed, set[Key]] = {}
        """Of several feeds what each of them shows."""

    def put(self, feed: Feed, key: Key) -> None:
        """A feed shows an object; to be told before the object is put."""
        if self._sole == feed:
            return
        if self._sole is None and not self._keys:
            self._sole = feed
            return
        self._write_down()
        held = self._keys.get(feed)
        if held is None:
            held = self._keys[feed] = set()
        held.add(key)

    def drop(self, feed: Feed, key: Key) -> bool:
        """A feed no longer shows an object; returns whether nobody does."""
        if self._sole is not None:
            return self._sole == feed
        self._keys.get(feed, set()).discard(key)
        return not any(key in held for held in self._keys.values())

    def besides(self, feed: Feed, keys: frozenset[Key]) -> Collection[Key]:
        """What a feed shows besides some objects."""
        if self._sole is not None:
            return self._objects.besides(keys) if self._sole == feed else ()
        return self._keys.get(feed, set()) - keys

    def end(self, feed: Feed) -> None:
        """A feed shows nothing any more."""
        if self._sole == feed:
            self._sole = None
        elif self._keys.pop(feed, None) is not None and len(self._keys) == 1:
            (self._sole,) = self._keys
            self._keys.clear()

    def forget(self, key: Key) -> None:
        """An object is not kept, whoever shows it."""
        for held in self._keys.values():
            held.discard(key)

    def _write_down(self) -> None:
        if self._sole is not None:
            self._keys[self._sole] = set(self._objects)
            self._sole = None
