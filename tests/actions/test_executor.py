"""What the executor does beside the matrix: it is left, it is asked twice, its journal fails."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from storagetui.actions.catalog import action
from storagetui.actions.journal import Journal, JournalError
from storagetui.actions.plan import Approval, Plan, approve, differences
from storagetui.actions.run import Outcome, Progress
from storagetui.errors import StorageTuiError
from tests.actions.stage import stage
from tests.actions.test_matrix import BOTH, EXPAND, FORCE, Play, carry_out, lines_of, plan_of, set_up


def approved(plan: Plan) -> Approval:
    approval = approve(plan, plan.key.name)
    assert isinstance(approval, Approval)
    return approval


@BOTH
async def test_a_run_can_be_looked_at_from_its_first_moment(play: Play, tmp_path: Path) -> None:
    async with set_up(play, tmp_path) as made:
        plan = plan_of(made, play)
        run_id = made.session.act(approved(plan))
        run = made.session.runs.find(run_id)
        assert run is not None
        assert {step.progress for step in run.steps} == {Progress.WAITING}
        assert made.session.runs.going_on(plan.key, plan.uid) == run
        assert made.session.runs.going_on(plan.key, "another") is None
        with pytest.raises(StorageTuiError, match="already"):
            made.session.act(approved(plan))
        await made.until(lambda _: (run := made.session.runs.find(run_id)) and run.outcome)
        assert made.session.runs.going_on(plan.key, plan.uid) is None
        assert len(made.wire.writes) == 1


async def test_leaving_the_program_before_anything_is_sent_is_journaled(tmp_path: Path) -> None:
    async with stage(tmp_path) as made:
        await made.until(lambda frame: isinstance(action(EXPAND.action).plan(frame, EXPAND.key, EXPAND.inputs), Plan))
        made.session.act(approved(plan_of(made, EXPAND)))
    assert [line.message for line in lines_of(made)] == ["refused: Broken off before anything was sent."]
    assert not made.wire.writes


@pytest.mark.parametrize(
    ("is_answer_lost", "words"),
    [(False, "not seen: The server accepted it; broken off"), (True, "unknown: Broken off before an answer came")],
)
async def test_leaving_the_program_after_sending_says_what_is_known(
    is_answer_lost: bool, words: str, tmp_path: Path
) -> None:
    async with stage(tmp_path) as made:
        await made.until(lambda frame: isinstance(action(EXPAND.action).plan(frame, EXPAND.key, EXPAND.inputs), Plan))
        made.wire.lose_after = made.wire.lose_reads = is_answer_lost
        volume = next(iter(made.cluster.store.list("persistentvolumes")))
        made.cluster.drivers.stop(volume["spec"]["csi"]["driver"])
        run_id = made.session.act(approved(plan_of(made, EXPAND)))
        wanted = Progress.SETTLING if is_answer_lost else Progress.VERIFYING
        await made.until(lambda _: (run := made.session.runs.find(run_id)) and run.steps[0].progress is wanted)
    assert lines_of(made)[-1].what == "outcome"
    assert lines_of(made)[-1].message.startswith(words)


async def test_an_answer_that_is_lost_is_found_again_however_the_server_writes_the_size(tmp_path: Path) -> None:
    async with set_up(EXPAND, tmp_path) as made:
        made.wire.lose_after = True
        plan = action(EXPAND.action).plan(made.session.frame, EXPAND.key, {"size": "0.5Ti"})
        assert isinstance(plan, Plan)
        run = await carry_out(made, plan)
        assert run.outcome is Outcome.DONE, run.message
        assert made.cluster.store.get(EXPAND.resource, EXPAND.key.name, "shop")["spec"]["resources"]["requests"] == {
            "storage": "512Gi"
        }


class _Full(Journal):
    """A journal on a disk that is full after some lines."""

    lines = 0

    def append(self, line: Any) -> None:
        if self.lines == 0:
            raise JournalError("the journal cannot be written (no space left)")
        self.lines -= 1
        super().append(line)


@pytest.mark.parametrize(
    ("lines", "outcome", "words"),
    [
        (0, Outcome.REFUSED, "nothing is sent without it"),
        (1, Outcome.UNKNOWN, "was sent and accepted, but the journal cannot be written"),
        (2, Outcome.DONE, "no space left"),
    ],
)
async def test_without_a_journal_nothing_is_sent_and_nothing_is_kept_quiet(
    lines: int, outcome: Outcome, words: str, tmp_path: Path
) -> None:
    async with set_up(EXPAND, tmp_path) as made:
        full = _Full(tmp_path / "journal.jsonl")
        full.lines = lines
        made.session.runs.journal = full
        run = await carry_out(made, plan_of(made, EXPAND))
        assert run.outcome is outcome
        assert words in run.message
        assert len(made.wire.writes) == min(lines, 1)


async def test_what_holds_a_replacement_back_is_told_on_the_way(tmp_path: Path) -> None:
    async with set_up(FORCE, tmp_path) as made:
        plan = plan_of(made, FORCE)
        run_id = made.session.act(approved(plan))
        told: set[str] = set()

        def is_over(_: object) -> bool:
            run = made.session.runs.find(run_id)
            assert run is not None
            told.add(run.steps[1].message)
            return run.outcome is not None

        await made.until(is_over)
        assert any("is still attached to" in words for words in told), told
        run = made.session.runs.find(run_id)
        assert run is not None
        assert "it was made again and runs on" in run.message


async def test_a_person_is_told_what_another_wish_means(tmp_path: Path) -> None:
    async with set_up(EXPAND, tmp_path) as made:
        old, new = plan_of(made, EXPAND), action(EXPAND.action).plan(made.session.frame, EXPAND.key, {"size": "130Gi"})
        assert isinstance(new, Plan)
        assert f"now: {new.title}" in differences(old, new)
        await asyncio.sleep(0)
