"""Lists that go wrong, against the simulated server: what is said meanwhile, and that the feed ends with the truth."""

import asyncio

import pytest

from storagetui.model.change import FeedState, Put, Replace
from storagetui.sim import refusal
from storagetui.sim.faults import Alter, Cut, Delay, Effect, Lost, Match, Page, Refuse, Slow
from storagetui.sim.refusal import Refusal
from tests.kube.simulated import CLAIM_RESOURCE, LIST, WATCH, feeding, on_server, remove, served, touch

pytestmark = pytest.mark.looptime
STALE, LIVE, LISTING = FeedState.STALE, FeedState.LIVE, FeedState.LISTING
FAILURES: dict[str, Effect] = {
    "lost": Lost(),
    "500": Refuse(Refusal(500, "InternalError", "etcdserver: request timed out")),
    "503 of a proxy": Page(503),
    "404 of a proxy": Page(404, "<html>default backend - 404</html>"),
    "404 of a proxy without words": Page(404, "404 page not found\n", "text/plain"),
    "403 of a proxy": Page(403, "<html>blocked by policy</html>"),
    "html that is called a success": Page(200, "<html>log in</html>"),
    "half a list": Page(
        200, '{"kind":"PersistentVolumeClaimList","metadata":{"resourceVersion":"5"},"items":[{', "application/json"
    ),
    "an object instead of a list": Page(200, '{"kind":"Pod","metadata":{"name":"a"}}', "application/json"),
    "cut": Cut(more_bytes=200),
    "cut as if complete": Cut(more_bytes=200, clean=True),
    "429": Refuse(refusal.too_many_requests("slow down", 7)),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
async def test_a_first_list_that_fails_shows_nothing_and_says_so(failure: Effect) -> None:
    api = served()
    lift = api.faults.add(failure, Match())
    async with feeding(api) as fed:
        await asyncio.sleep(60.0)
        assert not fed.health.was_listed
        assert fed.health.state is STALE
        assert fed.health.message
        assert fed.replaces() == 0
        lift()
        await asyncio.sleep(31.0)
        assert fed.shown() == on_server(api.store)


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
async def test_a_later_list_that_fails_leaves_everything_as_it_was_and_stale(failure: Effect) -> None:
    api = served()
    async with feeding(api) as fed:
        await asyncio.sleep(100.0)
        before = fed.shown()
        api.faults.stop()
        touch(api.store, "c-0")
        api.store.compact()
        lift = api.faults.add(failure, Match())
        api.faults.start()
        cut_at = asyncio.get_running_loop().time()
        await asyncio.sleep(90.0)
        assert fed.shown() == before
        assert LIVE not in fed.states_within(cut_at, cut_at + 90.0)[1:]
        assert fed.health.state is STALE
        assert fed.health.quiet_s > 30.0
        assert fed.replaces() == 1
        lift()
        await asyncio.sleep(35.0)
    assert fed.replaces() == 2


async def test_what_the_server_asks_for_with_retry_after_is_waited() -> None:
    api = served()
    api.faults.add(Refuse(refusal.too_many_requests("slow down", 20)), Match(verb="list", times=1))
    async with feeding(api) as fed:
        await asyncio.sleep(25.0)
    assert fed.api.lists[1].at - fed.api.lists[0].at >= 20.0


async def test_a_list_of_minutes_is_shown_as_it_comes_and_is_caught_up_with_before_it_is_live() -> None:
    api = served(300)
    api.faults.add(Slow(20.0), LIST)
    async with feeding(api) as fed:
        await asyncio.sleep(30.0)
        assert fed.health.state is LISTING
        assert not fed.health.was_listed
        touch(api.store, "c-7")
        await fed.until(FeedState.LIVE, 600.0)
        assert fed.shown() == on_server(api.store)
    assert asyncio.get_running_loop().time() > 60.0


async def test_a_list_whose_answer_does_not_begin_is_given_up_and_asked_for_again() -> None:
    api = served()
    api.faults.add(Delay(1000.0), Match(verb="list", times=1))
    async with feeding(api) as fed:
        await asyncio.sleep(60.0)
        assert fed.states_within(0.0, 60.0) == [FeedState.CONNECTING]
        await asyncio.sleep(10.0)


async def test_a_page_s_token_that_expires_in_the_middle_costs_one_more_list_and_no_object() -> None:
    api = served(700)
    api.faults.add(Cut(events=1), Match(verb="list", times=2))
    expired = Refuse(refusal.expired("The provided continue parameter is too old"))
    api.faults.add(expired, Match(verb="list", continued=True, times=1))
    async with feeding(api) as fed:
        await asyncio.sleep(20.0)
        assert any("continue" in asked.query for asked in api.lists)
        assert fed.replaces() == 1
        assert fed.health.listed == 700


async def test_objects_deleted_and_made_between_two_lists_are_gone_and_there_at_once() -> None:
    api = served(5)
    async with feeding(api) as fed:
        api.faults.stop()
        for name in ("c-1", "c-3"):
            remove(api.store, name)
        touch(api.store, "c-0")
        api.store.compact()
        await asyncio.sleep(30.0)
        assert set(fed.shown()) == {f"c-{number}" for number in range(5)}
        api.faults.start()
        await asyncio.sleep(31.0)
        assert set(fed.shown()) == {"c-0", "c-2", "c-4"}
        last = max(number for number, change in enumerate(fed.changes) if isinstance(change, Replace))
        assert any(isinstance(change, Put) for change in fed.changes[:last])


async def test_an_object_that_cannot_be_read_is_named_and_the_others_are_shown() -> None:
    api = served()
    lift = api.faults.add(Alter(b'"storage":"1Gi"', b'"storage":{}'), LIST)
    api.faults.add(Cut(clean=True), Match(verb="watch", resource=CLAIM_RESOURCE, times=1))
    async with feeding(api) as fed:
        await asyncio.sleep(5.0)
        assert fed.health.set_aside_count == 3
        assert {one.name for one in fed.health.set_aside} == {"c-0", "c-1", "c-2"}
        assert fed.shown() == {}
        lift()
        for number in range(3):
            touch(api.store, f"c-{number}")
        await asyncio.sleep(5.0)
        assert fed.health.set_aside_count == 0


async def test_nothing_is_listed_again_while_a_watch_can_go_on() -> None:
    api = served()
    async with feeding(api) as fed:
        for _ in range(20):
            touch(api.store, "c-0")
            api.faults.sever()
            await asyncio.sleep(300.0)
    assert len(fed.api.lists) == 1
    assert WATCH.times is None
