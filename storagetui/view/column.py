"""What a table is: columns that are data, and cells that are pure functions of a record and a Frame."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.keys import Key, Kind

R = TypeVar("R", bound=Record)

Sortable = Any
"""A value of one type, or tuple of types, for all rows of a column; compared with `<`, never formatted text."""
Touched = Callable[[frozenset[Key], Frame, Frame], set[Key]]
"""(changed keys, Frame before, Frame now) -> rows that may look or sort otherwise than before."""

WIDE = 120
"""Columns of a terminal from which wide tables are shown."""
NONE = "–"
"""Known to be nothing."""
UNKNOWN = "?"
"""Not known: never to be mistaken for zero."""


class Tone(StrEnum):
    """How a text is meant; the words say it too, so that nothing rests on color alone."""

    PLAIN = "plain"
    OK = "ok"
    NOTE = "note"
    """Worth a look, no trouble."""
    WARN = "warn"
    ERROR = "error"
    DIM = "dim"
    """Present, but not what one looks for."""


class Cell(NamedTuple):
    """One printable line of text, already clean, of any length."""

    text: str
    tone: Tone = Tone.PLAIN


class Column(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """One column of a table of R."""

    id: str
    """Stable; also the field's name in the filter language."""
    title: str
    width: int
    """Preferred width in cells."""
    minimum: int
    """Width below which the column is of no use."""
    priority: int
    """0 is never left out; where there is no room the highest number goes first."""
    cell: Callable[[R, Frame, datetime], Cell]
    """(record, Frame, now) -> text; `now` may be later than the Frame's own time."""
    sort: Callable[[R, Frame], Sortable]
    is_right: bool = False
    """Whether it is aligned to the right."""
    is_wide: bool = False
    """Whether it is shown from 120 columns on only."""
    is_age: bool = False
    """Whether its text depends on `now`; such text is not searched by plain words of a filter."""
    grows: bool = False
    """Whether it takes the width that is left over."""
    sorts_alone: bool = False
    """Whether the sort value depends on the record alone, whatever else becomes known or changes."""


class Table(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """One kind of object as rows."""

    id: str
    """Stable; the screen's name on the command line."""
    title: str
    noun: str
    """What several rows are called."""
    record: type[R]
    columns: tuple[Column[R], ...]
    default_sort: str
    """A column's id."""
    sources: tuple[Kind, ...]
    """The kinds that the cells are made from, the rows' own first."""
    touched: Touched
    is_row: Callable[[R], bool] | None = None
    """Which objects of the kind are rows; None for all of them."""
    namespace: Callable[[R, Frame], str] = lambda record, _: record.namespace
    """The namespace that a row belongs to, also where its own kind has none; empty when it belongs to none."""

    @property
    def kind(self) -> Kind:
        """The kind of the rows' objects."""
        return self.record.kind

    def rows(self, frame: Frame) -> Mapping[Key, R]:
        """All rows, in no order."""
        every, is_row = frame.cluster.all(self.record), self.is_row
        return every if is_row is None else {key: record for key, record in every.items() if is_row(record)}

    def find(self, frame: Frame, key: Key) -> R | None:
        """The row of a key, if there is one."""
        if key.kind != self.record.kind:
            return None
        record = frame.cluster.get(self.record, key.namespace, key.name)
        return record if record is None or self.is_row is None or self.is_row(record) else None

    def column(self, id_: str) -> Column[R] | None:
        """The column of that id."""
        return next((column for column in self.columns if column.id == id_), None)

    def cells(self, record: R, frame: Frame, now: datetime) -> tuple[Cell, ...]:
        """All cells of a row, in the order of the columns."""
        return tuple(column.cell(record, frame, now) for column in self.columns)


class Layout(Protocol):
    """What the choice of widths looks at."""

    @property
    def id(self) -> str:
        """Stable name."""

    @property
    def title(self) -> str:
        """What stands over it."""

    @property
    def width(self) -> int:
        """Preferred width in cells."""

    @property
    def minimum(self) -> int:
        """Width below which it is of no use."""

    @property
    def priority(self) -> int:
        """0 is never left out."""

    @property
    def is_wide(self) -> bool:
        """Whether it is shown from 120 columns on only."""

    @property
    def grows(self) -> bool:
        """Whether it takes the width that is left over."""


L = TypeVar("L", bound=Layout)


class Fit(NamedTuple, Generic[L]):
    """The columns that have room, with their widths in cells, and the titles of those that have not."""

    columns: tuple[tuple[L, int], ...]
    hidden: tuple[str, ...]


def fit_columns(
    table: Table[R],
    width: int,
    *,
    gap: int = 1,
    without: frozenset[str] = frozenset(),
    needs: Mapping[str, int] | None = None,
) -> Fit[Column[R]]:
    """Choose a table's columns and their widths; see `fit_layout`."""
    return fit_layout(table.columns, width, gap=gap, without=without, needs=needs)


def fit_layout(
    columns: Sequence[L],
    width: int,
    *,
    gap: int = 1,
    without: frozenset[str] = frozenset(),
    needs: Mapping[str, int] | None = None,
) -> Fit[L]:
    """Choose columns and widths for a terminal width, with `gap` cells between columns.

    Columns whose id is in `without` are not shown, and are not counted as hidden. Of the others columns go, highest
    priority number first, until all have their minimum; what is left over takes them to their preferred widths, most
    important first, and the rest goes to the column that grows. `needs` says how wide the longest text of a column is,
    of those texts that are on screen: no column gets more than it needs before every other has what it needs.
    """
    offered = [column for column in columns if column.id not in without]
    shown = [column for column in offered if width >= WIDE or not column.is_wide]
    limits = {column.id: _limits(column, needs) for column in offered}
    while len(shown) > 1 and sum(limits[column.id].minimum + gap for column in shown) - gap > width:
        worst = max(shown, key=lambda column: column.priority)
        if worst.priority == 0:
            break
        shown.remove(worst)
    widths = {column.id: limits[column.id].minimum for column in shown}
    spare = max(0, width - sum(widths.values()) - gap * (len(shown) - 1))
    by_weight = sorted(shown, key=lambda column: column.priority)
    for goal in ("preferred", "needed"):
        for column in by_weight:
            more = max(0, min(spare, getattr(limits[column.id], goal) - widths[column.id]))
            widths[column.id] += more
            spare -= more
    growing = next((column for column in shown if column.grows), None)
    if growing is not None:
        widths[growing.id] += spare
    hidden = tuple(column.title for column in offered if column not in shown)
    return Fit(tuple((column, widths[column.id]) for column in shown), hidden)


class _Limits(NamedTuple):
    minimum: int
    preferred: int
    needed: int


def _limits(column: Layout, needs: Mapping[str, int] | None) -> _Limits:
    """Without knowledge of the texts all columns want their preferred width; with it no more than they need."""
    if needs is None:
        return _Limits(column.minimum, column.width, column.width)
    needed = max(needs.get(column.id, 0), len(column.title))
    minimum = min(column.minimum, needed)
    return _Limits(minimum, max(minimum, min(column.width, needed)), needed)
