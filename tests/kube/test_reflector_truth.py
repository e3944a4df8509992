"""A watch that goes on after trouble is live when it is proven that nothing is missing, and not before."""

import asyncio
from itertools import pairwise

import pytest

from storagetui.kube.api import Request
from storagetui.model.change import FeedState
from tests.kube.scripted import (
    CUT,
    DEAD,
    SILENCE,
    Reply,
    ScriptedApi,
    Step,
    bookmark,
    claim_wire,
    encoded,
    error_event,
    event,
    page,
    quiet,
    script,
    watch,
)
from tests.kube.story import Story, story_of, telling

pytestmark = pytest.mark.looptime
CONNECTING, LISTING, LIVE, STALE = FeedState.CONNECTING, FeedState.LISTING, FeedState.LIVE, FeedState.STALE
LIST = page([claim_wire("a", "3"), claim_wire("b", "4")], "5")
BROKEN = watch(20.0, CUT)
"""What comes after it is asked for within a second, at about 21."""


def changed(version: int) -> bytes:
    return event("MODIFIED", claim_wire("a", str(version)))


def versioned(version: int) -> Reply:
    """The answer to who asks for the version of a kind."""
    return Reply((encoded({"metadata": {"resourceVersion": str(version)}}),))


def lasting(api: ScriptedApi) -> list[int]:
    """How long watches were asked to last."""
    return [int(asked.query["timeoutSeconds"]) for asked in api.watches]


def live_at(story: Story[ScriptedApi]) -> list[float]:
    """When the feed became live."""
    healths = story.healths
    return [at for (_, before), (at, health) in pairwise(healths) if health.state is LIVE and before.state is not LIVE]


async def test_after_trouble_the_head_of_an_answer_and_a_pause_prove_nothing() -> None:
    api = script([LIST], [BROKEN], last_watch=watch(DEAD))
    async with telling(api) as story:
        await asyncio.sleep(20.5)
        assert story.health.state is STALE
        await asyncio.sleep(100.0)
        assert story.states[:5] == [CONNECTING, LISTING, LIVE, STALE, LISTING], "after five, a list tells what there is"
        assert story.health.state is STALE
        assert len(live_at(story)) == 1


async def test_nor_does_an_event_since_more_may_be_missing() -> None:
    api = script([LIST], [BROKEN], last_watch=watch(changed(6), DEAD))
    async with telling(api) as story:
        await asyncio.sleep(100.0)
        assert story.states == [CONNECTING, LISTING, LIVE, STALE]
        assert story.shown()["a"] == "6"


async def test_a_dead_watch_after_trouble_is_given_up_within_seconds() -> None:
    api = script([LIST], [BROKEN, watch(DEAD), quiet()])
    story = await story_of(api, 40.0)
    assert api.watches[1].open_s == pytest.approx(6.0)
    assert story.states == [CONNECTING, LISTING, LIVE, STALE, LIVE]
    assert live_at(story)[1] < 20.0 + 0.8 + 6.0 + 1.6 + 3.1
    assert len(api.lists) == 1


async def test_a_bookmark_proves_that_nothing_is_missing() -> None:
    api = script([LIST], [BROKEN, watch(changed(6), 0.2, changed(7), 0.8, bookmark("7"), SILENCE), quiet()])
    async with telling(api) as story:
        await asyncio.sleep(21.5)
        assert story.states[-1] is STALE
        assert story.health.is_catching_up
        assert "asking what has changed" in story.health.message
        await asyncio.sleep(0.5)
        assert story.states[-1] is LIVE
        assert not story.healths[-1][1].is_catching_up
        await asyncio.sleep(60.0)
        assert story.states == [CONNECTING, LISTING, LIVE, STALE, LIVE]
    assert lasting(api)[1] == 3
    assert lasting(api)[2] >= 75


async def test_where_no_bookmark_comes_the_end_of_a_watch_in_its_time_proves_it() -> None:
    api = script([LIST], [BROKEN, watch(changed(6), SILENCE), watch(SILENCE)])
    async with telling(api) as story:
        await asyncio.sleep(22.9)
        assert story.states == [CONNECTING, LISTING, LIVE, STALE]
        await asyncio.sleep(1.0)
        assert story.states == [CONNECTING, LISTING, LIVE, STALE, LIVE]
        assert len(api.watches) == 3


async def test_an_end_before_its_time_proves_nothing() -> None:
    api = script([LIST], [BROKEN], last_watch=watch(changed(6), 1.9))
    async with telling(api) as story:
        await asyncio.sleep(100.0)
        assert story.states == [CONNECTING, LISTING, LIVE, STALE]


async def test_a_watch_with_more_to_say_than_fits_into_it_is_followed_by_a_longer_one() -> None:
    backlog: list[Step] = [step for number in range(6, 300) for step in (0.1, changed(number))]
    served: list[bytes] = []

    def answer(request: Request) -> Reply:
        """Events each tenth of a second, from the position on, and silence after the last of them."""
        query = dict(request.query)
        if "watch" not in query:
            return versioned(299) if served else LIST
        served.append(b"")
        if len(served) == 1:
            return BROKEN
        return watch(*backlog[2 * (int(query["resourceVersion"]) - 5) :], SILENCE)

    api = ScriptedApi(answer)
    async with telling(api) as story:
        while story.shown().get("a") != "298":
            assert len(live_at(story)) <= 1
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.3)
        assert story.health.state is LIVE
    assert lasting(api)[1:4] == [3, 6, 12]
    assert story.states == [CONNECTING, LISTING, LIVE, STALE, LIVE]
    assert len(api.lists) == 1
    assert [asked.query for asked in api.questions] == [{"limit": "1"}] * 3


async def test_where_events_never_pause_one_that_is_newer_than_the_question_proves_it() -> None:
    flow: list[Step] = [step for number in range(6, 2000) for step in (0.3, changed(number))]
    api = script([LIST], [BROKEN, watch(*flow)], last_watch=watch(*flow), latest=versioned(40))
    story = await story_of(api, 60.0)
    assert story.states == [CONNECTING, LISTING, LIVE, STALE, LIVE]
    moment = live_at(story)[1]
    assert 20.0 + 0.4 + 3.0 + 35 * 0.3 <= moment <= 20.0 + 0.8 + 9.0 + 12.0 + 35 * 0.3
    assert len(api.questions) <= 2


async def test_a_server_that_sends_no_bookmarks_is_believed_from_one_end_in_time_to_the_next() -> None:
    api = script([LIST], [], last_watch=watch(SILENCE))
    story = await story_of(api, 3600.0)
    assert story.states == [CONNECTING, LISTING, LIVE]
    assert story.healths[-1][0] < 1.0, "what is still so is not said again"
    assert all(75 <= seconds <= 85 for seconds in lasting(api))
    assert len(api.lists) == 1


async def test_watches_last_for_minutes_once_bookmarks_have_come_three_times() -> None:
    api = script([LIST], [], last_watch=quiet())
    story = await story_of(api, 3600.0)
    assert story.states == [CONNECTING, LISTING, LIVE]
    assert [seconds < 100 for seconds in lasting(api)[:4]] == [True, True, True, False]
    assert all(300 <= seconds <= 600 for seconds in lasting(api)[3:])


async def test_bookmarks_that_come_now_and_then_do_not_make_silence_mean_death() -> None:
    marked, unmarked = watch(60.0, bookmark("6"), SILENCE), watch(SILENCE)
    api = script([LIST], [unmarked, marked, marked, unmarked] * 10)
    story = await story_of(api, 3000.0)
    assert story.states == [CONNECTING, LISTING, LIVE]
    assert all(seconds < 100 for seconds in lasting(api))


async def test_a_bookmark_before_the_end_says_nothing_of_bookmarks_meanwhile() -> None:
    def answer(request: Request) -> Reply:
        query = dict(request.query)
        if "watch" not in query:
            return LIST
        return watch(float(query["timeoutSeconds"]) - 2.0, bookmark("6"), SILENCE)

    api = ScriptedApi(answer)
    story = await story_of(api, 3000.0)
    assert story.states == [CONNECTING, LISTING, LIVE]
    assert all(seconds < 100 for seconds in lasting(api))


async def test_a_watch_that_ends_before_its_time_and_without_a_word_is_no_sign_of_life() -> None:
    api = script([LIST], [watch(50.0), watch(SILENCE), watch(changed(6), 50.0), quiet()])
    async with telling(api) as story:
        await asyncio.sleep(50.3)
        assert story.health.state is STALE
        assert "without a word" in story.health.message
        await asyncio.sleep(5.0)
        assert story.health.state is LIVE
        await asyncio.sleep(200.0)
        assert story.states == [CONNECTING, LISTING, LIVE, STALE, LIVE]


async def test_a_position_that_is_too_old_is_no_trouble_of_one_that_was_live() -> None:
    old = Reply((error_event(410, "Expired", "too old resource version"),))
    api = script([LIST, page([claim_wire("a", "9")], "91")], [watch(SILENCE), old, quiet()])
    async with telling(api) as story:
        await asyncio.sleep(100.0)
        assert story.states == [CONNECTING, LISTING, LIVE, STALE, LISTING, LIVE]
        (begun, *_), became = [at for at, health in story.healths if health.state is STALE], live_at(story)[1]
        assert became - begun < 0.1
        assert story.shown() == {"a": "9"}


async def test_a_list_after_trouble_is_followed_by_a_watch_that_proves_itself() -> None:
    gone = Reply((error_event(410, "Expired", "too old resource version"),))
    api = script([LIST, page([claim_wire("a", "9")], "91")], [BROKEN, gone], last_watch=watch(DEAD))
    story = await story_of(api, 60.0)
    assert LISTING in story.states[3:]
    assert story.states.count(LIVE) == 1
    assert story.shown() == {"a": "9"}


@pytest.mark.parametrize("said", [watch(SILENCE), watch(bookmark("2"), SILENCE)], ids=["silence", "an old bookmark"])
async def test_a_server_whose_store_was_restored_from_an_older_one_is_listed_anew(said: Reply) -> None:
    restored = page([claim_wire("b", "2")], "3")
    api = script([LIST, restored], [watch(changed(90), 20.0, CUT), said, said], last_watch=quiet(), latest=versioned(3))
    async with telling(api) as story:
        await asyncio.sleep(22.0)
        assert story.shown() == {"a": "90", "b": "4"}
        await asyncio.sleep(20.0)
        assert story.shown() == {"b": "2"}
        assert story.health.state is LIVE
        assert story.states.count(LIVE) == 2
        assert [asked.query["resourceVersion"] for asked in api.watches[1:3]] == ["90", "3"]


async def test_a_server_that_has_gone_on_is_not() -> None:
    api = script([LIST], [BROKEN], last_watch=watch(SILENCE), latest=versioned(900))
    story = await story_of(api, 600.0)
    assert story.states == [CONNECTING, LISTING, LIVE, STALE, LIVE]
    assert (len(api.lists), len(api.questions)) == (1, 1)


async def test_hope_is_told_once() -> None:
    api = script([LIST], [BROKEN], last_watch=watch(DEAD))
    story = await story_of(api, 300.0)
    assert sum(health.is_catching_up for _, health in story.healths) == 1
    assert story.health.message
