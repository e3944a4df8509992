"""How much is loaded, and how far it may be believed."""

from datetime import timedelta

import msgspec
import pytest

from storagetui.model.change import Feed, FeedHealth, FeedState, SetAside
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from storagetui.view.column import Tone
from storagetui.view.header import count, counts, feed_badge, feed_lines
from tests.build import NOW, claim, feed_health, frame_of, live_feeds, pod
from tests.view.world import HOSTILE

CLAIM = Kind.PERSISTENT_VOLUME_CLAIM


def health(kind: Kind, state: FeedState, **over: object) -> FeedHealth:
    return msgspec.structs.replace(feed_health(kind, state), **over)


def test_what_is_loaded_is_counted() -> None:
    frame = frame_of(*(pod(f"shop/p-{number}") for number in range(1200)), claim("shop/a"))

    assert [cell.text for cell in counts(frame)] == ["1,200 pods", "1 claim", "0 volumes"]


@pytest.mark.parametrize(
    ("one", "text", "tone"),
    [
        (
            health(CLAIM, FeedState.LISTING, listed=18500, expected=50000),
            "listing 18,500 of about 50,000 claims",
            Tone.NOTE,
        ),
        (health(CLAIM, FeedState.LISTING, listed=500), "listing 500 claims", Tone.NOTE),
        (health(CLAIM, FeedState.CONNECTING), "? claims", Tone.NOTE),
        (health(CLAIM, FeedState.FORBIDDEN), "? claims", Tone.WARN),
        (health(CLAIM, FeedState.STALE), "? claims", Tone.WARN),
        (health(CLAIM, FeedState.STALE, was_listed=True), "1 claim", Tone.WARN),
        (health(CLAIM, FeedState.FORBIDDEN, was_listed=True), "1 claim", Tone.WARN),
        (health(CLAIM, FeedState.ABSENT), "no claims", Tone.DIM),
    ],
)
def test_unknown_is_not_zero(one: FeedHealth, text: str, tone: Tone) -> None:
    frame = frame_of(claim("shop/a"), feeds=live_feeds(one))

    assert count(frame, CLAIM) == (text, tone)


def test_a_kind_that_nobody_watches_is_unknown() -> None:
    assert count(frame_of(feeds={}), CLAIM).text == "? claims"


def test_all_is_well_in_one_word_and_without_lines() -> None:
    frame = frame_of()

    assert feed_badge(frame, NOW) == (f"● live {len(KINDS)} feeds", Tone.OK)
    assert feed_lines(frame, NOW) == ()


def test_an_optional_kind_that_the_cluster_lacks_is_not_mentioned() -> None:
    frame = frame_of(feeds=live_feeds(health(Kind.VOLUME_SNAPSHOT, FeedState.ABSENT)))

    assert feed_badge(frame, NOW) == ("● live 26 feeds", Tone.OK)
    assert feed_lines(frame, NOW) == ()


def test_a_kind_that_every_cluster_should_have_is() -> None:
    frame = frame_of(feeds=live_feeds(health(Kind.CSI_NODE, FeedState.ABSENT)))

    assert feed_lines(frame, NOW)[0].text == "The server does not know node drivers."


def test_the_worst_comes_first_with_its_next_step() -> None:
    lost = NOW - timedelta(seconds=130)
    frame = frame_of(
        feeds=live_feeds(
            health(Kind.NODE, FeedState.FORBIDDEN, message="nodes is forbidden"),
            health(Kind.CSI_NODE, FeedState.FORBIDDEN, message="csinodes is forbidden"),
            health(Kind.POD, FeedState.STALE, since=lost, message="The connection was reset"),
            health(CLAIM, FeedState.STALE, since=NOW - timedelta(seconds=5), message="The connection was reset"),
            health(Kind.EVENT, FeedState.LISTING, listed=500, expected=700),
        )
    )
    lines = feed_lines(frame, NOW)

    assert feed_badge(frame, NOW) == ("▲ 2 stale 2m10s · ✖ 2 forbidden · ◌ loading 1 of 27 feeds · 22 live", Tone.ERROR)
    assert [line.tone for line in lines] == [Tone.ERROR, Tone.WARN, Tone.NOTE]
    assert lines[0].text == ("Nothing heard about claims and pods since 14:00:01 (2m10s). The connection was reset.")
    assert "out of date" in lines[0].next_step
    assert lines[1].text == "You may not list nodes and node drivers. nodes is forbidden."
    assert "get, list and watch on nodes, csinodes" in lines[1].next_step
    assert lines[2].text == "Not complete yet: events (500 of about 700)."


def test_catching_up_says_how_old_things_are_and_alarms_nobody() -> None:
    since, why = NOW - timedelta(seconds=5), "The server is heard again; asking what has changed meanwhile."
    behind = health(CLAIM, FeedState.STALE, since=since, message=why, is_catching_up=True)
    frame = frame_of(feeds=live_feeds(behind))
    assert feed_badge(frame, NOW) == ("◌ 1 catching up 5s · 26 live", Tone.NOTE)
    (line,) = feed_lines(frame, NOW)
    assert line.text == f"Catching up: claims are shown as of 14:02:06 (5s). {why}"
    assert (line.tone, line.next_step) == (Tone.NOTE, "")

    frame = frame_of(feeds=live_feeds(behind, health(Kind.POD, FeedState.STALE, since=since, message="Reset.")))
    assert feed_badge(frame, NOW) == ("▲ 1 stale 5s · ◌ 1 catching up 5s · 25 live", Tone.ERROR)
    assert [line.tone for line in feed_lines(frame, NOW)] == [Tone.ERROR, Tone.NOTE]


def test_a_line_over_a_table_leaves_room_for_since_when_and_why() -> None:
    kinds = (Kind.POD, Kind.NODE, CLAIM, Kind.JOB)
    stale = [health(kind, FeedState.STALE, since=NOW - timedelta(seconds=5), message="Reset.") for kind in kinds]
    frame = frame_of(feeds=live_feeds(*stale))

    assert feed_lines(frame, NOW, kinds)[0].text == (
        "Nothing heard about pods, nodes and 2 more kinds since 14:02:06 (5s). Reset."
    )
    assert "claims, pods, nodes and jobs" in feed_lines(frame, NOW)[0].text


def test_a_screen_asks_for_its_own_kinds() -> None:
    feeds = live_feeds(health(Kind.NODE, FeedState.FORBIDDEN))
    del feeds[Feed(Kind.JOB)]
    frame = frame_of(feeds=feeds)

    assert feed_lines(frame, NOW, (CLAIM,)) == ()
    assert [line.kinds for line in feed_lines(frame, NOW, (CLAIM, Kind.NODE))] == [(Kind.NODE,)]
    assert [line.text for line in feed_lines(frame, NOW, (Kind.JOB,))] == ["Not watched: jobs."]


def test_objects_that_cannot_be_read_are_named() -> None:
    aside = tuple(SetAside("shop", f"data-{number}", "spec is a list") for number in range(5))
    one = health(CLAIM, FeedState.LIVE, was_listed=True, set_aside=aside, set_aside_count=12)
    (line,) = feed_lines(frame_of(feeds=live_feeds(one)), NOW)

    assert line.text.startswith("12 claims could not be read: shop/data-0 (spec is a list), shop/data-1")
    assert line.text.endswith("and 9 more.")
    assert "kubectl" in line.next_step


def test_loading_and_nothing_at_all() -> None:
    loading = frame_of(feeds=live_feeds(health(CLAIM, FeedState.CONNECTING), health(Kind.POD, FeedState.LISTING)))

    assert feed_badge(loading, NOW) == ("◌ loading 2 of 27 feeds · 25 live", Tone.NOTE)
    assert feed_lines(loading, NOW)[0].text == "Not complete yet: claims (connecting)."
    assert feed_badge(frame_of(feeds={}), NOW).text == "◌ no feeds yet"


def test_the_server_s_words_are_cleaned() -> None:
    aside = (SetAside("shop", HOSTILE, HOSTILE),)
    feeds = live_feeds(
        health(Kind.NODE, FeedState.FORBIDDEN, message=HOSTILE),
        health(CLAIM, FeedState.LIVE, was_listed=True, set_aside=aside, set_aside_count=1),
    )

    assert all(line.text.isprintable() for line in feed_lines(frame_of(feeds=feeds), NOW))
