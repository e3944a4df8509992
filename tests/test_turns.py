"""In which order feeds start."""

import asyncio

import pytest

from storagetui.feeds import base_feeds, rank
from storagetui.kube.api import Request
from storagetui.live import LiveSource
from storagetui.model.change import Change, Feed, FeedHealth, FeedState
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from storagetui.turns import BREATH_S, PATIENCE_S, Turns
from tests.kube.scripted import Reply, ScriptedApi, page, quiet, silent
from tests.source import IDENTITY

CLAIMS, CLASSES = Feed(Kind.PERSISTENT_VOLUME_CLAIM), Feed(Kind.STORAGE_CLASS)
VOLUMES, PODS = Feed(Kind.PERSISTENT_VOLUME), Feed(Kind.POD)
EVENTS = Feed(Kind.EVENT, "", "involvedObject.kind=Pod")


async def started(turns: Turns, feed: Feed) -> float:
    await turns.wait(feed)
    return asyncio.get_running_loop().time()


def says(turns: Turns, feed: Feed, state: FeedState) -> None:
    turns.hear(FeedHealth(feed=feed, state=state))


async def test_a_rank_starts_when_the_one_before_it_is_listed_or_has_failed() -> None:
    turns = Turns((CLAIMS, CLASSES, VOLUMES, PODS, EVENTS))
    volumes, pods, events = (asyncio.create_task(started(turns, feed)) for feed in (VOLUMES, PODS, EVENTS))
    assert await started(turns, CLAIMS) == await started(turns, CLASSES) == 0.0
    await asyncio.sleep(0.2)
    says(turns, CLAIMS, FeedState.LISTING)
    says(turns, CLASSES, FeedState.FORBIDDEN)
    await asyncio.sleep(0.1)
    assert not volumes.done()
    says(turns, CLAIMS, FeedState.LIVE)
    assert await volumes == pytest.approx(0.3 + BREATH_S)
    assert not pods.done()
    says(turns, VOLUMES, FeedState.FORBIDDEN)
    assert await pods == pytest.approx(0.3 + BREATH_S)
    assert not events.done()
    says(turns, PODS, FeedState.STALE)
    assert await events == pytest.approx(0.3 + BREATH_S)


async def test_nobody_waits_for_longer_than_a_second_a_rank() -> None:
    turns = Turns((CLAIMS, VOLUMES, PODS, EVENTS))
    volumes, pods, events = (asyncio.create_task(started(turns, feed)) for feed in (VOLUMES, PODS, EVENTS))
    assert (await volumes, await pods, await events) == (PATIENCE_S, 2 * PATIENCE_S, 3 * PATIENCE_S)


async def test_each_rank_has_its_second_from_when_its_turn_came() -> None:
    turns = Turns((CLAIMS, VOLUMES, PODS))
    pods = asyncio.create_task(started(turns, PODS))
    await asyncio.sleep(0.5)
    says(turns, CLAIMS, FeedState.LIVE)
    assert await pods == pytest.approx(0.5 + BREATH_S + PATIENCE_S)


async def test_what_is_wanted_later_waits_for_nobody_who_has_had_his_time() -> None:
    turns = Turns((CLAIMS, VOLUMES))
    await asyncio.sleep(3 * PATIENCE_S)
    assert await started(turns, EVENTS) == 3 * PATIENCE_S


async def test_a_feed_that_is_no_longer_wanted_keeps_nobody_waiting() -> None:
    turns = Turns((CLAIMS, PODS))
    turns.end(CLAIMS)
    assert await started(turns, PODS) == 0.0


async def test_a_slow_kind_of_storage_has_the_server_for_itself_for_a_second() -> None:
    def answer(request: Request) -> Reply:
        if ("watch", "true") in request.query or request.path == "/version":
            return quiet()
        return silent() if request.path.endswith("persistentvolumes") else page([], "5")

    api, said = ScriptedApi(answer), list[Change]()
    source = LiveSource(api, IDENTITY)
    for feed in base_feeds():
        source.add(feed)
    work = asyncio.create_task(source.run(said.append))
    await asyncio.sleep(3.0)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    first = {change.feed: change for change in reversed(said) if isinstance(change, FeedHealth)}
    assert set(first) == set(base_feeds())
    begun = {0: 0.0, 1: BREATH_S, 2: BREATH_S + PATIENCE_S, 3: BREATH_S + PATIENCE_S}
    lists = {one.request.path: one.at for one in reversed(api.asked) if ("watch", "true") not in one.request.query}
    for feed in base_feeds():
        path = next(path for path in lists if path.endswith("/" + _plural(feed)))
        assert lists[path] == pytest.approx(begun[rank(feed)]), feed


def _plural(feed: Feed) -> str:
    return KINDS[feed.kind].plural
