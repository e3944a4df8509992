"""Watches that go wrong, against the simulated server: what is said meanwhile, and that all ends with the truth."""

import asyncio
import json
from itertools import pairwise

import pytest

from storagetui.kube import json_codec
from storagetui.model.change import Feed, FeedState, Put
from storagetui.model.keys import Kind
from storagetui.sim import refusal
from storagetui.sim.faults import (
    Again,
    Alter,
    Cut,
    Delay,
    Effect,
    ErrorEvent,
    Insert,
    Lost,
    Match,
    Page,
    Refuse,
    Repeat,
    Silence,
    Slow,
)
from storagetui.sim.refusal import Refusal
from tests.kube.scripted import Json
from tests.kube.simulated import CLAIM_RESOURCE, DETECTION_S, WATCH, Fed, feeding, on_server, remove, served, touch
from tests.sim.given import PODS, claim, pod

pytestmark = pytest.mark.looptime
STALE, LIVE, LISTING = FeedState.STALE, FeedState.LIVE, FeedState.LISTING
ONCE = Match(verb="watch", resource=CLAIM_RESOURCE, times=1)
ILL = Refusal(500, "InternalError", "etcdserver: leader changed")
TROUBLES: dict[str, Effect] = {
    "clean close after an event": Cut(events=1, clean=True),
    "reset between lines": Cut(events=2),
    "reset in mid-line": Cut(events=1, more_bytes=40),
    "end in mid-line": Cut(events=1, more_bytes=40, clean=True),
    "error 410": ErrorEvent(refusal.expired("too old resource version"), events=1),
    "error 410 at once": ErrorEvent(refusal.expired("too old resource version")),
    "error 429": ErrorEvent(refusal.too_many_requests("slow down"), events=1),
    "error 500": ErrorEvent(ILL, events=1),
    "error 504 too large": ErrorEvent(Refusal(504, "Timeout", "Too large resource version: 9, current: 3"), events=1),
    "an event twice": Repeat(1),
    "an old event": Again(1, after=3),
    "an old deletion": Again(4, after=5),
    "an event late": Slow(3.0),
    "a Table": Insert(b'{"type":"ADDED","object":{"kind":"Table","metadata":{"resourceVersion":"999999"}}}\n', 1),
    "a namesake of another kind": Insert(
        b'{"type":"DELETED","object":{"kind":"Secret","metadata":{"name":"c-0","namespace":"shop",'
        b'"resourceVersion":"999999"}}}\n',
        1,
    ),
    "an event of no known type": Insert(b'{"type":"SYNCED","object":{"metadata":{"name":"c-0"}}}\n', 1),
    "rubbish": Insert(b"<html>upstream timed out</html>\n", 1),
    "empty lines": Insert(b"\n\n\n", 1),
    "410": Refuse(refusal.expired("too old")),
    "400": Refuse(refusal.bad_request("invalid resource version")),
    "429 with Retry-After": Refuse(refusal.too_many_requests("slow down", 3)),
    "500": Refuse(ILL),
    "401": Refuse(refusal.unauthorized()),
    "403": Refuse(refusal.forbidden(CLAIM_RESOURCE, "", "no")),
    "502 of a proxy": Page(502),
    "404 of a proxy": Page(404),
    "no answer": Lost(),
    "no head": Delay(500.0),
    "no watch": Refuse(Refusal(405, "MethodNotAllowed", "the server does not allow this method")),
    "a list for a watch": Page(200, '{"kind":"PersistentVolumeClaimList","items":[]}\n', "application/json"),
}


async def stirred(fed: Fed, until_s: float) -> None:
    """Change, make and delete claims each second, for a while."""
    store = fed.api.store
    loop, number = asyncio.get_running_loop(), 0
    begun = loop.time()
    while loop.time() - begun < until_s:
        await asyncio.sleep(1.0)
        number += 1
        touch(store, f"c-{number % 3}", number)
        if number % 4 == 3:
            remove(store, "c-2")
            await asyncio.sleep(1.0)
            store.create(CLAIM_RESOURCE, claim("c-2"))


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
async def test_whatever_happens_to_a_watch_the_feed_comes_back_with_what_the_server_has(trouble: Effect) -> None:
    api = served()
    api.faults.add(trouble, Match(verb="watch", resource=CLAIM_RESOURCE, times=2))
    async with feeding(api) as fed:
        await stirred(fed, 30.0)
        await asyncio.sleep(120.0)
        assert fed.replaces() <= 6
        begun = [health for _, health in fed.healths if health.was_listed]
        assert all(health.message for health in begun if health.state is STALE)


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
async def test_what_goes_wrong_for_hours_is_no_hot_loop_and_ends_well(trouble: Effect) -> None:
    api = served()
    async with feeding(api):
        lift = api.faults.add(trouble, WATCH)
        api.faults.sever()
        for number in range(60):
            touch(api.store, "c-0", number)
            await asyncio.sleep(60.0)
        asked = [one.at for one in api.asked]
        assert max(sum(at <= moment < at + 60.0 for moment in asked) for at in asked) <= 18
        lift()
        await asyncio.sleep(700.0)


async def test_what_the_server_asks_for_with_retry_after_is_waited_by_watches_too() -> None:
    api = served()
    async with feeding(api) as fed:
        api.faults.add(Refuse(refusal.too_many_requests("slow down", 20)), ONCE)
        api.faults.sever()
        await asyncio.sleep(30.0)
        assert fed.api.watches[2].at - fed.api.watches[1].at >= 20.0
        assert len(api.lists) == 1


async def test_after_a_close_in_good_order_the_watch_goes_on_without_a_word() -> None:
    api = served()
    async with feeding(api) as fed:
        for number in range(60):
            touch(api.store, "c-0", number)
            await asyncio.sleep(60.0)
        assert len(api.watches) >= 6
        assert fed.states == [FeedState.CONNECTING, LISTING, LIVE]
    assert len(api.lists) == 1


async def test_very_short_watches_wait_longer_and_longer_and_are_not_called_live() -> None:
    api = served()
    async with feeding(api) as fed:
        lift = api.faults.add(Cut(clean=True), WATCH)
        api.faults.sever()
        await asyncio.sleep(120.0)
        gaps = [later.at - asked.at for asked, later in pairwise(api.watches)][1:5]
        assert gaps == sorted(gaps)
        assert LIVE not in fed.states_within(2.0, 120.0)[1:]
        assert "ends each watch" in fed.health.message
        lift()
        await asyncio.sleep(31.0)


async def test_a_silent_connection_is_stale_after_a_minute_and_a_half_and_says_since_when() -> None:
    api = served()
    api.faults.add(Silence(1), ONCE)
    async with feeding(api) as fed:
        await asyncio.sleep(30.0)
        touch(api.store, "c-1")
        await asyncio.sleep(0.5)
        touch(api.store, "c-0")
        silent_at = asyncio.get_running_loop().time()
        await asyncio.sleep(DETECTION_S)
        assert fed.shown() == on_server(api.store)
        stale = next((at, health) for at, health in fed.healths if health.state is STALE)
        assert stale[0] - silent_at < DETECTION_S
        assert 75.0 <= stale[1].quiet_s < DETECTION_S
        assert fed.states == [FeedState.CONNECTING, LISTING, LIVE, STALE, LIVE]


async def test_bookmarks_alone_keep_a_quiet_feed_live_and_its_position_young() -> None:
    api = served()
    async with feeding(api) as fed:
        for _ in range(30):
            api.store.create(PODS, pod(f"p-{api.store.version}", "other"))
            await asyncio.sleep(60.0)
        assert fed.states == [FeedState.CONNECTING, LISTING, LIVE]
        last = int(api.watches[-1].query["resourceVersion"])
        assert api.store.version - last < 30
        api.store.compact()
        api.faults.sever()
        await asyncio.sleep(35.0)


async def test_a_server_that_restarts_costs_a_resume_and_after_a_compaction_a_list() -> None:
    api = served()
    async with feeding(api) as fed:
        for forgets in (False, True):
            begun = asyncio.get_running_loop().time()
            before = fed.shown()
            api.faults.stop()
            touch(api.store, "c-0", begun)
            if forgets:
                api.store.compact()
            await asyncio.sleep(20.0)
            assert fed.health.state is STALE
            assert fed.shown() == before
            api.faults.start()
            await asyncio.sleep(100.0)
            assert fed.shown() == on_server(api.store)
            assert len(api.lists) == 1 + forgets


async def test_where_no_watch_works_a_list_now_and_then_is_what_there_is() -> None:
    for trouble in ("no watch", "a list for a watch", "403", "500"):
        api = served()
        lift = api.faults.add(TROUBLES[trouble], WATCH)
        async with feeding(api) as fed:
            await asyncio.sleep(600.0)
            touch(api.store, "c-0")
            await asyncio.sleep(250.0)
            assert fed.shown() == on_server(api.store), trouble
            assert fed.states.count(LIVE) <= 1, "what was listed a moment ago is live for as long"
            assert len(api.lists) <= 30
            lift()
            await asyncio.sleep(35.0)
            assert fed.health.state is LIVE


async def test_an_object_that_cannot_be_read_goes_is_named_and_comes_back() -> None:
    api = served()
    async with feeding(api) as fed:
        lift = api.faults.add(Alter(b'"storage":"1Gi"', b'"storage":[]'), WATCH)
        api.faults.sever()
        await asyncio.sleep(2.0)
        touch(api.store, "c-1")
        await asyncio.sleep(2.0)
        assert set(fed.shown()) == {"c-0", "c-2"}
        assert (fed.health.state, fed.health.set_aside_count, fed.health.set_aside[0].name) == (LIVE, 1, "c-1")
        lift()
        api.faults.sever()
        await asyncio.sleep(3.0)
        touch(api.store, "c-1")
        await asyncio.sleep(1.0)
        assert fed.health.set_aside_count == 0


async def test_an_object_of_three_megabytes_is_an_object() -> None:
    api, pods = served(), Feed(Kind.POD)
    async with feeding(api, pods) as fed:
        api.store.create(PODS, big_pod("a"))
        await asyncio.sleep(1.0)
        assert fed.shown() == on_server(api.store, pods)
        assert len(fed.shown()) == 1
        api.faults.stop()
        api.store.create(PODS, big_pod("b"))
        api.store.compact()
        api.faults.start()
        await asyncio.sleep(31.0)
        assert len(api.lists) == 2
        assert len(fed.shown()) == 2


def big_pod(name: str) -> Json:
    made = pod(name)
    made["spec"]["containers"][0]["args"] = ["x" * 3_000_000]
    return made


async def test_a_line_that_never_ends_is_given_up_and_the_watch_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_codec, "_LONGEST_LINE", 1 << 20)
    api = served()
    async with feeding(api) as fed:
        api.faults.add(Insert(b'{"type":"ADDED","object":{"metadata":{"name":"' + b"x" * (2 << 20)), ONCE)
        api.faults.sever()
        touch(api.store, "c-0")
        await asyncio.sleep(5.0)
        said = [health.message for _, health in fed.healths if health.state is STALE]
        assert any("a line of more than 1 MiB" in message for message in said)
    assert len(api.lists) == 1


async def test_events_that_were_handed_on_before_are_not_handed_on_again() -> None:
    api = served()
    api.faults.add(Repeat(1), WATCH)
    api.faults.add(Again(1, after=3), WATCH)
    async with feeding(api) as fed:
        count = len(fed.changes)
        for number in range(3):
            touch(api.store, f"c-{number}")
        await asyncio.sleep(1.0)
        puts = [change.record.name for change in fed.changes[count:] if isinstance(change, Put)]
        assert puts == ["c-0", "c-1", "c-2"]


async def test_a_feed_that_has_much_to_catch_up_with_is_live_when_it_has() -> None:
    api = served()
    async with feeding(api) as fed:
        await asyncio.sleep(10.0)
        api.faults.stop()
        for number in range(50):
            touch(api.store, f"c-{number % 3}", number)
        api.faults.add(Slow(0.05), ONCE)
        api.faults.start()
        await fed.until(STALE, 1.0)
        await fed.until(LIVE, 60.0)
        assert fed.shown() == on_server(api.store)


def test_the_troubles_are_what_they_say() -> None:
    for name in ("a Table", "a namesake of another kind", "an event of no known type"):
        effect = TROUBLES[name]
        assert isinstance(effect, Insert)
        assert set(json.loads(effect.text)) == {"type", "object"}
