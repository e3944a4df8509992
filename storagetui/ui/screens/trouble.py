"""What is shown when there is no cluster to look at: while connecting, and when that failed."""

from textual.app import ComposeResult
from textual.screen import Screen

from storagetui.ui import keys
from storagetui.ui.messages import RetryWanted
from storagetui.ui.widgets.bar import Bar, Item
from storagetui.ui.widgets.line_pane import LinePane
from storagetui.ui.widgets.wrap import BLANK, Paragraph
from storagetui.view.text import clean, clean_lines


class TroubleScreen(Screen[None]):
    """Why there is no connection, and what to do."""

    BINDINGS = keys.bindings(keys.TROUBLE)
    CSS = """
    TroubleScreen { layout: vertical; background: $background; }
    TroubleScreen LinePane { padding: 1 2; }
    """

    def __init__(self, sentence: str, context: str = "") -> None:
        super().__init__()
        self._where = clean(context)
        self._sentence = sentence

    def compose(self) -> ComposeResult:
        """A bar, the text, the keys."""
        where = f" to {self._where}" if self._where else ""
        bar = Bar(id="status-bar")
        bar.show([Item((("storagetui", "title"),)), Item(((f"✖ not connected{where}", "error"),))])
        yield bar
        yield LinePane(id="trouble-text")
        yield Bar(id="key-bar")

    def on_mount(self) -> None:
        """Show the text."""
        self.query_one(LinePane).show(trouble_paragraphs(self._sentence))
        offered = [(keys.display(one), f" {one.description}") for one in keys.TROUBLE]
        self.query_one("#key-bar", Bar).show([Item(((key, "label"), (label, "plain"))) for key, label in offered])

    def action_retry(self) -> None:
        """Try again."""
        self.post_message(RetryWanted())


def trouble_paragraphs(sentence: str) -> list[Paragraph]:
    """The sentence of an error as a page."""
    said = [Paragraph((("✖ The cluster cannot be reached.", "error"),)), BLANK]
    said += [Paragraph(((line, "plain"),)) for line in clean_lines(sentence[:1].upper() + sentence[1:])]
    return [
        *said,
        BLANK,
        Paragraph((("kubectl get nodes", "label"), (" with the same options shows whether kubectl can.", "plain"))),
        BLANK,
        Paragraph(
            (
                ("r", "label"),
                (" tries again, ", "plain"),
                ("x", "label"),
                (" chooses another context, ", "plain"),
                ("q", "label"),
                (" leaves.", "plain"),
            )
        ),
    ]
