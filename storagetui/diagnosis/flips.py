"""When answers about time change by themselves."""

from datetime import datetime
from heapq import heapify, heappop, heappush

from storagetui.model.keys import Key

_SLACK = 256
"""Entries of no more use that may lie in the heap before it is cleared of them."""


class Flips:
    """The first moment, for each object that has one, at which its diagnosis changes although nothing happens.

    Time runs forwards here: where it is set back, everything is to be diagnosed anew.
    """

    def __init__(self) -> None:
        self._moments: dict[Key, datetime] = {}
        self._heap: list[tuple[datetime, Key]] = []

    def put(self, key: Key, moment: datetime | None) -> None:
        """Set an object's moment; None forgets the object."""
        if moment == self._moments.get(key):
            return
        if moment is None:
            del self._moments[key]
        else:
            self._moments[key] = moment
            heappush(self._heap, (moment, key))
        if len(self._heap) > 2 * len(self._moments) + _SLACK:
            self._heap = [(moment, key) for key, moment in self._moments.items()]
            heapify(self._heap)

    def due(self, now: datetime) -> set[Key]:
        """The objects whose moment has come; each is named once, and is to be put again."""
        found: set[Key] = set()
        while self._heap and self._heap[0][0] <= now:
            moment, key = heappop(self._heap)
            if self._moments.get(key) == moment:
                found.add(key)
        for key in found:
            del self._moments[key]
        return found

    def next(self) -> datetime | None:
        """The next moment at which an answer changes; None when none ever does."""
        while self._heap and self._moments.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None
