"""Both actions against everything that can happen to them: no write without approval and precondition, always a
journal line, always a true message."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from storagetui.actions.catalog import action
from storagetui.actions.journal import Entry
from storagetui.actions.plan import Approval, Plan, Refusal, RequestStep, approve
from storagetui.actions.requests import JSON_PATCH, delete_options, patch_body, path
from storagetui.actions.run import Outcome, Run
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from tests.actions.stage import Stage, stage

CLAIM = Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "data-postgres-0")
POD = Key(Kind.POD, "shop", "postgres-1")


class Play(msgspec.Struct, frozen=True):
    """One action with what it is done to."""

    action: str
    key: Key
    inputs: dict[str, str]
    resource: str
    scene: str


EXPAND = Play("expand-claim", CLAIM, {"size": "120Gi"}, "persistentvolumeclaims", "calm")
FORCE = Play("force-delete-pod", POD, {}, "pods", "node-dead")
BOTH = pytest.mark.parametrize("play", [EXPAND, FORCE], ids=["expand-claim", "force-delete-pod"])


@asynccontextmanager
async def set_up(play: Play, folder: Path, **options: Any) -> AsyncIterator[Stage]:
    """A stage on which the action is possible: for the pod, its node is dead and its deletion overdue."""
    async with stage(folder, scene=play.scene, **options) as made:
        await made.until(lambda frame: isinstance(action(play.action).plan(frame, play.key, play.inputs), Plan))
        yield made


def plan_of(made: Stage, play: Play) -> Plan:
    plan = action(play.action).plan(made.session.frame, play.key, play.inputs)
    assert isinstance(plan, Plan), plan
    return plan


async def carry_out(made: Stage, plan: Plan) -> Run:
    """Approve, act, and wait for the outcome."""
    approval = approve(plan, plan.key.name)
    assert isinstance(approval, Approval)
    run_id = made.session.act(approval)
    await made.until(lambda _: (run := made.session.runs.find(run_id)) and run.outcome is not None)
    run = made.session.runs.find(run_id)
    assert run is not None
    return run


def lines_of(made: Stage) -> list[Entry]:
    return list(made.session.runs.journal.entries())


def check_preconditions(made: Stage, plan: Plan) -> None:
    """Whatever was written says for which object and version it is meant."""
    for request in made.wire.writes:
        body = json.loads(request.body)
        if request.method == "PATCH":
            tests = {one["path"]: one["value"] for one in body if one["op"] == "test"}
            assert tests["/metadata/uid"] == plan.uid
            assert tests["/metadata/resourceVersion"]
        else:
            assert body["preconditions"]["uid"] == plan.uid
            assert body["preconditions"]["resourceVersion"]
            assert body["gracePeriodSeconds"] == 0


def check_wire(made: Stage, plan: Plan) -> None:
    """What went over the wire is what the plan says and what the journal keeps."""
    (request,) = made.wire.writes
    step = plan.steps[0]
    assert isinstance(step, RequestStep)
    assert request.path == path(step.request)
    body, kept = json.loads(request.body), lines_of(made)[0].request
    assert kept is not None
    if request.method == "PATCH":
        fresh = msgspec.structs.replace(step.request, resource_version=body[1]["value"])
        assert body == patch_body(fresh) == kept["patch"]
        assert dict(request.headers)["Content-Type"] == JSON_PATCH
    else:
        fresh = msgspec.structs.replace(step.request, resource_version=body["preconditions"]["resourceVersion"])
        assert request.method == "DELETE"
        assert body == delete_options(fresh) == kept["options"]


@BOTH
async def test_happy(play: Play, tmp_path: Path) -> None:
    async with set_up(play, tmp_path) as made:
        plan = plan_of(made, play)
        run = await carry_out(made, plan)
        assert run.outcome is Outcome.DONE, run.message
        assert len(made.wire.writes) == 1
        assert len(made.wire.dry_runs) == 1
        check_preconditions(made, plan)
        assert [line.what for line in lines_of(made)] == ["sending", "answered", "outcome"]
        check_wire(made, plan)
        frame = made.session.frame
        if play is EXPAND:
            claim = frame.cluster.get(PersistentVolumeClaim, "shop", "data-postgres-0")
            assert claim is not None
            assert claim.capacity is not None
            assert claim.capacity.text == "120Gi"
        else:
            found = frame.cluster.find(POD)
            assert found is None or found.uid != plan.uid


@BOTH
async def test_object_gone(play: Play, tmp_path: Path) -> None:
    async with set_up(play, tmp_path) as made:
        plan = plan_of(made, play)
        made.cluster.store.modify(play.resource, play.key.name, "shop", _without_finalizers)
        made.cluster.store.delete(play.resource, play.key.name, "shop", grace_s=0)
        if play is FORCE:
            made.cluster.store.delete("statefulsets.apps", "postgres", "shop")
        await made.until(lambda frame: (found := frame.cluster.find(play.key)) is None or found.uid != plan.uid)
        run = await carry_out(made, plan)
        assert run.outcome in (Outcome.REFUSED, Outcome.CHANGED)
        assert not made.wire.writes
        assert [line.what for line in lines_of(made)] == ["outcome"]


@BOTH
async def test_replaced_under_the_same_name(play: Play, tmp_path: Path) -> None:
    async with set_up(play, tmp_path) as made:
        plan = plan_of(made, play)
        old = dict(made.cluster.store.get(play.resource, play.key.name, "shop"))

        async def replace() -> None:
            made.cluster.store.modify(play.resource, play.key.name, "shop", _without_finalizers)
            made.cluster.store.delete(play.resource, play.key.name, "shop", grace_s=0)
            if made.cluster.store.find(play.resource, play.key.name, "shop") is None:
                fresh = {"metadata": {"name": play.key.name, "namespace": "shop"}, "spec": old["spec"]}
                made.cluster.store.create(play.resource, {"apiVersion": "v1", "kind": str(play.key.kind), **fresh})

        await replace()
        run = await carry_out(made, plan)
        assert run.outcome in (Outcome.REFUSED, Outcome.CHANGED), run.message
        assert not made.wire.writes
        survivor = made.cluster.store.get(play.resource, play.key.name, "shop")
        assert survivor["metadata"]["uid"] != plan.uid
        assert "deletionTimestamp" not in survivor["metadata"]


@BOTH
async def test_replaced_between_dry_run_and_write(play: Play, tmp_path: Path) -> None:
    async with set_up(play, tmp_path) as made:
        plan = plan_of(made, play)

        async def touch() -> None:
            made.cluster.store.modify(play.resource, play.key.name, "shop", _labelled)

        made.wire.before_write = touch
        run = await carry_out(made, plan)
        assert run.outcome is Outcome.CHANGED, run.message
        assert run.new_plan is not None
        assert not run.is_written
        assert len(made.wire.writes) == 1
        check_preconditions(made, plan)
        assert [line.what for line in lines_of(made)] == ["sending", "refused", "outcome"]
        if play is FORCE:
            assert made.cluster.store.get("pods", POD.name, "shop")["metadata"]["uid"] == plan.uid


@BOTH
async def test_only_the_version_changed_since_the_plan(play: Play, tmp_path: Path) -> None:
    async with set_up(play, tmp_path) as made:
        plan = plan_of(made, play)
        made.cluster.store.modify(play.resource, play.key.name, "shop", _labelled)
        run = await carry_out(made, plan)
        assert run.outcome is Outcome.DONE, run.message
        check_preconditions(made, plan)


async def test_claim_changed_since_the_plan(tmp_path: Path) -> None:
    async with set_up(EXPAND, tmp_path) as made:
        plan = plan_of(made, EXPAND)
        made.cluster.store.modify("persistentvolumeclaims", "data-postgres-0", "shop", _asks_for("110Gi"))
        run = await carry_out(made, plan)
        assert run.outcome is Outcome.CHANGED, run.message
        assert run.new_plan is not None
        assert "110Gi" in run.new_plan.title
        assert not made.wire.writes


async def test_node_returned_since_the_plan(tmp_path: Path) -> None:
    async with set_up(FORCE, tmp_path) as made:
        plan = plan_of(made, FORCE)
        pod = made.session.frame.cluster.get(Pod, "shop", POD.name)
        assert pod is not None
        made.cluster.node_returns(pod.node_name)
        await made.until(lambda frame: isinstance(action(FORCE.action).plan(frame, POD, {}), Refusal))
        run = await carry_out(made, plan)
        assert run.outcome in (Outcome.REFUSED, Outcome.CHANGED)
        assert not made.wire.writes


@BOTH
async def test_forbidden(play: Play, tmp_path: Path) -> None:
    async with set_up(play, tmp_path, user="viewer") as made:
        run = await carry_out(made, plan_of(made, play))
        assert run.outcome is Outcome.REFUSED
        assert "You may not" in run.message
        assert not made.wire.writes
        assert not made.wire.dry_runs
        assert [line.what for line in lines_of(made)] == ["outcome"]


async def test_dry_run_refused(tmp_path: Path) -> None:
    async with set_up(EXPAND, tmp_path) as made:
        plan = plan_of(made, EXPAND)
        made.cluster.store.create("resourcequotas", _quota("301Gi"))
        made.cluster.faults.add(*_forbid_reading("resourcequotas"))
        run = await carry_out(made, plan)
        assert run.outcome is Outcome.REFUSED, run.message
        assert "exceeded quota" in run.message
        assert not made.wire.writes


@BOTH
async def test_connection_lost_before_the_server_acted(play: Play, tmp_path: Path) -> None:
    async with set_up(play, tmp_path) as made:
        plan = plan_of(made, play)
        made.wire.lose_before = True
        run = await carry_out(made, plan)
        assert run.outcome is Outcome.REFUSED, run.message
        assert "did not act" in run.message
        assert [line.what for line in lines_of(made)] == ["sending", "unanswered", "outcome"]
        assert made.cluster.store.get(play.resource, play.key.name, "shop")["metadata"]["uid"] == plan.uid


@BOTH
async def test_connection_lost_after_the_server_acted(play: Play, tmp_path: Path) -> None:
    async with set_up(play, tmp_path) as made:
        plan = plan_of(made, play)
        made.wire.lose_after = True
        run = await carry_out(made, plan)
        assert run.outcome is Outcome.DONE, run.message
        assert [line.what for line in lines_of(made)] == ["sending", "unanswered", "answered", "outcome"]


@BOTH
async def test_unknown_while_nothing_can_be_read(play: Play, tmp_path: Path) -> None:
    async with set_up(play, tmp_path) as made:
        plan = plan_of(made, play)
        made.wire.lose_after = made.wire.lose_reads = True
        run = await carry_out(made, plan)
        assert run.outcome is Outcome.UNKNOWN, run.message
        assert lines_of(made)[-1].message.startswith("unknown:")


async def test_verify_times_out(tmp_path: Path) -> None:
    async with set_up(EXPAND, tmp_path) as made:
        volume = next(iter(made.cluster.store.list("persistentvolumes")))
        made.cluster.drivers.stop(volume["spec"]["csi"]["driver"])
        run = await carry_out(made, plan_of(made, EXPAND))
        assert run.outcome is Outcome.NOT_SEEN, run.message
        assert "accepted" in run.message
        assert len(made.wire.writes) == 1


@BOTH
async def test_read_only(play: Play, tmp_path: Path) -> None:
    async with set_up(play, tmp_path, read_only=True) as made:
        run = await carry_out(made, plan_of(made, play))
        assert run.outcome is Outcome.REFUSED
        assert "read-only" in run.message
        assert not made.wire.writes
        assert not made.wire.dry_runs
        assert [line.what for line in lines_of(made)] == ["outcome"]


@BOTH
async def test_nothing_without_the_name(play: Play, tmp_path: Path) -> None:
    async with set_up(play, tmp_path) as made:
        plan = plan_of(made, play)
        assert isinstance(approve(plan, "postgres"), Refusal)
        with pytest.raises(TypeError):
            Approval(plan, object())
        assert not made.wire.writes


def _without_finalizers(wire: dict[str, Any]) -> None:
    wire["metadata"].pop("finalizers", None)


def _labelled(wire: dict[str, Any]) -> None:
    wire["metadata"].setdefault("labels", {})["touched"] = "yes"


def _asks_for(size: str) -> Callable[[dict[str, Any]], None]:
    def change(wire: dict[str, Any]) -> None:
        wire["spec"]["resources"]["requests"]["storage"] = size

    return change


def _quota(storage: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "storage", "namespace": "shop"},
        "spec": {"hard": {"requests.storage": storage}},
    }


def _forbid_reading(resource: str) -> tuple[Any, Any]:
    """A fault that keeps our own guard from seeing the quota, so that the server has to say it."""
    from storagetui.sim import refusal
    from storagetui.sim.faults import Match, Refuse

    return Refuse(refusal.forbidden(resource, "", "not for you")), Match(resource=resource, verb="watch")
