"""Which diagnoses rest on which kinds."""

from collections.abc import Iterable, Iterator

from storagetui.model.keys import Key, Kind

Asked = tuple[Kind, ...]


class Askers:
    """For each object the kinds whose standing its diagnosis asked for.

    Thousands of objects ask the same: an object costs one entry, whatever it asks.
    """

    def __init__(self) -> None:
        self._asked: dict[Key, Asked] = {}
        self._known: dict[Asked, Asked] = {}
        """The one value that stands for all equal ones; there are few."""

    def put(self, key: Key, asked: Asked) -> None:
        """Set what an object's diagnosis asked; nothing forgets the object."""
        if asked:
            self._asked[key] = self._known.setdefault(asked, asked)
        else:
            self._asked.pop(key, None)

    def of(self, kinds: Iterable[Kind]) -> Iterator[Key]:
        """The objects whose diagnosis asked for one of these kinds; a look at all of them, a few milliseconds."""
        wanted = frozenset(kinds)
        meant = {id(asked) for asked in self._known if wanted.intersection(asked)}
        return (key for key, asked in self._asked.items() if id(asked) in meant) if meant else iter(())
