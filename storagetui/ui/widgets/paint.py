"""Lines as values, and from them the strips that Textual shows."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from storagetui.view.text import fit, width

PLAIN = "plain"
CURSOR = "cursor"
"""The row of the cursor in the widget that has the focus."""
RESTING = "resting"
"""The row of the cursor in a widget that has not."""
HEADER = "header"
CELL = "cell"
"""The one cell of the cursor's row that the cursor stands on."""

STYLES = (PLAIN, "ok", "note", "warn", "error", "dim", "title", "label", "match", CELL, "bar", CURSOR, RESTING, HEADER)
"""The names of all component classes of a line, without their prefix; the tones of view are among them."""

CLASSES = {f"line--{name}" for name in STYLES}
"""The component classes themselves."""


class Span(NamedTuple):
    """A stretch of a line: clean text, and the name of its style. A Cell of view is as good."""

    text: str
    style: str = PLAIN


class Line(NamedTuple):
    """One line of the screen as a value: equal lines look the same."""

    spans: tuple[tuple[str, str], ...]
    base: str = PLAIN
    """The style under all spans."""


EMPTY = Line(())


class Palette:
    """The styles of lines, mixed once. Colors that change come as another palette."""

    def __init__(self, resolve: Callable[[str], Style], resolve_partial: Callable[[str], Style]) -> None:
        """`resolve` gives the style of a component class upon its background, `resolve_partial` the style alone."""
        self._resolve = resolve
        self._resolve_partial = resolve_partial
        self._mixed: dict[tuple[str, str], Style] = {}

    def style(self, base: str, name: str) -> Style:
        """A named style upon the style of its line; a reversed line keeps to itself, or its colors would be lost."""
        mixed = self._mixed.get((base, name))
        if mixed is None:
            under = self._resolve(f"line--{base}")
            keeps = name in (PLAIN, base) or (under.reverse and name not in ("match", CELL))
            mixed = under if keeps else under + self._resolve_partial(f"line--{name}")
            self._mixed[base, name] = mixed
        return mixed


def strip(line: Line, cells: int, palette: Palette) -> Strip:
    """The line as exactly so many cells; what does not fit is cut with a sign.

    Neighbors of one style become one segment: each segment costs the terminal a change of colors.
    """
    segments: list[Segment] = []
    run: list[str] = []
    running = palette.style(line.base, PLAIN)
    used = 0
    for text, name in (*line.spans, (" " * cells, PLAIN)):
        length = width(text)
        if used + length > cells:
            text = fit(text, cells - used) if name != PLAIN or text.strip() else text[: cells - used]
            length = cells - used
        if not length:
            continue
        style = palette.style(line.base, name)
        if style != running and run:
            segments.append(Segment("".join(run), running))
            run = []
        running = style
        run.append(text)
        used += length
    if run:
        segments.append(Segment("".join(run), running))
    return Strip(segments, cells)


def difference(old: Line, new: Line, y: int, cells: int) -> Region | None:
    """The part of line `y` that has to be painted again: from the first span that differs to the last."""
    if old == new:
        return None
    if old.base != new.base or len(old.spans) != len(new.spans):
        return Region(0, y, cells, 1)
    start, end, left, right = 0, 0, -1, 0
    for before, after in zip(old.spans, new.spans, strict=True):
        length, other = width(after[0]), width(before[0])
        end = start + length
        if before != after:
            if length != other:
                return Region(left if left >= 0 else start, y, cells, 1)
            left = left if left >= 0 else start
            right = end
        start = end
    return Region(left, y, right - left, 1)


def line_of(*spans: tuple[str, str], base: str = PLAIN) -> Line:
    """A line of these spans, the empty ones left out."""
    return Line(tuple(span for span in spans if span[0]), base)


def text_of(line: Line) -> str:
    """What the line says."""
    return "".join(text for text, _ in line.spans)


def lengths(spans: Sequence[tuple[str, str]]) -> int:
    """The cells that spans take."""
    return sum(width(text) for text, _ in spans)
