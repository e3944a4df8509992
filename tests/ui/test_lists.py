"""Tables on their screens: filter, sort, pane, and what an empty or doubtful one says."""

from datetime import timedelta

import pytest

from storagetui.model.change import FeedHealth, FeedState
from storagetui.model.keys import Kind
from storagetui.ui.screens.table_page import TablePage
from tests.build import NOW, claim, feed_health, frame_of
from tests.ui.doubles import StaticSession
from tests.ui.driving import NARROW, WIDE, Driven, driven
from tests.ui.harness import screen_lines, until
from tests.ui.scenes import feeds_but, shop_frame


def rows(one: Driven) -> TablePage:
    page = one.browse.page
    assert isinstance(page, TablePage)
    return page


async def test_a_filter_narrows_the_rows_as_it_is_typed_and_stays_when_kept() -> None:
    async with driven(StaticSession(shop_frame()), "claims") as one:
        await one.press("slash", *"post")
        await one.sees("4 of 6 claims")
        await one.misses("data-mysql-0")
        await one.press("enter", "down", "down")
        await until(one.pilot, lambda: rows(one).rows.has_focus)
        assert rows(one).rows.key is not None
        await one.press("3")
        await one.sees("post", "4 of 6 claims")
        await one.press("4")
        await one.misses("4 of 6 claims")
        await one.press("3", "escape")
        await one.sees("data-mysql-0")
        assert rows(one).filter_text == ""


@pytest.mark.parametrize("key", ["escape", "ctrl+g"])
async def test_typing_a_filter_is_left_by_either_key(key: str) -> None:
    async with driven(StaticSession(shop_frame()), "claims") as one:
        await one.press("slash", *"nothing-like-it")
        await one.sees("None of 6 claims matches the filter.", "esc takes the filter away.")
        await one.press(key)
        await one.sees("data-mysql-0")
        await until(one.pilot, lambda: rows(one).rows.has_focus)


async def test_a_filter_that_cannot_be_understood_says_so() -> None:
    async with driven(StaticSession(shop_frame()), "claims") as one:
        await one.press("slash", *"nosuch:x")
        await one.sees("no column")


async def test_letters_typed_into_a_filter_are_no_commands() -> None:
    async with driven(StaticSession(shop_frame()), "claims") as one:
        await one.press("slash", *"q1n:s")
        await one.sees("q1n:s")
        assert one.app.is_running
        assert one.browse.current == "claims"


async def test_sorting_goes_through_the_columns_and_back_to_front() -> None:
    async with driven(StaticSession(shop_frame()), "claims") as one:
        assert "NAMESPACE ▲" in one.text
        await one.press("s")
        await one.sees("NAME ▲")
        await one.press("S")
        await one.sees("NAME ▼")
        names = [line.split()[1] for line in screen_lines(one.app)[3:9]]
        assert names == sorted(names, reverse=True)


async def test_the_pane_follows_the_cursor_and_can_be_put_away() -> None:
    async with driven(StaticSession(shop_frame()), "claims", WIDE) as one:
        await one.sees("claim old/data-mysql-0")
        await one.press("down")
        await one.sees("claim old/data-mysql-1")
        await one.press("v")
        await one.misses("claim old/data-mysql-1")
        await one.press("v")
        await one.sees("claim old/data-mysql-1")


async def test_on_a_narrow_screen_the_pane_comes_on_demand() -> None:
    async with driven(StaticSession(shop_frame()), "claims", NARROW) as one:
        assert "claim old/data-mysql-0" not in one.text
        await one.press("v")
        await one.sees("claim old/data-mysql-0", "data-postgres-0")


async def test_the_pane_is_scrolled_without_leaving_the_list() -> None:
    async with driven(StaticSession(shop_frame()), "claims", (130, 16)) as one:
        await one.sees("claim old/data-mysql-0", "State")
        await one.press(*["J"] * 6)
        await one.misses("State ")
        assert rows(one).rows.has_focus
        await one.press(*["K"] * 6)
        await one.sees("State")


async def test_copying_takes_the_name_and_every_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    async with driven(StaticSession(shop_frame()), "claims", NARROW) as one:
        monkeypatch.setattr(one.app, "copy_to_clipboard", copied.append)
        await one.press("c")
        await one.sees("Copied", "data-mysql-0")
        assert copied[0].splitlines()[0] == "PersistentVolumeClaim old/data-mysql-0"
        assert "VOLUME: pv-data-mysql-0" in copied[0]
        await one.press("enter")
        await one.sees("[Claims]")


EMPTY = {
    FeedState.CONNECTING: "not loaded yet: connecting",
    FeedState.LISTING: "being listed: 12 so far",
    FeedState.FORBIDDEN: "You may not list claims",
    FeedState.STALE: "Nothing heard about claims",
    FeedState.LIVE: "There are no claims in this cluster.",
}


@pytest.mark.parametrize("state", EMPTY)
async def test_an_empty_table_says_why_it_is_empty(state: FeedState) -> None:
    kind = Kind.PERSISTENT_VOLUME_CLAIM
    health = feed_health(kind, state, "claims is forbidden", was_listed=state is FeedState.LIVE)
    health = FeedHealth(
        feed=health.feed, state=state, message=health.message, since=NOW, listed=12, was_listed=health.was_listed
    )
    async with driven(StaticSession(frame_of(feeds=feeds_but(health))), "claims", NARROW) as one:
        await until(one.pilot, lambda: EMPTY[state] in " ".join(one.text.split()))
        if state is FeedState.FORBIDDEN:
            assert "persistentvolumeclaims" in one.text  # which right is missing


async def test_a_namespace_without_rows_offers_another() -> None:
    async with driven(StaticSession(shop_frame()), "claims", NARROW, namespace="ci") as one:
        await one.sees("There are no claims in namespace ci.", "n chooses another namespace.")


async def test_a_stale_kind_marks_the_header_and_its_tables_alone() -> None:
    lost = feed_health(Kind.POD, FeedState.STALE, "connection refused", was_listed=True)
    session = StaticSession(shop_frame(feeds=feeds_but(lost)))
    session.pass_time(130)
    async with driven(session, "pods") as one:
        await one.sees("1 stale", "Nothing heard about pods since 14:02:11 (2m10s).")
        await one.press("4")
        await one.sees("[Volumes]", "1 stale")
        await one.misses("Nothing heard about pods")
        session.publish(shop_frame(at=NOW + timedelta(seconds=131)))
        await one.misses("stale")


async def test_listing_shows_its_progress() -> None:
    feed = feed_health(Kind.POD, FeedState.LISTING).feed
    half = FeedHealth(feed=feed, state=FeedState.LISTING, listed=500, expected=5000, since=NOW)
    async with driven(StaticSession(shop_frame(feeds=feeds_but(half))), "pods") as one:
        await one.sees("listing 500 of about 5,000 pods")


async def test_an_optional_kind_that_is_absent_is_no_news() -> None:
    absent = feed_health(Kind.VOLUME_SNAPSHOT, FeedState.ABSENT)
    async with driven(StaticSession(shop_frame(feeds=feeds_but(absent)))) as one:
        await one.sees("● live")
        assert "snapshot" not in one.text


async def test_the_page_of_feeds_says_what_is_forbidden_and_what_helps() -> None:
    refused = feed_health(Kind.NODE, FeedState.FORBIDDEN, "nodes is forbidden")
    async with driven(StaticSession(shop_frame(feeds=feeds_but(refused)))) as one:
        await one.sees("1 forbidden", "You may not list nodes")
        await one.press("f")
        await one.sees("✖ forbidden", "https://10.0.0.1:6443", "get, list and watch")
        await one.press("q")
        await one.misses("https://10.0.0.1:6443")


async def test_namespaces_that_may_not_be_listed_are_those_that_were_seen() -> None:
    from storagetui.model.namespaces import Namespace
    from tests.ui.scenes import shop

    refused = feed_health(Kind.NAMESPACE, FeedState.FORBIDDEN, "namespaces is forbidden")
    records = [record for record in shop() if not isinstance(record, Namespace)]
    async with driven(StaticSession(frame_of(*records, feeds=feeds_but(refused)))) as one:
        await one.press("n")
        await one.sees("may not be listed", "shop", "old")
        await one.press("ctrl+g")
        await one.misses("may not be listed")


async def test_ten_thousand_claims_are_counted_in_the_header() -> None:
    frame = frame_of(*(claim(f"shop/data-{number}") for number in range(10_000)))
    async with driven(StaticSession(frame), "claims") as one:
        await one.sees("10,000 claims")
