"""Tables whose rows come from a function: findings, and the matrix of a set."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

from storagetui.model.keys import Key
from storagetui.ui import keys
from storagetui.ui.widgets.column_view import ColumnView, Heading
from storagetui.ui.widgets.paint import CELL, CURSOR, Line
from storagetui.ui.widgets.wrap import Paragraph, wrapped
from storagetui.view.column import Cell


class CellRow(NamedTuple):
    """One row: its cells, one for each column or a single title, and the object behind each, if there is one."""

    cells: tuple[Cell, ...]
    keys: tuple[Key | None, ...]


class CellTable(ColumnView):
    """Rows by number, asked for when they are visible; the cursor stays with the row's identity."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._columns: Sequence[Heading] = ()
        self._identities: Sequence[Hashable] = ()
        self._make: Callable[[int], CellRow] = _blank
        self._said: tuple[Paragraph, ...] = ()
        self._rows: dict[int, CellRow] = {}
        self._without: frozenset[str] = frozenset()

    def show(
        self,
        columns: Sequence[Heading],
        identities: Sequence[Hashable],
        make: Callable[[int], CellRow],
        said: Sequence[Paragraph] = (),
        *,
        is_other: bool = False,
        without: frozenset[str] = frozenset(),
    ) -> None:
        """Show these rows; `make` is asked for the visible ones alone, `said` stands in place of rows when none are.

        `is_other` says that another subject begins: the cursor goes to its first row. Columns whose id is in `without`
        are not shown.
        """
        kept, line = self.identity, self.cursor - self.top
        if is_other or [one.id for one in columns] != [one.id for one in self._columns]:
            self._needs.clear()
        is_moved = is_other or identities != self._identities
        self._columns, self._identities, self._make, self._said = columns, identities, make, tuple(said)
        self._without = without
        self._rows.clear()
        if not is_moved:
            self.repaint()
            return
        if is_other:
            self.rows_changed(0, 0)
        else:
            self.rows_changed(_position(identities, kept, self.cursor), line)
        if self.identity != kept:
            self.tell()

    def rest(self) -> None:
        """Hold nothing that the rows are made from until they are shown anew; cursor and scroll position stay."""
        self._make = _blank
        self._rows.clear()

    @property
    def identity(self) -> Hashable | None:
        """What the row of the cursor is, among all rows there will ever be."""
        return self._identities[self.cursor] if 0 <= self.cursor < len(self._identities) else None

    @property
    def row_count(self) -> int:
        """How many rows there are, titles included."""
        return len(self._identities)

    @property
    def headings(self) -> Sequence[Heading]:
        """The columns."""
        return self._columns

    @property
    def key(self) -> Key | None:
        """The first object of the cursor's row."""
        if self.identity is None:
            return None
        return next((key for key in self._row_at(self.cursor).keys if key is not None), None)

    @property
    def texts(self) -> list[str]:
        """Titles and texts of the cursor's row, a line each."""
        if self.identity is None:
            return []
        cells = self._row_at(self.cursor).cells
        if len(cells) != len(self._columns):
            return [cell.text for cell in cells]
        return [f"{column.title}: {cell.text}" for column, cell in zip(self._columns, cells, strict=True)]

    def columns_left_out(self) -> frozenset[str]:
        """Those that whoever shows the rows does not want now."""
        return self._without

    def cells_of(self, row: int) -> tuple[Cell, ...]:
        """The cells of a row."""
        return self._row_at(row).cells

    def empty_lines(self) -> list[Line]:
        """What is said in place of rows."""
        return [Line(((" ", "plain"), *line.spans)) for line in wrapped(self._said, self.cells - 2)]

    def _row_at(self, number: int) -> CellRow:
        row = self._rows.get(number)
        if row is None:
            if len(self._rows) > 2 * self.page:
                self._rows.clear()
            row = self._rows[number] = self._make(number)
        return row


class MatrixTable(CellTable):
    """A table with a cursor that also moves from cell to cell, behind each of which stands an object of its own."""

    BINDINGS = keys.bindings(keys.CELLS)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._cell = 0
        """The number of the cursor's cell among all columns."""

    @property
    def key(self) -> Key | None:
        """The object of the cursor's cell, or the first one of its row."""
        if self.identity is None:
            return None
        row = self._row_at(self.cursor)
        chosen = self._chosen
        return (row.keys[chosen] if chosen < len(row.keys) else None) or super().key

    def style_of(self, number: int, tone: str, base: str) -> str:
        """The cell of the cursor stands out while the matrix has the keys."""
        return CELL if base == CURSOR and number == self._chosen else tone

    def action_move_cell(self, cells: int) -> None:
        """Move the cursor to another cell of its row."""
        if not self._numbers:
            return
        position = self._numbers.index(self._chosen) + cells
        self._cell = self._numbers[max(0, min(position, len(self._numbers) - 1))]
        self.repaint()
        self.tell()

    @property
    def _chosen(self) -> int:
        """The number of the cursor's column, or of the nearest one to the left that is shown."""
        return max((number for number in self._numbers if number <= self._cell), default=0)


def _blank(_number: int) -> CellRow:
    return CellRow((), ())


def _position(identities: Sequence[Hashable], kept: Hashable | None, otherwise: int) -> int:
    """Where an identity is now, or where the cursor was."""
    if kept is not None:
        for position, identity in enumerate(identities):
            if identity == kept:
                return position
    return otherwise
