"""The dialog of a plan, from the keyboard alone: approve, watch, leave, come back, and everything that says no."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from storagetui.actions.run import Outcome
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.sim.controllers.drivers import EXPAND
from storagetui.sim.scenes.ground import BLOCK
from storagetui.ui.screens.journal import JournalScreen
from storagetui.ui.screens.object import ObjectScreen
from storagetui.ui.screens.plan import PlanScreen
from tests.build import NOW, claim, frame_of, storage_class
from tests.ui.acted import Acted, acted
from tests.ui.doubles import StaticSession
from tests.ui.driving import NARROW, WIDE, driven

CLAIM = "data-postgres-0"
REFUSES = "rpc error: code = Internal desc = the back end is out of space"


async def fill_in(one: Acted, size: str = "120Gi", name: str = CLAIM) -> None:
    """Write the size and the name, and approve."""
    await one.type(size)
    await one.sees(f"→ {size}")
    await one.press("enter")
    await one.type(name)
    await one.press("enter")


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_claim_is_expanded_from_the_keyboard_and_followed_to_its_new_capacity(
    size: tuple[int, int], tmp_path: Path
) -> None:
    async with acted("calm", tmp_path, "claims", size) as one:
        await one.filters(CLAIM)
        await one.press("enter")
        await one.until(lambda: isinstance(one.app.screen, ObjectScreen))
        await one.opens_plan()
        await one.sees("Expand claim shop/data-postgres-0", "100Gi is not more than the 100Gi", "New size")
        await fill_in(one)
        await one.sees("✓ Done", "the claim has 120Gi")
        assert one.run.outcome is Outcome.DONE
        assert len(one.wire.writes) == len(one.wire.dry_runs) == 1
        assert one.journal(tmp_path) == ["sending", "answered", "outcome"]
        await one.press("q")
        await one.sees("claim shop/data-postgres-0", "120Gi")
        assert isinstance(one.app.screen, ObjectScreen)
        assert not one.app._notifications, "the dialog has said it"


async def test_what_follows_and_what_was_looked_at_can_be_read_at_the_smallest_size(tmp_path: Path) -> None:
    async with acted("calm", tmp_path) as one:
        await one.filters(CLAIM)
        await one.opens_plan()
        await one.type("120Gi")
        await one.sees("patch, dry run first", "A volume never shrinks", "page down read on")
        await one.press("pagedown")
        await one.sees("class gp3 allows expansion", "kubectl -n shop patch persistentvolumeclaims")
        assert one.dialog.focused is not None
        assert one.dialog.focused.id == "plan-input-size", "one goes on typing while one reads"
        await one.press("ctrl+y")
        await one.sees("Copied", "/spec/resources/requests/storage")
        await one.press("q", "escape")
        await one.until(lambda: not isinstance(one.app.screen, PlanScreen))
        assert not one.wire.writes
        assert not one.wire.dry_runs


async def test_the_first_key_writes_over_the_suggested_size(tmp_path: Path) -> None:
    async with acted("calm", tmp_path) as one:
        await one.filters(CLAIM)
        await one.opens_plan()
        await one.type("7")
        assert one.dialog.query_one("#plan-input-size", Input).value == "7"
        await one.sees("✖ 7 is not more than the 100Gi that the claim asks for. A volume grows and never shrinks.")
        await one.press("enter")
        assert one.dialog.focused is not None
        assert one.dialog.focused.id == "plan-input-size", "there is nothing to approve"
        await one.press("backspace", *"lots")
        await one.sees("✖ 'lots' is not a quantity")


async def test_a_wrong_name_approves_nothing_and_two_enters_approve_once(tmp_path: Path) -> None:
    async with acted("calm", tmp_path) as one:
        await one.filters(CLAIM)
        await one.opens_plan()
        await one.type("120Gi")
        await one.press("tab", *"data-postgres-1", "enter")
        await one.sees("✖ What was typed is not the name. Type data-postgres-0 to go on.")
        await one.press("enter")
        assert not one.session.runs.all()
        await one.press("backspace")
        await one.until(lambda: "is not the name" not in one.text)
        await one.press("0", "enter", "enter", "enter")
        await one.sees("✓ Done")
        assert len(one.session.runs.all()) == 1
        assert len(one.wire.writes) == 1


async def test_a_run_goes_on_without_its_dialog_is_opened_again_and_told_at_its_end(tmp_path: Path) -> None:
    async with acted("calm", tmp_path) as one:
        one.cluster.drivers.stop(BLOCK)
        await one.filters(CLAIM)
        await one.opens_plan()
        await fill_in(one)
        await one.sees("accepted; watching", "the resizer has not begun", "esc leave; it goes on")
        await one.press("escape")
        await one.opens_list()
        await one.sees("under way", "Something is being done to it already")
        await one.press("enter")
        await one.sees("accepted; watching", "the resizer has not begun")
        assert one.dialog.run_id == one.run.id
        await one.press("escape", "q")
        await one.sees("under way. What was sent stays sent")
        assert one.app.is_running
        assert len(one.session.runs.all()) == 1
        one.cluster.drivers.start(BLOCK)
        await one.sees("✓ Done: Expand claim shop/data-postgres-0: 100Gi → 120Gi.")
        await one.press("A")
        await one.until(lambda: isinstance(one.app.screen, JournalScreen))
        await one.sees("Expand claim shop/data-postgres-0: 100Gi → 120Gi ✓ Done", "outcome", "sending")
        await one.press("enter")
        await one.sees("Outcome", "the claim has 120Gi")
        await one.press("escape", "escape")
        await one.until(lambda: one.app.screen is one.app.screen_stack[0])


async def test_a_driver_that_refuses_is_shown_as_it_is(tmp_path: Path) -> None:
    async with acted("calm", tmp_path) as one:
        one.cluster.drivers.fail(BLOCK, EXPAND, REFUSES)
        await one.filters(CLAIM)
        await one.opens_plan()
        await fill_in(one)
        await one.sees("accepted; watching", "VolumeResizeFailed", "the back end is out of space")
        assert one.run.outcome is None


async def test_what_has_changed_since_is_shown_and_the_new_plan_is_approved(tmp_path: Path) -> None:
    async with acted("calm", tmp_path) as one:
        await one.filters(CLAIM)
        await one.opens_plan()
        await one.type("120Gi")
        await one.sees("→ 120Gi")

        async def another_wish() -> None:
            _ask(one, "110Gi")

        one.wire.before_write = another_wish
        await one.press("enter", *CLAIM, "enter")
        await one.sees("▲ Not done: it has changed since you looked", "now: Expand claim shop/data-postgres-0: 110Gi")
        await one.sees("r look at the new plan")
        await one.press("r")
        await one.sees("Since you approved", "ask for 120Gi instead of 110Gi")
        await one.until(lambda: _is_seen_to_have(one, "110Gi"), "the other expansion's end: no plan changes after that")
        await one.sees("120Gi is more than the 110Gi that the claim has")
        assert one.dialog.focused is not None
        assert one.dialog.query_one("#plan-typed", Input).value == "", "the name is typed for each plan"
        await one.press("enter", *CLAIM, "enter")
        await one.sees("✓ Done")
        assert _asked(one) == "120Gi"


async def test_a_plan_that_changes_while_it_is_read_says_so_and_wants_the_name_again(tmp_path: Path) -> None:
    async with acted("calm", tmp_path) as one:
        one.cluster.drivers.stop(BLOCK)
        await one.filters(CLAIM)
        await one.opens_plan()
        await one.type("120Gi")
        await one.press("enter", *CLAIM)
        _ask(one, "110Gi")
        await one.sees("✖ It has changed while you looked: now: Expand claim shop/data-postgres-0: 110Gi → 120Gi")
        assert one.dialog.query_one("#plan-typed", Input).value == ""
        await one.press("enter")
        await one.sees("What was typed is not the name")
        assert not one.session.runs.all()
        await one.press(*CLAIM, "enter")
        await one.sees("accepted; watching")
        assert _asked(one) == "120Gi"


@pytest.mark.parametrize("is_written_to", [False, True])
async def test_an_object_made_again_under_the_name_is_left_alone(is_written_to: bool, tmp_path: Path) -> None:
    async with acted("calm", tmp_path) as one:
        await one.filters(CLAIM)
        await one.opens_plan()
        await one.type("120Gi")
        await one.press("enter", *CLAIM)

        async def replace() -> None:
            _make_again(one)

        if is_written_to:
            one.wire.before_write = replace
            await one.press("enter")
            await one.sees("✖ Not done")
        else:
            await replace()
            await one.sees("✖ It was made again under the same name. Look at the new one first.")
            await one.press("enter")
        assert _asked(one) == "100Gi"
        assert "r look at the new plan" not in one.text
        await one.press("r")
        assert "Type data-postgres-0" not in one.text


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_stuck_pod_is_forced_away_and_its_replacement_followed(size: tuple[int, int], tmp_path: Path) -> None:
    async with acted("node-dead", tmp_path, "triage", size) as one:
        await one.sees("Node worker-d does not answer")
        await one.opens_list()
        await one.sees("force-delete pod", "pod shop/postgres-1", "expand claim", "claim shop/data-postgres-1")
        old = one.cluster.store.get("pods", "postgres-1", "shop")["metadata"]["uid"]
        await one.sees("Shows what would be done")
        await one.press("enter")
        await one.sees(
            "You vouch that its containers no longer run", "for up to 6 minutes", "Type postgres-1 to approve"
        )
        await one.type("postgres-1")
        await one.press("enter")
        await one.sees("it is gone", "it was made again", "is still attached to worker-d")
        assert one.cluster.store.get("pods", "postgres-1", "shop")["metadata"]["uid"] != old
        assert len(one.wire.writes) == 1
        await one.press("escape", "A", "enter")
        await one.sees("is still attached to worker-d")


async def test_a_pod_on_a_node_that_answers_is_not_offered(tmp_path: Path) -> None:
    async with acted("calm", tmp_path, "pods") as one:
        await one.filters("postgres-0")
        await one.opens_list()
        await one.sees("✖ The pod is not being deleted. Delete it the usual way first")
        await one.press("enter")
        assert not isinstance(one.app.screen, PlanScreen)


async def test_nothing_of_an_object_acts_on_the_terminal_or_on_the_layout() -> None:
    evil = "[red]\x1b[31m[@click=app.quit]x[/]"
    record = claim("shop/data-0", metadata={"name": evil, "labels": {"app.kubernetes.io/managed-by": evil}})
    session = StaticSession(frame_of(record, storage_class(), at=NOW + timedelta(seconds=1)))
    async with driven(session, "claims", NARROW) as one:
        await one.press("a", "enter")
        await one.press(*"20Gi")
        await one.sees("[red]\ufffd[31m[@click=app.quit]x[/]", "managed by")
        assert "\x1b" not in one.text
        await one.press("enter", "x", "enter")
        await one.sees("What was typed is not the name")
        assert session.approved == []


async def test_without_a_connection_nothing_can_be_approved() -> None:
    session = StaticSession(frame_of(claim("shop/data-0"), storage_class()))
    async with driven(session, "claims", NARROW) as one:
        await one.press("a", "enter", *"20Gi", "enter", *"data-0")
        one.app.outlook.session = None
        await one.press("enter")
        await one.sees("There is no connection to the cluster")
        assert session.approved == []


def _ask(one: Acted, size: str) -> None:
    def change(wire: dict[str, Any]) -> None:
        wire["spec"]["resources"]["requests"]["storage"] = size

    one.cluster.store.modify("persistentvolumeclaims", CLAIM, "shop", change)


def _is_seen_to_have(one: Acted, size: str) -> bool:
    """Whether the claim has that size, nothing more is to come of what was asked for, and the program knows it."""
    claim, status = one.claim(CLAIM), one.claim(CLAIM)["status"]
    is_growing = status.get("conditions") or status.get("allocatedResourceStatuses")
    seen = one.session.frame.cluster.get(PersistentVolumeClaim, "shop", CLAIM)
    is_latest = seen is not None and seen.resource_version == claim["metadata"]["resourceVersion"]
    return is_latest and not is_growing and status["capacity"]["storage"] == size


def _asked(one: Acted) -> object:
    return one.claim(CLAIM)["spec"]["resources"]["requests"]["storage"]


def _make_again(one: Acted) -> None:
    """The claim is deleted, whoever uses it, and another one takes its name and its volume."""
    spec = one.claim(CLAIM)["spec"]
    one.cluster.store.modify("persistentvolumeclaims", CLAIM, "shop", lambda wire: wire["metadata"].pop("finalizers"))
    one.cluster.store.delete("persistentvolumeclaims", CLAIM, "shop", grace_s=0)
    fresh = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": CLAIM, "namespace": "shop"}}
    one.cluster.store.create("persistentvolumeclaims", {**fresh, "spec": spec})
