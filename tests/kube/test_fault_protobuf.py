"""What goes wrong with lists and watches in JSON, the same way in protobuf, against the simulated server."""

import asyncio

import pytest

from storagetui.kube.codecs import PROTOBUF
from storagetui.model.change import FeedState
from storagetui.sim.faults import Again, Cut, Effect, Insert, Match, Repeat, Slow
from tests.kube.simulated import CLAIM_RESOURCE, WATCH, feeding, on_server, served, touch
from tests.kube.test_fault_lists import FAILURES
from tests.kube.test_fault_watches import TROUBLES, stirred
from tests.kube.transcoded import TranscodedApi

pytestmark = pytest.mark.looptime
LIVE, STALE = FeedState.LIVE, FeedState.STALE


def transcoded(claims: int = 3) -> TranscodedApi:
    return TranscodedApi(served(claims).api)


async def test_lists_and_watches_are_in_protobuf_indeed() -> None:
    api = transcoded(700)
    formats: list[str] = []
    opened = api.open
    async with feeding(api) as fed:
        for number in range(40):
            touch(api.store, f"c-{number}")
        await asyncio.sleep(100.0)
        assert fed.states == [FeedState.CONNECTING, FeedState.LISTING, LIVE]
        async with opened(api.asked[-1].request) as answer:
            formats.append(answer.headers["Content-Type"])
    assert formats == [f"{PROTOBUF};stream=watch"]
    assert [asked.query.get("limit", "") for asked in api.lists] == ["100", ""], "a page, then all in one body"


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
async def test_whatever_happens_to_a_watch_the_feed_comes_back_with_what_the_server_has(trouble: Effect) -> None:
    api = transcoded()
    api.faults.add(trouble, Match(verb="watch", resource=CLAIM_RESOURCE, times=2))
    async with feeding(api) as fed:
        await stirred(fed, 30.0)
        await asyncio.sleep(120.0)
        assert fed.replaces() <= 6
        assert all(health.message for _, health in fed.healths if health.was_listed and health.state is STALE)


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
async def test_a_later_list_that_fails_leaves_everything_as_it_was_and_stale(failure: Effect) -> None:
    api = transcoded()
    async with feeding(api) as fed:
        before = fed.shown()
        api.faults.stop()
        touch(api.store, "c-0")
        api.store.compact()
        lift = api.faults.add(failure, Match())
        api.faults.start()
        await asyncio.sleep(90.0)
        assert {name: version for name, version in fed.shown().items() if name != "torn"} == before
        assert fed.health.state is STALE
        assert fed.replaces() == 1
        lift()
        await asyncio.sleep(35.0)
    assert fed.replaces() == 2


async def test_a_reset_in_the_middle_of_a_frame_drops_the_fragment_and_lists_nothing() -> None:
    api = transcoded()
    async with feeding(api) as fed:
        for _ in range(5):
            api.faults.add(Cut(events=1, more_bytes=40), Match(verb="watch", resource=CLAIM_RESOURCE, times=1))
            api.faults.sever()
            for number in range(3):
                touch(api.store, f"c-{number}")
            await asyncio.sleep(60.0)
            assert fed.shown() == on_server(api.store)
    assert len(api.lists) == 1


async def test_a_length_that_cannot_be_one_ends_the_watch_and_it_goes_on() -> None:
    api = transcoded()
    api.faults.add(Insert(b"\xff\xff\xff\xff\n", 1), Match(verb="watch", resource=CLAIM_RESOURCE, times=1))
    async with feeding(api) as fed:
        touch(api.store, "c-0")
        touch(api.store, "c-1")
        await asyncio.sleep(10.0)
        assert fed.states[-3:] == [LIVE, STALE, LIVE]
    assert len(api.lists) == 1


async def test_events_come_once_and_in_order_whatever_is_said_twice() -> None:
    api = transcoded()
    api.faults.add(Repeat(1), WATCH)
    api.faults.add(Again(1, after=3), WATCH)
    api.faults.add(Slow(0.01), WATCH)
    async with feeding(api) as fed:
        count = len(fed.changes)
        for number in range(3):
            touch(api.store, f"c-{number}")
        await asyncio.sleep(1.0)
        assert len(fed.changes) == count + 3
