"""All feeds of a session together, against the simulated server: how they come back, and what a slow reader costs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from storagetui.cluster.store import Store
from storagetui.feeds import base_feeds
from storagetui.kube.gate import MOST
from storagetui.kube.reflector import Reflector
from storagetui.live import LiveSource
from storagetui.model.change import Change, Drop, Feed, FeedHealth, FeedState, Put, Replace
from storagetui.model.kinds import KINDS, KindInfo
from storagetui.sim.faults import Delay, Match, Overrun, Slow
from storagetui.sim.resources import RESOURCES
from tests.kube.simulated import WATCH, WitnessedApi, on_server, served, touch
from tests.kube.story import CLAIMS
from tests.source import IDENTITY


def _resource(info: KindInfo) -> str:
    return f"{info.plural}.{info.group}" if info.group else info.plural


pytestmark = pytest.mark.looptime
FEEDS = [feed for feed in base_feeds() if _resource(KINDS[feed.kind]) in {kind.name for kind in RESOURCES}]
"""Of the kinds that the simulated server has."""


@asynccontextmanager
async def session(api: WitnessedApi) -> AsyncIterator[dict[Feed, list[FeedState]]]:
    """Every feed that a session wants, and the states of each."""
    said: dict[Feed, list[FeedState]] = {feed: [] for feed in FEEDS}

    def emit(change: Change) -> None:
        if isinstance(change, FeedHealth):
            said[change.feed].append(change.state)

    source = LiveSource(api, IDENTITY, random=Random(1))
    for feed in FEEDS:
        source.add(feed)
    task = asyncio.create_task(source.run(emit))
    try:
        await asyncio.sleep(5.0)
        yield said
        assert {states[-1] for states in said.values()} == {FeedState.LIVE}
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def most_at_once(api: WitnessedApi, since: float) -> int:
    """The most lists that were open at one time."""
    spans = [(asked.at, asked.at + (asked.open_s or 0.0)) for asked in api.lists if asked.at > since]
    return max(sum(begin <= moment < end for begin, end in spans) for moment, _ in spans)


async def test_a_server_that_returns_is_not_hit_by_all_lists_at_once() -> None:
    api = served()
    api.faults.add(Slow(0.5), Match(verb="list"))
    async with session(api):
        assert len(api.lists) == len(FEEDS)
        assert most_at_once(api, -1.0) > 2 * MOST, "a start is not held back"
        api.faults.stop()
        for kind in {feed.kind for feed in FEEDS}:
            # Every kind has a history that the feeds have missed and the server has forgotten.
            api.store.log(_resource(KINDS[kind])).compact(api.store.version + 1)
        touch(api.store, "c-0")
        touch(api.store, "c-1")
        await asyncio.sleep(20.0)
        api.faults.clear()
        api.faults.add(Slow(4.0), Match(verb="list"))
        returned = asyncio.get_running_loop().time()
        await asyncio.sleep(120.0)
        assert len([asked for asked in api.lists if asked.at > returned]) >= len(FEEDS)
        assert most_at_once(api, returned) == MOST


async def test_feeds_come_back_within_the_minute_although_one_of_them_is_not_answered() -> None:
    api = served()
    async with session(api) as said:
        api.faults.add(Delay(10_000.0), Match(verb="watch", resource="pods", times=20))
        api.faults.add(Delay(10_000.0), Match(verb="watch", resource="nodes", times=20))
        api.faults.stop()
        await asyncio.sleep(20.0)
        api.faults.start()
        await asyncio.sleep(60.0)
        dead = {str(feed.kind) for feed, states in said.items() if states[-1] is not FeedState.LIVE}
        assert dead == {"Pod", "Node"}
        api.faults.clear()
        await asyncio.sleep(65.0)


async def test_after_a_long_absence_every_feed_is_back_soon_after_the_server() -> None:
    api = served()
    async with session(api) as said:
        api.faults.stop()
        await asyncio.sleep(900.0)
        api.faults.start()
        await asyncio.sleep(7.0)
        assert {states[-1] for states in said.values()} == {FeedState.LIVE}
        assert len(api.lists) == len(FEEDS)


async def test_a_server_that_returns_with_no_memory_is_listed_within_seconds() -> None:
    api = served()
    async with session(api) as said:
        api.faults.stop()
        for kind in {feed.kind for feed in FEEDS}:
            api.store.log(_resource(KINDS[kind])).compact(api.store.version + 1)
        touch(api.store, "c-0")
        touch(api.store, "c-1")
        await asyncio.sleep(50.0)
        api.faults.start()
        await asyncio.sleep(10.0)
        assert {states[-1] for states in said.values()} == {FeedState.LIVE}
        assert len(api.lists) == 2 * len(FEEDS)


async def test_nothing_is_asked_again_and_again_while_all_is_well() -> None:
    api = served()
    async with session(api):
        count = len(api.asked)
        await asyncio.sleep(3600.0)
        paths = [asked.request.path for asked in api.asked[count:] if not asked.is_watch]
        assert set(paths) == {"/version"}
        assert len(paths) == pytest.approx(720, abs=2)
        watches = [asked for asked in api.asked[count:] if asked.is_watch]
        assert 6 * len(FEEDS) <= len(watches) <= 12 * len(FEEDS)


async def test_a_reader_who_is_slow_loses_a_watch_and_no_event() -> None:
    api = served()
    api.faults.add(Overrun(1.0), WATCH)
    store = Store()

    async def read() -> None:
        reflector = Reflector(api, CLAIMS, clock=asyncio.get_running_loop().time, random=Random(1))
        async for change in reflector.changes():
            if isinstance(change, Put | Drop | Replace):
                store.apply([change])
            if isinstance(change, Put) and int(change.record.resource_version) % 50 == 7:
                await asyncio.sleep(3.0)

    task = asyncio.create_task(read())
    try:
        await asyncio.sleep(1.0)
        for number in range(200):
            touch(api.store, f"c-{number % 3}", number)
            await asyncio.sleep(0.1)
        await asyncio.sleep(60.0)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    shown = {record.name: record.resource_version for record in store.publish().objects[CLAIMS.kind].values()}
    assert shown == on_server(api.store)
    assert len(api.watches) > 3
    assert len(api.lists) == 1
