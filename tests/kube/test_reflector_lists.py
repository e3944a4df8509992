"""The first half of a feed: pages, their bounds, and lists that fail."""

import asyncio

import pytest

from storagetui.kube.codecs import accept
from storagetui.kube.listing import FIRST_PAGE, PAGE
from storagetui.model.change import Feed, FeedState, Put, Replace
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from tests.kube.scripted import (
    CUT,
    SILENCE,
    Json,
    Reply,
    claim_wire,
    encoded,
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
from tests.kube.story import CLAIMS, story_of, telling

pytestmark = pytest.mark.looptime
CONNECTING, LISTING, LIVE = FeedState.CONNECTING, FeedState.LISTING, FeedState.LIVE
STALE, FORBIDDEN, ABSENT = FeedState.STALE, FeedState.FORBIDDEN, FeedState.ABSENT
EXPIRED = refusal(410, "Expired", "The provided continue parameter is too old")


def claims(start: int, count: int) -> list[Json]:
    return [claim_wire(f"data-{number}") for number in range(start, start + count)]


async def test_a_hundred_first_then_pages_of_five_hundred_then_a_watch_from_there() -> None:
    pages = [
        page(claims(0, 100), "77", token="p2", remaining=600),
        page(claims(100, 500), "77", token="p3", remaining=100),
        page(claims(600, 100), "77"),
    ]
    api = script(pages, [])
    story = await story_of(api, 10.0)
    assert [asked.query for asked in api.lists] == [
        {"limit": str(FIRST_PAGE)},
        {"limit": str(PAGE), "continue": "p2"},
        {"limit": str(PAGE), "continue": "p3"},
    ]
    (watched,) = api.watches
    assert watched.query["resourceVersion"] == "77"
    assert watched.query["allowWatchBookmarks"] == "true"
    assert 75 <= int(watched.query["timeoutSeconds"]) <= 85
    assert story.states == [CONNECTING, LISTING, LIVE]
    assert len(story.shown()) == 700
    counts = [(health.listed, health.expected) for _, health in story.healths if health.state is LISTING]
    assert counts == [(0, None), (100, 700), (600, 700), (700, 700)]
    assert story.health.was_listed


async def test_each_page_is_handed_on_as_it_comes_and_one_replace_ends_the_list() -> None:
    api = script([page(claims(0, 2), "5", token="p2"), page(claims(2, 1), "5", head_s=20.0)], [])
    async with telling(api) as story:
        await asyncio.sleep(10.0)
        assert set(story.shown()) == {"data-0", "data-1"}
        assert (story.replaces(), story.health.was_listed) == (0, False)
        await asyncio.sleep(20.0)
        assert (story.replaces(), story.health.was_listed) == (1, True)
    puts = [change for change in story.changes if isinstance(change, Put)]
    (replace,) = [change for change in story.changes if isinstance(change, Replace)]
    assert replace.keys == {put.record.key for put in puts}


@pytest.mark.parametrize(
    ("feed", "path", "selector"),
    [
        (CLAIMS, "/api/v1/persistentvolumeclaims", None),
        (Feed(Kind.PERSISTENT_VOLUME_CLAIM, "shop"), "/api/v1/namespaces/shop/persistentvolumeclaims", None),
        (
            Feed(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "metadata.name=data"),
            "/api/v1/namespaces/shop/persistentvolumeclaims",
            "metadata.name=data",
        ),
    ],
)
async def test_a_feed_is_a_place_and_a_selector(feed: Feed, path: str, selector: str | None) -> None:
    api = script([page(claims(0, 1), "5", token="p2"), page([], "5")], [])
    await story_of(api, 1.0, feed)
    assert len(api.asked) == 3
    for asked in api.asked:
        assert asked.request.path == path
        assert asked.query.get("fieldSelector") == selector
        asking = accept(KINDS[feed.kind], watch=asked.is_watch)
        assert asked.request.headers == (("Accept", asking),)


async def test_a_continue_token_that_expired_gives_one_list_without_pages() -> None:
    api = script([page(claims(0, 3), "5", token="p2", remaining=1), EXPIRED, page(claims(1, 3), "9")], [])
    story = await story_of(api, 10.0)
    assert [asked.query for asked in api.lists] == [
        {"limit": str(FIRST_PAGE)},
        {"limit": str(PAGE), "continue": "p2"},
        {},
    ]
    assert set(story.shown()) == {"data-1", "data-2", "data-3"}
    assert story.states == [CONNECTING, LISTING, LIVE]
    assert api.watches[0].query["resourceVersion"] == "9"


@pytest.mark.parametrize(
    "failure",
    [
        lost(),
        refusal(500, "InternalError", "etcdserver: no leader"),
        refusal(503, "ServiceUnavailable", "apiserver is shutting down"),
        Reply((b"<html>busy</html>",), 502, {"Content-Type": "text/html"}),
        Reply((b"<html>Sign in</html>",), 200, {"Content-Type": "text/html"}),
        Reply((b"<html>Sign in</html>",)),
        Reply((b'{"error": "sign in"}',)),
        Reply((b'{"kind": "Status", "code": 200}',)),
        Reply((b"",), 302, {"Location": "https://login"}),
        Reply((encoded({"items": [claim_wire("a")]})[:-20],)),
        Reply((encoded({"items": [claim_wire("a")]})[:20], 1.0, CUT)),
        Reply((encoded({"items": [claim_wire("a")]}),)),
        refusal(410, "Expired", "too old"),
        refusal(400, "BadRequest", "no"),
        Reply(error=OSError("no route to host")),
        Reply(error=TimeoutError()),
    ],
)
async def test_a_list_that_fails_is_tried_again_after_growing_waits_until_it_succeeds(failure: Reply) -> None:
    api = script([failure] * 5 + [page(claims(0, 1), "5")], [])
    story = await story_of(api, 60.0)
    ends = [asked.at + (asked.open_s or 0.0) for asked in api.lists]
    waits = [later.at - end for end, later in zip(ends, api.lists[1:], strict=False)]
    assert len(waits) == 5
    for number, wait in enumerate(waits):
        assert 0.4 * 2**number <= wait <= 0.8 * 2**number + 1e-3
    assert (story.states[0], story.states[-2:]) == (CONNECTING, [LISTING, LIVE])
    assert set(story.shown()) == {"data-0"}
    for _, health in story.healths:
        assert health.state is not STALE or (health.message and not health.was_listed)


async def test_waits_are_jittered() -> None:
    async def moments(seed: int) -> list[float]:
        api = script([lost()], [])
        await story_of(api, 120.0, seed=seed)
        return [asked.at for asked in api.asked]

    first, second = await moments(1), await moments(2)
    assert first[1:6] != [at + second[0] - first[0] for at in second[1:6]]


@pytest.mark.parametrize(
    ("header", "least"), [("20", 20.0), ("0", 0.0), ("600", 60.0), ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0)]
)
async def test_the_server_may_ask_for_patience(header: str, least: float) -> None:
    api = script([refusal(429, "TooManyRequests", "please wait", {"Retry-After": header}), page([], "5")], [])
    story = await story_of(api, 100.0)
    assert least <= api.lists[1].at - api.lists[0].at <= max(least, 0.8) + 1e-3
    assert story.health.state is LIVE
    assert "please wait" in story.healths[1][1].message


async def test_a_server_that_takes_the_request_and_says_nothing_is_given_up() -> None:
    api = script([silent(), page([], "5")], [])
    story = await story_of(api, 70.0)
    assert api.lists[1].at - api.lists[0].at == pytest.approx(65.6, abs=0.3)
    stale = next(health for _, health in story.healths if health.state is STALE)
    assert stale.quiet_s == pytest.approx(65.0)


async def test_a_list_that_falls_silent_half_way_is_given_up_and_begun_again() -> None:
    (body,) = page(claims(0, 3), "5").body
    assert isinstance(body, bytes)
    api = script([Reply((body[:100], 30.0, body[100:200], SILENCE)), page(claims(0, 1), "6")], [])
    story = await story_of(api, 100.0)
    assert api.lists[0].open_s == pytest.approx(95.0)
    assert set(story.shown()) == {"data-0"}


async def test_without_the_right_to_list_it_is_asked_for_now_and_then() -> None:
    denied = refusal(403, "Forbidden", "persistentvolumeclaims is forbidden: User cannot list")
    api = script([denied] * 3 + [page(claims(0, 1), "5")], [])
    async with telling(api) as story:
        await asyncio.sleep(65.0)
        assert story.states == [CONNECTING, FORBIDDEN]
        assert "cannot list" in story.health.message
        assert not story.health.was_listed
        assert [round(asked.at - api.asked[0].at) for asked in api.asked] == [0, 30, 60]
        await asyncio.sleep(30.0)
        assert story.states == [CONNECTING, FORBIDDEN, LISTING, LIVE]
        assert story.health.message == ""
        assert set(story.shown()) == {"data-0"}


async def test_a_kind_that_the_server_does_not_know_is_asked_for_now_and_then_and_may_come_and_go() -> None:
    unknown = refusal(404, "NotFound", "the server could not find the requested resource")
    gone = watch(20.0, event("ADDED", claim_wire("data-9", "6")), 20.0)
    api = script([unknown, unknown, page(claims(0, 2), "5"), unknown], [gone, unknown], last_list=unknown)
    async with telling(api) as story:
        await asyncio.sleep(90.0)
        assert story.states == [CONNECTING, ABSENT]
        assert "does not know persistentvolumeclaims" in story.health.message
        await asyncio.sleep(55.0)
        assert story.states == [CONNECTING, ABSENT, LISTING, LIVE]
        assert len(story.shown()) == 3
        await asyncio.sleep(40.0)
        assert story.states == [CONNECTING, ABSENT, LISTING, LIVE, ABSENT]
        assert story.shown() == {}
        assert (story.health.listed, story.health.expected) == (0, None)
        await asyncio.sleep(300.0)
        assert story.states[-1] is ABSENT


async def test_credentials_that_are_not_accepted_are_tried_again_slowly() -> None:
    api = script([refusal(401, "Unauthorized", "Unauthorized")] * 2 + [page([], "5")], [])
    story = await story_of(api, 65.0)
    assert [round(asked.at - api.asked[0].at) for asked in api.asked] == [0, 30, 60, 60, 63, 63]
    assert story.states == [CONNECTING, STALE, LISTING, LIVE]
    assert "does not accept the credentials" in story.healths[1][1].message


async def test_what_a_broken_list_showed_and_the_next_one_does_not_is_gone_again() -> None:
    half = page(claims(0, 3), "5", token="p2")
    api = script([half, lost(), page(claims(2, 2), "6")], [])
    story = await story_of(api, 20.0)
    assert set(story.shown()) == {"data-2", "data-3"}


async def test_objects_that_cannot_be_read_are_told_with_the_list() -> None:
    unfit = [claim_wire(f"bad-{number}", status={"capacity": {"storage": "?"}}) for number in range(25)]
    api = script(
        [page([*claims(0, 1), *unfit], "5"), page(claims(0, 1), "9")],
        [watch(error_event(410, "Expired", "old")), quiet()],
    )
    async with telling(api) as story:
        await asyncio.sleep(0.1)
        first = next(health for _, health in story.healths if health.was_listed)
        assert (first.set_aside_count, len(first.set_aside), first.listed) == (25, 20, 1)
        assert first.set_aside[-1].name == "bad-24"
        await asyncio.sleep(10.0)
        assert (story.health.set_aside_count, story.health.set_aside) == (0, ())


async def test_a_server_that_does_not_heed_the_size_of_pages_has_answered_with_one() -> None:
    api = script([page(claims(0, 700), "5")], [])
    story = await story_of(api, 5.0)
    assert len(api.lists) == 1
    assert len(story.shown()) == 700
    assert story.health.state is LIVE


async def test_a_page_that_is_full_to_the_last_place_is_all_there_is() -> None:
    api = script([page(claims(0, FIRST_PAGE), "5")], [])
    story = await story_of(api, 5.0)
    assert (len(api.lists), len(story.shown())) == (1, FIRST_PAGE)


async def test_a_page_of_nothing_may_be_followed_by_others() -> None:
    api = script([page([], "5", token="p2"), page(claims(0, 2), "5", token="p3"), page([], "5")], [])
    story = await story_of(api, 5.0)
    assert [asked.query.get("continue", "") for asked in api.lists] == ["", "p2", "p3"]
    assert set(story.shown()) == {"data-0", "data-1"}


async def test_pages_are_of_one_version_which_is_that_of_the_watch() -> None:
    """What changed while pages came is brought by the watch, and what was on a page and went by then is gone."""
    gone = event("DELETED", claim_wire("data-0", "80"))
    api = script([page(claims(0, 2), "77", token="p2"), page(claims(2, 1), "77", head_s=3.0)], [watch(gone, SILENCE)])
    story = await story_of(api, 10.0)
    assert api.watches[0].query["resourceVersion"] == "77"
    assert set(story.shown()) == {"data-1", "data-2"}


async def test_a_list_of_nothing_is_a_list() -> None:
    api = script(
        [Reply((encoded({"kind": "PersistentVolumeClaimList", "metadata": {"resourceVersion": "5"}, "items": None}),))],
        [],
    )
    story = await story_of(api, 5.0)
    assert story.states == [CONNECTING, LISTING, LIVE]
    assert story.health.was_listed
    assert (story.health.listed, story.health.expected) == (0, 0)
