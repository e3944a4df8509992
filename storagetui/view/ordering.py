"""Which rows are shown, in which order: from scratch, and kept up to date as Frames come.

`arrange` is the definition, `Ordering` the fast way to the same result. Rows are kept ascending by the column's sort
value and then by key, so that a row is found by bisection; a reversed order is only another way to look at them.
"""

from bisect import bisect_left
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from typing import Generic, NamedTuple
from weakref import ref

from storagetui.cluster.shared_map import difference
from storagetui.frame import Frame
from storagetui.model.keys import Key, Kind
from storagetui.view.column import Column, R, Sortable, Table
from storagetui.view.knowledge import known_kinds
from storagetui.view.pieces import Entry, at_once, in_order
from storagetui.view.query import Query, matches, narrows

_FEW = 32
"""Rows that may always be moved one by one."""
_SHARE = 64
"""One row in so many moved: from there on sorting all of them is cheaper."""

_SLICE = 256
"""Rows between two breaths."""


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
        self._rested: ref[Frame] | None = None
        """The Frame that was shown when the rest began, as long as others hold it."""
        self._values: dict[Key, Sortable] = {}
        """The sort value of each row that is shown."""
        self._entries: list[Entry] = []
        self._texts: dict[Key, str] = {}
        """What plain words of a filter look at, of the rows that were asked for so far."""

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

    def shown(self) -> list[Key]:
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
        return at_once(self.showing(frame))

    def showing(self, frame: Frame) -> Generator[None, None, Update]:
        """The same in slices of a few milliseconds, for a Frame in which much is new.

        Until it has run to its end, which it must before anything else is asked for, the old rows are shown.
        """
        before = self._frame
        if before is None and self._rested is not None and self._rested() is frame:
            self._frame = frame
            return Update(frozenset(), False)
        if before is None or before.cluster_id != frame.cluster_id:
            return (yield from self._start(frame))
        self._frame = frame
        is_same_world = before.feeds is frame.feeds or known_kinds(before, self.table.sources) == known_kinds(
            frame, self.table.sources
        )
        if not is_same_world:
            self._texts.clear()
            if self._query.terms or not self._column.sorts_alone:
                return (yield from self._start(frame))
        changed = changes(before, frame, self.table.sources)
        touched: set[Key] = set()
        for number, part in enumerate(_parts(changed)):
            if number:
                yield
            touched |= self.table.touched(part, before, frame)
        moved: dict[Key, Sortable | None] = {}
        total = self.total
        for number, part in enumerate(_parts(touched)):
            if number:
                yield
            found, more = self._moved(part, before, frame)
            moved.update(found)
            total += more
        self.total = total
        if len(moved) > max(_FEW, len(self._entries) // _SHARE):
            yield from self._sort_all(moved)
        else:
            self._move_each(moved)
        shown = self._values.keys() & touched if is_same_world else self._values
        return Update(frozenset(shown), bool(moved))

    def rest(self) -> None:
        """Hold no Frame until the next one is shown; the rows stay in their order meanwhile.

        The next one costs nothing when it is still the same, else what the first one costs.
        """
        if self._frame is not None:
            self._rested = ref(self._frame)
        self._frame = None
        self._texts = {}

    def look(self, query: Query | None = None, sort: Sort | None = None) -> None:
        """Show other rows, or in another order."""
        for _ in self.looking(query, sort):
            pass

    def looking(self, query: Query | None = None, sort: Sort | None = None) -> Generator[None, None, None]:
        """The same in slices of a few milliseconds, for a table of many rows.

        Until it has run to its end the old rows are shown, and Frames are taken over as ever; a run that is dropped
        changes nothing. Where only the other end is to come first nothing is sorted; where fewer rows are asked for,
        none but those that are shown are looked at.
        """
        other = Ordering(self.table, self._query if query is None else query, self._sort if sort is None else sort)
        if other._column is self._column and other._query == self._query:
            self._sort = other._sort
            return
        other._texts = self._texts
        frame = self._frame
        if frame is None:
            self._rested = None  # the next Frame is looked at in any case
        else:
            other.total = self.total
            among = self._entries if narrows(other._query, self._query) else None
            for _ in other._arrange(frame, among, is_in_order=other._column is self._column):
                yield
                if self._frame is not frame and other._texts is self._texts:
                    other._texts = dict(self._texts)  # from here on the two look at different Frames
            while self._frame is not None and self._frame is not other._frame:
                yield from other.showing(self._frame)
        self.total, self._query, self._sort, self._column = other.total, other.query, other.sort, other._column
        self._values, self._entries, self._texts = other._values, other._entries, other._texts

    def _start(self, frame: Frame) -> Generator[None, None, Update]:
        self._texts.clear()
        yield from self._arrange(frame, None)
        return Update(frozenset(self._values), True)

    def _arrange(
        self, frame: Frame, among: Sequence[Entry] | None, *, is_in_order: bool = False
    ) -> Generator[None, None, None]:
        """Look at every row, or at some of those that are shown already, which may be in order."""
        self._frame = frame
        value_of, query, table = self._column.sort, self._query, self.table
        entries: list[Entry] = []
        total = 0
        rows = _all(table, frame) if among is None else ((key, table.find(frame, key)) for _, key in tuple(among))
        for number, (key, row) in enumerate(rows):
            if number % _SLICE == _SLICE - 1:
                yield
            if row is None:
                continue
            total += not query.namespace or self._counts(row, frame)
            if query.is_empty or matches(query, table, row, frame, self._texts):
                entries.append((value_of(row, frame), key))
        if among is None or not is_in_order:
            entries = yield from in_order(entries)
        values = {key: value for value, key in entries}
        self.total = total if among is None else self.total
        self._values, self._entries = values, entries

    def _moved(self, touched: Iterable[Key], before: Frame, now: Frame) -> tuple[dict[Key, Sortable | None], int]:
        """The touched rows that come, go or sort otherwise: their new sort value, None for those that go.

        And by how many there are more rows of the namespace looked at.
        """
        moved: dict[Key, Sortable | None] = {}
        more = 0
        for key in touched:
            self._texts.pop(key, None)
            old, row = self.table.find(before, key), self.table.find(now, key)
            more += self._counts(row, now) - self._counts(old, before)
            shown = row is not None and matches(self._query, self.table, row, now, self._texts)
            value = self._column.sort(row, now) if row is not None and shown else None
            if (key in self._values) is not shown or (shown and value != self._values[key]):
                moved[key] = value
        return moved, more

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

    def _sort_all(self, moved: dict[Key, Sortable | None]) -> Generator[None, None, None]:
        """The rows that stay are in order already, which the sort of them and the others takes advantage of."""
        added = yield from in_order([(value, key) for key, value in moved.items() if value is not None])
        kept = [entry for entry in self._entries if entry[1] not in moved]
        if kept and added:
            yield
        kept += added
        kept.sort()
        for key, value in moved.items():
            self._set(key, value)
        self._entries = kept

    def _set(self, key: Key, value: Sortable | None) -> None:
        if value is None:
            self._values.pop(key, None)
        else:
            self._values[key] = value

    def _index(self, key: Key) -> int:
        return bisect_left(self._entries, (self._values[key], key))

    def _flip(self, index: int) -> int:
        return len(self._entries) - 1 - index if self._sort.is_reversed else index


def _all(table: Table[R], frame: Frame) -> Iterator[tuple[Key, R]]:
    """The rows of a table one by one, where `Table.rows` would go through all of them first."""
    is_row = table.is_row
    for key, record in frame.cluster.all(table.record).items():
        if is_row is None or is_row(record):
            yield key, record


def _parts(keys: Collection[Key]) -> Iterator[frozenset[Key]]:
    """The keys in slices between which others may work."""
    if len(keys) <= _SLICE:
        if keys:
            yield frozenset(keys)
        return
    every = list(keys)
    for start in range(0, len(every), _SLICE):
        yield frozenset(every[start : start + _SLICE])


def _column(table: Table[R], sort: Sort) -> Column[R]:
    found = table.column(sort.column) or table.column(table.default_sort)
    return found if found is not None else table.columns[0]
