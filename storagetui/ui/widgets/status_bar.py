"""The first two lines of the screen: which cluster, how much is loaded, how far to believe it; and where one can go."""

from collections import Counter
from datetime import datetime

from textual import events
from textual.message import Message

from storagetui.frame import Frame
from storagetui.ui import keys
from storagetui.ui.outlook import Outlook
from storagetui.ui.widgets.bar import Bar, Item
from storagetui.view.column import Tone
from storagetui.view.format import clock, number
from storagetui.view.header import counts, feed_badge
from storagetui.view.text import clean
from storagetui.view.worst import GLYPHS, severity_tone

NAME = "storagetui"


class StatusBar(Bar):
    """Context, namespace, counts, feeds, findings and the cluster's time."""

    def __init__(self) -> None:
        super().__init__(gap=2, id="status-bar")

    def show_state(self, outlook: Outlook, frame: Frame | None, now: datetime | None) -> None:
        """Show how things stand at a moment."""
        self.show(status_items(outlook, frame, now))


def status_items(outlook: Outlook, frame: Frame | None, now: datetime | None) -> list[Item]:
    """The items of the status bar."""
    items = [Item(((NAME, "title"),), 6)]
    session = outlook.session
    if session is None or frame is None or now is None:
        return [*items, Item((("connecting", "note"),))]
    items.append(Item(((clean(session.identity.context), "plain"),)))
    items.append(Item(((clean(outlook.namespace) if outlook.namespace else "all namespaces", "label"),), 2))
    for position, cell in enumerate(counts(frame)):
        lead = (("· ", "dim"),) if position else ()
        items.append(Item((*lead, cell), 4 + (position != 1)))
    badge = feed_badge(frame, now)
    items.append(Item((badge,), 1, is_right=True))
    tally = findings_tally(frame)
    if tally:
        items.append(Item(tally, 0, is_right=True))
    items.append(Item(((clock(now, now), "plain"),), 3, is_right=True))
    return items


def findings_tally(frame: Frame) -> tuple[tuple[str, str], ...]:
    """How many findings there are of each weight: `2 ✖  1 ▲  3 ●`."""
    found = Counter(finding.severity for group in frame.findings.values() for finding in group)
    weights: dict[str, tuple[int, Tone]] = {}
    for severity, glyph in GLYPHS.items():
        if found[severity]:
            before, tone = weights.get(glyph, (0, severity_tone(severity)))
            weights[glyph] = (before + found[severity], tone)
    spans: list[tuple[str, str]] = []
    for glyph, (many, tone) in weights.items():
        spans.append((f"{'  ' if spans else ''}{number(many)} {glyph}", tone))
    return tuple(spans)


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
        notes.append(Item((("demo: ", "note"), (clean(outlook.demo_note), "plain")), 2, is_right=True))
    if outlook.read_only:
        notes.append(Item((("read-only", "note"),), 1, is_right=True))
    return notes
