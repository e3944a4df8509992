"""A scrolling widget made of lines that are values: only what differs from what was painted is painted again."""

from abc import abstractmethod
from typing import Any

from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from storagetui.ui.hardened import forget_strips, set_scrolled_size
from storagetui.ui.theme import palette_of
from storagetui.ui.widgets import paint
from storagetui.ui.widgets.paint import EMPTY, Line, Palette


class LineView(ScrollView, can_focus=True, inherit_bindings=False):
    """The base of all widgets that show text from the cluster.

    A subclass says what stands on each line of the screen (`line_at`) and calls `repaint` when that may have changed.
    Lines hold clean text and names of styles, never markup.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    LineView {
        background: $background; color: $foreground; height: 1fr;
        overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._painted: list[Line] = []
        """What stands on each line of the screen; empty when nothing of it is valid any more."""
        self._painted_at = 0
        """The width at which it was painted."""
        self._palette: Palette | None = None
        """The colors that the strips were made of."""

    @property
    def cells(self) -> int:
        """The width of a line: a scroll bar is not part of it."""
        return self.scrollable_content_region.width

    @property
    def height(self) -> int:
        """The number of lines that are visible."""
        return self.scrollable_content_region.height

    @abstractmethod
    def line_at(self, y: int) -> Line:
        """What line `y` of the visible part shows at the present scroll position."""

    def prepare(self) -> None:
        """Called before lines are asked for; a subclass lays itself out here when its width has changed."""

    def repaint(self) -> None:
        """Ask for all visible lines again and refresh where they differ from what was painted."""
        if not self._is_valid:
            self.repaint_all()
            return
        fresh = self._lines()
        cells = self._painted_at
        pairs = zip(self._painted, fresh, strict=True)
        changes = [paint.difference(old, new, y, cells) for y, (old, new) in enumerate(pairs)]
        self._painted = fresh
        regions: list[Region] = [region for region in changes if region is not None]
        if regions:
            self.refresh(*regions)

    def repaint_all(self) -> None:
        """Nothing that was painted holds any more."""
        self._painted = []
        self.refresh()

    def set_lines(self, count: int) -> None:
        """How many lines there are to scroll through."""
        size = Size(1, count)
        if size != self.virtual_size:
            set_scrolled_size(self, size)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Textual's question for strips, which are made anew when the colors are other ones."""
        palette = palette_of(self)
        if palette is not self._palette:
            self._palette = palette
            forget_strips(self)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line of the visible part."""
        if not self._is_valid:
            self._painted = self._lines()
            self._painted_at = self.cells
        line = self._painted[y] if y < len(self._painted) else EMPTY
        return paint.strip(line, self.cells, self._palette or palette_of(self))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other lines are visible now."""
        if round(old_value) != round(new_value):
            self._painted = []
        super().watch_scroll_y(old_value, new_value)

    def on_resize(self) -> None:
        """The width may have changed, and with it every line."""
        self._painted = []
        self.prepare()
        self.refresh()

    def on_focus(self) -> None:
        """The cursor looks otherwise with the focus."""
        self.repaint()

    def on_blur(self) -> None:
        """The cursor looks otherwise without the focus."""
        self.repaint()

    @property
    def _is_valid(self) -> bool:
        return bool(self._painted) and len(self._painted) == self.height and self._painted_at == self.cells

    def _lines(self) -> list[Line]:
        self.prepare()
        return [self.line_at(y) for y in range(self.height)]
