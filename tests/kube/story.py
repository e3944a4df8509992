"""What a reflector tells in a stretch of fake time, and what a store makes of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Generic, Protocol, TypeVar

from storagetui.cluster.store import Store
from storagetui.kube.api import Api
from storagetui.kube.reflector import Reflector
from storagetui.model.change import Change, Drop, Feed, FeedHealth, FeedState, Put, Replace
from storagetui.model.keys import Kind
from tests.kube.scripted import Asked

CLAIMS = Feed(Kind.PERSISTENT_VOLUME_CLAIM)


class CountingApi(Api, Protocol):
    """An Api that knows what it was asked, and how many answers are being read."""

    asked: list[Asked]
    open_now: int


A = TypeVar("A", bound=CountingApi)


class Story(Generic[A]):
    """The changes so far, each with its time."""

    def __init__(self, feed: Feed, api: A) -> None:
        self.feed = feed
        self.api = api
        self.told: list[tuple[float, Change]] = []
        self._store = Store()
        self._news = asyncio.Event()

    def take(self, change: Change) -> None:
        """Note a change, and check that nothing is called live that is not watched."""
        self.told.append((asyncio.get_running_loop().time(), change))
        self._news.set()
        if isinstance(change, Put | Drop | Replace):
            assert change.feed == self.feed
            self._store.apply([change])
        if isinstance(change, FeedHealth) and change.state is FeedState.LIVE:
            assert self.api.open_now == 1
            assert self.api.asked[-1].is_watch

    @property
    def changes(self) -> list[Change]:
        return [change for _, change in self.told]

    @property
    def healths(self) -> list[tuple[float, FeedHealth]]:
        return [(at, change) for at, change in self.told if isinstance(change, FeedHealth)]

    @property
    def health(self) -> FeedHealth:
        """The latest."""
        found = self.healths
        return found[-1][1] if found else FeedHealth(feed=self.feed, state=FeedState.CONNECTING)

    @property
    def states(self) -> list[FeedState]:
        """The states in order, each once while it lasts."""
        states = [health.state for _, health in self.healths]
        return [state for number, state in enumerate(states) if not number or state is not states[number - 1]]

    async def until(self, state: FeedState, within_s: float) -> None:
        """Wait for a state to be said; raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while self.health.state is not state:
                self._news.clear()
                await self._news.wait()

    def states_within(self, begin_s: float, end_s: float) -> list[FeedState]:
        """What was said in a stretch of time, and what held when it began."""
        before = [health.state for at, health in self.healths if at <= begin_s][-1:]
        return before + [health.state for at, health in self.healths if begin_s < at <= end_s]

    def replaces(self) -> int:
        return sum(isinstance(change, Replace) for change in self.changes)

    def shown(self) -> dict[str, str]:
        """Name -> version of every object there is now."""
        objects = self._store.publish().objects[self.feed.kind]
        return {record.name: record.resource_version for record in objects.values()}


@asynccontextmanager
async def telling(api: A, feed: Feed = CLAIMS, seed: int = 1) -> AsyncIterator[Story[A]]:
    """A reflector that runs while this is open."""
    story = Story(feed, api)

    async def run() -> None:
        reflector = Reflector(api, feed, clock=asyncio.get_running_loop().time, random=Random(seed))
        async for change in reflector.changes():
            story.take(change)

    task = asyncio.create_task(run())
    try:
        yield story
        assert not task.done(), "the reflector came to an end"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert api.open_now == 0


async def story_of(api: A, seconds: float, feed: Feed = CLAIMS, seed: int = 1) -> Story[A]:
    """What is told in so many seconds."""
    async with telling(api, feed, seed) as story:
        await asyncio.sleep(seconds)
    return story
