"""What nobody sees holds no Frame, and comes back as it was left."""

import gc
from weakref import ref

import pytest

from storagetui.frame import Frame
from storagetui.ui.screens.triage import TriagePage
from tests.build import claim, frame_of
from tests.ui.doubles import StaticSession
from tests.ui.driving import Driven, driven
from tests.ui.harness import until
from tests.ui.scenes import shop, shop_frame, waiting_claim

PAGES = {"triage": "1", "sets": "2", "claims": "3", "volumes": "4", "pods": "5", "attachments": "6"}


def is_gone(frame: "ref[Frame]") -> bool:
    """Whether nothing holds the Frame any more; messages of Textual's hold widgets in rings for a moment."""
    gc.collect()
    return frame() is None


def shown(one: Driven) -> "ref[Frame]":
    """The Frame that is on screen."""
    frame = one.app.outlook.frame
    assert frame is not None
    return ref(frame)


async def told(one: Driven) -> None:
    """Wait until the latest Frame is the program's."""
    await until(one.pilot, lambda: one.app.outlook.frame is one.session.frame, "the Frame")


async def published(one: Driven, name: str) -> None:
    """Have Frames published until the one that was there is none of the last two, between which changes are told."""
    for number in (1, 2):
        one.session.publish(shop_frame(claim(f"shop/{name}-{number}")))
        await told(one)


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_that_was_left_holds_no_frame(name: str) -> None:
    async with driven(StaticSession(shop_frame()), name) as one:
        one.session.publish(shop_frame(claim("shop/another")))
        await told(one)
        held = shown(one)
        await one.press(PAGES["volumes" if name == "claims" else "claims"])
        await published(one, "later")
        await until(one.pilot, lambda: is_gone(held), f"{name} letting go of its Frame")


async def test_a_screen_under_an_objects_screen_holds_no_frame() -> None:
    async with driven(StaticSession(shop_frame()), "claims") as one:
        await one.press("slash", *"data-postgres-1", "enter", "enter")
        await one.on_object()
        await one.press("l", "down", "enter")
        await one.sees("volume pv-data-postgres-1")
        held = shown(one)
        await published(one, "data-postgres-1-later")
        await until(one.pilot, lambda: is_gone(held), "the screens below letting go")
        await one.press("q")
        await one.sees("claim shop/data-postgres-1")
        await one.press("q")
        await one.sees("[Claims]", "data-postgres-1-later-2")


async def test_an_object_that_is_gone_is_shown_without_its_frame() -> None:
    async with driven(StaticSession(shop_frame()), "claims") as one:
        await one.press("enter")
        await one.on_object()
        title = one.object.key.name
        held = shown(one)
        for number in (1, 2):
            one.session.publish(frame_of(claim(f"shop/other-{number}")))
            await told(one)
        await one.sees("has been deleted", title, "Asked  10Gi")
        await until(one.pilot, lambda: is_gone(held), "the screen letting go")


async def test_cursor_filter_order_and_scroll_position_are_kept() -> None:
    records = [claim(f"shop/data-{number:03}") for number in range(200)]
    async with driven(StaticSession(frame_of(*records)), "claims") as one:
        await one.press("slash", *"data-0", "enter", "s", "S", *["pagedown"] * 2, "up")
        rows = one.browse.page.query_one("#claims-table")
        before = one.browse.page.subject
        line = rows.cursor - rows.top  # type: ignore[attr-defined]
        assert before is not None
        for with_change in (False, True):
            await one.press("5")
            await until(one.pilot, lambda: one.browse.current == "pods")
            if with_change:
                one.session.publish(frame_of(*records, claim("shop/data-0000"), claim("shop/data-00000")))
                await told(one)
            await one.press("3")
            await one.sees(before.name, "data-0")
            assert one.browse.page.subject == before
            assert rows.cursor - rows.top == line  # type: ignore[attr-defined]
        await one.sees("102 of 202 claims")


async def test_findings_stay_unfolded_and_the_cursor_on_its_finding() -> None:
    from msgspec.structs import replace

    records = shop()
    first = waiting_claim(records)
    other = replace(first, subject=records[0].key, uid=records[0].uid, title="Another trouble", since=None)
    session = StaticSession(frame_of(*records, findings=(first, other)))
    async with driven(session) as one:
        await one.sees("Another trouble")
        await one.press("end")
        page = one.browse.page
        assert isinstance(page, TriagePage)
        subject = page.subject
        await one.press("3")
        await until(one.pilot, lambda: one.browse.current == "claims")
        assert page.row is None
        worse = replace(first, subject=records[1].key, uid=records[1].uid, title="A new trouble")
        session.publish(frame_of(*records, findings=(first, other, worse)))
        await told(one)
        await one.press("1")
        await one.sees("A new trouble", "Another trouble")
        assert page.subject == subject


async def test_a_namespace_chosen_elsewhere_keeps_the_cursor_on_its_object() -> None:
    records = [claim(f"{place}/data-{number}") for place in ("shop", "ci") for number in range(9)]
    async with driven(StaticSession(frame_of(*records)), "claims") as one:
        await one.press("n", *"shop", "enter")
        await one.press("down", "down", "down")
        before = one.browse.page.subject
        await one.press("5")
        await until(one.pilot, lambda: one.browse.current == "pods")
        one.session.publish(frame_of(*records))
        await told(one)
        await one.press("n", *"all", "enter")
        await one.press("3")
        await one.sees("ci", "18 claims")
        assert one.browse.page.subject == before
