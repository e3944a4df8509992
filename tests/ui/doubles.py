"""A session that shows what a test gives it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from storagetui.actions.journal import Journal
from storagetui.actions.plan import Approval, Verb
from storagetui.errors import KubeconfigError, StorageTuiError
from storagetui.frame import Frame
from storagetui.kube.errors import Status, status_error
from storagetui.kube.kubeconfig import ContextLine
from storagetui.model.keys import Key
from storagetui.rights import Rights
from storagetui.runs import Runs
from storagetui.source import ClusterIdentity
from storagetui.ui.outlook import Live
from tests.build import NOW, Json, frame_of

IDENTITY = ClusterIdentity(cluster_id="test-cluster", context="prod-eu-1", server="https://10.0.0.1:6443", user="")


class StaticSession:
    """Publishes the Frames it is given; its time stands still until it is moved."""

    def __init__(self, frame: Frame | None = None) -> None:
        self.identity = IDENTITY
        self.frame = frame if frame is not None else frame_of()
        self.at = NOW
        self.objects: dict[Key, Json] = {}
        """What `read` answers with."""
        self.reads: list[Key] = []
        self.looked_into: list[str] = []
        self.followed: list[Key] = []
        """What is followed at the moment."""
        self._changed = asyncio.Event()
        self.refused = False
        """Whether the user may do nothing."""
        self.approved: list[Approval] = []
        self.rights = Rights(self._may, self.progress)
        self.runs = Runs(Journal(Path("no-journal")), read_only=False, changed=self.progress)

    def now(self) -> datetime:
        return self.at

    def publish(self, frame: Frame) -> None:
        """Make a Frame the latest one, numbered after the one before."""
        number = self.frame.number + 1
        self.frame = Frame(
            number=number,
            cluster_id=frame.cluster_id,
            at=frame.at,
            cluster=frame.cluster,
            findings=frame.findings,
            feeds=frame.feeds,
            changed=frame.changed | self.frame.changed,
            rediagnosed=frame.rediagnosed | self.frame.rediagnosed,
            groups=frame.groups,
        )
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def pass_time(self, seconds: float) -> None:
        """Let the cluster's clock go on."""
        self.at += timedelta(seconds=seconds)

    def progress(self) -> None:
        """Something that is no fact has changed."""
        self.publish(self.frame)

    def act(self, approval: Approval) -> str:
        self.approved.append(approval)
        return f"run-{len(self.approved)}"

    async def _may(self, verb: Verb, key: Key) -> tuple[bool, str]:
        return not self.refused, ""

    async def frames(self) -> AsyncIterator[Frame]:
        seen: Frame | None = None
        while True:
            changed = self._changed
            if self.frame is not seen:
                seen = self.frame
                yield seen
            else:
                await changed.wait()

    async def read(self, key: Key) -> bytes:
        self.reads.append(key)
        wire = self.objects.get(key)
        if wire is None:
            raise status_error(404, msgspec.json.encode(Status(404, "NotFound", f"{key} not found")))
        return msgspec.json.encode(wire)

    def look_into(self, namespace: str) -> None:
        self.looked_into.append(namespace)

    @asynccontextmanager
    async def follow(self, key: Key) -> AsyncIterator[None]:
        self.followed.append(key)
        try:
            yield
        finally:
            self.followed.remove(key)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Live]:
        """The session as an opener."""
        yield self


class Listed:
    """A kubeconfig of which the present context is one of three."""

    hold = staticmethod(nullcontext)

    async def lines(self) -> tuple[ContextLine, ...]:
        names = (("prod-eu-1", "shop"), ("simulated", ""), ("staging", ""))
        return tuple(ContextLine(name, f"{name}.example", "admin", space, "config", False) for name, space in names)

    def open(self, context: str) -> AbstractAsyncContextManager[Live]:
        raise KubeconfigError(f"{context} is only a name here")


class Troubled:
    """An opener that fails as often as it is told, then opens a session."""

    def __init__(self, session: StaticSession, *errors: StorageTuiError) -> None:
        self.errors = list(errors)
        self.session = session

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Live]:
        if self.errors:
            raise self.errors.pop(0)
        yield self.session
