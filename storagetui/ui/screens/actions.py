"""What can be done to an object, or to those of a finding, and why something cannot be had now."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from storagetui.actions.offers import Offer, Place
from storagetui.ui import keys
from storagetui.ui.messages import CursorMoved, RowChosen
from storagetui.ui.outlook import Outlook
from storagetui.ui.paragraphs import text
from storagetui.ui.widgets.bar import Bar, Item
from storagetui.ui.widgets.line_pane import LinePane
from storagetui.ui.widgets.paint import PLAIN, Line
from storagetui.ui.widgets.row_view import RowView
from storagetui.view.column import Cell, Tone
from storagetui.view.detail import title
from storagetui.view.plan_text import offer_cell, offer_words
from storagetui.view.text import fit, width

_LOOK_EVERY_S = 0.25
_OBJECT_ROOM = 34
"""Cells for the object's name, where the list is about several."""


class OfferList(RowView):
    """An action a row, with its object where there are several, and in short why it is greyed."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._rows: tuple[tuple[str, str, Cell], ...] = ()

    def show(self, rows: Sequence[tuple[str, str, Cell]]) -> None:
        """Show rows of an action's name, its object and its state; they never change places."""
        fresh = tuple(rows)
        if len(fresh) != len(self._rows):
            self._rows = fresh
            self.rows_changed(self.cursor, self.cursor - self.top)
        elif fresh != self._rows:
            self._rows = fresh
            self.repaint()

    @property
    def row_count(self) -> int:
        """How many actions there are."""
        return len(self._rows)

    def row_line(self, row: int, base: str, mark: str) -> Line:
        """One action."""
        name, about, state = self._rows[row]
        names = max(width(one[0]) for one in self._rows) + 2
        abouts = min(_OBJECT_ROOM, max(width(one[1]) for one in self._rows) + 2) if about else 0
        tone = PLAIN if state.tone != Tone.DIM else "dim"
        spans = [(mark, PLAIN), (fit(name, names), tone)]
        if abouts:
            spans.append((fit(about, abouts), tone))
        return Line((*spans, (state.text, state.tone)), base)


class ActionsScreen(ModalScreen[Offer | None]):
    """The list of actions over the reason of the one under the cursor; gives the one that was chosen, or None."""

    BINDINGS = keys.bindings(keys.ACTIONS)
    CSS = """
    ActionsScreen { align: center middle; }
    ActionsScreen > #actions {
        width: 96; max-width: 96%; height: auto; max-height: 80%; background: $background; border: round $primary;
    }
    ActionsScreen OfferList { height: auto; max-height: 12; }
    ActionsScreen LinePane { height: auto; min-height: 3; max-height: 6; padding: 0 1; border-top: solid $border; }
    """

    def __init__(self, outlook: Outlook, places: tuple[Place, ...]) -> None:
        super().__init__()
        self._outlook = outlook
        self._places = places
        self._shown: list[Offer] = []
        """In the order of the objects: nothing moves under the cursor when something becomes possible."""

    def compose(self) -> ComposeResult:
        """The title, the list, the reason, the keys."""
        several = len(self._places) > 1
        about = "these objects" if several else title(self._places[0].key)
        bar = Bar(base="header", id="actions-title")
        bar.show([Item(((f"What can be done to {about}", "title"),))])
        with Vertical(id="actions"):
            yield bar
            yield OfferList(id="actions-list")
            reason = LinePane(id="actions-reason")
            reason.can_focus = False
            yield reason
            yield Bar(id="actions-keys")

    def on_mount(self) -> None:
        """List what there is."""
        self._shown = list(self._outlook.offers(self._places))
        self.query_one(OfferList).focus()
        self.look()
        self.set_interval(_LOOK_EVERY_S, self.look)

    def look(self) -> None:
        """Say how things stand now."""
        fresh = {(one.action.id, one.place): one for one in self._outlook.offers(self._places)}
        self._shown = [fresh.get((one.action.id, one.place), one) for one in self._shown]
        is_one = len(self._places) == 1
        rows = [
            (
                one.action.title,
                "" if is_one else title(one.place.key),
                offer_cell(one, is_going_on=self._is_going_on(one)),
            )
            for one in self._shown
        ]
        self.query_one(OfferList).show(rows)
        self._show_reason()

    def on_cursor_moved(self, event: CursorMoved) -> None:
        """Another reason."""
        event.stop()
        self._show_reason()

    def on_row_chosen(self, event: RowChosen) -> None:
        """Two clicks choose."""
        event.stop()
        self.action_choose()

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.query_one(OfferList).action_move(rows)

    def action_choose(self) -> None:
        """Give the action of the cursor, if it can be had; else its reason is there to be read."""
        chosen = self._chosen
        if chosen is not None and (chosen.refusal is None or self._is_going_on(chosen)):
            self.dismiss(chosen)

    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)

    @property
    def _chosen(self) -> Offer | None:
        cursor = self.query_one(OfferList).cursor
        return self._shown[cursor] if cursor < len(self._shown) else None

    def _is_going_on(self, offer: Offer) -> bool:
        session = self._outlook.session
        return session is not None and session.runs.going_on(offer.place.key, offer.place.uid) is not None

    def _show_reason(self) -> None:
        chosen = self._chosen
        if chosen is None:
            return
        is_going_on = self._is_going_on(chosen)
        said = offer_words(chosen, is_going_on=is_going_on)
        self.query_one("#actions-reason", LinePane).show([text(said.text, said.tone)])
        can_choose = chosen.refusal is None or is_going_on
        choose = (("↵", "label" if can_choose else "dim"), (" look at the plan", "plain" if can_choose else "dim"))
        leave = (("esc", "label"), (" leave", "plain"))
        self.query_one("#actions-keys", Bar).show([Item(choose), Item(leave, 1)])
