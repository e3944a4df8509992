"""A pane of text: describe, events, YAML, help."""

from collections.abc import Sequence
from typing import Any

from textual.geometry import Size

from storagetui.ui import keys
from storagetui.ui.widgets.line_view import LineView
from storagetui.ui.widgets.paint import EMPTY, Line, text_of
from storagetui.ui.widgets.wrap import Paragraph, wrapped


class LinePane(LineView):
    """Paragraphs wrapped to the pane's width, scrolled by lines; new text repaints only the lines that differ."""

    BINDINGS = keys.bindings(keys.PANE)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._paragraphs: tuple[Paragraph, ...] = ()
        self._wrapped: list[Line] = []
        self._wrapped_at = -1

    def show(self, paragraphs: Sequence[Paragraph], *, from_top: bool = False) -> None:
        """Show a text in place of the one before; the scroll position stays unless another subject begins."""
        fresh = tuple(paragraphs)
        if fresh != self._paragraphs:
            self._paragraphs = fresh
            self._wrapped_at = -1
            self.prepare()
            if self.styles.auto_dimensions:
                self.refresh(layout=True)
        if from_top and self.scroll_y:
            self.scroll_to(y=0, animate=False, force=True)
        self.repaint()

    @property
    def text(self) -> str:
        """The whole text as it is wrapped now, a line each."""
        self.prepare()
        return "\n".join(text_of(line).rstrip() for line in self._wrapped)

    @property
    def source(self) -> str:
        """The whole text as it would be without wrapping, to be copied."""
        return "\n".join("".join(text for text, _ in one.spans).rstrip() for one in self._paragraphs)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The lines that the text needs at a width, for panes that are as high as their text."""
        return len(wrapped(self._paragraphs, width - 1))

    def prepare(self) -> None:
        """Wrap the text anew when the width is another one."""
        cells = self.cells - 1
        if cells != self._wrapped_at and cells > 0:
            self._wrapped = wrapped(self._paragraphs, cells)
            self._wrapped_at = cells
            self.set_lines(len(self._wrapped))

    def line_at(self, y: int) -> Line:
        """A line of the text."""
        number = round(self.scroll_y) + y
        return self._wrapped[number] if number < len(self._wrapped) else EMPTY

    def action_scroll_by(self, lines: int) -> None:
        """Scroll down by lines, or up when negative."""
        self.scroll_to(y=self.scroll_y + lines, animate=False, force=True)

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll by what is visible, less a line."""
        self.action_scroll_by(pages * max(1, self.height - 1))

    def action_first(self) -> None:
        """Scroll to the first line."""
        self.scroll_to(y=0, animate=False, force=True)

    def action_last(self) -> None:
        """Scroll to the last line."""
        self.scroll_to(y=self.max_scroll_y, animate=False, force=True)
