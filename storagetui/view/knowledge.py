"""What the feeds allow to be said: unknown is neither zero nor healthy."""

from collections.abc import Iterable
from functools import lru_cache

from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.change import FeedState
from storagetui.model.keys import Kind
from storagetui.view.column import NONE, UNKNOWN, Cell, Tone
from storagetui.view.text import clean


def is_known(frame: Frame, kind: Kind) -> bool:
    """Whether the absence of an object of this kind means that it does not exist.

    It does once every feed of the kind has been listed and is not refused, and where the server has no such kind.
    """
    return kind in _known(frame)


def known_kinds(frame: Frame, kinds: Iterable[Kind]) -> frozenset[Kind]:
    """Those of the kinds that are known."""
    return _known(frame).intersection(kinds)


@lru_cache(2)
def _known(frame: Frame) -> frozenset[Kind]:
    """Asked for every cell, so folded once for a Frame; two are kept because changes are told between two."""
    known = set()
    for kind in {feed.kind for feed in frame.feeds}:
        health = frame.health(kind)
        if health is None or health.state is FeedState.FORBIDDEN:
            continue
        if health.was_listed or health.state is FeedState.ABSENT:
            known.add(kind)
    return frozenset(known)


def nothing(frame: Frame, *kinds: Kind) -> Cell:
    """What to show where nothing was found: that there is nothing, or that it cannot be known."""
    return Cell(NONE, Tone.DIM) if all(is_known(frame, kind) for kind in kinds) else Cell(UNKNOWN, Tone.NOTE)


def absent(frame: Frame, name: str, kind: Kind) -> Cell:
    """A named object that was not found: gone for certain, or merely not known."""
    if is_known(frame, kind):
        return Cell(f"{clean(name)} (gone)", Tone.WARN)
    return Cell(f"{clean(name)} {UNKNOWN}", Tone.PLAIN)


def plain(text: str, tone: Tone = Tone.PLAIN) -> Cell:
    """A cell of text from the cluster; `–` when it is empty."""
    return Cell(clean(text), tone) if text else Cell(NONE, Tone.DIM)


def name_or_unknown(record: Record | None, name: str, frame: Frame, kind: Kind) -> Cell:
    """The name of an object that another one refers to, and whether it is there."""
    if not name:
        return Cell(NONE, Tone.DIM)
    return Cell(clean(name)) if record is not None else absent(frame, name, kind)
