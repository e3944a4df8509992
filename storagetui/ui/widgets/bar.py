"""One line of the screen, made of items of which the least important go where there is no room."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from textual.geometry import Size

from storagetui.ui.widgets.line_view import LineView
from storagetui.ui.widgets.paint import EMPTY, Line, lengths
from storagetui.view.text import ELLIPSIS, fit, width


class Item(NamedTuple):
    """A stretch of a bar that is shown whole or, unless it is indispensable, not at all."""

    spans: tuple[tuple[str, str], ...]
    priority: int = 0
    """0 is never left out; where there is no room the highest number goes first, the rightmost of several."""
    is_right: bool = False
    """Whether it stands at the right end."""
    short: tuple[tuple[str, str], ...] = ()
    """What is shown instead where there is no room for all of it, and then goes among the last."""


class Bar(LineView, can_focus=False):
    """A bar of one line."""

    DEFAULT_CSS = """
    Bar { height: 1; overflow-y: hidden; }
    """

    def __init__(self, base: str = "bar", *, gap: int = 2, **options: Any) -> None:
        super().__init__(**options)
        self._base = base
        self._gap = gap
        self._items: tuple[Item, ...] = ()

    def show(self, items: Sequence[Item]) -> None:
        """Show these items in place of those before."""
        fresh = tuple(items)
        if fresh != self._items:
            self._items = fresh
            self.repaint()

    def line_at(self, y: int) -> Line:
        """The line."""
        return bar_line(self._items, self.cells, self._base, self._gap) if y == 0 else EMPTY

    @property
    def text(self) -> str:
        """What the bar says at its present width."""
        return "".join(text for text, _ in self.line_at(0).spans)


class Flow(LineView, can_focus=False):
    """Items one after the other on as many lines as they need; none is broken in the middle."""

    DEFAULT_CSS = """
    Flow { height: auto; overflow-y: hidden; }
    """

    def __init__(self, *, gap: int = 3, **options: Any) -> None:
        super().__init__(**options)
        self._gap = gap
        self._items: tuple[tuple[str, str], ...] = ()

    def show(self, items: Sequence[tuple[str, str]]) -> None:
        """Show these items in place of those before."""
        fresh = tuple(items)
        if fresh != self._items:
            self._items = fresh
            self.refresh(layout=True)
            self.repaint_all()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The lines that the items need."""
        return len(flow_lines(self._items, width, self._gap))

    def line_at(self, y: int) -> Line:
        """One of the lines."""
        lines = flow_lines(self._items, self.cells, self._gap)
        return lines[y] if y < len(lines) else EMPTY


def flow_lines(items: Sequence[tuple[str, str]], cells: int, gap: int) -> list[Line]:
    """Items on lines of a width, with a cell free at either end; one that is too wide alone is cut."""
    lines: list[Line] = []
    spans: list[tuple[str, str]] = []
    used = 1
    for text, style in items:
        length = width(text)
        if spans and used + gap + length > cells - 1:
            lines.append(Line(((" ", "plain"), *spans)))
            spans, used = [], 1
        if spans:
            spans.append((" " * gap, "plain"))
            used += gap
        spans.append((fit(text, max(0, cells - 2)) if length > cells - 2 else text, style))
        used += length
    if spans:
        lines.append(Line(((" ", "plain"), *spans)))
    return lines


def bar_line(items: Sequence[Item], cells: int, base: str, gap: int) -> Line:
    """The line of the items that have room, with a cell free at either end."""
    shown = [item for item in items if item.spans]
    while _needed(shown, gap) > cells and any(item.priority for item in shown):
        worst = max(item.priority for item in shown)
        position = max(number for number, item in enumerate(shown) if item.priority == worst)
        item = shown.pop(position)
        if item.short:
            shown.insert(position, Item(item.short, min(item.priority, 1), item.is_right))
    left = _joined([item for item in shown if not item.is_right], gap)
    right = _joined([item for item in shown if item.is_right], gap)
    room = cells - lengths(left) - lengths(right) - 2
    apart = gap if left and right else 0
    if room < apart:
        left = cut(left, max(0, lengths(left) + room - apart))
        room = cells - lengths(left) - lengths(right) - 2
    return Line(((" ", base), *left, (" " * max(0, room), base), *right, (" ", base)), base)


def cut(spans: Sequence[tuple[str, str]], cells: int) -> tuple[tuple[str, str], ...]:
    """The spans, cut to so many cells with a sign at the end where something is missing."""
    if lengths(spans) <= cells:
        return tuple(spans)
    kept: list[tuple[str, str]] = []
    room = cells
    for text, style in spans:
        length = width(text)
        if length >= room:
            kept.append((fit(text, room) if length > room else fit(text + ELLIPSIS, room), style))
            break
        kept.append((text, style))
        room -= length
    return tuple(kept)


def _needed(items: Sequence[Item], gap: int) -> int:
    return sum(lengths(item.spans) for item in items) + gap * max(0, len(items) - 1) + 2


def _joined(items: Sequence[Item], gap: int) -> tuple[tuple[str, str], ...]:
    spans: list[tuple[str, str]] = []
    for item in items:
        if spans:
            spans.append((" " * gap, "plain"))
        spans += item.spans
    return tuple(spans)
