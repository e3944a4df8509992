"""Where a session gets its facts and its time from: a live cluster now, a recording another day."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from storagetui.actions.plan import PlannedRequest
from storagetui.model.change import Change, Feed
from storagetui.model.keys import Key


class ClusterIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Which cluster, and as whom: carried by whatever outlives a screen."""

    cluster_id: str
    """Stable for one cluster reached through one context."""
    context: str
    server: str
    user: str = ""


class Source(Protocol):
    """All that a session knows of the world."""

    @property
    def identity(self) -> ClusterIdentity:
        """Which cluster this is."""

    def now(self) -> datetime:
        """The cluster's time, as well as it is known: aware, UTC."""

    @property
    def clock_ahead(self) -> timedelta:
        """How far this machine's clock is ahead of the cluster's, as well as it is known."""

    def add(self, feed: Feed) -> None:
        """Start a feed; nothing happens when it runs already."""

    def remove(self, feed: Feed) -> None:
        """End a feed; it says nothing more."""

    async def run(self, emit: Callable[[Change], None]) -> None:
        """Hand on every change, in order, until cancelled."""

    async def read(self, key: Key) -> bytes:
        """The whole object as JSON, read now; raises ApiError."""

    async def may(self, verb: str, key: Key) -> tuple[bool, str]:
        """Whether the user may do that to the object, and the server's reason; raises ApiError."""

    async def send(self, request: PlannedRequest, *, dry_run: bool) -> None:
        """Send a write; raises StatusError, or ConnectionLost when no answer came."""
