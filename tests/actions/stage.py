"""A session on a simulated cluster, with a record of what was written and faults in between."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import msgspec

from storagetui.frame import Frame
from storagetui.kube import writes  # noqa: F401 - imported late it would let fake time run on
from storagetui.kube.api import Answer, Api, Request
from storagetui.kube.errors import ConnectionLost
from storagetui.model.change import FeedState
from storagetui.opening import running
from storagetui.session import Session
from storagetui.settings import Settings
from storagetui.sim.cluster import SimCluster
from storagetui.source import ClusterIdentity
from tests.waiting import frame_with

Before = Callable[[], Awaitable[None]]


class Recorder:
    """An Api in between: acts as a user, keeps what was written, and loses answers on command."""

    def __init__(self, api: Api, token: str = "") -> None:
        """Without a token the Api itself knows who acts."""
        self._api = api
        self._token = token
        self.dry_runs: list[Request] = []
        self.writes: list[Request] = []
        self.lose_before = False
        """Real writes vanish on the way to the server."""
        self.lose_after = False
        """The server acts, and its answer vanishes."""
        self.lose_reads = False
        """Reads of single objects vanish, from the first real write on."""
        self.before_write: Before | None = None
        """Run once, between the dry run and the real write."""
        self.before_dry_run: Before | None = None
        """Run once, between our guards and the dry run."""

    @asynccontextmanager
    async def _open(self, request: Request) -> AsyncIterator[Answer]:
        if self._token:
            identified = (*request.headers, ("Authorization", f"Bearer {self._token}"))
            request = msgspec.structs.replace(request, headers=identified)
        if not _is_write(request):
            if self.lose_reads and self.writes and not request.query:
                raise ConnectionLost("the connection was reset")
            async with self._api.open(request) as answer:
                yield answer
            return
        is_dry = _is_dry_run(request)
        if not is_dry and self.before_write is not None:
            change, self.before_write = self.before_write, None
            await change()
        if is_dry and self.before_dry_run is not None:
            change, self.before_dry_run = self.before_dry_run, None
            await change()
        (self.dry_runs if is_dry else self.writes).append(request)
        if self.lose_before and not is_dry:
            raise ConnectionLost("the connection was reset")
        async with self._api.open(request) as answer:
            if self.lose_after and not is_dry:
                raise ConnectionLost("the connection was reset before the answer")
            yield answer

    def open(self, request: Request) -> AbstractAsyncContextManager[Answer]:
        """See Api."""
        return self._open(request)


class Stage(msgspec.Struct, frozen=True):
    """What a test of actions plays on."""

    cluster: SimCluster
    session: Session
    wire: Recorder

    async def until(self, holds: Callable[[Frame], object], within_s: float = 1200.0) -> Frame:
        """The first Frame of which it holds."""
        return await frame_with(self.session, holds, within_s)


def is_loaded(frame: Frame) -> bool:
    """Whether every feed has been listed, or is of a kind that the server does not have."""
    feeds = frame.feeds.values()
    return bool(feeds) and all(one.was_listed or one.state is FeedState.ABSENT for one in feeds)


@asynccontextmanager
async def stage(
    folder: Path, *, scene: str = "calm", user: str = "admin", read_only: bool = False
) -> AsyncIterator[Stage]:
    """A running session on a scene; the journal goes to the folder."""
    async with SimCluster(scene=scene) as cluster:
        wire = Recorder(cluster.api, cluster.api.access.token_of(user))
        identity = ClusterIdentity(cluster_id="calm@simulated", context="calm", server="simulated")
        settings = Settings(read_only=read_only)
        opened = running(wire, identity, settings, "shop", now=cluster.clock.now, state_folder=folder)
        async with opened as session:
            made = Stage(cluster, session, wire)
            await made.until(is_loaded)
            yield made


def _is_write(request: Request) -> bool:
    return request.method != "GET" and "accessreviews" not in request.path


def _is_dry_run(request: Request) -> bool:
    """In the query for a patch, in the body for a delete."""
    return ("dryRun", "All") in request.query or b'"dryRun":["All"]' in request.body
