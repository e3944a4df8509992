"""What the description of an object is made of."""

from collections.abc import Iterable
from typing import NamedTuple

from storagetui.model.keys import Key
from storagetui.view.column import NONE, Cell, Tone
from storagetui.view.text import clean


class Line(NamedTuple):
    """One fact: a label, and a value of any length that is clean but not wrapped."""

    label: str
    """Empty for a line that goes on with the one before."""
    value: str
    tone: Tone = Tone.PLAIN
    key: Key | None = None
    """The object that the value names, if it can be opened."""


class Section(NamedTuple):
    """Lines under a title."""

    title: str
    lines: tuple[Line, ...]


def section(title: str, lines: Iterable[Line | None]) -> Section:
    """A section of those lines that are there."""
    return Section(title, tuple(line for line in lines if line is not None))


def fact(label: str, value: str | Cell, tone: Tone = Tone.PLAIN, key: Key | None = None) -> Line:
    """A line whose value is always shown: `–` where it is empty."""
    if isinstance(value, Cell):
        return Line(label, value.text, value.tone if tone is Tone.PLAIN else tone, key)
    return Line(label, clean(value) or NONE, tone if value else Tone.DIM, key)


def optional(label: str, value: str, tone: Tone = Tone.PLAIN, key: Key | None = None) -> Line | None:
    """A line that is left out where there is nothing to say."""
    return Line(label, clean(value), tone, key) if value else None


def listed(label: str, lines: Iterable[Line]) -> list[Line]:
    """Several lines of which only the first bears the label."""
    return [line._replace(label=label if number == 0 else "") for number, line in enumerate(lines)]
