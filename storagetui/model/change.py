"""All that a feed can say."""

from datetime import datetime
from enum import StrEnum

import msgspec

from storagetui.model.base import Record
from storagetui.model.keys import Key, Kind


class Feed(msgspec.Struct, frozen=True, gc=False, order=True, cache_hash=True):
    """One stream of facts: a kind, in all namespaces or one, narrowed by a field selector or not."""

    kind: Kind
    namespace: str = ""
    """Empty for all namespaces, and for kinds that have none."""
    field_selector: str = ""

    def __str__(self) -> str:
        where = f" in {self.namespace}" if self.namespace else ""
        which = f" where {self.field_selector}" if self.field_selector else ""
        return f"{self.kind}{where}{which}"


class Put(msgspec.Struct, frozen=True):
    """An object is there, or is now like this."""

    feed: Feed
    record: Record


class Drop(msgspec.Struct, frozen=True):
    """The feed no longer shows an object: it is gone, or no longer matches the feed's selector."""

    feed: Feed
    key: Key


class Replace(msgspec.Struct, frozen=True):
    """A list is complete: what the feed shows is exactly these objects, all of which were Put."""

    feed: Feed
    keys: frozenset[Key]


class FeedState(StrEnum):
    """How much of what a feed once said may be believed now."""

    CONNECTING = "connecting"
    LISTING = "listing"
    LIVE = "live"
    STALE = "stale"
    FORBIDDEN = "forbidden"
    ABSENT = "absent"
    """The server does not know the kind."""


class SetAside(msgspec.Struct, frozen=True):
    """An object that could not be read; the rest of the feed goes on."""

    namespace: str
    name: str
    """Empty when not even the name could be read."""
    reason: str


class FeedHealth(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a feed, as its reflector says it and the session dates it."""

    feed: Feed
    state: FeedState
    message: str = ""
    """Why, and what helps, in a sentence; empty when there is nothing to say."""
    quiet_s: float = 0.0
    """Seconds since the server's last word at the moment this was said."""
    is_catching_up: bool = False
    """Whether the server is heard again, and has yet to say what changed meanwhile; of STALE alone."""
    since: datetime | None = None
    """Since when the state holds; for STALE since the server's last word. None until the session dates it."""
    listed: int = 0
    """Objects listed so far."""
    expected: int | None = None
    """Objects that the list will have, when the server tells."""
    was_listed: bool = False
    """Whether a complete list has been seen at all: without one, absence of an object means nothing."""
    is_partial: bool = False
    """Whether single objects are known and no list of them, as in a dump: others may exist."""
    set_aside: tuple[SetAside, ...] = ()
    """The latest objects that could not be read, at most twenty."""
    set_aside_count: int = 0


class Reachability(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the server answers at all, asked beside the feeds: a stopped server leaves watches open and silent."""

    is_answering: bool
    message: str = ""
    quiet_s: float = 0.0
    """Seconds since the last answer."""


Change = Put | Drop | Replace | FeedHealth | Reachability
