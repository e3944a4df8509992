"""What is stuck, worst first, and why."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from storagetui.actions.catalog import actions_for
from storagetui.actions.offers import Place
from storagetui.diagnosis.group import Group, Identity
from storagetui.frame import Frame
from storagetui.model.keys import Key, Kind
from storagetui.model.kinds import KINDS
from storagetui.ui import keys
from storagetui.ui.emptiness import CONNECTING, nothing_stuck
from storagetui.ui.loading import is_loading
from storagetui.ui.messages import RowChosen
from storagetui.ui.outlook import Outlook
from storagetui.ui.paragraphs import chain_paragraphs, event_paragraphs, heading, section_paragraphs, text, uid_of
from storagetui.ui.screens.page import Page
from storagetui.ui.widgets.cell_table import CellRow, CellTable
from storagetui.ui.widgets.line_pane import LinePane
from storagetui.ui.widgets.wrap import BLANK, Paragraph
from storagetui.view.chain import chains
from storagetui.view.events import EventLine, event_lines
from storagetui.view.format import counted, number
from storagetui.view.lasting import Lasting
from storagetui.view.text import clean
from storagetui.view.triage import COLUMNS, explain, finding_events, problem, ranked
from storagetui.view.triage_rows import TriageRow, explained, finding_about, row_cells, unfolded

_PLACES = 20
"""At most so many of those that a finding hits are offered actions on beside it."""
_WATCHED = tuple(kind for kind in KINDS if kind is not Kind.LEASE)
_EVENTS, _CHAINS = 12, 3
"""At most so many beside a finding; the object's own screen has all of them."""

_ROOM = {"hit": 96, "next": 150}
"""Widths from which these stand in the list too: cut short they say nothing that the explanation does not."""


class TriagePage(Page):
    """Findings as a list, one row for a root cause, over the explanation of the row of the cursor.

    Who is hit can be listed under the cause.
    """

    BINDINGS = keys.bindings(keys.FINDINGS)
    KEYS: ClassVar[Sequence[str]] = (
        "rows.open",
        "findings.toggle",
        "browse.filter",
        "app.namespace",
        "browse.scroll_down",
        "app.palette",
        "app.quit",
        "browse.feeds",
        "browse.pane",
        "browse.copy",
    )

    def __init__(self, outlook: Outlook) -> None:
        super().__init__("triage", outlook)
        self._groups: tuple[Group, ...] = ()
        self._unfolded: frozenset[Identity] = frozenset()
        self._rows: tuple[TriageRow, ...] = ()
        self._identities: tuple[tuple[Identity, Key | None], ...] = ()
        self._ranked_from: tuple[object, str, str] = (None, "", "")
        """The groups, the namespace and the filter that the rows were ranked from."""
        self._explained: tuple[Identity, Key | None] | None = None
        self._lasting = Lasting()
        """Until when all that is shown stays as it is."""
        self._room: tuple[frozenset[str], bool] = (frozenset(), False)
        """The columns that had no room, and whether there was any beside the explanation."""
        self._was_loading = True
        """Whether the findings were still coming in: the cursor stays on the worst until somebody moves it."""

    def compose(self) -> ComposeResult:
        """The list, then why to the left, and events and chain to the right where there is room."""
        yield CellTable(id="findings")
        with Horizontal(classes="below"):
            yield LinePane(id="why")
            yield LinePane(id="around")

    def on_mount(self) -> None:
        """The explanation follows the cursor within the same paint."""
        for rows in self.query("#findings").results(CellTable):  # none when the program ended while this was made
            rows.when_moved = self._explain
            rows.show(COLUMNS, (), _no_row, CONNECTING)

    @property
    def rows(self) -> CellTable:
        """The list."""
        return self.query_one("#findings", CellTable)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """All that is always watched: the rules look at everything."""
        return _WATCHED

    @property
    def row(self) -> TriageRow | None:
        """The row of the cursor."""
        return self._rows[self.rows.cursor] if self.rows.cursor < len(self._rows) else None

    @property
    def subject(self) -> Key | None:
        """The object that the finding is about, or the one that it hits."""
        return self.row.key if self.row is not None else None

    @property
    def places(self) -> tuple[Place, ...]:
        """What the finding is about, then what it hits."""
        row, frame = self.row, self.outlook.frame
        if row is None or frame is None:
            return ()
        finding = finding_about(row)
        record = frame.cluster.find(row.key)
        subject = Place(row.key, finding.uid if finding is not None else record.uid if record is not None else "")
        keys_hit = row.group.hit if row.victim is None else ()
        others = islice((key for key in keys_hit if key != row.key and actions_for(key.kind)), _PLACES)
        found = (frame.cluster.find(key) for key in others)
        return (subject, *(Place(one.key, one.uid) for one in found if one is not None))

    @property
    def copied(self) -> str:
        """The row, then all of its explanation."""
        parts = ["\n".join(self.rows.texts), self.query_one("#why", LinePane).source]
        return "\n\n".join(part for part in parts if part)

    def take(self, frame: Frame, now: datetime) -> None:
        """Show a Frame."""
        self._rank(frame)
        self._show(frame, now)

    def tick(self, now: datetime) -> None:
        """Since when, and how long ago."""
        frame = self.outlook.frame
        if frame is not None and not (self._lasting.holds(now) and self._room == self._room_now()):
            self._show(frame, now)

    def rest(self) -> None:
        """Hold no findings, but what is unfolded."""
        self._groups, self._rows, self._ranked_from = (), (), (None, "", "")
        self.rows.rest()

    def look(self) -> None:
        """Apply the filter and the namespace."""
        frame, now = self.outlook.frame, self.outlook.now()
        if frame is not None and now is not None:
            self._rank(frame)
            self._show(frame, now)

    @property
    def filter_note(self) -> tuple[str, str]:
        """How many findings the filter leaves, of how many."""
        frame = self.outlook.frame
        if frame is None:
            return "", "dim"
        wrong = problem(self.filter_text)
        if wrong:
            return clean(wrong), "warn"
        return (
            f"{number(len(self._groups))} of {counted(len(ranked(frame, self.outlook.namespace)), 'findings')}",
            "dim",
        )

    def focus_rows(self) -> None:
        """Give the keys to the list."""
        self.screen.set_focus(self.rows, scroll_visible=False)  # `focus` lets keys pass that have come already

    def scroll_pane(self, lines: int) -> None:
        """Scroll the explanation."""
        self.query_one("#why", LinePane).action_scroll_by(lines)

    def on_row_chosen(self, event: RowChosen) -> None:
        """A cause that is not there, a missing class for instance, has no screen: list those that it hits."""
        row, frame = self.row, self.outlook.frame
        if row is not None and row.group.victims and frame is not None and frame.cluster.find(row.key) is None:
            event.stop()
            self.action_toggle_hit()

    def action_toggle_hit(self) -> None:
        """List those that are hit under their cause, or hide them."""
        row = self.row
        if row is not None and row.group.identity in self._unfolded:
            self.action_fold()
        else:
            self.action_unfold()

    def action_unfold(self) -> None:
        """List those that are hit under their cause."""
        row = self.row
        if row is not None and row.group.victims:
            self._fold(self._unfolded | {row.group.identity})

    def action_fold(self) -> None:
        """Hide those that are hit, and go to their cause."""
        row = self.row
        if row is None or row.group.identity not in self._unfolded:
            return
        if row.victim is not None:
            self.rows.move_to(self._identities.index((row.group.identity, None)))
        self._fold(self._unfolded - {row.group.identity})

    def _fold(self, unfolded_now: frozenset[Identity]) -> None:
        self._unfolded = unfolded_now
        self._list()
        frame, now = self.outlook.frame, self.outlook.now()
        if frame is not None and now is not None:
            self._show(frame, now)

    def _rank(self, frame: Frame) -> None:
        asked = (frame.groups, self.outlook.namespace, self.filter_text)
        before = self._ranked_from
        if before[0] is not asked[0] or before[1:] != asked[1:]:
            self._groups = ranked(frame, self.outlook.namespace, self.filter_text)
            self._ranked_from = asked
            self._list()

    def _list(self) -> None:
        self._rows = unfolded(self._groups, self._unfolded)
        self._identities = tuple(row.identity for row in self._rows)

    def _show(self, frame: Frame, now: datetime) -> None:
        self._lasting, self._room = Lasting(), self._room_now()
        said = nothing_stuck(frame, now, is_filtered=bool(self.filter_text), namespace=self.outlook.namespace)
        is_first = self._was_loading and not self.rows.is_moved
        self._was_loading = self._was_loading and is_loading(frame)
        make = partial(self._row_of, self._rows, frame, now, self._lasting)
        self.rows.show(COLUMNS, self._identities, make, said, is_other=is_first, without=self._room[0])
        self._explain()

    def _room_now(self) -> tuple[frozenset[str], bool]:
        without = frozenset(one for one, room in _ROOM.items() if self.rows.cells < room)
        return without, self.query_one("#around", LinePane).display

    def _row_of(self, rows: Sequence[TriageRow], frame: Frame, now: datetime, lasting: Lasting, number: int) -> CellRow:
        row = rows[number]
        with lasting.noting(now):
            cells = row_cells(row, frame, now, is_unfolded=row.group.identity in self._unfolded)
        return CellRow(cells, (row.key,))

    def _explain(self) -> None:
        """Write the panes for the row of the cursor."""
        frame, now, row = self.outlook.frame, self.outlook.now(), self.row
        why, around = self.query_one("#why", LinePane), self.query_one("#around", LinePane)
        if frame is None or now is None or row is None:
            why.show([])
            around.show([])
            self._explained = None
            return
        is_other = row.identity != self._explained
        self._explained = row.identity
        with self._lasting.noting(now):
            sections = explain(explained(row), frame, now)
            beside = _around(row, frame, now)
        if around.display:
            why.show(section_paragraphs(sections), from_top=is_other)
            around.show(beside, from_top=is_other)
            return
        reasons, evidence = sections[:-1], sections[-1:]
        why.show(
            [*section_paragraphs(reasons), BLANK, *beside, BLANK, *section_paragraphs(evidence)], from_top=is_other
        )


def _around(row: TriageRow, frame: Frame, now: datetime) -> list[Paragraph]:
    """Events that belong to the finding, then the others of its object, then the chain."""
    own = event_lines(frame, row.key, uid_of(frame, row.key), now)
    finding = finding_about(row)
    theirs = finding_events(finding, frame, now) if finding is not None else ()
    merged: dict[Key, EventLine] = {event.key: event for event in (*theirs, *own)}
    events = list(merged.values())[:_EVENTS]
    said = [heading("Events"), *(event_paragraphs(events) or [text(" none reported, or all have expired", "dim")])]
    links = chain_paragraphs(chains(frame, row.key)[:_CHAINS])
    return [*said, BLANK, heading("Chain"), *links] if links else said


def _no_row(_number: int) -> CellRow:
    return CellRow((), ())
