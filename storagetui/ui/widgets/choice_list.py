"""A list to choose one thing from."""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from textual.binding import BindingType

from storagetui.ui.widgets.paint import PLAIN, Line
from storagetui.ui.widgets.row_view import RowView
from storagetui.view.text import fit

T = TypeVar("T")


class Choice(NamedTuple, Generic[T]):
    """One thing to choose."""

    value: T
    name: str
    """Clean text."""
    note: str = ""
    """Clean text beside the name."""
    words: str = ""
    """More words by which it is found, never shown."""


class ChoiceList(RowView, Generic[T]):
    """The choices that contain every word that was typed; those that begin with it come first."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, choices: Sequence[Choice[T]], **options: Any) -> None:
        super().__init__(**options)
        self._all = tuple(choices)
        self._shown = self._all
        self._name_width = min(40, max((len(one.name) for one in self._all), default=0) + 2)

    @property
    def row_count(self) -> int:
        """How many choices are left."""
        return len(self._shown)

    @property
    def chosen(self) -> Choice[T] | None:
        """The choice of the cursor."""
        return self._shown[self.cursor] if self._shown else None

    def narrow(self, text: str) -> None:
        """Show the choices that match a text."""
        words = text.casefold().split()
        found = [one for one in self._all if _matches(one, words)]
        if words:
            found.sort(key=lambda one: not one.name.casefold().startswith(words[0]))
        self._shown = tuple(found)
        self.rows_changed(0, 0)

    def put_cursor(self, value: T) -> None:
        """Put the cursor on a value, if it is among the choices."""
        position = next((number for number, one in enumerate(self._shown) if one.value == value), 0)
        self.rows_changed(position, self.page // 2)

    def row_line(self, row: int, base: str, mark: str) -> Line:
        """A name and its note."""
        choice = self._shown[row]
        return Line(((mark, PLAIN), (fit(choice.name, self._name_width), PLAIN), (choice.note, "dim")), base)

    def empty_lines(self) -> list[Line]:
        """That nothing matches."""
        return [Line(((" Nothing matches what you typed.", "dim"),))]

    def on_mount(self) -> None:
        """There may be more choices than lines."""
        self.set_lines(self.row_count)


def _matches(choice: Choice[T], words: Sequence[str]) -> bool:
    text = f"{choice.name} {choice.words}".casefold()
    return all(word in text for word in words)
