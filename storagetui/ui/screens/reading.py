"""Pages to read: help, feeds, a text that was copied."""

from collections.abc import Callable, Sequence
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from storagetui.ui import keys
from storagetui.ui.widgets.bar import Bar, Item
from storagetui.ui.widgets.line_pane import LinePane
from storagetui.ui.widgets.wrap import BLANK, Paragraph
from storagetui.view.text import clean, clean_lines, width

_KEYS_WIDTH = 24


class ReadingScreen(ModalScreen[None]):
    """A title and a text over the screen below."""

    BINDINGS = keys.bindings(keys.READING)
    CSS = """
    ReadingScreen { align: center middle; }
    ReadingScreen > #reading {
        width: 96; max-width: 96%; height: auto; max-height: 92%; background: $background; border: round $primary;
    }
    ReadingScreen LinePane { height: auto; max-height: 100%; padding: 0 1; }
    """

    def __init__(self, title: str, write: Callable[[], Sequence[Paragraph]]) -> None:
        """`write` makes the text; it is asked again every second, so that what it says stays true."""
        super().__init__()
        self._title = title
        self._write = write

    def compose(self) -> ComposeResult:
        """The title over the text."""
        title = Bar(base="header", id="reading-title")
        leave = (("esc", "label"), (" or ", "plain"), ("q", "label"), (" close", "plain"))
        title.show([Item(((self._title, "title"),)), Item(leave, 1, is_right=True)])
        with Vertical(id="reading"):
            yield title
            yield LinePane(id="reading-text")

    def on_mount(self) -> None:
        """Show the text, and keep it up to date."""
        self._show()
        self.set_interval(1.0, self._show)

    def _show(self) -> None:
        self.query_one(LinePane).show(self._write())

    def action_leave(self) -> None:
        """Close the page."""
        self.dismiss(None)

    def action_scroll_by(self, lines: int) -> None:
        """Scroll the text."""
        self.query_one(LinePane).action_scroll_by(lines)

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll the text by pages."""
        self.query_one(LinePane).action_scroll_pages(pages)


def help_paragraphs(demo_note: str) -> list[Paragraph]:
    """All keys, group by group, and what is good to know."""
    said: list[Paragraph] = []
    for group in keys.GROUPS:
        said += [BLANK, Paragraph(((group.title, "title"),))]
        for binding in group.bindings:
            shown = keys.displays(binding)
            gap = " " * max(1, _KEYS_WIDTH - width(shown))
            spans = (("  ", "plain"), (shown, "label"), (gap, "plain"), (binding.tooltip, "plain"))
            said.append(Paragraph(spans, _KEYS_WIDTH + 2))
    said += [BLANK, Paragraph((("Good to know", "title"),))]
    said += [Paragraph((("  · ", "dim"), (text, "plain")), 4) for text in _good_to_know(demo_note)]
    return said[1:]


def copied_paragraphs(text: str) -> list[Paragraph]:
    """What was copied, and what to do where the terminal keeps its clipboard to itself."""
    lines = [Paragraph(((line, "plain"),)) for line in clean_lines(text)]
    hint = "Sent to the clipboard. Where the terminal does not allow that, select it with the mouse (and Shift)."
    return [*lines, BLANK, Paragraph(((hint, "dim"),))]


def _good_to_know(demo_note: str) -> list[str]:
    zone = clean(datetime.now().astimezone().tzname() or "")
    known = [
        f"Times of day are local ({zone}); ages are counted by the cluster's clock.",
        "? stands for what cannot be known now, – for what is known to be nothing.",
        "A filter is made of words, -word, field:value and field=value: ns:shop state:pending,lost.",
        "Nothing is shown by color alone: NO_COLOR=1 takes the colors away, and the settings file names a theme.",
    ]
    if demo_note:
        known.append(f"This is a simulated cluster; another terminal reaches it with: {clean(demo_note)}")
    return known
