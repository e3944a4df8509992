"""The screens over a real session on a simulated cluster: what happens there is seen here."""

from pathlib import Path
from typing import Any

import pytest

from storagetui.ui.screens.browse import PAGES
from storagetui.ui.screens.object import ObjectScreen
from tests.ui.driving import NARROW, WIDE
from tests.ui.harness import until
from tests.ui.simulated import Played, played


def scale(one: Played, namespace: str, name: str, replicas: int) -> None:
    def change(wire: dict[str, Any]) -> None:
        wire["spec"]["replicas"] = replicas

    one.cluster.store.modify("statefulsets.apps", name, namespace, change)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_demo_is_to_be_seen_on_every_screen(size: tuple[int, int], tmp_path: Path) -> None:
    async with played("demo", tmp_path, "triage", size) as one:
        await one.sees("Class fast-ssd does not exist", "✖ high")
        for number, name in enumerate(PAGES[1:], 2):
            await one.press(str(number))
            await one.sees(
                f"[{name.capitalize()}]", "analytics/" if name in ("volumes", "attachments") else "analytics"
            )
            await one.press("down", "enter")
            await until(one.pilot, lambda: isinstance(one.app.screen, ObjectScreen))
            await one.sees("describe")
            await one.press("y")
            await one.sees("apiVersion:")
            await one.press("q")


async def test_scaling_down_leaves_an_ordinal_behind_on_screen(tmp_path: Path) -> None:
    async with played("calm", tmp_path, "sets") as one:
        await one.sees("StatefulSet")
        page = one.app.screen_stack[0].query_one("#page-sets")
        key = page.subject  # type: ignore[attr-defined]
        assert key is not None
        assert "left behind" not in one.text.replace("LEFT BEHIND", "").replace("o left behind", "")
        scale(one, key.namespace, key.name, 1)
        await one.sees("1 wanted", "Bound, left behind")
        scale(one, key.namespace, key.name, 3)
        await one.sees("3 wanted")
        await one.misses("Bound, left behind")


async def test_a_pod_made_again_under_its_name_is_not_taken_for_the_one_that_was_opened(tmp_path: Path) -> None:
    async with played("calm", tmp_path, "pods") as one:
        await one.press("enter")
        await until(one.pilot, lambda: isinstance(one.app.screen, ObjectScreen))
        screen = one.app.screen
        assert isinstance(screen, ObjectScreen)
        one.cluster.store.delete("pods", screen.key.name, screen.key.namespace, grace_s=0)
        await one.sees("Another object has this name now")
        await one.press("r")
        await one.misses("Another object has this name now")
        assert isinstance(one.app.screen, ObjectScreen)
        assert one.app.screen.uid != screen.uid
        await one.press("e")
        await one.sees("Scheduled")


async def test_a_user_without_rights_sees_what_is_missing(tmp_path: Path) -> None:
    async with played("calm", tmp_path, "volumes", forbidden=("persistentvolumes",)) as one:
        await one.sees("You may not list volumes", "1 forbidden", "? volumes")
        await one.press("3")
        await one.sees("[Claims]", "You may not list volumes")


async def test_a_deleted_claim_leaves_the_table(tmp_path: Path) -> None:
    async with played("demo", tmp_path, "claims") as one:
        await one.press("slash", *"scratch", "enter")
        await one.sees("1 of ")
        one.cluster.store.delete("persistentvolumeclaims", "scratch", "ci")
        await one.sees("matches the filter")
