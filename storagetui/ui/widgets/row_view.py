"""Rows with a cursor, under a header that does not scroll."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from textual import events

from storagetui.ui import keys
from storagetui.ui.messages import CursorMoved, RowChosen
from storagetui.ui.widgets import paint
from storagetui.ui.widgets.line_view import LineView
from storagetui.ui.widgets.paint import EMPTY, Line

CURSOR_MARK, NO_MARK = "▌", " "


class RowView(LineView):
    """The base of tables and lists: a cursor that stays in view, and stays on its line of the screen when rows move.

    `when_moved` is called as soon as the cursor stands elsewhere, so that what depends on it is painted with it.
    """

    BINDINGS = keys.bindings(keys.ROWS)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.cursor = 0
        """The number of the cursor's row."""
        self.is_moved = False
        """Whether the user has ever moved the cursor."""
        self.when_moved: Callable[[], None] | None = None

    @property
    @abstractmethod
    def row_count(self) -> int:
        """How many rows there are."""

    @abstractmethod
    def row_line(self, row: int, base: str, mark: str) -> Line:
        """The line of a row; it begins with the mark, and its style stands upon `base`."""

    def header_line(self) -> Line:
        """The line over the rows, where there is one."""
        return EMPTY

    def empty_lines(self) -> list[Line]:
        """What is said when there are no rows."""
        return []

    @property
    def header_height(self) -> int:
        """1 with a header, else 0."""
        return 0

    @property
    def page(self) -> int:
        """How many rows are visible at once."""
        return max(1, self.height - self.header_height)

    @property
    def top(self) -> int:
        """The number of the first visible row."""
        return round(self.scroll_y)

    def line_at(self, y: int) -> Line:
        """The header, a row, or what is said instead of rows."""
        if self.header_height:
            if y == 0:
                return self.header_line()
            y -= 1
        row = self.top + y
        if row < self.row_count:
            is_cursor = row == self.cursor
            base = (paint.CURSOR if self.has_focus else paint.RESTING) if is_cursor else paint.PLAIN
            return self.row_line(row, base, CURSOR_MARK if is_cursor else NO_MARK)
        if self.row_count == 0:
            said = self.empty_lines()
            return said[y] if y < len(said) else EMPTY
        return EMPTY

    def rows_changed(self, cursor: int, line: int) -> None:
        """The rows are other ones now: the cursor stands on row `cursor`, `line` lines below the top of the view.

        With a line that is not visible the view stays where it is: somebody has scrolled away to look at other rows.
        Whether that is another object only the subclass knows, so that `when_moved` is left to it.
        """
        self.set_lines(self.row_count + self.header_height)
        self.cursor = max(0, min(cursor, self.row_count - 1))
        if not self.height:
            return
        lowest = max(0, self.row_count - self.page)
        top = self.cursor - line if 0 <= line < self.page else self.top
        self._scroll_to_row(max(0, min(top, lowest)))
        self.repaint()

    def on_resize(self) -> None:
        """Another height: the cursor stays in view."""
        if self.height and not self.top <= self.cursor < self.top + self.page:
            self._scroll_to_row(max(0, min(self.cursor - self.page // 2, self.row_count - self.page)))

    def tell(self) -> None:
        """The cursor stands on something else."""
        if self.when_moved is not None:
            self.when_moved()
        self.post_message(CursorMoved())

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, or the nearest there is, and scroll as little as brings it into view."""
        row = max(0, min(row, self.row_count - 1))
        self.is_moved = True
        if row == self.cursor:
            return
        self.cursor = row
        if row < self.top:
            self._scroll_to_row(row)
        elif row >= self.top + self.page:
            self._scroll_to_row(row - self.page + 1)
        self.repaint()
        self.tell()

    def action_move(self, rows: int) -> None:
        """Move the cursor down, or up when negative."""
        self.move_to(self.cursor + rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by what is visible, less a line."""
        self.move_to(self.cursor + pages * max(1, self.page - 1))

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self.move_to(0)

    def action_last(self) -> None:
        """Move the cursor to the last row."""
        self.move_to(self.row_count - 1)

    def action_choose(self) -> None:
        """Choose the row of the cursor."""
        if self.row_count:
            self.post_message(RowChosen(self))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; a second one on the same row chooses it."""
        row = self.top + event.y - self.header_height
        if not 0 <= row < self.row_count or event.y < self.header_height:
            return
        if event.chain == 2:
            self.action_choose()
        else:
            self.move_to(row)

    def _scroll_to_row(self, row: int) -> None:
        if row != self.top:
            self.scroll_to(y=row, animate=False, force=True)
