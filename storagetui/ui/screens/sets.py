"""Sets, and who owns which volume: the list of sets, and the ordinals of the one under the cursor."""

from collections.abc import Generator, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical

from storagetui.frame import Frame
from storagetui.model.keys import Key, Kind
from storagetui.ui.emptiness import CONNECTING
from storagetui.ui.outlook import Outlook
from storagetui.ui.screens.table_page import TablePage
from storagetui.ui.slices import work_off, worked
from storagetui.ui.widgets.bar import Bar, Flow, Item
from storagetui.ui.widgets.cell_table import CellRow, MatrixTable
from storagetui.ui.widgets.wrap import Paragraph
from storagetui.view.column import Cell, Tone
from storagetui.view.format import counted
from storagetui.view.leftovers import COLUMNS, Group, Leftovers, can_infer, group_row, group_title
from storagetui.view.matrix import Matrix, cut_note, matrix
from storagetui.view.sets import retention_words, set_summary
from storagetui.view.sets_table import SETS

_LOOKING = (Paragraph(((" Looking for claims that were left behind…", "dim"),)),)


class SetsPage(TablePage):
    """A table of sets over a matrix; `o` shows the claims that sets of the past have left behind instead."""

    KEYS: ClassVar[Sequence[str]] = (
        "rows.open",
        "pane.switch",
        "browse.filter",
        "app.namespace",
        "browse.orphans",
        "app.palette",
        "app.quit",
        "browse.sort",
        "browse.pane",
        "browse.copy",
    )

    def __init__(self, outlook: Outlook) -> None:
        super().__init__("sets", outlook, SETS)
        self._leftovers = Leftovers()
        self._coming: Frame | None = None
        """The Frame in which to look for them next."""
        self._inferring: Generator[None, None, None] | None = None
        """The rest of the work on that, unless all of it is done."""
        self._shows_leftovers = False
        self._shown: Key | None = None
        """The set whose matrix is shown."""

    def compose(self) -> ComposeResult:
        """The list, then the matrix under its summary."""
        yield self.make_rows()
        with Vertical(classes="below"):
            yield Flow(id="set-title")
            yield MatrixTable(id="matrix")
            yield Bar(base="plain", id="set-note")

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Sets and their pods, claims, volumes and attachments."""
        return (*SETS.sources, Kind.PERSISTENT_VOLUME, Kind.VOLUME_ATTACHMENT)

    @property
    def subject(self) -> Key | None:
        """The set, or the object of the matrix's cell when the matrix has the keys."""
        return self.matrix.key if self.matrix.has_focus else self.rows.key

    @property
    def copied(self) -> str:
        """The row of the list or of the matrix."""
        return "\n".join(self.matrix.texts) if self.matrix.has_focus else super().copied

    @property
    def matrix(self) -> MatrixTable:
        """The matrix."""
        return self.query_one(MatrixTable)

    def take(self, frame: Frame, now: datetime) -> None:
        """Show a Frame in the list and in the matrix."""
        self._coming = frame
        if self._inferring is None:
            self._inferring = steps = self._infer()
            if worked(steps):
                self._inferring = None
            else:
                self.run_worker(self._go_on(steps), group="leftovers")
        super().take(frame, now)

    async def _go_on(self, steps: Iterator[None]) -> None:
        await work_off(steps)
        if self._inferring is steps:
            self._inferring = None
            self.show_subject()

    def _infer(self) -> Generator[None, None, None]:
        while self._coming is not None:
            frame, self._coming = self._coming, None
            yield from self._leftovers.showing(frame)

    def tick(self, now: datetime) -> None:
        """Ages, of which the matrix has none."""
        self.rows.tick(now)

    def rest(self) -> None:
        """Hold no Frame."""
        super().rest()
        if self._inferring is not None:
            self._inferring.close()
        self._coming = self._inferring = None
        self._leftovers.rest()
        self.matrix.rest()

    def toggle_orphans(self) -> None:
        """Show the claims that sets of the past have left behind, or the matrix again."""
        self._shows_leftovers = not self._shows_leftovers
        self._shown = None
        self.show_subject()

    def show_subject(self) -> None:
        """Show the matrix of the set under the cursor, or what was left behind."""
        frame = self.outlook.frame
        if frame is None:
            self.matrix.show((), (), _no_row, CONNECTING)
            return
        if self._shows_leftovers:
            self._show_leftovers(frame)
            return
        key = self.rows.key
        made = matrix(frame, key) if key is not None else None
        title, note = self.query_one("#set-title", Flow), self.query_one("#set-note", Bar)
        if made is None:
            title.show([])
            note.show(self._left_over_item())
            self.matrix.show((), (), _no_row, is_other=True)
            return
        first, *others = set_summary(frame, made)
        title.show([(first.text, "title"), *others])
        words = cut_note(made) or retention_words(made.owner)
        note.show([Item(((words, "dim"),), 1), *self._left_over_item()])
        self.matrix.show(made.columns, made.ordinals, partial(_ordinal, made), is_other=key != self._shown)
        self._shown = key

    def _left_over_item(self) -> list[Item]:
        count = len(self._groups())
        if not count:
            return []
        words = f" {counted(count, 'groups')} of claims without a set"
        return [Item((("o", "label"), (words, "note")), is_right=True)]

    def _groups(self) -> list[Group]:
        namespace = self.outlook.namespace
        return [group for group in self._leftovers.groups if not namespace or group.namespace == namespace]

    def _show_leftovers(self, frame: Frame) -> None:
        self.query_one("#set-title", Flow).show([("Claims left behind by sets that are gone", "title")])
        inferred = "Inferred: named as a set names its claims, owned by none, used by no pod."
        back = Item((("o", "label"), (" back to the ordinals", "plain")), is_right=True)
        self.query_one("#set-note", Bar).show([Item(((inferred, "dim"),), 1), back])
        rows: list[str | Key] = []
        for group in self._groups():
            rows += (group_title(group), *(key for key in group.claims if frame.cluster.find(key) is not None))
        said = _LOOKING if self._inferring is not None else _none_left(frame)
        self.matrix.show(COLUMNS, rows, lambda number: _leftover(frame, rows[number]), said)


def _no_row(_number: int) -> CellRow:
    return CellRow((), ())


def _ordinal(made: Matrix, number: int) -> CellRow:
    row = made.row(made.ordinals[number])
    return CellRow(row.cells, row.keys)


def _leftover(frame: Frame, row: str | Key) -> CellRow:
    if isinstance(row, str):
        return CellRow((Cell(row, Tone.NOTE),), (None,))
    cells = group_row(frame, row).cells
    return CellRow(cells, (row,) * len(cells))


def _none_left(frame: Frame) -> list[Paragraph]:
    if can_infer(frame):
        return [Paragraph(((" No claim looks left behind.", "plain"),))]
    return [Paragraph(((" Nothing can be said: claims, pods and sets are not all in view.", "note"),))]
