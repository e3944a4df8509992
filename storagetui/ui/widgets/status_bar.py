"""The first two lines of the screen: which cluster, how much is loaded, how far to believe it; and where one can go."""

from datetime import datetime

from textual import events
from textual.message import Message

from storagetui.frame import Frame
from storagetui.ui import keys
from storagetui.ui.outlook import Outlook
from storagetui.ui.widgets.bar import Bar, Item
from storagetui.view.column import Cell
from storagetui.view.format import clock, counted
from storagetui.view.header import counts, feed_badge, scope
from storagetui.view.lasting import Lasting
from storagetui.view.text import clean
from storagetui.view.triage import ranked, tally

NAME = "storagetui"


class StatusBar(Bar):
    """Context, namespace, counts, feeds, findings and the cluster's time."""

    def __init__(self) -> None:
        super().__init__(gap=2, id="status-bar")
        self._tallied: tuple[object, str] = (None, "")
        self._marks: tuple[Cell, ...] = ()
        self._lasting = Lasting()
        """Until when all of it but the clock stays as it is."""

    def show_state(self, outlook: Outlook, frame: Frame | None, now: datetime | None) -> None:
        """Show how things stand at a moment."""
        namespace = outlook.namespace
        if frame is not None and (frame.groups is not self._tallied[0] or namespace != self._tallied[1]):
            self._tallied = (frame.groups, namespace)
            self._marks = tally(ranked(frame, namespace))
        self._lasting = Lasting()
        if outlook.session is None or frame is None or now is None:
            self.show(status_items(outlook, frame, now))
            return
        with self._lasting.noting(now):
            items = status_items(outlook, frame, now, self._marks)
        self.show(items)

    def tick(self, outlook: Outlook, now: datetime) -> None:
        """Time has passed: the clock, and what else is due."""
        if self._lasting.holds(now):
            self.show([*self._items[:-1], _clock(now)])
        else:
            self.show_state(outlook, outlook.frame, now)

    def rest(self) -> None:
        """Hold no findings until they are shown again."""
        self._tallied = (None, "")


def status_items(
    outlook: Outlook, frame: Frame | None, now: datetime | None, marks: tuple[Cell, ...] = ()
) -> list[Item]:
    """The items of the status bar; `marks` says how many findings there are of each weight."""
    items = [Item(((NAME, "title"),), 6)]
    session = outlook.session
    if session is None or frame is None or now is None:
        where = f" to {clean(outlook.context)}" if outlook.context else ""
        return [*items, Item(((f"connecting{where}", "note"),))]
    items.append(Item(((clean(session.identity.context), "plain"),)))
    if outlook.namespace:
        items.append(Item(((clean(outlook.namespace), "label"),), 1))
    elif names := scope(frame):
        items.append(Item(((counted(len(names), "namespaces"), "label"),), 1))
    else:
        items.append(Item((("all namespaces", "label"),), 5, short=(("all", "label"),)))
    for position, cell in enumerate(counts(frame)):
        items.append(Item((cell,), 3 + (position != 1)))
    badge = feed_badge(frame, now)
    items.append(Item((badge,), is_right=True))
    items += [Item((cell,), is_right=True) for cell in marks]
    return [*items, _clock(now)]


def _clock(now: datetime) -> Item:
    return Item(((clock(now, now), "plain"),), 2, is_right=True)


class TabBar(Bar):
    """The screens and their digits; a click goes there."""

    class Chosen(Message):
        """A screen's name was clicked."""

        def __init__(self, screen: str) -> None:
            super().__init__()
            self.screen_name = screen

    def __init__(self) -> None:
        super().__init__(base="plain", gap=2, id="tab-bar")
        self._ends: list[tuple[int, str]] = []

    def show_state(self, current: str, outlook: Outlook) -> None:
        """Mark the screen that is shown, and say what kind of session this is."""
        items, self._ends, end = [], [], 1
        for binding in keys.SCREENS:
            name = str(binding.id).removeprefix("screen.")
            is_current = name == current
            label = f"[{binding.description}]" if is_current else binding.description
            end += len(label) + 2 + 2
            self._ends.append((end, name))
            items.append(Item(((f"{binding.key} ", "label"), (label, "title" if is_current else "plain"))))
        self.show([*items, *_notes(outlook)])

    def on_click(self, event: events.Click) -> None:
        """Go to the screen whose name was clicked."""
        name = next((name for end, name in self._ends if event.x < end), None)
        if name is not None:
            self.post_message(self.Chosen(name))


def _notes(outlook: Outlook) -> list[Item]:
    notes = []
    if outlook.demo_note:
        words = (("demo: ", "note"), (clean(outlook.demo_note), "plain"))
        notes.append(Item(words, 2, is_right=True, short=(("demo", "note"),)))
    if outlook.read_only:
        notes.append(Item((("read-only", "note"),), 1, is_right=True))
    return notes
