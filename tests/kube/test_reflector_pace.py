"""No failure, however it repeats, makes a hot loop; and whatever happens, the feed comes back and tells the truth."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storagetui.model.change import Feed, FeedHealth, FeedState
from storagetui.model.keys import Kind
from tests.conftest import FakeTimeLoop
from tests.kube.scripted import (
    CUT,
    DEAD,
    SILENCE,
    Reply,
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
LIST = page([claim_wire("a", "3")], "5")
HTML = Reply((b"<html>no</html>",), 200, {"Content-Type": "text/html"})
EXPIRED, DENIED = refusal(410, "Expired", "too old"), refusal(403, "Forbidden", "no")
MOST_IN_A_MINUTE = 18
"""Of requests, for whatever reason: a backoff from 0.8 s tries eight or nine times, by a list and a watch at most."""

LIST_FAILURES = {
    "refused": lost(),
    "expired": EXPIRED,
    "denied": DENIED,
    "unknown": refusal(404, "NotFound", "no"),
    "unauthorized": refusal(401, "Unauthorized", "no"),
    "throttled": refusal(429, "TooManyRequests", "no", {"Retry-After": "0"}),
    "error": refusal(500, "InternalError", "no"),
    "html": HTML,
    "rubbish": Reply((b"{",)),
    "no list": Reply((b"{}",)),
    "expires on the second page": page([], "5", token="p2"),
    "circles": page([claim_wire("a")], "5", token="the same"),
    "operating system": Reply(error=OSError()),
}
WATCH_FAILURES = {
    "refused": lost(),
    "expired": EXPIRED,
    "expired event": watch(error_event(410, "Expired", "old")),
    "expired event after 2 s": watch(2.0, bookmark("6"), error_event(410, "Expired", "old")),
    "expired event after 6 s": watch(6.0, bookmark("6"), error_event(410, "Expired", "old")),
    "expired event after a minute": watch(61.0, bookmark("6"), error_event(410, "Expired", "old")),
    "denied": DENIED,
    "unknown": refusal(404, "NotFound", "no"),
    "unauthorized": refusal(401, "Unauthorized", "no"),
    "throttled": refusal(429, "TooManyRequests", "no"),
    "throttled event": watch(error_event(429, "TooManyRequests", "no")),
    "error event": watch(event("ADDED", claim_wire("b", "6")), error_event(500, "InternalError", "no")),
    "html": HTML,
    "rubbish": watch(b"rubbish\n"),
    "ends at once": watch(),
    "ends after an event": watch(event("ADDED", claim_wire("b", "6"))),
    "ends after 1 s": watch(1.0),
    "ends after 4 s": watch(2.0, bookmark("6"), 2.0),
    "ends after 5 s": watch(5.0),
    "breaks": watch(event("ADDED", claim_wire("b", "6")), CUT),
    "dead": watch(DEAD),
    "dead after an event": watch(event("ADDED", claim_wire("b", "6")), DEAD),
    "dead after a minute": watch(60.0, bookmark("6"), DEAD),
    "never pauses": watch(*(0.5, event("ADDED", claim_wire("b", "6"))) * 1200),
    "ends without a word after a minute": watch(60.0),
    "breaks after a minute": watch(60.0, bookmark("6"), CUT),
    "breaks after 2 s": watch(2.0, bookmark("6"), CUT),
}


def busiest(moments: list[float]) -> int:
    """The most requests within any minute."""
    return max(sum(begin <= moment < begin + 60.0 for moment in moments) for begin in moments)


@pytest.mark.parametrize("failure", LIST_FAILURES.values(), ids=LIST_FAILURES.keys())
async def test_a_list_that_fails_for_ever_costs_little(failure: Reply) -> None:
    story = await story_of(script([failure], []), 1800.0)
    assert busiest([asked.at for asked in story.api.asked]) <= MOST_IN_A_MINUTE
    assert len(story.api.asked) >= 20
    assert FeedState.LIVE not in story.states
    assert not story.health.was_listed


@pytest.mark.parametrize("failure", WATCH_FAILURES.values(), ids=WATCH_FAILURES.keys())
async def test_a_watch_that_fails_for_ever_costs_little(failure: Reply) -> None:
    story = await story_of(script([LIST], [failure]), 1800.0)
    assert busiest([asked.at for asked in story.api.asked]) <= MOST_IN_A_MINUTE
    assert len(story.api.asked) >= 20
    assert story.health.was_listed


async def test_expired_tokens_for_ever_cost_little() -> None:
    def answer(number: int) -> Reply:
        return EXPIRED if number % 3 else page([claim_wire("a")], "5", token=f"p{number}")

    api = script([answer(number) for number in range(5000)], [])
    story = await story_of(api, 1800.0)
    assert busiest([asked.at for asked in api.asked]) <= 3 * MOST_IN_A_MINUTE
    assert FeedState.LIVE not in story.states


async def test_a_good_time_forgets_the_bad_times_before_it() -> None:
    bad = [lost()] * 8
    api = script([LIST], [*bad, *[watch(SILENCE)] * 4, watch(CUT), *bad, quiet()])
    await story_of(api, 1200.0)
    moments = [asked.at for asked in api.watches]
    assert moments[7] - moments[6] > 8.0
    assert moments[12] - moments[8] > 200.0
    assert 0.4 <= moments[13] - moments[12] <= 0.8 + 1e-3


async def test_feeds_that_fail_together_do_not_come_back_together() -> None:
    away = [lost()] * 7
    waits = []
    for seed in range(8):
        api = script([LIST], [watch(100.0, CUT), *away, quiet()])
        await story_of(api, 300.0, seed=seed)
        waits.append(round(api.watches[-1].at - api.watches[1].at, 1))
    assert len(set(waits)) > 5


replies = st.sampled_from([*LIST_FAILURES.values(), *WATCH_FAILURES.values(), silent(), LIST, quiet(60.0, 3)])


@settings(max_examples=40)
@given(st.lists(replies, max_size=6), st.lists(replies, max_size=8), st.integers(0, 3))
def test_after_any_trouble_the_feed_is_live_and_shows_what_there_is(
    lists: list[Reply], watches: list[Reply], seed: int
) -> None:
    """Answers in any order, meant for a list or a watch or neither; then a server that is well."""

    async def check() -> None:
        good = page([claim_wire("z", "900")], "901")
        api = script(lists, watches, last_list=good, last_watch=quiet())
        async with telling(api, seed=seed) as story:
            await asyncio.sleep(4000.0)
        assert story.health.state is FeedState.LIVE
        assert story.health.message == ""
        assert set(story.shown()) <= {"z", "a", "b"}
        check_health([health for _, health in story.healths])

    with asyncio.Runner(loop_factory=FakeTimeLoop) as runner:
        runner.run(check())


def check_health(healths: list[FeedHealth]) -> None:
    """What must hold of every sequence of healths."""
    for before, after in pairwise(healths):
        assert after.was_listed >= before.was_listed
        assert after.was_listed or after.state is not FeedState.LIVE
        assert (after.quiet_s == 0.0) or after.state is FeedState.STALE
        assert after.message or after.state in (FeedState.CONNECTING, FeedState.LISTING, FeedState.LIVE)
        if after.state is FeedState.LISTING and before.state is FeedState.LISTING:
            assert after.listed >= before.listed


async def test_the_feed_of_an_optional_kind_is_like_any_other() -> None:
    story = await story_of(script([refusal(404, "NotFound", "no")], []), 10.0, Feed(Kind.VOLUME_SNAPSHOT))
    assert story.health.state is FeedState.ABSENT
    assert story.api.asked[0].request.path == "/apis/snapshot.storage.k8s.io/v1/volumesnapshots"
