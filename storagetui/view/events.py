"""The events of an object as lines, latest first."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from storagetui.cluster.chains import events_about, events_of
from storagetui.frame import Frame
from storagetui.model.events import NORMAL, WARNING, Event
from storagetui.model.keys import Key
from storagetui.view.column import UNKNOWN, Tone
from storagetui.view.format import age, clock
from storagetui.view.text import clean

GLYPHS = {NORMAL: "✓", WARNING: "▲"}


class EventLine(NamedTuple):
    """One event, all of it clean."""

    key: Key
    time: str
    """Local time when it was seen last."""
    age: str
    glyph: str
    reason: str
    component: str
    """Who reported it, and from which node."""
    times: str
    """`×4`, empty for a single one."""
    message: str
    """In full, on one line; to be wrapped where it is shown."""
    tone: Tone
    first: str
    """Local time when it was seen first, empty for a single one."""


def event_lines(frame: Frame, key: Key, uid: str, now: datetime) -> tuple[EventLine, ...]:
    """The events about the object of that key and uid; those without a uid too while it is there."""
    record = frame.cluster.find(key)
    if record is not None and record.uid == uid:
        return lines_of(events_about(frame.cluster, record), now)
    return lines_of(events_of(frame.cluster, uid), now)


def lines_of(events: Iterable[Event], now: datetime) -> tuple[EventLine, ...]:
    """Events as lines, in the order given."""
    return tuple(_line(event, now) for event in events)


def _line(event: Event, now: datetime) -> EventLine:
    host = f" on {event.host}" if event.host else ""
    return EventLine(
        key=event.key,
        time=clock(event.last_seen, now),
        age=age(event.last_seen, now),
        glyph=GLYPHS.get(event.type, "●"),
        reason=clean(event.reason) or UNKNOWN,
        component=clean(event.component + host),
        times=f"×{event.count:,}" if event.count > 1 else "",
        message=clean(event.message.strip()),
        tone=Tone.WARN if event.type == WARNING else Tone.PLAIN,
        first=clock(event.first_seen, now) if event.count > 1 else "",
    )
