"""Text that came from the cluster, made safe for a terminal: one printable line of known width.

The cluster's text is untrusted: a name or message may hold escape sequences, characters that turn the writing
direction, or characters that look like nothing at all. What is taken away is shown as U+FFFD: a reader sees that
something was there.
"""

import re
import unicodedata
from functools import lru_cache

REPLACEMENT = "\ufffd"
ELLIPSIS = "…"
LINE_END = "↵"

_UNSAFE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # zero width, bidi, separators
    "\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # fillers that print as nothing
    "\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\u20e3"  # change the width of what stands before
    "\u1161-\u11ff\ud7b0-\ud7fb\u2630-\u2637\u268a-\u268f\u4dc0-\u4dff\U0001d300-\U0001d376"  # width is in dispute
    "\ud800-\udfff\ufff0-\uffff\U000e0000-\U000e0fff"  # surrogates, specials, tags
    "]"
)
_MARKS = 2
"""Combining marks that a character may carry: enough for any script, too few to run over the lines around."""


def clean(text: str) -> str:
    """One printable line: line ends become `↵`, tabs spaces, and what could act on the terminal U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", LINE_END).replace("\n", LINE_END).replace("\t", " ")
    text = _UNSAFE.sub(REPLACEMENT, unicodedata.normalize("NFC", text))
    return text if text.isascii() else "".join(_printable(text))


def clean_lines(text: str) -> list[str]:
    """The lines of a longer text, each clean."""
    return [clean(line) for line in text.replace("\r\n", "\n").split("\n")]


def width(text: str) -> int:
    """How many cells of a terminal a clean text takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def fit(text: str, cells: int, is_right: bool = False) -> str:
    """The text, cleaned and padded or cut to exactly so many cells; a cut is marked with `…`."""
    most = 8 * cells + 64
    if len(text) > most:
        text = text[:most] + ELLIPSIS  # what is never shown is neither cleaned nor remembered
    return _fit(text, cells, is_right)


@lru_cache(2048)
def _fit(text: str, cells: int, is_right: bool) -> str:
    text = clean(text)
    length = width(text)
    if length <= cells:
        return " " * (cells - length) + text if is_right else text + " " * (cells - length)
    if cells < 1:
        return ""
    taken, end = 0, 0
    while taken + _cells(text[end]) < cells:
        taken += _cells(text[end])
        end += 1
    return text[:end] + ELLIPSIS + " " * (cells - taken - 1)


def _printable(text: str) -> list[str]:
    kept: list[str] = []
    marks = _MARKS  # at the start there is nothing that could carry one
    for character in text:
        category = unicodedata.category(character)
        if category[0] == "M":
            marks += 1
            if marks <= _MARKS:
                kept.append(character)
            elif marks == _MARKS + 1:
                kept.append(REPLACEMENT)
            continue
        marks = 0
        kept.append(REPLACEMENT if category[0] == "C" or (category[0] == "Z" and category != "Zs") else character)
    return kept


@lru_cache(4096)
def _cells(character: str) -> int:
    if unicodedata.category(character)[0] == "M":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
