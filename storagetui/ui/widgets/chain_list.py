"""The chain of an object as a list of which each link can be opened."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from storagetui.model.keys import Key
from storagetui.ui import keys
from storagetui.ui.widgets.paint import PLAIN, Line
from storagetui.ui.widgets.row_view import RowView
from storagetui.view.chain import Chain, Link

_ARROW, _FIRST = "▸ ", "  "


class _Row(NamedTuple):
    link: Link | None
    """None for the gap between two chains."""
    depth: int


class ChainList(RowView):
    """One link a row, chains one under the other; the cursor begins on the object itself."""

    BINDINGS = keys.bindings(keys.ROWS)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._rows: tuple[_Row, ...] = ()

    def show(self, chains: Sequence[Chain]) -> None:
        """Show these chains; the cursor stays on its link once the user has moved it."""
        rows: list[_Row] = []
        for chain in chains:
            if rows:
                rows.append(_Row(None, 0))
            rows += [_Row(link, number) for number, link in enumerate(chain)]
        if tuple(rows) == self._rows:
            return
        at = self._rows[self.cursor] if self.cursor < len(self._rows) else None
        self._rows = tuple(rows)
        cursor = self._focus_row() if not self.is_moved else self._same_row(at)
        self.rows_changed(cursor, self.cursor - self.top if self.is_moved else cursor)

    @property
    def key(self) -> Key | None:
        """The object of the cursor's link, if there is one."""
        row = self._rows[self.cursor] if self.cursor < len(self._rows) else None
        return row.link.key if row is not None and row.link is not None else None

    @property
    def row_count(self) -> int:
        """How many rows there are, gaps included."""
        return len(self._rows)

    @property
    def source(self) -> str:
        """All links, to be copied."""
        links = [row.link for row in self._rows]
        return "\n".join(f"{link.text} {link.state}".rstrip() if link is not None else "" for link in links)

    def move_to(self, row: int) -> None:
        """Gaps are passed over."""
        step = 1 if row > self.cursor else -1
        while 0 <= row < len(self._rows) and self._rows[row].link is None:
            row += step
        super().move_to(row)

    def row_line(self, row: int, base: str, mark: str) -> Line:
        """A link, its state, and whether it is the object itself."""
        link, depth = self._rows[row]
        if link is None:
            return Line(((mark, PLAIN),), base)
        spans = [
            (mark, PLAIN),
            (_ARROW if depth else _FIRST, "dim"),
            (link.text, PLAIN if link.key is not None else "dim"),
            (f"  {link.state}" if link.state else "", link.tone),
            ("  ◂ this" if link.is_focus else "", "title"),
        ]
        return Line(tuple(span for span in spans if span[0]), base)

    def empty_lines(self) -> list[Line]:
        """That nothing hangs together with the object."""
        return [Line(((" Nothing is known to be linked to it.", "dim"),))]

    def _focus_row(self) -> int:
        focused = [number for number, row in enumerate(self._rows) if row.link is not None and row.link.is_focus]
        return focused[0] if focused else 0

    def _same_row(self, before: _Row | None) -> int:
        if before is not None and before.link is not None:
            for number, row in enumerate(self._rows):
                if row.link is not None and (row.link.key, row.link.text) == (before.link.key, before.link.text):
                    return number
        return self.cursor
