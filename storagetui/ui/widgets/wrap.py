"""Paragraphs of styled text, broken into lines of a width."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from storagetui.ui.widgets.paint import EMPTY, Line
from storagetui.view.text import fit, width

_WORDS = re.compile(r" +|[^ ]+")
_NARROWEST = 8


class Paragraph(NamedTuple):
    """Clean text of one meaning, in spans of a text and a style each; its further lines are indented."""

    spans: tuple[tuple[str, str], ...] = ()
    indent: int = 0
    """Cells by which the lines after the first are indented."""


BLANK = Paragraph()

Word = list[tuple[str, str]]


def wrapped(paragraphs: Iterable[Paragraph], cells: int) -> list[Line]:
    """The lines of paragraphs, none wider than `cells`: broken between words, and within a word that is too long."""
    return [line for paragraph in paragraphs for line in _lines(paragraph, max(1, cells))]


def _lines(paragraph: Paragraph, cells: int) -> Iterator[Line]:
    indent = paragraph.indent if paragraph.indent <= cells - _NARROWEST else 0
    line: Word = []
    used = 0
    gap: Word = []
    is_first = True
    for word in _words(paragraph.spans):
        if word[0][0].startswith(" "):
            gap = word
            continue
        length = _length(word)
        space = _length(gap)
        if line and used + space + length > cells >= indent + length:
            yield Line(tuple(line))
            is_first, gap, space = False, [], 0
            line, used = _margin(indent), indent
        elif (not line and not is_first) or used + space >= cells:
            gap, space = [], 0
        line += gap
        used += space
        gap = []
        for piece in _pieces(word, cells - used, cells - indent):
            if piece is None:
                yield Line(tuple(line))
                is_first = False
                line, used = _margin(indent), indent
            else:
                line.append(piece)
                used += width(piece[0])
    yield Line(tuple(line)) if line else EMPTY


def _words(spans: Sequence[tuple[str, str]]) -> Iterator[Word]:
    """Words and gaps in turn; a word may go on from one span into the next."""
    word: Word = []
    for text, style in spans:
        for token in _WORDS.findall(text):
            is_gap = token.startswith(" ")
            if word and is_gap != word[0][0].startswith(" "):
                yield word
                word = []
            word.append((token, style))
    if word:
        yield word


def _pieces(word: Word, room: int, whole: int) -> Iterator[tuple[str, str] | None]:
    """The spans of a word, cut where a line ends; None stands for the end of a line."""
    for text, style in word:
        while text:
            taken = _prefix(text, room)
            if not taken and room < whole:
                yield None
                room = whole
                continue
            piece = text[:taken] if taken else fit(text[:1], room)
            yield piece, style
            room -= width(piece)
            text = text[max(1, taken) :]


def _prefix(text: str, room: int) -> int:
    """How many characters fit into so many cells."""
    if text.isascii():
        return max(0, room)
    used = 0
    for position, character in enumerate(text):
        used += width(character)
        if used > room:
            return position
    return len(text)


def _margin(indent: int) -> Word:
    return [(" " * indent, "plain")] if indent else []


def _length(word: Word) -> int:
    return sum(width(text) for text, _ in word)
