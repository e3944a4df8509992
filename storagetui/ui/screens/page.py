"""One of the places that the digits lead to."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from textual.containers import Container

from storagetui.actions.offers import Place
from storagetui.frame import Frame
from storagetui.model.keys import Key, Kind
from storagetui.ui.outlook import Outlook


class Page(Container):
    """The part of the browse screen between the tabs and the keys."""

    KEYS: ClassVar[Sequence[str]] = ()
    """Ids of the keys that the key bar offers here, the most useful first."""

    DEFAULT_CSS = """
    Page { height: 1fr; display: none; }
    Page.-current { display: block; }
    """

    def __init__(self, name: str, outlook: Outlook) -> None:
        super().__init__(id=f"page-{name}", name=name)
        self.outlook = outlook
        self.filter_text = ""
        self.namespace = outlook.namespace
        """The namespace that the rows were last chosen for."""
        self.when_looked: Callable[[], None] | None = None
        """Called when there is something else to say of what the filter does."""

    @property
    @abstractmethod
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that the page is made from, its own first."""

    @property
    @abstractmethod
    def subject(self) -> Key | None:
        """The object that the cursor stands on."""

    @property
    def places(self) -> tuple[Place, ...]:
        """The objects that something may be done to from here."""
        key, frame = self.subject, self.outlook.frame
        record = frame.cluster.find(key) if key is not None and frame is not None else None
        return (Place(record.key, record.uid),) if record is not None else ()

    @property
    @abstractmethod
    def copied(self) -> str:
        """What the copy key takes: the object's name and what is shown of it."""

    @abstractmethod
    def take(self, frame: Frame, now: datetime) -> None:
        """Show a Frame."""

    @abstractmethod
    def tick(self, now: datetime) -> None:
        """A second has passed."""

    @abstractmethod
    def rest(self) -> None:
        """Nobody sees the page: hold no Frame, nor its records, until the next one is taken; all else stays."""

    @abstractmethod
    def look(self) -> None:
        """The filter or the namespace is another one: show those rows."""

    @property
    @abstractmethod
    def filter_note(self) -> tuple[str, str]:
        """What the filter does to the rows that there are now, or what is wrong with it, and the tone."""

    @abstractmethod
    def focus_rows(self) -> None:
        """Give the keys to the rows."""

    def sort(self, direction: int) -> None:
        """Sort by the next column, or the other way round when negative."""

    def sort_by(self, column: str) -> None:
        """Sort by a column, or the other way round when it is sorted by already."""

    def toggle_pane(self) -> None:
        """Show or hide the pane."""
        self.toggle_class("-pane-toggled")

    def scroll_pane(self, lines: int) -> None:
        """Scroll the pane while the rows have the keys."""
