"""Which diagnoses rest on which kinds."""

from collections.abc import Iterable, Iterator

from storagetui.model.keys import Key, Kind

Asked = tuple[Kind, ...]


class Askers:
    """For each object the kinds whose standing its diagnosis asked for.

    Thousands of objects ask the same: they are kept together, so that an object costs one entry whatever it asks.
    """

    def __init__(self) -> None:
        self._groups: dict[Asked, tuple[set[Key], Asked]] = {}
        """With the objects the one value that stands for all equal ones."""
        self._asked: dict[Key, Asked] = {}

    def put(self, key: Key, asked: Asked) -> None:
        """Set what an object's diagnosis asked; nothing forgets the object."""
        before = self._asked.get(key)
        if asked == (before or ()):
            return
        if before is not None:
            group, _ = self._groups[before]
            group.discard(key)
            if not group:
                del self._groups[before]
        if not asked:
            self._asked.pop(key, None)
            return
        group, asked = self._groups.setdefault(asked, (set(), asked))
        group.add(key)
        self._asked[key] = asked

    def of(self, kinds: Iterable[Kind]) -> Iterator[Key]:
        """The objects whose diagnosis asked for one of these kinds."""
        wanted = frozenset(kinds)
        for asked, (keys, _) in self._groups.items():
            if wanted.intersection(asked):
                yield from keys
