"""Claims, volumes, pods, attachments: a table, and beside it what is known of the row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from storagetui.frame import Frame
from storagetui.model.keys import Key, Kind
from storagetui.ui.emptiness import CONNECTING, why_empty
from storagetui.ui.outlook import Outlook
from storagetui.ui.paragraphs import event_paragraphs, heading, section_paragraphs, uid_of
from storagetui.ui.screens.page import Page
from storagetui.ui.widgets.bar import Bar, Item
from storagetui.ui.widgets.line_pane import LinePane
from storagetui.ui.widgets.object_table import ObjectTable
from storagetui.ui.widgets.wrap import BLANK, Paragraph
from storagetui.view.column import Table
from storagetui.view.detail import describe, title
from storagetui.view.events import event_lines
from storagetui.view.format import counted, number
from storagetui.view.lasting import Lasting
from storagetui.view.ordering import Sort
from storagetui.view.query import parse
from storagetui.view.text import clean

_EVENTS = 20
"""Events in the pane; the object's own screen has all of them."""


class TablePage(Page):
    """A table of one kind with a pane for the object of the cursor."""

    KEYS: ClassVar[Sequence[str]] = (
        "rows.open",
        "browse.filter",
        "app.namespace",
        "browse.sort",
        "app.palette",
        "app.quit",
        "browse.pane",
        "browse.copy",
        "browse.feeds",
    )

    def __init__(self, name: str, outlook: Outlook, table: Table[Any]) -> None:
        super().__init__(name, outlook)
        self.table = table
        self._described: Key | None = None
        self._lasting = Lasting()
        """Until when the pane stays as it is."""
        self._problem = ""
        """What is wrong with the filter."""

    def compose(self) -> ComposeResult:
        """The table and the pane."""
        with Horizontal(classes="split"):
            yield self.make_rows()
            with Vertical(classes="pane"):
                yield Bar(base="header", classes="pane-title")
                yield LinePane(classes="pane-text")

    def make_rows(self) -> ObjectTable:
        """The table, yet to be mounted."""
        return ObjectTable(self.table, self._why_empty, id=f"{self.table.id}-table")

    def on_mount(self) -> None:
        """The pane follows the cursor within the same paint."""
        for rows in self.query(ObjectTable):  # none when the program has ended while the page was made
            rows.when_moved = self.show_subject
            rows.look(parse("", self.table, self.outlook.namespace))
            rows.when_looked = self._looked

    @property
    def rows(self) -> ObjectTable:
        """The table."""
        return self.query_one(ObjectTable)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What the cells are made from."""
        return self.table.sources

    @property
    def subject(self) -> Key | None:
        """The object of the cursor."""
        return self.rows.key

    @property
    def copied(self) -> str:
        """The name, then every cell with its title."""
        key = self.rows.key
        if key is None:
            return ""
        texts = [f"{title}: {text}" for title, text in self.rows.shown_texts(key)]
        return "\n".join([clean(str(key)), *texts])

    def take(self, frame: Frame, now: datetime) -> None:
        """Show a Frame in the table, and the cursor's object in the pane."""
        self.rows.take(frame, now)
        self.show_subject()

    def tick(self, now: datetime) -> None:
        """Ages."""
        self.rows.tick(now)
        if not self._lasting.holds(now):
            self.show_subject()

    def rest(self) -> None:
        """Hold no Frame."""
        self.rows.rest()

    def look(self) -> None:
        """Apply the filter and the namespace."""
        query = parse(self.filter_text, self.table, self.outlook.namespace)
        self._problem = query.problem
        self.rows.look(query)

    @property
    def filter_note(self) -> tuple[str, str]:
        """How many rows the filter leaves, of how many."""
        if self._problem:
            return clean(self._problem), "warn"
        if self.rows.is_behind:
            return "looking…", "dim"
        return f"{number(self.rows.row_count)} of {counted(self.rows.ordering.total, self.table.noun)}", "dim"

    def focus_rows(self) -> None:
        """Give the keys to the table."""
        self.screen.set_focus(self.rows, scroll_visible=False)  # `focus` lets keys pass that have come already

    def sort(self, direction: int) -> None:
        """Sort by the column to the right of the one that sorts now, or reverse."""
        before = self.rows.sort
        column = before.column
        if direction < 0:
            self._sort(Sort(column, not before.is_reversed))
            return
        columns = self.rows.sort_columns()
        position = columns.index(column) + 1 if column in columns else 0
        self._sort(Sort(columns[position % len(columns)]))

    def sort_by(self, column: str) -> None:
        """Sort by a column."""
        before = self.rows.sort
        is_same = column == (before.column)
        self._sort(Sort(column, is_same and not before.is_reversed))

    def scroll_pane(self, lines: int) -> None:
        """Scroll the pane."""
        self.query_one(LinePane).action_scroll_by(lines)

    def _sort(self, sort: Sort) -> None:
        self.rows.look(sort=sort)

    def _looked(self) -> None:
        self.show_subject()
        if self.when_looked is not None:
            self.when_looked()

    def _why_empty(self) -> Sequence[Paragraph]:
        frame, now = self.outlook.frame, self.outlook.now()
        if frame is None or now is None:
            return CONNECTING
        total, namespace = self.rows.ordering.total, self.outlook.namespace
        return why_empty(frame, self.table.kind, self.table.noun, now, total=total, namespace=namespace)

    def show_subject(self) -> None:
        """Write the pane anew, if it is to be seen."""
        pane = self.query_one(LinePane)
        self._lasting = Lasting()
        if not pane.size:
            return
        key, frame, now = self.rows.key, self.outlook.frame, self.outlook.now()
        bar = self.query_one(".pane-title", Bar)
        if key is None or frame is None or now is None:
            bar.show([])
            pane.show([])
            return
        bar.show([Item(((title(key), "plain"),))])
        with self._lasting.noting(now):
            events = event_lines(frame, key, uid_of(frame, key), now)[:_EVENTS]
            said = section_paragraphs(describe(frame, key, now))
        if events:
            said += [BLANK, heading("Events"), *event_paragraphs(events)]
        pane.show(said, from_top=key != self._described)
        self._described = key
