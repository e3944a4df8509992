"""What the screens look at: a session, its latest Frame and the namespace that was chosen."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from storagetui.actions.offers import Offer, Place, offers
from storagetui.actions.plan import Approval
from storagetui.frame import Frame
from storagetui.model.keys import Key
from storagetui.rights import Rights
from storagetui.runs import Runs
from storagetui.source import ClusterIdentity


class Live(Protocol):
    """The part of a Session that the screens use."""

    @property
    def identity(self) -> ClusterIdentity:
        """Which cluster, and as whom."""

    def frames(self) -> AsyncIterator[Frame]:
        """The latest Frame, then every later one."""

    def now(self) -> datetime:
        """The cluster's time, as well as it is known."""

    async def read(self, key: Key) -> bytes:
        """The whole object as JSON, read now; raises ApiError."""

    @property
    def runs(self) -> Runs:
        """The plans that are, and were, carried out."""

    @property
    def rights(self) -> Rights:
        """What the user may do."""

    def act(self, approval: Approval) -> str:
        """Carry an approved plan out; returns the id of the run. Raises StorageTuiError."""

    def look_into(self, namespace: str) -> None:
        """Look into this namespace too, where looking everywhere is forbidden."""

    def follow(self, key: Key) -> AbstractAsyncContextManager[None]:
        """While open, every event about the object arrives."""


Opener = Callable[[], AbstractAsyncContextManager[Live]]
"""Makes the connection when entered, which may take a while or raise StorageTuiError, and ends it when left."""


class Outlook:
    """One value for all screens of a cluster; only the App sets what is in it."""

    def __init__(self, namespace: str, *, context: str = "", read_only: bool = False, demo_note: str = "") -> None:
        self.context = context
        """What is, or will be, connected to; empty for the one that is current."""
        self.session: Live | None = None
        """None until the connection is made."""
        self.frame: Frame | None = None
        """None until the session has published one."""
        self.namespace = namespace
        """Empty for all namespaces."""
        self.read_only = read_only
        self.demo_note = demo_note
        self.told_runs: set[str] = set()
        """Ids of runs whose end the user has been told of."""

    def now(self) -> datetime | None:
        """The cluster's time; None before there is a session."""
        return self.session.now() if self.session is not None else None

    def present(self) -> Frame | None:
        """The latest Frame at the present moment: what depends on ages goes on while nothing is published."""
        frame, session = self.frame, self.session
        return replace(frame, at=max(frame.at, session.now())) if frame is not None and session is not None else None

    def offers(self, places: Iterable[Place]) -> tuple[Offer, ...]:
        """What can be done to these objects, and why something cannot, as things stand now."""
        frame, session = self.present(), self.session
        if frame is None or session is None:
            return ()
        rights = session.rights.refusal
        return tuple(one for place in places for one in offers(frame, place, rights, read_only=self.read_only))
