"""Rows made of cells under titles: which columns have room, and the lines they give."""

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

from storagetui.ui.widgets.paint import HEADER, PLAIN, Line
from storagetui.ui.widgets.row_view import RowView
from storagetui.view.column import Cell, Fit, Layout, fit_layout
from storagetui.view.text import fit, width

_ROOMY = 100
"""Width from which two cells stand between columns."""
_SIGN = 3
"""Cells for the sign that says how many columns have no room: a space and `+4`, or `+12`."""


_LIGHT = 5
"""Priority from which a column goes rather than that a name is cut."""
_TELLING = 26
"""Cells that tell most names apart."""


class Heading(Layout, Protocol):
    """What is shown of a column."""

    @property
    def is_right(self) -> bool:
        """Whether it is aligned to the right."""


class _Everywhere:
    """A column that is offered at any width."""

    is_wide = False

    def __init__(self, heading: Heading) -> None:
        self.id = heading.id
        self.title = heading.title
        self.width = heading.width
        self.minimum = heading.minimum
        self.priority = heading.priority
        self.grows = heading.grows
        self.is_right = heading.is_right


class ColumnView(RowView):
    """The base of tables: columns get the width that the visible texts need, and fold away where there is no room."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._fit: Fit[Heading] = Fit((), ())
        self._gap = 1
        self._needs: dict[str, int] = {}
        """The width of the longest text seen in each column at this size of the terminal and with these rows."""
        self._numbers: list[int] = []
        """For each column that has room its number among all."""

    @property
    @abstractmethod
    def headings(self) -> Sequence[Heading]:
        """All columns."""

    @abstractmethod
    def cells_of(self, row: int) -> tuple[Cell, ...]:
        """The cells of a row, for all columns; a single one is shown over the whole width."""

    def title_of(self, heading: Heading) -> str:
        """What stands over a column."""
        return heading.title

    def columns_left_out(self) -> frozenset[str]:
        """Ids of columns that say nothing at present."""
        return frozenset()

    def style_of(self, number: int, tone: str, base: str) -> str:
        """The style of the cell of a column by its number, on a line of that base."""
        return tone

    def prepare(self) -> None:
        """Format the visible rows, and choose the columns that have room; none shrinks while one looks."""
        headings = self.headings
        for row in range(self.top, min(self.top + self.page, self.row_count)):
            cells = self.cells_of(row)
            if len(cells) == len(headings):
                for heading, cell in zip(headings, cells, strict=True):
                    self._needs[heading.id] = max(self._needs.get(heading.id, 0), width(cell.text))
        self._fit = self._fitting(headings)
        numbers = {one.id: number for number, one in enumerate(headings)}
        self._numbers = [numbers[one.id] for one, _ in self._fit.columns]

    @property
    def header_height(self) -> int:
        """The titles, once it is known what they are."""
        return 1 if self.headings else 0

    def header_line(self) -> Line:
        """The titles, and at the end how many columns have no room."""
        spans = [(" ", PLAIN)]
        for position, (heading, room) in enumerate(self._fit.columns):
            spans.append((self._between(position) + fit(self.title_of(heading), room, heading.is_right), PLAIN))
        if self._fit.hidden:
            used = sum(width(text) for text, _ in spans)
            spans.append((f"+{len(self._fit.hidden)}".rjust(max(0, self.cells - used - 1)), "label"))
        return Line(tuple(spans), HEADER)

    def row_line(self, row: int, base: str, mark: str) -> Line:
        """The cells of a row."""
        cells = self.cells_of(row)
        if len(cells) != len(self.headings):
            return Line(((mark, PLAIN), *cells[:1]), base)
        spans: list[tuple[str, str]] = [(mark, PLAIN)]
        for position, (number, (heading, room)) in enumerate(zip(self._numbers, self._fit.columns, strict=True)):
            text, tone = cells[number]
            if position:
                spans.append((self._between(position), PLAIN))
            spans.append((fit(text, room, heading.is_right), self.style_of(number, tone, base)))
        return Line(tuple(spans), base)

    def on_resize(self) -> None:
        """Another width: the columns are chosen anew."""
        self._needs.clear()

    def _fitting(self, headings: Sequence[Heading]) -> Fit[Heading]:
        """The columns that have room: also those for wide terminals, as long as none of the others loses by it."""
        needs = {one.id: max(self._needs.get(one.id, 0), len(self.title_of(one))) for one in headings}
        self._gap = 2 if self.cells >= _ROOMY else 1
        fitting = partial(self._fit_within, needs=needs)
        lean = fitting(headings)
        every = fitting([_Everywhere(one) for one in headings])
        given = {one.id: room for one, room in every.columns}
        is_generous = all(given.get(one.id, 0) >= min(one.width, needs[one.id], room) for one, room in lean.columns)
        return every if is_generous else lean

    def _fit_within(self, headings: Sequence[Heading], needs: dict[str, int]) -> Fit[Heading]:
        """The columns that have room; what is of little weight goes before names are cut to what tells no one apart."""
        room, without = self.cells - 2, self.columns_left_out()
        dropped: list[Heading] = []
        while True:
            out = without | {one.id for one in dropped}
            sign = _SIGN if dropped else 0
            made = fit_layout(headings, room - sign, gap=self._gap, without=out, needs=needs)
            if made.hidden and not sign:
                made = fit_layout(headings, room - _SIGN, gap=self._gap, without=out, needs=needs)
            light = [one for one, _ in made.columns if one.priority >= _LIGHT]
            if not light or not any(_is_cut(one, given, needs) for one, given in made.columns):
                return Fit(made.columns, (*made.hidden, *(one.title for one in dropped)))
            dropped.append(max(light, key=lambda one: one.priority))

    def _between(self, position: int) -> str:
        return " " * self._gap if position else ""


def _is_cut(heading: Heading, given: int, needs: dict[str, int]) -> bool:
    """Whether a column that says which object it is has less room than tells objects apart."""
    return heading.priority <= 1 and given < min(needs[heading.id], heading.width, _TELLING)
