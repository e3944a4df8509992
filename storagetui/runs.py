"""The plans that are being carried out, and those that were: they belong to the session, and screens only look on."""

import asyncio
import uuid
from collections.abc import Callable

from storagetui.actions.execute import Executor, World
from storagetui.actions.journal import Journal
from storagetui.actions.plan import Approval
from storagetui.actions.run import Run
from storagetui.model.keys import Key

_KEPT = 50
"""Ended runs that are kept to be looked at; the journal keeps all."""


class Runs:
    """Every run of this session, by id."""

    def __init__(self, journal: Journal, *, read_only: bool, changed: Callable[[], None]) -> None:
        """`changed` is called whenever a run has got further."""
        self.journal = journal
        self._read_only = read_only
        self._changed = changed
        self._runs: dict[str, Run] = {}

    def start(self, approval: Approval, world: World, group: asyncio.TaskGroup) -> str:
        """Carry an approved plan out in the group's care; returns the run's id."""
        run_id = uuid.uuid4().hex[:12]
        executor = Executor(approval, world, self.journal, run_id=run_id, read_only=self._read_only, report=self._take)
        self._take(executor.state)
        group.create_task(executor.run(), name=f"run {run_id} {approval.plan.action}")
        return run_id

    def all(self) -> tuple[Run, ...]:
        """The runs, latest first."""
        return tuple(reversed(self._runs.values()))

    def find(self, run_id: str) -> Run | None:
        """The run of that id."""
        return self._runs.get(run_id)

    def going_on(self, key: Key, uid: str) -> Run | None:
        """The run about an object that has not ended; one about an older object of the same name is another matter."""
        return next((run for run in self.all() if (run.plan.key, run.plan.uid, run.outcome) == (key, uid, None)), None)

    def _take(self, run: Run) -> None:
        self._runs[run.id] = run
        ended = [one.id for one in self._runs.values() if one.outcome is not None]
        for run_id in ended[:-_KEPT]:
            del self._runs[run_id]
        self._changed()
