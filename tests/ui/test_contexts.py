"""Going over to another context: the old one ends, the new one opens, and nothing of the one shows under the other."""

import asyncio
from pathlib import Path

import pytest

from storagetui.actions.run import Run
from storagetui.ui.screens.browse import BrowseScreen
from storagetui.ui.screens.object import ObjectScreen
from storagetui.ui.screens.trouble import TroubleScreen
from tests.ui.driving import NARROW, WIDE
from tests.ui.harness import until
from tests.ui.two_clusters import between

DEMO_ONLY = "clickhouse"
"""Part of the names of what the demo's cluster has and the other lacks."""


def tasks() -> set[str]:
    """What runs on the loop, by name."""
    return {task.get_name() for task in asyncio.all_tasks()}


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_contexts_are_listed_with_the_present_one_marked(size: tuple[int, int], tmp_path: Path) -> None:
    async with between(tmp_path, "claims", size, alpha="demo", beta="calm") as one:
        await one.press("x")
        await one.sees("● now: c-alpha as u-alpha", "c-beta as u-beta", "namespace shop")
        await one.press(*"bet")
        await until(one.pilot, lambda: "c-beta" in one.text and "c-alpha" not in one.text.replace("alpha  ", "", 1))
        await one.press("escape")
        await one.arrived("alpha")


async def test_nothing_of_the_old_cluster_shows_under_the_new_name(tmp_path: Path) -> None:
    async with between(tmp_path, "claims", alpha="demo", beta="calm") as one:
        await one.sees(DEMO_ONLY)
        old = one.app.screen_stack[0]
        await one.press("slash", *"clickhouse", "enter", "enter")
        await until(one.pilot, lambda: isinstance(one.app.screen, ObjectScreen))
        await one.go_to("beta")
        one.check_nothing_is_left("beta")
        assert DEMO_ONLY not in one.text
        assert len(one.app.screen_stack) == 1
        new = one.app.screen_stack[0]
        assert new is not old
        assert isinstance(new, BrowseScreen)
        assert new.current == "claims"
        assert new.page.filter_text == ""
        for number in range(1, 7):
            await one.press(str(number))
            one.check_nothing_is_left("beta")
            assert DEMO_ONLY not in one.text
        assert sum(name == "source" for name in tasks()) == 1
        await one.go_to("alpha")
        await one.press("3")
        await one.sees(DEMO_ONLY)
        one.check_nothing_is_left("alpha")


async def test_each_context_has_its_own_namespace(tmp_path: Path) -> None:
    async with between(tmp_path, "claims", alpha="demo", beta="calm") as one:
        await one.press("n")
        await one.sees("Namespace")
        await one.press(*"analytics", "enter")
        await until(one.pilot, lambda: one.app.outlook.namespace == "analytics")
        await one.go_to("beta")
        assert one.app.outlook.namespace == ""
        await one.go_to("alpha")
        assert one.app.outlook.namespace == "analytics"


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_context_that_cannot_be_had_is_told_and_the_old_one_can_be_chosen(
    size: tuple[int, int], tmp_path: Path
) -> None:
    async with between(tmp_path, "claims", size, alpha="demo", beta="calm") as one:
        await one.press("x")
        await one.sees("type to narrow")
        await one.press(*"broken", "enter")
        await until(one.pilot, lambda: isinstance(one.app.screen, TroubleScreen))
        await one.sees("not connected to broken", "nowhere", "chooses another context")
        assert DEMO_ONLY not in one.text
        await one.go_to("alpha")
        one.check_nothing_is_left("alpha")
        await one.sees(DEMO_ONLY)


async def test_a_plug_in_that_fails_is_told_under_the_name_of_its_context(tmp_path: Path) -> None:
    async with between(tmp_path, "claims", alpha="demo") as one:
        await one.press("x")
        await one.sees("type to narrow")
        await one.press(*"lost", "enter")
        await one.sees("lost", "no-such-plug-in")
        assert DEMO_ONLY not in one.text
        await one.go_to("alpha")
        await one.sees(DEMO_ONLY)


async def test_while_a_plan_runs_its_context_is_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with between(tmp_path, "claims", alpha="demo", beta="calm") as one:
        monkeypatch.setattr(one.app, "_runs", lambda: (UNDER_WAY,))
        await one.press("x")
        await one.sees("type to narrow")
        await one.press(*"beta", "enter")
        await one.sees("Expand shop/data: under way")
        assert one.app.outlook.session is not None
        assert one.app.outlook.session.identity.context == "alpha"


class _Plan:
    title = "Expand shop/data"


class _UnderWay:
    plan = _Plan()
    outcome = None
    id = "r1"


UNDER_WAY: Run = _UnderWay()  # type: ignore[assignment]  # all that is asked of a run here


async def test_going_back_and_forth_leaves_nothing_running(tmp_path: Path) -> None:
    async with between(tmp_path, "claims", alpha="calm", beta="calm") as one:
        for context in ("beta", "alpha") * 3:
            await one.go_to(context)
            one.check_nothing_is_left(context)
        names = [task.get_name() for task in asyncio.all_tasks()]
        assert sum(name == "heartbeat" for name in names) == 1
        assert sum(name == "cluster" for name in names) == 1


async def test_going_over_again_and_again_before_anything_is_there_ends_where_it_was_told_to(tmp_path: Path) -> None:
    async with between(tmp_path, "claims", alpha="demo", beta="calm") as one:
        for context in ("beta", "lost", "alpha", "beta", "broken", "alpha", "lost", "beta"):
            await one.press("x")
            await one.sees("type to narrow")
            await one.press(*context, "enter")
        await one.arrived("beta")
        one.check_nothing_is_left("beta")
        assert DEMO_ONLY not in one.text
