"""Which rows are shown, in which order: from scratch, and kept up to date as Frames come.

`arrange` is the definition, `Ordering` the fast way to the same result. Rows are kept ascending by the column's sort
value and then by key, so that a row is found by bisection; a reversed order is only another way to look at them.
"""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Generic, NamedTuple

from storagetui.cluster.shared_map import difference
from storagetui.frame import Frame
from storagetui.model.keys import Key, Kind
from storagetui.view.column import Column, R, Sortable, Table
from storagetui.view.knowledge import known_kinds
from storagetui.view.query import Query, matches

_FEW = 32
"""Rows that may always be moved one by one."""
_SHARE = 64
"""One row in so many moved: from there on sorting all of them is cheaper."""

Entry = tuple[Sortable, Key]


class Sort(NamedTuple):
    """By which column, and which end first."""

    column: str = ""
    """A column's id; the table's own choice when it is empty or unknown."""
    is_reversed: bool = False


EVERY_ROW = Query()
BY_DEFAULT = Sort()


class Update(NamedTuple):
    """What a Frame did to the rows that are shown."""

    touched: frozenset[Key]
    """Rows whose cells may differ."""
    is_moved: bool
    """Whether rows came, went or changed places."""


def arrange(frame: Frame, table: Table[R], query: Query = EVERY_ROW, sort: Sort = BY_DEFAULT) -> list[Key]:
    """The keys of the rows that match, in the order in which they are shown."""
    column = _column(table, sort)
    rows = table.rows(frame).items()
    entries = sorted((column.sort(row, frame), key) for key, row in rows if matches(query, table, row, frame))
    keys = [key for _, key in entries]
    return keys[::-1] if sort.is_reversed else keys


def changes(before: Frame, now: Frame, sources: Iterable[Kind]) -> frozenset[Key]:
    """Objects of these kinds that differ, and subjects of findings that differ, between any two Frames of a cluster."""
    if now.number == before.number + 1:
        return now.changed | now.rediagnosed
    found = set(difference(before.findings, now.findings))
    for kind in sources:
        old, new = before.cluster.objects.get(kind), now.cluster.objects.get(kind)
        if old is not None and new is not None:
            found |= difference(old, new)
        else:
            found.update(old or (), new or ())
    return frozenset(found)


class Ordering(Generic[R]):
    """The rows of one table as they are shown; `show` takes it from Frame to Frame."""

    def __init__(self, table: Table[R], query: Query = EVERY_ROW, sort: Sort = BY_DEFAULT) -> None:
        self.table = table
        self.total = 0
        """Rows of the namespace looked at, before the filter."""
        self._query = query
        self._sort = sort
        self._column = _column(table, self._sort)
        self._frame: Frame | None = None
        self._values: dict[Key, Sortable] = {}
        """The sort value of each row that is shown."""
        self._entries: list[Entry] = []

    @property
    def query(self) -> Query:
        """Which rows are shown."""
        return self._query

    @property
    def sort(self) -> Sort:
        """In which order."""
        return self._sort

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, position: int) -> Key:
        """The key at a position from the top; raises IndexError outside of the rows, also below zero."""
        if not 0 <= position < len(self._entries):
            raise IndexError(position)
        return self._entries[self._flip(position)][1]

    def keys(self) -> list[Key]:
        """All rows from the top."""
        keys = [key for _, key in self._entries]
        return keys[::-1] if self._sort.is_reversed else keys

    def position(self, key: Key) -> int | None:
        """Where a row stands, counted from the top; None when it is not shown."""
        if key not in self._values:
            return None
        return self._flip(self._index(key))

    def show(self, frame: Frame) -> Update:
        """Take over the next Frame."""
        before, self._frame = self._frame, frame
        if before is None or self._is_other_world(before, frame):
            self._arrange()
            return Update(frozenset(self._values), True)
        changed = changes(before, frame, self.table.sources)
        touched = self.table.touched(changed, before, frame) if changed else set()
        moved = self._moved(touched, before, frame)
        if len(moved) > max(_FEW, len(self._entries) // _SHARE):
            self._sort_all(moved)
        else:
            self._move_each(moved)
        return Update(frozenset(key for key in touched if key in self._values), bool(moved))

    def look(self, query: Query | None = None, sort: Sort | None = None) -> None:
        """Show other rows, or in another order."""
        if query is not None:
            self._query = query
        if sort is not None:
            self._sort = sort
            self._column = _column(self.table, sort)
        self._arrange()

    def _arrange(self) -> None:
        frame = self._frame
        if frame is None:
            return
        rows = self.table.rows(frame)
        self.total = sum(self._counts(row, frame) for row in rows.values()) if self._query.namespace else len(rows)
        sort, query, table = self._column.sort, self._query, self.table
        self._values = {
            key: sort(row, frame) for key, row in rows.items() if query.is_empty or matches(query, table, row, frame)
        }
        self._entries = sorted((value, key) for key, value in self._values.items())

    def _is_other_world(self, before: Frame, now: Frame) -> bool:
        """Whether every cell may differ: another cluster, or a kind became known, or unknown."""
        if before.cluster_id != now.cluster_id:
            return True
        return before.feeds is not now.feeds and known_kinds(before, self.table.sources) != known_kinds(
            now, self.table.sources
        )

    def _moved(self, touched: set[Key], before: Frame, now: Frame) -> dict[Key, Sortable | None]:
        """The touched rows that come, go or sort otherwise: their new sort value, None for those that go."""
        moved: dict[Key, Sortable | None] = {}
        for key in touched:
            old, row = self.table.find(before, key), self.table.find(now, key)
            self.total += self._counts(row, now) - self._counts(old, before)
            shown = row is not None and matches(self._query, self.table, row, now)
            value = self._column.sort(row, now) if row is not None and shown else None
            if (key in self._values) is not shown or (shown and value != self._values[key]):
                moved[key] = value
        return moved

    def _counts(self, row: R | None, frame: Frame) -> bool:
        if row is None:
            return False
        return not self._query.namespace or self.table.namespace(row, frame) == self._query.namespace

    def _move_each(self, moved: dict[Key, Sortable | None]) -> None:
        for key in moved:
            if key in self._values:
                del self._entries[self._index(key)]
        for key, value in moved.items():
            self._set(key, value)
            if value is not None:
                entry = (value, key)
                self._entries.insert(bisect_left(self._entries, entry), entry)

    def _sort_all(self, moved: dict[Key, Sortable | None]) -> None:
        for key, value in moved.items():
            self._set(key, value)
        self._entries = sorted((value, key) for key, value in self._values.items())

    def _set(self, key: Key, value: Sortable | None) -> None:
        if value is None:
            self._values.pop(key, None)
        else:
            self._values[key] = value

    def _index(self, key: Key) -> int:
        return bisect_left(self._entries, (self._values[key], key))

    def _flip(self, index: int) -> int:
        return len(self._entries) - 1 - index if self._sort.is_reversed else index


def _column(table: Table[R], sort: Sort) -> Column[R]:
    found = table.column(sort.column) or table.column(table.default_sort)
    return found if found is not None else table.columns[0]
