"""What the feeds allow to be said: unknown is neither zero nor healthy."""

from collections.abc import Iterable

from storagetui.frame import Frame, coverage
from storagetui.model.base import Record
from storagetui.model.change import FeedState
from storagetui.model.keys import Kind
from storagetui.view.column import NONE, UNKNOWN, Cell, Tone
from storagetui.view.text import clean


def is_known(frame: Frame, kind: Kind, namespace: str = "") -> bool:
    """Whether the absence of an object of this kind, in a namespace or anywhere, means that it does not exist.

    It does once the feed that covers the place has been listed and is not refused, and where the server has no such
    kind.
    """
    health = coverage(frame).health(kind, namespace)
    if health is None or health.state is FeedState.FORBIDDEN:
        return False
    return health.was_listed or health.state is FeedState.ABSENT


def known_kinds(frame: Frame, kinds: Iterable[Kind]) -> frozenset[tuple[Kind, str]]:
    """Those of the kinds that are known, each with the namespaces of which alone that holds, or an empty one."""
    known = coverage(frame)
    everywhere = {(kind, "") for kind in kinds if is_known(frame, kind)}
    return frozenset(
        everywhere
        | {(kind, place) for kind in kinds for place in known.namespaces(kind) if is_known(frame, kind, place)}
    )


def nothing(frame: Frame, *kinds: Kind, namespace: str = "") -> Cell:
    """What to show where nothing was found: that there is nothing, or that it cannot be known."""
    is_all_known = all(is_known(frame, kind, namespace) for kind in kinds)
    return Cell(NONE, Tone.DIM) if is_all_known else Cell(UNKNOWN, Tone.NOTE)


def absent(frame: Frame, name: str, kind: Kind, namespace: str = "") -> Cell:
    """A named object that was not found: gone for certain, or merely not known."""
    if is_known(frame, kind, namespace):
        return Cell(f"{clean(name)} (gone)", Tone.WARN)
    return Cell(f"{clean(name)} {UNKNOWN}", Tone.PLAIN)


def plain(text: str, tone: Tone = Tone.PLAIN) -> Cell:
    """A cell of text from the cluster; `–` when it is empty."""
    return Cell(clean(text), tone) if text else Cell(NONE, Tone.DIM)


def name_or_unknown(record: Record | None, name: str, frame: Frame, kind: Kind, namespace: str = "") -> Cell:
    """The name of an object that another one refers to, and whether it is there."""
    if not name:
        return Cell(NONE, Tone.DIM)
    return Cell(clean(name)) if record is not None else absent(frame, name, kind, namespace)
