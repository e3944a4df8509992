"""Whether the object that was opened is still the one that has its name."""

from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple

from storagetui.frame import Frame
from storagetui.model.keys import Key
from storagetui.view.format import age, clock
from storagetui.view.knowledge import is_known


class Fate(Enum):
    """What has become of an object."""

    THERE = auto()
    DELETED = auto()
    REPLACED = auto()
    """Another one has taken its name."""
    UNKNOWN = auto()
    """Its kind is not in view (any more)."""


class Standing(NamedTuple):
    """What has become of an object, and the object that has its name now."""

    fate: Fate
    uid_now: str = ""
    made_at: datetime | None = None
    """When the one that has the name now was made."""


def standing(frame: Frame, key: Key, uid: str) -> Standing:
    """What has become of the object that was opened under this uid."""
    record = frame.cluster.find(key)
    if record is None:
        return Standing(Fate.DELETED if is_known(frame, key.kind, key.namespace) else Fate.UNKNOWN)
    if record.uid != uid:
        return Standing(Fate.REPLACED, record.uid, record.creation_timestamp)
    return Standing(Fate.THERE, record.uid, record.creation_timestamp)


def standing_text(now_is: Standing, last_seen: datetime | None, now: datetime) -> str:
    """What to say over the object; empty while it is there."""
    seen = f"what is shown was last seen at {clock(last_seen, now)}" if last_seen is not None else "nothing is known"
    if now_is.fate is Fate.DELETED:
        return f"✖ This object has been deleted; {seen}."
    if now_is.fate is Fate.REPLACED:
        made = f", made {age(now_is.made_at, now)} ago" if now_is.made_at is not None else ""
        return f"✖ Another object has this name now{made}: r opens it. This one is gone; {seen}."
    if now_is.fate is Fate.UNKNOWN:
        return f"▲ Objects of this kind are not in view any more; {seen}."
    return ""
