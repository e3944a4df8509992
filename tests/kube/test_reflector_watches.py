"""The second half of a feed: events from a position on, and watches that end, break, fall silent or are refused."""

import asyncio
from itertools import pairwise

import pytest

from storagetui.model.change import FeedState, Put
from tests.kube.scripted import (
    CUT,
    DEAD,
    SILENCE,
    Reply,
    ScriptedApi,
    Step,
    bookmark,
    claim_wire,
    error_event,
    event,
    lost,
    page,
    quiet,
    refusal,
    script,
    silent,
    watch,
)
from tests.kube.story import story_of, telling

pytestmark = pytest.mark.looptime
CONNECTING, LISTING, LIVE = FeedState.CONNECTING, FeedState.LISTING, FeedState.LIVE
STALE, FORBIDDEN = FeedState.STALE, FeedState.FORBIDDEN
LIST = page([claim_wire("a", "3"), claim_wire("b", "4")], "5")
OLD = error_event(410, "Expired", "too old resource version: 5 (900)")
DENIED = refusal(403, "Forbidden", "persistentvolumeclaims is forbidden: User cannot watch")


def versions(api: ScriptedApi) -> list[str]:
    """The positions that watches were asked for."""
    return [asked.query["resourceVersion"] for asked in api.watches]


async def test_events_change_what_is_shown() -> None:
    events = [
        event("ADDED", claim_wire("c", "6")),
        event("MODIFIED", claim_wire("a", "7")),
        event("DELETED", claim_wire("b", "8")),
    ]
    story = await story_of(script([LIST], [watch(*events, SILENCE)]), 10.0)
    assert story.shown() == {"a": "7", "c": "6"}
    assert story.states == [CONNECTING, LISTING, LIVE]


async def test_a_watch_that_ends_when_its_time_is_over_is_followed_by_one_from_the_same_place() -> None:
    first = watch(event("ADDED", claim_wire("c", "6")), 60.0, bookmark("40"), 100.0)
    api = script([LIST], [first, quiet()])
    story = await story_of(api, 1200.0)
    assert len(api.lists) == 1
    assert versions(api)[:2] == ["5", "40"]
    assert 75 <= (api.watches[0].open_s or 0) <= 85
    assert api.watches[1].at == pytest.approx(api.watches[0].at + (api.watches[0].open_s or 0.0))
    assert story.states == [CONNECTING, LISTING, LIVE]


async def test_the_position_moves_with_every_event_and_bookmark_and_with_nothing_else() -> None:
    broken = watch(10.0, event("MODIFIED", claim_wire("a", "7")), event("MODIFIED", claim_wire("b", "8"))[:50], CUT)
    marked = watch(2.0, event("MODIFIED", claim_wire("b", "8")), bookmark("30"), CUT)
    empty = watch(2.0, event("MODIFIED", {"kind": "PersistentVolumeClaim", "metadata": {"name": "a"}}), CUT)
    api = script([LIST], [broken, marked, empty, quiet()])
    story = await story_of(api, 60.0)
    assert versions(api) == ["5", "7", "30", "30", "30"]
    assert len(api.lists) == 1
    assert story.shown() == {"a": "", "b": "8"}


async def test_a_reset_in_mid_line_is_stale_for_a_moment_and_loses_nothing() -> None:
    lines = [event("ADDED", claim_wire(f"n-{number}", str(10 + number))) for number in range(10)]
    api = script([LIST], [watch(20.0, *lines[:4], lines[4][:70], CUT), watch(*lines[4:], SILENCE)])
    story = await story_of(api, 30.0)
    assert story.states == [CONNECTING, LISTING, LIVE, STALE, LIVE]
    assert set(story.shown()) == {"a", "b", *(f"n-{number}" for number in range(10))}
    assert len([change for change in story.changes if isinstance(change, Put)]) == 12
    stale = next(health for _, health in story.healths if health.state is STALE)
    assert "reset" in stale.message
    assert story.health.message == ""


async def test_events_that_come_twice_after_a_resume_are_no_trouble() -> None:
    again = event("MODIFIED", claim_wire("a", "7"))
    story = await story_of(script([LIST], [watch(20.0, again, CUT), watch(again, again, SILENCE)]), 30.0)
    assert story.shown() == {"a": "7", "b": "4"}


async def test_silence_is_noticed_dated_and_ended() -> None:
    first = watch(30.0, event("ADDED", claim_wire("c", "6")), DEAD)
    api = script([LIST], [first, quiet()])
    async with telling(api) as story:
        await asyncio.sleep(104.0)
        assert story.health.state is LIVE
        await asyncio.sleep(6.1)
        assert story.states[:4] == [CONNECTING, LISTING, LIVE, STALE]
        stale = next(health for _, health in story.healths if health.state is STALE)
        assert 75.0 <= stale.quiet_s <= 90.0
        assert "seconds" in stale.message
        await asyncio.sleep(5.0)
        assert story.states == [CONNECTING, LISTING, LIVE, STALE, LIVE]
    assert versions(api)[:3] == ["5", "6", "6"]
    assert len(api.lists) == 1


async def test_the_last_word_is_older_than_the_failures_that_follow_it() -> None:
    api = script([LIST], [watch(30.0, bookmark("6"), 10.0, CUT)], last_watch=lost())
    async with telling(api) as story:
        await asyncio.sleep(40.1)
        assert story.health.quiet_s == pytest.approx(10.0)
        await asyncio.sleep(60.0)
        last_at, last = story.healths[-1]
        assert last.quiet_s == pytest.approx(last_at - 30.0)
        assert story.states[-1] is STALE
        assert len(story.shown()) == 2


async def test_a_server_that_is_away_for_a_while_costs_no_list() -> None:
    api = script([LIST], [watch(30.0, CUT), *[lost()] * 6, watch(event("DELETED", claim_wire("b", "9")), SILENCE)])
    story = await story_of(api, 120.0)
    assert len(api.lists) == 1
    assert versions(api) == ["5"] * 8 + ["9"] * (len(api.watches) - 8)
    assert story.states == [CONNECTING, LISTING, LIVE, STALE, LIVE]
    assert story.shown() == {"a": "3"}


@pytest.mark.parametrize(
    "end",
    [
        watch(20.0, OLD),
        watch(20.0, event("ADDED", claim_wire("c", "6")), OLD),
        watch(20.0, error_event(504, "Timeout", "Too large resource version: 5, current: 3")),
        watch(20.0, error_event(500, "StoreReadError", "corrupt object has been deleted")),
    ],
)
async def test_a_position_that_is_forgotten_is_listed_anew_and_what_vanished_goes_only_then(end: Reply) -> None:
    second = page([claim_wire("a", "3"), claim_wire("d", "90")], "91", head_s=10.0)
    api = script([LIST, second], [end, quiet()])
    async with telling(api) as story:
        await asyncio.sleep(25.0)
        assert {"a", "b"} <= set(story.shown())
        assert story.health.state is STALE
        assert "listing again" in story.health.message
        await asyncio.sleep(15.0)
        assert story.shown() == {"a": "3", "d": "90"}
        assert story.states == [CONNECTING, LISTING, LIVE, STALE, LISTING, LIVE]
    assert versions(api) == ["5", "91", "91"]
    assert all(health.was_listed for _, health in story.healths[4:])


async def test_a_position_that_is_refused_at_once_is_listed_anew() -> None:
    api = script([LIST, page([claim_wire("b", "4")], "91")], [watch(100.0, CUT), refusal(410, "Gone", "gone"), quiet()])
    story = await story_of(api, 110.0)
    assert story.shown() == {"b": "4"}
    assert api.lists[1].at - api.watches[1].at < 0.01
    assert story.replaces() == 2


async def test_an_object_made_again_while_nobody_watched_is_the_new_one() -> None:
    again = page([claim_wire("a", "80", uid="another")], "91")
    story = await story_of(script([LIST, again], [watch(20.0, OLD), quiet()]), 30.0)
    assert story.shown() == {"a": "80"}
    puts = [change.record.uid for change in story.changes if isinstance(change, Put) and change.record.name == "a"]
    assert puts == ["uid-a", "another"]


@pytest.mark.parametrize(
    "trouble",
    [
        watch(20.0, error_event(429, "TooManyRequests", "wait")),
        watch(20.0, error_event(500, "InternalError", "etcd")),
        watch(20.0, b"<html>upstream timed out</html>\n"),
        watch(20.0, CUT),
        refusal(429, "TooManyRequests", "wait", {"Retry-After": "3"}),
        refusal(500, "InternalError", "etcd"),
        refusal(503, "ServiceUnavailable", "starting"),
        Reply((b"<html>", SILENCE), 502, {"Content-Type": "text/html"}),
        Reply((b"<html></html>",), 200, {"Content-Type": "text/html"}),
        refusal(401, "Unauthorized", "Unauthorized"),
        lost(),
        silent(),
    ],
)
async def test_every_other_trouble_keeps_the_position(trouble: Reply) -> None:
    after = watch(event("ADDED", claim_wire("c", "9")), SILENCE)
    api = script([LIST], [watch(event("ADDED", claim_wire("x", "8")), 20.0, CUT), trouble, after])
    async with telling(api) as story:
        await asyncio.sleep(100.0)
        assert len(api.lists) == 1
        assert versions(api)[:3] == ["5", "8", "8"]
        assert set(versions(api)[3:]) <= {"8", "9"}
        assert set(story.shown()) == {"a", "b", "x", "c"}
        assert story.states in (
            [CONNECTING, LISTING, LIVE, STALE, LIVE],
            [CONNECTING, LISTING, LIVE, STALE, LIVE, STALE, LIVE],
        )


async def test_a_new_watch_that_does_not_begin_is_soon_called_stale() -> None:
    first = watch(*(50.0, b"\n") * 20)
    api = script([LIST], [first, silent(), quiet()])
    async with telling(api) as story:
        await asyncio.sleep(1.0)
        await asyncio.sleep(float(api.watches[0].query["timeoutSeconds"]) - 1.0 + 4.9)
        assert story.states == [CONNECTING, LISTING, LIVE]
        await asyncio.sleep(0.2)
        assert story.states == [CONNECTING, LISTING, LIVE, STALE]
        assert "does not answer" in story.health.message
        await asyncio.sleep(5.0)
        assert story.health.state is LIVE


async def test_watches_that_end_as_soon_as_they_begin_are_stale_and_wait_longer_and_longer() -> None:
    api = script([LIST], [watch()], last_watch=watch(bookmark("6")))
    story = await story_of(api, 60.0)
    assert len(api.watches) < 12
    gaps = [later.at - asked.at for asked, later in pairwise(api.watches)][:5]
    assert gaps == sorted(gaps)
    assert story.health.state is STALE
    assert "ends each watch" in story.health.message


async def test_who_may_list_and_not_watch_gets_a_list_now_and_then() -> None:
    lists = [page([claim_wire("a", str(number))], str(number)) for number in range(1, 5)]
    api = script(lists, [DENIED] * 3 + [quiet()])
    async with telling(api) as story:
        await asyncio.sleep(10.0)
        assert story.states == [CONNECTING, LISTING, STALE]
        assert story.health.was_listed
        assert "cannot watch" in story.health.message
        assert "listed every 30 s" in story.health.message
        await asyncio.sleep(55.0)
        assert story.shown() == {"a": "3"}
        assert [round(asked.at) for asked in api.lists] == [0, 30, 60]
        await asyncio.sleep(30.0)
        assert story.health.state is LIVE
        assert story.health.message == ""


@pytest.mark.parametrize("answer", [DENIED, refusal(401, "Unauthorized", "Unauthorized")], ids=["403", "401"])
async def test_a_server_that_starts_and_does_not_know_its_own_roles_costs_no_list(answer: Reply) -> None:
    api = script([LIST], [watch(80.0, CUT), lost(), *[answer] * 3, quiet()])
    async with telling(api) as story:
        await asyncio.sleep(82.0)
        assert story.health.state is STALE
        assert "turns us away" in story.health.message
        await asyncio.sleep(18.0)
        assert story.health.state is LIVE
        assert len(api.lists) == 1


async def test_rights_that_are_lost_while_watching_and_come_back() -> None:
    cannot_list = refusal(403, "Forbidden", "persistentvolumeclaims is forbidden: User cannot list")
    api = script([LIST, cannot_list, page([claim_wire("a", "3")], "50")], [watch(80.0, CUT), *[DENIED] * 5, quiet()])
    async with telling(api) as story:
        await asyncio.sleep(100.0)
        assert story.states == [CONNECTING, LISTING, LIVE, STALE, FORBIDDEN]
        assert "cannot list" in story.health.message
        assert set(story.shown()) == {"a", "b"}
        await asyncio.sleep(30.0)
        assert story.states[-2:] == [LISTING, LIVE]
        assert story.shown() == {"a": "3"}


def unfit(name: str, version: str) -> dict[str, object]:
    return claim_wire(name, version, status={"capacity": {"storage": "?"}})


@pytest.mark.parametrize("type_", ["ADDED", "MODIFIED"])
async def test_an_object_that_can_no_longer_be_read_goes_and_is_told_until_it_can(type_: str) -> None:
    steps: list[Step] = [
        event(type_, unfit("a", "6")),
        event(type_, unfit("a", "7")),
        10.0,
        event("MODIFIED", claim_wire("a", "8")),
        SILENCE,
    ]
    api = script([LIST], [watch(*steps)])
    async with telling(api) as story:
        await asyncio.sleep(5.0)
        assert story.shown() == {"b": "4"}
        assert (story.health.state, story.health.set_aside_count) == (LIVE, 1)
        assert (story.health.set_aside[0].namespace, story.health.set_aside[0].name) == ("shop", "a")
        await asyncio.sleep(10.0)
        assert story.shown() == {"a": "8", "b": "4"}
        assert (story.health.state, story.health.set_aside_count, story.health.set_aside) == (LIVE, 0, ())


async def test_an_object_that_cannot_be_read_when_it_goes_is_gone() -> None:
    steps = [event("MODIFIED", unfit("a", "6")), event("DELETED", unfit("a", "7")), event("DELETED", unfit("b", "8"))]
    story = await story_of(script([LIST], [watch(*steps, SILENCE)]), 5.0)
    assert story.shown() == {}
    assert story.health.set_aside_count == 0


async def test_objects_of_another_kind_are_passed_over_and_the_position_stays_where_it_is() -> None:
    table = {"kind": "Table", "metadata": {"resourceVersion": "6"}, "rows": []}
    namesake = claim_wire("a", "7", kind="Secret")
    first = watch(event("ADDED", table), event("DELETED", namesake), 10.0, CUT)
    api = script([LIST], [first, watch(event("ADDED", claim_wire("c", "8")), SILENCE)])
    story = await story_of(api, 20.0)
    assert set(story.shown()) == {"a", "b", "c"}
    assert versions(api)[:2] == ["5", "5"]
    assert set(versions(api)[2:]) == {"8"}
    assert story.health.set_aside_count == 0


async def test_a_content_type_may_carry_parameters_or_be_left_out() -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    api = script(
        [Reply(LIST.body, headers=headers)], [Reply((event("ADDED", claim_wire("c", "6")), SILENCE), headers={})]
    )
    story = await story_of(api, 5.0)
    assert set(story.shown()) == {"a", "b", "c"}


async def test_a_thousand_events_at_once_arrive_in_order() -> None:
    lines = b"".join(event("MODIFIED", claim_wire(f"n-{number % 50}", str(number))) for number in range(1000))
    api = script([LIST], [watch(lines, SILENCE)])
    story = await story_of(api, 5.0)
    assert story.shown()["n-49"] == "999"
    assert len(story.shown()) == 52
