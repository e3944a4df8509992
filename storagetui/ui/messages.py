"""Messages between widgets: what has happened, in the past tense."""

from textual.message import Message
from textual.widget import Widget

from storagetui.actions.offers import Place
from storagetui.actions.run import Run
from storagetui.model.keys import Key


class RowChosen(Message):
    """A row was chosen, with Enter or two clicks; the sender knows which one its cursor stands on."""

    def __init__(self, sender: Widget) -> None:
        super().__init__()
        self.rows = sender

    @property
    def control(self) -> Widget:
        """The widget with the row."""
        return self.rows


class CursorMoved(Message):
    """The cursor stands on something else."""


class ActionsWanted(Message):
    """What can be done to some objects is to be chosen from."""

    def __init__(self, places: tuple[Place, ...]) -> None:
        super().__init__()
        self.places = places


class RunChosen(Message):
    """A run was chosen: its dialog is wanted."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run


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


class ObjectChosen(Message):
    """An object was chosen: its own screen is wanted."""

    def __init__(self, key: Key, uid: str = "", *, is_instead: bool = False) -> None:
        """Without a uid the object that has the name now is meant; `is_instead` gives up the screen that asks."""
        super().__init__()
        self.key = key
        self.uid = uid
        self.is_instead = is_instead


class TextCopied(Message):
    """A text was copied: it goes to the clipboard, and on the screen for terminals that keep theirs to themselves."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class RetryWanted(Message):
    """The connection is to be tried again."""
