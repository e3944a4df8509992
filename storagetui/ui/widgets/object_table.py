"""The table of objects: any number of rows, of which only the visible ones are ever formatted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from textual import events

from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.keys import Key
from storagetui.ui.messages import ColumnChosen
from storagetui.ui.widgets.paint import EMPTY, HEADER, PLAIN, Line
from storagetui.ui.widgets.row_view import RowView
from storagetui.ui.widgets.wrap import Paragraph, wrapped
from storagetui.view.column import Cell, Column, Fit, Table, fit_columns
from storagetui.view.ordering import Ordering, Sort
from storagetui.view.query import Query
from storagetui.view.text import fit, width

ASCENDING, DESCENDING = " ▲", " ▼"
_ROOMY = 100
"""Width from which two cells stand between columns."""
_SIGN = 3
"""Cells for the sign that says how many columns have no room: a space and `+4`, or `+12`."""


class ObjectTable(RowView):
    """Rows of one kind. The cursor belongs to an object: it stays with its Key, and on its line of the screen."""

    def __init__(self, table: Table[Any], **options: Any) -> None:
        super().__init__(**options)
        self.table = table
        self.ordering: Ordering[Any] = Ordering(table)
        self.formatted = 0
        """Cells formatted so far, for the tests of what a Frame costs."""
        self._frame: Frame | None = None
        self._now: datetime | None = None
        self._wanted: Key | None = None
        """The row that the user last went to; a filter that hides it and shows it again brings the cursor back."""
        self._fit: Fit[Any] = Fit((), ())
        self._gap = 1
        self._cells: dict[Key, tuple[Cell, ...]] = {}
        """The cells of the visible rows at the present Frame."""
        self._why_empty: tuple[Paragraph, ...] = ()

    @property
    def key(self) -> Key | None:
        """The object of the cursor."""
        return self.ordering[self.cursor] if 0 <= self.cursor < len(self.ordering) else None

    @property
    def row_count(self) -> int:
        """How many rows are shown."""
        return len(self.ordering)

    def take(self, frame: Frame, now: datetime, why_empty: Sequence[Paragraph] = ()) -> None:
        """Show a Frame; `why_empty` is said in place of rows when there are none."""
        key, line = self.key, self.cursor - self.top
        self._frame, self._now = frame, now
        self._cells.clear()
        self._why_empty = tuple(why_empty)
        update = self.ordering.show(frame)
        if update.is_moved:
            self._settle(key, line)
        else:
            self.repaint()

    def tick(self, now: datetime) -> None:
        """Time has passed: format the ages of the visible rows again, and paint those that read otherwise."""
        frame = self._frame
        self._now = now
        ages = [number for number, (column, _) in enumerate(self._fit.columns) if column.is_age]
        if frame is None or not ages:
            return
        for key, cells in self._cells.items():
            record = self.table.find(frame, key)
            if record is not None:
                fresh = list(cells)
                for number in ages:
                    fresh[number] = self._cell(self._fit.columns[number][0], record, frame, now)
                self._cells[key] = tuple(fresh)
        self.repaint()

    def look(self, query: Query | None = None, sort: Sort | None = None, why_empty: Sequence[Paragraph] = ()) -> None:
        """Show other rows, or in another order."""
        before, wanted, line = self.key, self._wanted, self.cursor - self.top
        self._why_empty = tuple(why_empty)
        self._cells.clear()
        self.ordering.look(query, sort)
        position = self.ordering.position(wanted) if wanted is not None else None
        self.rows_changed(position or 0, line)
        if self.key != before:
            self.tell()

    def go_to(self, key: Key) -> bool:
        """Put the cursor on an object; False when it is not shown."""
        position = self.ordering.position(key)
        if position is None:
            return False
        self.move_to(position)
        return True

    def move_to(self, row: int) -> None:
        """The user goes to a row."""
        super().move_to(row)
        self._wanted = self.key or self._wanted

    def sort_columns(self) -> list[str]:
        """The ids of the columns that are shown and can be sorted by, from the left."""
        return [column.id for column, _ in self._fit.columns] or [column.id for column in self.table.columns]

    def shown_texts(self, key: Key) -> list[tuple[str, str]]:
        """Titles and texts of all cells of a row, those that have no room included."""
        record = self.table.find(self._frame, key) if self._frame is not None else None
        if self._frame is None or record is None or self._now is None:
            return []
        cells = self.table.cells(record, self._frame, self._now)
        return [(column.title, cell.text) for column, cell in zip(self.table.columns, cells, strict=True)]

    def prepare(self) -> None:
        """Choose the columns that have room."""
        cells = self.cells - 1
        gap = 2 if cells >= _ROOMY else 1
        chosen = fit_columns(self.table, cells, gap=gap)
        if chosen.hidden:
            chosen = fit_columns(self.table, cells - _SIGN, gap=gap)
        if chosen != self._fit or gap != self._gap:
            self._fit, self._gap = chosen, gap
            self._cells.clear()

    def header_line(self) -> Line:
        """The titles, with a mark at the one that sorts and the number of columns left out at the end."""
        spans = [(NO_TITLE, PLAIN)]
        for number, (column, cells) in enumerate(self._fit.columns):
            spans.append((self._between(number) + fit(self._title(column, cells), cells, column.is_right), PLAIN))
        if self._fit.hidden:
            used = sum(width(text) for text, _ in spans)
            spans.append((f"+{len(self._fit.hidden)}".rjust(max(0, self.cells - used)), "label"))
        return Line(tuple(spans), HEADER)

    def row_line(self, row: int, base: str, mark: str) -> Line:
        """The cells of a row."""
        cells = self._cells_of(self.ordering[row])
        spans: list[tuple[str, str]] = [(mark, PLAIN)]
        for number, ((column, room), cell) in enumerate(zip(self._fit.columns, cells, strict=True)):
            spans.append((self._between(number) + fit(cell.text, room, column.is_right), cell.tone))
        return Line(tuple(spans), base)

    def empty_lines(self) -> list[Line]:
        """Why there are no rows."""
        return [EMPTY, *wrapped(self._why_empty, self.cells - 2)]

    def on_click(self, event: events.Click) -> None:
        """A click on a title sorts by its column, one on a row moves the cursor."""
        if event.y:
            super().on_click(event)
            return
        left = 1
        for column, cells in self._fit.columns:
            left += cells + self._gap
            if event.x < left:
                self.post_message(ColumnChosen(column.id))
                return

    def _settle(self, key: Key | None, line: int) -> None:
        """Rows have moved: the cursor goes where its object is now, or stays where it was when that is gone."""
        position = self.ordering.position(key) if key is not None else None
        if position is None:
            position = self.cursor
        self.rows_changed(position, line)
        if self.key != key:
            self._wanted = self.key or key
            self.tell()

    def _cells_of(self, key: Key) -> tuple[Cell, ...]:
        cells = self._cells.get(key)
        if cells is None:
            frame, now = self._frame, self._now
            record = self.table.find(frame, key) if frame is not None else None
            if frame is None or now is None or record is None:
                return tuple(Cell("") for _ in self._fit.columns)
            cells = tuple(self._cell(column, record, frame, now) for column, _ in self._fit.columns)
            if len(self._cells) > 4 * max(self.height, 1):
                self._cells.clear()
            self._cells[key] = cells
        return cells

    def _cell(self, column: Column[Any], record: Record, frame: Frame, now: datetime) -> Cell:
        self.formatted += 1
        return column.cell(record, frame, now)

    def _between(self, number: int) -> str:
        return " " * self._gap if number else ""

    def _title(self, column: Column[Any], cells: int) -> str:
        sort = self.ordering.sort
        if column.id != (sort.column or self.table.default_sort):
            return column.title
        mark = DESCENDING if sort.is_reversed else ASCENDING
        return fit(column.title, max(0, min(len(column.title), cells - 2))) + mark


NO_TITLE = " "
