"""What a second that passes costs, and that nothing is ever behind the time for it."""

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from textual._compositor import Compositor
from textual.geometry import Region
from textual.widget import Widget

from storagetui.model.change import FeedState
from storagetui.model.keys import Kind
from storagetui.ui.outlook import Outlook
from storagetui.ui.screens import browse, table_page, triage
from storagetui.ui.screens.live_screen import LiveScreen
from storagetui.ui.widgets.object_table import ObjectTable
from tests.build import claim, event, feed_health, live_feeds, pod, stamp
from tests.ui.doubles import StaticSession
from tests.ui.driving import NARROW, WIDE, Driven, driven
from tests.ui.harness import screen_text, until
from tests.ui.scenes import shop_frame

PAGES = ("triage", "sets", "claims", "volumes", "pods", "attachments")


def session() -> StaticSession:
    """Ages of all sizes, a claim that is to go, a pod that is late, and nodes of which nothing is heard."""
    young, leaving = claim("shop/a-young-one", metadata={"creationTimestamp": stamp(100)}), "shop/a-leaving-one"
    stale = feed_health(Kind.NODE, FeedState.STALE, "it said nothing", was_listed=True)
    return StaticSession(
        shop_frame(
            young,
            claim("shop/a-dying-one", metadata={"deletionTimestamp": stamp(-70)}),
            pod(leaving, metadata={"deletionTimestamp": stamp(-5), "deletionGracePeriodSeconds": 30}),
            event(young, "Looked", "at it", ago=599.0),
            feeds=live_feeds(stale),
        )
    )


async def tick(one: Driven, seconds: float) -> None:
    """Let time pass for the cluster, and let the program notice."""
    one.session.pass_time(seconds)
    one.app._tick()
    await one.pilot.pause(0)


async def check(one: Driven, what: str) -> None:
    """What is on screen must be what it would be if all of it were made anew."""
    ticked = screen_text(one.app)
    screen = one.app.screen
    assert isinstance(screen, LiveScreen)
    screen.catch_up()
    await one.pilot.pause(0)
    assert screen_text(one.app) == ticked, what


async def steps(one: Driven, seed: int, what: str) -> None:
    chance = random.Random(seed)
    for number in range(16):
        seconds = chance.choice((0.3, 1.0, 1.0, 7.0, 31.0, 60.0, 600.0, 5000.0, 40_000.0))
        await tick(one, seconds)
        await check(one, f"{what}, step {number}, {seconds} s")


@pytest.mark.parametrize("size", [NARROW, WIDE])
@pytest.mark.parametrize("name", PAGES)
async def test_no_page_is_behind_the_time(name: str, size: tuple[int, int]) -> None:
    async with driven(session(), name, size) as one:
        await until(one.pilot, lambda: one.browse.page.children)
        await steps(one, 1, name)
        await one.press("down", "down")
        await steps(one, 2, f"{name}, further down")


@pytest.mark.parametrize("moves", [0, 1, 2])
async def test_no_objects_screen_is_behind_the_time(moves: int) -> None:
    async with driven(session(), "claims") as one:
        await one.press("slash", *"a-", "enter", *["down"] * moves, "enter")
        await one.on_object()
        await steps(one, moves, f"object {moves}")


async def test_a_pane_that_gets_room_is_written_within_a_second() -> None:
    async with driven(session(), "claims", NARROW) as one:
        await tick(one, 1.0)
        await one.pilot.resize_terminal(*WIDE)
        await until(one.pilot, lambda: one.app.size.width == WIDE[0])
        await tick(one, 1.0)
        await one.sees("Metadata")


async def test_a_second_in_which_nothing_reads_otherwise_makes_nothing_but_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in PAGES:
        async with driven(StaticSession(shop_frame()), name) as one:
            await until(one.pilot, lambda: one.browse.page.children)
            await settle(one)
            made: list[str] = []
            refreshed: list[Widget] = []
            with monkeypatch.context() as patch:
                note(patch, made, refreshed)
                await tick(one, 1.0)
            assert "14:13:13" in one.text
            assert made == [], name
            assert {widget.id for widget in refreshed} == {"status-bar"}, name


async def settle(one: Driven) -> None:
    """Until the rights are known, all pages are made and nothing reads in seconds."""
    await tick(one, 660.0)
    for _ in range(40):
        await one.pilot.pause(0.05)
    await tick(one, 1.0)


def note(patch: pytest.MonkeyPatch, made: list[str], refreshed: list[Widget]) -> None:
    """Write down what is made, and what is painted again."""

    def noted(name: str) -> Callable[..., list[Any]]:
        def called(*_: object, **__: object) -> list[Any]:
            made.append(name)
            return []

        return called

    for module, name in (
        (table_page, "describe"),
        (table_page, "event_lines"),
        (triage, "explain"),
        (triage, "nothing_stuck"),
        (browse, "feed_lines"),
        (ObjectTable, "_cell"),
        (Outlook, "offers"),
    ):
        patch.setattr(module, name, noted(name))
    plain = Widget.refresh

    def refresh(widget: Widget, *regions: Any, **options: Any) -> Widget:
        refreshed.append(widget)
        return plain(widget, *regions, **options)

    patch.setattr(Widget, "refresh", refresh)


async def test_painting_a_part_asks_only_who_stands_there_and_paints_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(3)
    async with driven(session(), "claims") as one:
        await one.press("down")
        screen = one.app.screen
        assert isinstance(screen, LiveScreen)
        compositor = screen._compositor
        width, height = one.app.size
        for _ in range(60):
            x, y = chance.randrange(width), chance.randrange(height)
            part = Region(x, y, chance.randint(1, width - x), chance.randint(1, height - y))
            painted = chopped(compositor, part)
            with monkeypatch.context() as patch:
                patch.delattr(type(compositor), "_get_renders")
                assert chopped(compositor, part) == painted
        asked = [region for region, _, _ in compositor._get_renders(Region(width - 9, 0, 8, 1))]
        assert len(asked) == 2, "the bar and what is under it"


def chopped(compositor: Compositor, part: Region) -> list[tuple[int, int, str]]:
    """All pieces that reach into a part of the terminal: where they begin, and what they say."""
    chops = compositor._render_chops(part, lambda _: True)
    said = []
    for y in part.line_range:
        for begin, end in pairwise(compositor.cuts[y]):
            if begin < part.right and end > part.x:
                strip = chops[y][begin]
                assert strip is not None
                said.append((y, begin, strip.text))
    return said
