"""Work in slices of a few milliseconds, and sorting among it, whatever the number of entries."""

from bisect import bisect_right
from collections.abc import Generator, Sequence
from typing import TypeVar

from storagetui.model.keys import Key
from storagetui.view.column import Sortable

T = TypeVar("T")
Entry = tuple[Sortable, Key]
"""What a row is sorted by, and its key: no two are equal."""

_AT_ONCE = 1024
"""Entries that may be sorted in one go, which takes a millisecond or two."""
_TRIES = 8
"""Entries looked at for each boundary between two parts, so that the parts come out about equally large."""


def at_once(steps: Generator[None, None, T]) -> T:
    """Do all of the work in one go, and return what came of it."""
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            found: T = ended.value
            return found


def in_order(entries: list[Entry]) -> Generator[None, None, list[Entry]]:
    """Sort entries: parts that follow each other first, then each part; the list that is given may be changed."""
    if len(entries) <= _AT_ONCE:
        entries.sort()
        return entries
    bounds = boundaries(entries)
    parts: list[list[Entry]] = [[] for _ in range(len(bounds) + 1)]
    for start in range(0, len(entries), _AT_ONCE):
        for entry in entries[start : start + _AT_ONCE]:
            parts[bisect_right(bounds, entry)].append(entry)
        yield
    found: list[Entry] = []
    for part in parts:
        part.sort()
        found += part
        yield
    return found


def boundaries(entries: Sequence[Entry]) -> list[Entry]:
    """Entries, ascending, between which there are about equally many."""
    parts = -(-len(entries) // _AT_ONCE)
    tries = sorted(entries[:: max(1, len(entries) // (parts * _TRIES))])
    return tries[_TRIES::_TRIES]
