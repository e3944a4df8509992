"""The table of objects: any number of rows, of which only the visible ones are ever formatted."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from textual import events
from textual.timer import Timer

from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.keys import Key
from storagetui.ui.loading import is_loading
from storagetui.ui.messages import ColumnChosen
from storagetui.ui.slices import work_off, worked
from storagetui.ui.widgets.column_view import ColumnView, Heading
from storagetui.ui.widgets.paint import EMPTY, PLAIN, Line
from storagetui.ui.widgets.wrap import Paragraph, wrapped
from storagetui.view.column import Cell, Column, Table
from storagetui.view.lasting import Lasting
from storagetui.view.ordering import Ordering, Sort, Update
from storagetui.view.query import Query
from storagetui.view.text import fit

ASCENDING, DESCENDING = " ▲", " ▼"
_NAMESPACE = "ns"
"""The id of the column that says nothing while one namespace is looked at."""
_PATIENCE_S = 0.15
"""Seconds after which it is said that the rows asked for are still to come."""
_BEHIND = " looking… "


class _Look(NamedTuple):
    """What was asked for; None for what is to stay."""

    query: Query | None = None
    sort: Sort | None = None


class ObjectTable(ColumnView):
    """Rows of one kind. The cursor belongs to an object: it stays with its Key, and on its line of the screen."""

    def __init__(
        self, table: Table[Any], why_empty: Callable[[], Sequence[Paragraph]] = lambda: (), **options: Any
    ) -> None:
        """`why_empty` is asked what to say in place of rows when there are none."""
        super().__init__(**options)
        self.table = table
        self.ordering: Ordering[Any] = Ordering(table)
        self.formatted = 0
        """Cells formatted so far, for the tests of what a Frame costs."""
        self._why_empty = why_empty
        self._frame: Frame | None = None
        self._now: datetime | None = None
        self._is_loading = True
        """Whether rows are still coming in: no width is worth keeping, and a cursor that nobody moved stays first."""
        self._wanted: Key | None = None
        """The row that the user last went to; a filter that hides it and shows it again brings the cursor back."""
        self._cells: dict[Key, tuple[Cell, ...]] = {}
        """All cells of the visible rows at the present Frame."""
        self._lasting = Lasting()
        """Until when their ages stay as they are."""
        self._coming: tuple[Frame, datetime] | None = None
        """The Frame to show next."""
        self._asked: _Look | None = None
        """What was asked for and is not shown yet."""
        self._steps: Iterator[None] | None = None
        """The rest of the work on both, unless all of it is done."""
        self.when_looked: Callable[[], None] | None = None
        """Called when the rows that were asked for are shown, and when they are late."""
        self.is_behind = False
        """Whether the rows that were asked for are late: those from before are shown until they come."""
        self._waiting: Timer | None = None
        self._is_resting = False
        """Whether nobody looks at the table, so that it is to hold no Frame."""
        self._is_late = False
        """Whether the rows of the first Frame have still to be put in order: nobody knows yet whether there are any."""

    @property
    def key(self) -> Key | None:
        """The object of the cursor."""
        return self.ordering[self.cursor] if 0 <= self.cursor < len(self.ordering) else None

    @property
    def row_count(self) -> int:
        """How many rows are shown."""
        return len(self.ordering)

    @property
    def headings(self) -> Sequence[Heading]:
        """The table's columns."""
        return self.table.columns

    @property
    def sort(self) -> Sort:
        """The column that sorts, or was asked to, by its id, and which way."""
        asked = self._asked
        return self._named(asked.sort if asked is not None and asked.sort is not None else self.ordering.sort)

    def take(self, frame: Frame, now: datetime) -> None:
        """Show a Frame: at once, or a little later where thousands of rows are new."""
        self._coming = frame, now
        self._is_resting = False
        if self._frame is None and self.row_count:
            self._frame, self._now = frame, now  # after a rest: these cells in the old order until all is in order
        self._begin()
        if self._steps is not None:
            self._is_late = self._frame is None

    def rest(self) -> None:
        """Hold no Frame until the next one comes; rows, cursor, order and scroll position stay."""
        self._is_resting = True
        if self._steps is None:
            self._let_go()

    def _let_go(self) -> None:
        self._frame = None
        self._cells.clear()
        self.ordering.rest()

    def _begin(self) -> None:
        """Do what there is to do: at once, or in slices where that takes longer than a moment."""
        if self._steps is not None:
            return  # it is being done, and all that was asked for meanwhile with it
        self._steps = self._everything()
        if worked(self._steps):
            self._steps = None
        else:
            self.run_worker(self._go_on(), group="rows")

    async def _go_on(self) -> None:
        if self._steps is not None:
            await work_off(self._steps)
            self._steps = None

    def _everything(self) -> Iterator[None]:
        while self._coming is not None or self._asked is not None:
            yield from self._take_all()
            if self._asked is not None:
                yield from self._look(self._asked)
        if self._is_resting:
            self._let_go()

    def _take_all(self) -> Iterator[None]:
        while self._coming is not None:
            (frame, now), self._coming = self._coming, None
            steps = self.ordering.showing(frame)
            while True:
                key, line = self.key, self.cursor - self.top
                try:
                    next(steps)
                except StopIteration as ended:
                    self._show(frame, now, ended.value, key, line)
                    break
                yield

    def _look(self, asked: _Look) -> Iterator[None]:
        """Choose the rows that were asked for, unless others are by now; Frames are taken as ever."""
        steps = self.ordering.looking(*asked)
        while self._asked is asked:
            key, line = self.key, self.cursor - self.top
            try:
                next(steps)
            except StopIteration:
                self._asked = None
                self._show_asked(asked, key, line)
                return
            yield
            yield from self._take_all()

    def _show_asked(self, asked: _Look, before: Key | None, line: int) -> None:
        """The rows that were asked for are there; the cursor stood on that object, on that line of the screen."""
        if self._waiting is not None:
            self._waiting.stop()
        self.is_behind, self._waiting = False, None
        self._cells.clear()
        if asked.query is not None:
            self._needs.clear()
        position = self.ordering.position(self._wanted) if self._wanted is not None else None
        self.rows_changed(position or 0, max(0, min(line, self.page - 1)))
        if self.key != before:
            self.tell()
        if self.when_looked is not None:
            self.when_looked()

    def _say_behind(self) -> None:
        self._waiting = None
        if self._asked is not None:
            self.is_behind = True
            self.repaint()
            if self.when_looked is not None:
                self.when_looked()

    def _show(self, frame: Frame, now: datetime, update: Update, key: Key | None, line: int) -> None:
        """The rows of a Frame are there; the cursor stood on that object, on that line of the screen."""
        was_loading, self._is_late = self._is_loading, False
        if was_loading:
            self._is_loading = is_loading(frame, self.table.sources)
            self._needs.clear()
        self._frame, self._now = frame, now
        self._cells.clear()
        if was_loading and not self.is_moved:
            self._settle(None, 0)
        elif update.is_moved:
            self._settle(key, line)
        else:
            self.repaint()

    def tick(self, now: datetime) -> None:
        """Time has passed: format the ages of the visible rows again when one is due, and paint those that differ."""
        frame = self._frame
        self._now = now
        if frame is None or (self._cells and self._lasting.holds(now)):
            return
        self._lasting = Lasting()
        ages = [(number, column) for number, column in enumerate(self.table.columns) if column.is_age]
        is_other = not self._cells
        for key, cells in self._cells.items():
            record = self.table.find(frame, key)
            if record is not None:
                fresh = list(cells)
                with self._lasting.noting(now):
                    for number, column in ages:
                        fresh[number] = self._cell(column, record, frame, now)
                if fresh != list(cells):
                    self._cells[key], is_other = tuple(fresh), True
        if is_other:
            self.repaint()

    def look(self, query: Query | None = None, sort: Sort | None = None) -> None:
        """Show other rows, or in another order: at once, or a little later where there are thousands."""
        before = self._asked or _Look()
        self._asked = _Look(query if query is not None else before.query, sort if sort is not None else before.sort)
        self._begin()
        if self._asked is not None and self._waiting is None and not self.is_behind:
            self._waiting = self.set_timer(_PATIENCE_S, self._say_behind)

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
        """The ids of the columns that are shown, from the left."""
        return [heading.id for heading, _ in self._fit.columns] or [column.id for column in self.table.columns]

    def shown_texts(self, key: Key) -> list[tuple[str, str]]:
        """Titles and texts of all cells of a row, those that have no room included."""
        record = self.table.find(self._frame, key) if self._frame is not None else None
        if self._frame is None or record is None or self._now is None:
            return []
        cells = self.table.cells(record, self._frame, self._now)
        return [(column.title, cell.text) for column, cell in zip(self.table.columns, cells, strict=True)]

    def title_of(self, heading: Heading) -> str:
        """The title, with a mark at the column that sorts."""
        sort = self._named(self.ordering.sort)
        if heading.id != sort.column:
            return heading.title
        return heading.title + (DESCENDING if sort.is_reversed else ASCENDING)

    def header_line(self) -> Line:
        """The titles, and at the end that the rows are not yet those that were asked for, if they are late."""
        line = super().header_line()
        if not self.is_behind:
            return line
        titles = fit("".join(text for text, _ in line.spans), max(0, self.cells - len(_BEHIND)))
        return Line(((titles, PLAIN), (_BEHIND, "label")), line.base)

    def columns_left_out(self) -> frozenset[str]:
        """The namespace, while there is only one."""
        return frozenset((_NAMESPACE,)) if self.ordering.query.namespace else frozenset()

    def cells_of(self, row: int) -> tuple[Cell, ...]:
        """The cells of a row, formatted once for each Frame."""
        key = self.ordering[row]
        cells = self._cells.get(key)
        if cells is None:
            frame, now = self._frame, self._now
            record = self.table.find(frame, key) if frame is not None else None
            if frame is None or now is None or record is None:
                return tuple(Cell("") for _ in self.table.columns)
            with self._lasting.noting(now):
                cells = tuple(self._cell(column, record, frame, now) for column in self.table.columns)
            if len(self._cells) > 2 * self.page:
                self._cells.clear()
            self._cells[key] = cells
        return cells

    def empty_lines(self) -> list[Line]:
        """Why there are no rows."""
        if self._is_late:
            return []
        return [EMPTY, *(Line(((" ", "plain"), *line.spans)) for line in wrapped(self._why_empty(), self.cells - 2))]

    def on_click(self, event: events.Click) -> None:
        """A click on a title sorts by its column."""
        left = 1
        for heading, room in self._fit.columns:
            left += room + self._gap
            if event.y == 0 and event.x < left:
                self.post_message(ColumnChosen(heading.id))
                return

    def _named(self, sort: Sort) -> Sort:
        return Sort(sort.column or self.table.default_sort, sort.is_reversed)

    def _settle(self, key: Key | None, line: int) -> None:
        """Rows have moved: the cursor goes where its object is now, or stays where it was when that is gone.

        Without an object it goes to the first row.
        """
        position = self.ordering.position(key) if key is not None else 0
        self.rows_changed(self.cursor if position is None else position, line)
        if self.key != key:
            self._wanted = self.key or key
            self.tell()

    def _cell(self, column: Column[Any], record: Record, frame: Frame, now: datetime) -> Cell:
        self.formatted += 1
        return column.cell(record, frame, now)
