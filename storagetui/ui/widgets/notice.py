"""What has to be known about the feeds behind what is shown, directly above it."""

from collections.abc import Sequence
from typing import Any

from storagetui.ui.widgets.bar import Bar, Item
from storagetui.view.column import Tone
from storagetui.view.header import FeedLine
from storagetui.view.text import clean

_GLYPHS = {Tone.ERROR: "▲", Tone.WARN: "✖", Tone.NOTE: "◌"}


class Notice(Bar):
    """The worst thing to know in one line, and how many more there are; hidden while all is well."""

    DEFAULT_CSS = """
    Notice { display: none; }
    Notice.-said { display: block; }
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(gap=2, **options)

    def say(self, lines: Sequence[FeedLine]) -> None:
        """Say this about the feeds."""
        self.set_class(bool(lines), "-said")
        if not lines:
            self.show([])
            return
        worst = lines[0]
        text = f"{_GLYPHS.get(worst.tone, '●')} {clean(worst.text)}"
        more = f"+{len(lines) - 1} more  " if len(lines) > 1 else ""
        self.show(
            [Item(((text, worst.tone),)), Item(((more, "dim"), ("f", "label"), (" feeds", "plain")), is_right=True)]
        )
