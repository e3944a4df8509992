"""What was done: the runs of this session, which can be looked at again, over the lines of the journal."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from storagetui.actions.journal import Entry, Journal, JournalError
from storagetui.actions.run import Run
from storagetui.ui import keys
from storagetui.ui.messages import RowChosen, RunChosen
from storagetui.ui.outlook import Outlook
from storagetui.ui.paragraphs import text
from storagetui.ui.widgets.bar import Bar, Item
from storagetui.ui.widgets.line_pane import LinePane
from storagetui.ui.widgets.paint import PLAIN, Line
from storagetui.ui.widgets.row_view import RowView
from storagetui.ui.widgets.wrap import Paragraph
from storagetui.view.plan_text import journal_line, run_cells
from storagetui.view.text import clean

_LOOK_EVERY_S = 1.0
_MOST_LINES = 500
"""Of the journal; the command `journal` has all."""


class RunList(RowView):
    """The runs of this session, the latest first."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.runs: tuple[Run, ...] = ()
        self._texts: tuple[tuple[tuple[str, str], ...], ...] = ()

    def show(self, runs: Sequence[Run], lines: Sequence[tuple[tuple[str, str], ...]]) -> None:
        """Show runs, a line each; the cursor stays with its run."""
        chosen = self.chosen
        is_same = [run.id for run in runs] == [run.id for run in self.runs]
        self.runs, self._texts = tuple(runs), tuple(lines)
        if is_same:
            self.repaint()
            return
        ids = [run.id for run in runs]
        row = ids.index(chosen.id) if chosen is not None and chosen.id in ids else 0
        self.rows_changed(row, row - self.top)

    @property
    def chosen(self) -> Run | None:
        """The run of the cursor."""
        return self.runs[self.cursor] if self.cursor < len(self.runs) else None

    @property
    def row_count(self) -> int:
        """How many runs there are."""
        return len(self.runs)

    def row_line(self, row: int, base: str, mark: str) -> Line:
        """When, what and how it ended."""
        return Line(((mark, PLAIN), *self._texts[row]), base)

    def empty_lines(self) -> list[Line]:
        """That nothing was done yet."""
        return [Line(((" Nothing has been done in this session.", "dim"),))]


class JournalScreen(ModalScreen[None]):
    """The runs over the lines of the journal, all newest first."""

    BINDINGS = keys.bindings(keys.JOURNAL)
    CSS = """
    JournalScreen { align: center middle; }
    JournalScreen > #journal { width: 96%; height: 92%; background: $background; border: round $primary; }
    JournalScreen RunList { height: auto; min-height: 1; max-height: 40%; }
    JournalScreen #journal-path { border-top: solid $border; height: 2; }
    JournalScreen LinePane { height: 1fr; padding: 0 1; }
    """

    def __init__(self, outlook: Outlook) -> None:
        super().__init__()
        self._outlook = outlook
        self._read_at: tuple[Run, ...] | None = None

    def compose(self) -> ComposeResult:
        """Runs, lines, keys."""
        bar = Bar(base="header", id="journal-title")
        bar.show([Item((("What was done in this session", "title"),))])
        with Vertical(id="journal"):
            yield bar
            yield RunList(id="journal-runs")
            yield Bar(base="plain", id="journal-path")
            yield LinePane(id="journal-lines")
            offered = (("↵", " look at the run"), ("tab", " to the lines and back"), ("esc", " close"))
            made = Bar(id="journal-keys")
            made.show([Item(((key, "label"), (words, PLAIN)), number) for number, (key, words) in enumerate(offered)])
            yield made

    def on_mount(self) -> None:
        """Read the journal, and again whenever a run has got further."""
        self.query_one(RunList).focus()
        self.look()
        self.set_interval(_LOOK_EVERY_S, self.look)

    def look(self) -> None:
        """Show the runs, and the lines if there may be new ones."""
        session = self._outlook.session
        if session is None:
            return
        runs = session.runs.all()
        lines = [tuple((cell.text, cell.tone) for cell in run_cells(run, session.now())) for run in runs]
        self.query_one(RunList).show(runs, lines)
        if runs != self._read_at:
            self._read_at = runs
            self._read(session.runs.journal, session.now())

    def on_row_chosen(self, event: RowChosen) -> None:
        """Look at a run."""
        event.stop()
        run = self.query_one(RunList).chosen
        if run is not None:
            self.post_message(RunChosen(run))

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)

    @work(exclusive=True, group="journal")
    async def _read(self, journal: Journal, now: datetime) -> None:
        self.query_one("#journal-path", Bar).show([Item(((f"Journal {clean(str(journal.path))}", "title"),))])
        pane = self.query_one("#journal-lines", LinePane)
        try:
            entries = await asyncio.to_thread(_latest, journal)
        except JournalError as error:
            pane.show([text(clean(f"✖ {error}."), "error")])
            return
        pane.show(
            [_paragraph(one, now) for one in entries] or [text("The journal is empty: nothing was ever done.", "dim")]
        )


def _latest(journal: Journal) -> list[Entry]:
    return list(journal.entries())[: -_MOST_LINES - 1 : -1]


def _paragraph(entry: Entry, now: datetime) -> Paragraph:
    cells = journal_line(entry, now)
    return Paragraph(tuple((cell.text, str(cell.tone)) for cell in cells), 2)
