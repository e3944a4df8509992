"""When answers about time change by themselves."""

from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from storagetui.model.keys import Key

_SLACK = 256
"""Entries of no more use that may lie in a heap before it is cleared of them."""


class Window(NamedTuple):
    """The span of time in which an object's diagnosis stays as it is if nothing else happens."""

    begin: datetime | None
    """The first moment that belongs to it; None for no bound."""
    end: datetime | None
    """The first moment after it; None for no bound."""


ALWAYS = Window(None, None)


class Flips:
    """The windows of all objects, and which of them a moment lies outside of.

    Time may run backwards: clocks are corrected, and a recording is wound back.
    """

    def __init__(self) -> None:
        self._windows: dict[Key, Window] = {}
        self._ends: list[tuple[datetime, Key]] = []
        self._begins: list[tuple[float, Key, datetime]] = []
        """Latest first, for which the time is negated."""

    def put(self, key: Key, window: Window) -> None:
        """Set an object's window; `ALWAYS` forgets the object."""
        if window == self._windows.get(key, ALWAYS):
            return
        if window == ALWAYS:
            del self._windows[key]
        else:
            self._windows[key] = window
            self._push(key, window)
        if len(self._ends) + len(self._begins) > 4 * len(self._windows) + _SLACK:
            self._clear()

    def due(self, now: datetime) -> set[Key]:
        """The objects whose window `now` lies outside of; each is named once, and is to be put again."""
        found: set[Key] = set()
        while self._ends and self._ends[0][0] <= now:
            moment, key = heappop(self._ends)
            if self._windows.get(key, ALWAYS).end == moment:
                found.add(key)
        while self._begins and self._begins[0][2] > now:
            _, key, moment = heappop(self._begins)
            if self._windows.get(key, ALWAYS).begin == moment:
                found.add(key)
        for key in found:
            del self._windows[key]
        return found

    def next(self) -> datetime | None:
        """The next moment at which an answer changes; None when none ever does."""
        while self._ends and self._windows.get(self._ends[0][1], ALWAYS).end != self._ends[0][0]:
            heappop(self._ends)
        return self._ends[0][0] if self._ends else None

    def _push(self, key: Key, window: Window) -> None:
        if window.end is not None:
            heappush(self._ends, (window.end, key))
        if window.begin is not None:
            heappush(self._begins, (-window.begin.timestamp(), key, window.begin))

    def _clear(self) -> None:
        self._ends = [(window.end, key) for key, window in self._windows.items() if window.end is not None]
        self._begins = [
            (-window.begin.timestamp(), key, window.begin)
            for key, window in self._windows.items()
            if window.begin is not None
        ]
        heapify(self._ends)
        heapify(self._begins)
