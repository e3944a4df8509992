"""Where actions are offered, and that whoever may not or cannot is told so before a dialog opens."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from storagetui.actions.journal import Entry, Journal
from storagetui.frame import Frame
from storagetui.model.change import FeedState
from storagetui.model.keys import Kind
from storagetui.ui.screens.actions import ActionsScreen, OfferList
from storagetui.ui.screens.journal import JournalScreen
from storagetui.ui.screens.plan import PlanScreen
from storagetui.ui.widgets.key_bar import KeyBar
from tests.build import NOW, claim, feed_health, frame_of, live_feeds, node, pod, stamp, storage_class
from tests.ui.acted import acted
from tests.ui.doubles import StaticSession
from tests.ui.driving import NARROW, WIDE, Driven, driven
from tests.ui.harness import until
from tests.ui.scenes import shop_frame

CLAIM = claim("shop/data-0")


def styles_of_key(one: Driven) -> list[str]:
    """The styles of `a` and of its word in the key bar; none when it is not offered."""
    spans = one.app.screen.query_one(KeyBar).line_at(0).spans
    words = next((number for number, (text, _) in enumerate(spans) if text == " actions"), None)
    return [] if words is None else [spans[words - 1][1], spans[words][1]]


async def is_offered(one: Driven, styles: list[str]) -> None:
    await until(one.pilot, lambda: styles_of_key(one) == styles, f"{styles} instead of {styles_of_key(one)}")


USABLE, DIMMED, ABSENT = ["label", "plain"], ["dim", "dim"], list[str]()


@pytest.mark.parametrize(
    ("frame", "styles"),
    [
        (frame_of(CLAIM, storage_class()), USABLE),
        (frame_of(CLAIM, storage_class(expands=False)), DIMMED),
        (frame_of(storage_class()), ABSENT),
    ],
)
async def test_the_key_bar_tells_whether_something_can_be_done(frame: Frame, styles: list[str]) -> None:
    async with driven(StaticSession(frame), "claims", NARROW) as one:
        await is_offered(one, styles)
        if styles:
            await one.press("enter")
            await one.on_object()
            await is_offered(one, styles)


async def test_the_reason_of_what_cannot_be_had_is_in_the_list_and_no_dialog_opens() -> None:
    async with driven(StaticSession(frame_of(CLAIM, storage_class(expands=False))), "claims", NARROW) as one:
        await one.press("a")
        await one.sees("What can be done to claim shop/data-0", "✖ class fast does not allow expansion")
        await one.sees("set allowVolumeExpansion: true on the class")
        await one.press("enter")
        await until(one.pilot, lambda: isinstance(one.app.screen, ActionsScreen))
        await one.press("escape")
        await one.misses("What can be done")


async def test_kinds_without_actions_say_so() -> None:
    async with driven(StaticSession(shop_frame()), "volumes") as one:
        await is_offered(one, ABSENT)
        await one.press("a")
        await until(one.pilot, lambda: one.app._notifications)
        (note,) = one.app._notifications
        assert "claims and pods have actions" in note.message
        assert not isinstance(one.app.screen, ActionsScreen)


async def test_rights_are_asked_for_when_the_cursor_comes_to_rest_and_their_lack_is_the_reason() -> None:
    session = StaticSession(frame_of(CLAIM, storage_class()))
    session.refused = True
    async with driven(session, "claims", NARROW) as one:
        await until_late(one, lambda: styles_of_key(one) == DIMMED)
        await one.press("a")
        await one.sees("you may not patch persistentvolumeclaims in shop", "Ask for that right.")
        session.refused = False


async def until_late(one: Driven, holds: Callable[[], object]) -> None:
    """As `until`, for what waits for the cursor to rest."""
    for _ in range(100):
        if holds():
            return
        await one.pilot.pause(0.05)
    raise AssertionError(one.text)


async def test_a_finding_offers_what_can_be_done_to_its_object_and_to_what_it_hits() -> None:
    async with driven(StaticSession(shop_frame()), "triage") as one:
        await is_offered(one, DIMMED)
        await one.press("a")
        await one.sees("What can be done to these objects")
        await one.sees("claim shop/data-postgres-2", "✖ the claim is Pending", "pod shop/postgres-2")
        await one.press("down")
        await one.sees("The pod is not being deleted. Delete it the usual way first")


async def test_nothing_moves_under_the_cursor_when_an_action_becomes_possible() -> None:
    stuck = pod("shop/db-0", node="node-a", claims=("data-0",), metadata={"deletionTimestamp": stamp(-2)})
    frame = frame_of(stuck, node("node-b"), CLAIM, storage_class(), feeds=live_feeds())
    session = StaticSession(frame)
    async with driven(session, "pods") as one:
        await one.press("a")
        await one.sees("✖ The pod is still within its grace period. Wait until 14:02:13 UTC.")
        offers = one.app.screen.query_one(OfferList)
        assert offers.cursor == 0
        session.pass_time(3)
        await until_late(one, lambda: "Shows what would be done" in one.text)
        await one.press("enter")
        await one.sees("Force-delete pod shop/db-0")


async def test_what_is_stale_is_not_acted_upon() -> None:
    feeds = live_feeds(feed_health(Kind.PERSISTENT_VOLUME_CLAIM, FeedState.STALE, was_listed=True))
    async with driven(StaticSession(frame_of(CLAIM, storage_class(), feeds=feeds)), "claims") as one:
        await is_offered(one, DIMMED)
        await one.press("a")
        await one.sees("Nothing is heard about claims at present")


@pytest.mark.parametrize("what", ["object", "list", "dialog"])
async def test_another_object_of_the_name_gets_nothing_that_was_meant_for_the_old_one(what: str) -> None:
    session = StaticSession(frame_of(CLAIM, storage_class()))
    another = claim("shop/data-0", metadata={"uid": "another"})
    later = NOW + timedelta(seconds=1)
    async with driven(session, "claims", WIDE) as one:
        if what == "object":
            await one.press("enter")
            await one.on_object()
            session.publish(frame_of(another, storage_class(), at=later))
            await one.sees("Another object has this name now")
            await is_offered(one, DIMMED)
            await one.press("a")
        else:
            await one.press("a", *(["enter", *"20Gi"] if what == "dialog" else []))
            session.publish(frame_of(another, storage_class(), at=later))
        await until_late(one, lambda: "It was made again under the same name" in one.text)
        await one.press("enter", *"data-0", "enter")
        assert session.approved == []


async def test_a_viewer_gets_the_reason_before_the_key_and_sends_nothing(tmp_path: Path) -> None:
    async with acted("calm", tmp_path, "claims", NARROW, user="viewer") as one:
        await one.filters("data-postgres-0")
        await one.opens_list()
        await one.sees("✖ You may not patch persistentvolumeclaims in shop", "Ask for that right.")
        await one.press("enter")
        assert not isinstance(one.app.screen, PlanScreen)
        assert not one.wire.writes
        assert not one.wire.dry_runs


async def test_read_only_offers_nothing(tmp_path: Path) -> None:
    async with acted("calm", tmp_path, "claims", NARROW, read_only=True) as one:
        await one.filters("data-postgres-0")
        await one.opens_list()
        await one.sees("✖ This session is read-only. Start storagetui without --read-only to act.")
        await one.press("enter")
        assert not isinstance(one.app.screen, PlanScreen)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_palette_knows_the_actions_and_the_journal(size: tuple[int, int]) -> None:
    async with driven(StaticSession(frame_of(CLAIM, storage_class())), "claims", size) as one:
        await one.press("colon", *"force", "enter")
        await one.sees("What can be done to claim shop/data-0")
        await one.press("q", "colon", *"journal", "enter")
        await until(one.pilot, lambda: isinstance(one.app.screen, JournalScreen))
        await until_late(one, lambda: "The journal is empty" in one.text)
        await one.sees("Nothing has been done in this session.")
        await one.press("q")
        await one.misses("The journal is empty")


async def test_the_journal_is_shown_newest_first_and_its_text_does_nothing(tmp_path: Path) -> None:
    session = StaticSession(frame_of(CLAIM, storage_class()))
    session.runs.journal = Journal(tmp_path / "journal.jsonl")
    for number in range(600):
        session.runs.journal.append(
            Entry(
                at=NOW,
                run="r",
                what="outcome",
                action="expand-claim",
                cluster_id="test",
                object="PersistentVolumeClaim shop/data-0",
                uid="u",
                message=f"line {number} \x1b]0;owned\x07[red]",
            )
        )
    async with driven(session, "claims", WIDE) as one:
        await one.press("A")
        await until_late(one, lambda: "line 599 \ufffd]0;owned\ufffd[red]" in one.text)
        assert one.text.index("line 599") < one.text.index("line 598")
        await one.press("tab", "end")
        await one.sees("line 100 ")
        assert "\x1b" not in one.text
