"""Choosing from a list by typing: the namespace, and the palette."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from storagetui.ui import keys
from storagetui.ui.messages import RowChosen
from storagetui.ui.widgets.bar import Bar, Item
from storagetui.ui.widgets.choice_list import Choice, ChoiceList

T = TypeVar("T")


class PickerScreen(ModalScreen[T | None], Generic[T]):
    """A title, a field to narrow the list, and the list; gives the value chosen, or None."""

    BINDINGS = keys.bindings(keys.PICKER)
    AUTO_FOCUS = "Input"
    CSS = """
    PickerScreen { align: center top; }
    PickerScreen > #picker {
        width: 76; max-width: 96%; height: auto; max-height: 80%; margin: 2 0 0 0; background: $panel;
        border: round $primary; padding: 0;
    }
    PickerScreen Input, PickerScreen Input:focus { border: none; height: 1; padding: 0 1; background: $panel; }
    PickerScreen ChoiceList { height: auto; max-height: 24; background: $background; }
    """

    def __init__(self, title: str, choices: Sequence[Choice[T]], *, current: T | None = None, note: str = "") -> None:
        super().__init__()
        self._title = title
        self._choices = tuple(choices)
        self._current = current
        self._note = note

    def compose(self) -> ComposeResult:
        """The parts, from top to bottom."""
        title = Bar(id="picker-title")
        leave = (("↵", "label"), (" choose  ", "plain"), ("esc", "label"), (" leave", "plain"))
        title.show([Item(((self._title, "title"),)), Item(leave, 1, is_right=True)])
        with Vertical(id="picker"):
            yield title
            yield Input(placeholder="type to narrow the list", id="picker-input")
            yield ChoiceList(self._choices, id="picker-list")
            if self._note:
                note = Bar(id="picker-note")
                note.show([Item(((self._note, "dim"),))])
                yield note

    def on_mount(self) -> None:
        """The cursor stands on what is chosen now."""
        self.query_one(Input).cursor_blink = False
        if self._current is not None:
            self.call_after_refresh(self._list.put_cursor, self._current)

    def on_key(self, event: events.Key) -> None:
        """What was typed before the field could take it."""
        if event.character is not None and event.is_printable and self.focused is None:
            event.stop()
            self.query_one(Input).insert_text_at_cursor(event.character)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        event.stop()
        self._list.narrow(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the field chooses."""
        event.stop()
        self.action_choose()

    def on_row_chosen(self, event: RowChosen) -> None:
        """Two clicks choose."""
        event.stop()
        self.action_choose()

    def on_click(self, event: events.Click) -> None:
        """A click beside the list leaves."""
        if event.widget is self:
            self.dismiss(None)

    def action_move(self, rows: int) -> None:
        """Move the cursor of the list."""
        self._list.action_move(rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor of the list by pages."""
        self._list.action_page(pages)

    def action_choose(self) -> None:
        """Give the choice of the cursor."""
        choice = self._list.chosen
        if choice is not None:
            self.dismiss(choice.value)

    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)

    @property
    def _list(self) -> ChoiceList[T]:
        return self.query_one("#picker-list", ChoiceList)
