"""A source that says what a test tells it to say, in the loop's time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from storagetui.actions.plan import PlannedRequest
from storagetui.frame import Frame
from storagetui.kube.errors import Status, status_error
from storagetui.model.base import Record
from storagetui.model.change import Change, Feed, FeedHealth, FeedState, Put, Replace
from storagetui.model.keys import Key, Kind
from storagetui.session import Session
from storagetui.settings import Settings
from storagetui.source import ClusterIdentity
from tests.build import NOW, Json

IDENTITY = ClusterIdentity(cluster_id="test-cluster", context="test", server="https://127.0.0.1:6443")


class ScriptedSource:
    """Implements Source. Its clock shows NOW when the loop's shows zero."""

    identity = IDENTITY
    clock_ahead = timedelta()

    def __init__(self) -> None:
        self.wanted: list[Feed] = []
        """The feeds that are wanted now, in the order in which they were asked for."""
        self.objects: dict[Key, Json] = {}
        """What `read` answers with."""
        self._emit: Callable[[Change], None] | None = None
        self._unsaid: list[Change] = []

    def now(self) -> datetime:
        return NOW + timedelta(seconds=asyncio.get_running_loop().time())

    def add(self, feed: Feed) -> None:
        assert feed not in self.wanted
        self.wanted.append(feed)

    def remove(self, feed: Feed) -> None:
        self.wanted.remove(feed)

    async def run(self, emit: Callable[[Change], None]) -> None:
        self._emit = emit
        for change in self._unsaid:
            emit(change)
        await asyncio.get_running_loop().create_future()

    def say(self, *changes: Change) -> None:
        """Hand changes on, now or as soon as the source runs."""
        for change in changes:
            if self._emit is not None:
                self._emit(change)
            else:
                self._unsaid.append(change)

    def put(self, *records: Record, feed: Feed | None = None) -> None:
        """Say that objects are there, on the feed of their kind unless told otherwise."""
        self.say(*(Put(feed or Feed(record.kind), record) for record in records))

    def all_live(self) -> None:
        """Say that every wanted feed has listed what it has said and is live."""
        for feed in self.wanted:
            self.say(FeedHealth(feed=feed, state=FeedState.LIVE, was_listed=True))

    async def read(self, key: Key) -> bytes:
        if key not in self.objects:
            raise status_error(404, msgspec.json.encode(Status(404, "NotFound", f"{key} not found")))
        return msgspec.json.encode(self.objects[key])

    async def may(self, verb: str, key: Key) -> tuple[bool, str]:
        return key.kind is not Kind.NODE, f"{verb} of {key.kind}"

    async def send(self, request: PlannedRequest, *, dry_run: bool) -> None:
        raise NotImplementedError


@asynccontextmanager
async def session_on(
    source: ScriptedSource, folder: Path, *namespaces: str, settings: Settings | None = None
) -> AsyncIterator[Session]:
    """A session that runs while this is open; nothing of it is left afterwards."""
    before = asyncio.all_tasks()
    session = Session(source, settings or Settings(), namespaces, folder)
    task = asyncio.create_task(session.run())
    try:
        await asyncio.sleep(0)
        yield session
        assert not task.done(), task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert asyncio.all_tasks() <= before


class Reader:
    """What somebody sees who reads frames, each with its time."""

    def __init__(self, session: Session, pause_s: float = 0.0) -> None:
        self.frames: list[Frame] = []
        self.times: list[float] = []
        self._session = session
        self._pause_s = pause_s
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Reader":
        self._task = asyncio.create_task(self._read())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *exception: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        async for frame in self._session.frames():
            self.frames.append(frame)
            self.times.append(loop.time())
            if self._pause_s:
                await asyncio.sleep(self._pause_s)


def listed(feed: Feed, *records: Record) -> list[Change]:
    """A whole list of a feed, as a reflector says it."""
    puts = [Put(feed, record) for record in records]
    live = FeedHealth(feed=feed, state=FeedState.LIVE, listed=len(records), expected=len(records), was_listed=True)
    return [*puts, Replace(feed, frozenset(record.key for record in records)), live]
