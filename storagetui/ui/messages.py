"""Messages between widgets: what has happened, in the past tense."""

from textual.message import Message
from textual.widget import Widget


class RowChosen(Message):
    """A row was chosen, with Enter or two clicks; the sender knows which one its cursor stands on."""

    def __init__(self, sender: Widget) -> None:
        super().__init__()
        self.rows = sender

    @property
    def control(self) -> Widget:
        """The widget with the row."""
        return self.rows


class FilterChanged(Message):
    """The text of the filter is another one now."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class FilterLeft(Message):
    """Typing of the filter has ended; the rows get the keys again."""


class ColumnChosen(Message):
    """A column's title was clicked."""

    def __init__(self, column: str) -> None:
        super().__init__()
        self.column = column


class PartChosen(Message):
    """A part of the object's screen was clicked."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self.part = part
