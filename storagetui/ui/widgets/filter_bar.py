"""Where a filter is typed."""

from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import Input

from storagetui.ui import keys
from storagetui.ui.messages import FilterChanged, FilterLeft
from storagetui.ui.widgets.bar import Bar, Item

_TYPING_S = 0.06
"""After a character, before the filter is applied: who types fast waits once."""


class FilterInput(Input):
    """The field itself: Enter keeps the filter, Escape drops it."""

    BINDINGS = keys.bindings(keys.FILTER)

    def action_keep(self) -> None:
        """Go back to the rows with the filter in force."""
        self.post_message(FilterLeft())

    def action_drop(self) -> None:
        """Go back to the rows without a filter."""
        self.value = ""
        self.post_message(FilterLeft())


class FilterBar(Horizontal):
    """A line with the filter and what it does; hidden while there is none."""

    DEFAULT_CSS = """
    FilterBar { height: 1; display: none; background: $panel; }
    FilterBar.-open { display: block; }
    FilterBar FilterInput, FilterBar FilterInput:focus {
        width: 1fr; height: 1; border: none; padding: 0 0; background: $panel;
    }
    FilterBar Bar { width: auto; min-width: 30; }
    FilterBar #filter-sign { width: 3; min-width: 3; }
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._typing: Timer | None = None

    def compose(self) -> ComposeResult:
        """The sign, the field and the note."""
        sign = Bar(id="filter-sign", gap=0)
        sign.show([Item((("/", "title"),))])
        yield sign
        yield FilterInput(id="filter-input", placeholder="words, or field:value", select_on_focus=False)
        yield Bar(id="filter-note")

    def on_mount(self) -> None:
        """A cursor that blinks costs as much as all else together while nothing happens."""
        self._input.cursor_blink = False

    @property
    def text(self) -> str:
        """The filter as it was typed."""
        return self._input.value

    @property
    def has_keys(self) -> bool:
        """Whether what is typed goes into the filter."""
        return self.screen.focused is self._input

    def open(self) -> None:
        """Show the bar and give it the keys, those too that have arrived already."""
        self.add_class("-open")
        self.screen.set_focus(self._input)

    def drop(self) -> None:
        """Forget the filter and hide the bar."""
        self._input.value = ""
        self.remove_class("-open")

    def restore(self, text: str) -> None:
        """Show a filter that is in force already, or hide the bar when there is none."""
        with self._input.prevent(Input.Changed):
            self._input.value = text
        self.set_class(bool(text), "-open")

    def note(self, text: str, tone: str) -> None:
        """Say beside the filter what it does, or what is wrong with it."""
        self.query_one("#filter-note", Bar).show([Item(((text, tone),), is_right=True)])

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another character of the filter."""
        event.stop()
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(_TYPING_S, self._apply)

    def on_filter_left(self) -> None:
        """Apply what was typed last; an empty filter needs no bar."""
        self.set_class(bool(self._input.value), "-open")
        if self._typing is not None:
            self._apply()

    def _apply(self) -> None:
        if self._typing is not None:
            self._typing.stop()
            self._typing = None
        self.post_message(FilterChanged(self._input.value))

    @property
    def _input(self) -> FilterInput:
        return self.query_one(FilterInput)
