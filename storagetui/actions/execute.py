"""Carrying out an approved plan: guards on fresh reads, dry run, send, watch; each step journaled.

An executor loops over steps, so that a plan that was interrupted is carried on by planning again: what is done already
is no longer in the new plan.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import NoReturn, Protocol

import msgspec

from storagetui.actions.action import Action
from storagetui.actions.catalog import action
from storagetui.actions.fresh import with_fresh
from storagetui.actions.journal import Journal, JournalError, entry
from storagetui.actions.plan import (
    Approval,
    Plan,
    PlannedRequest,
    Refusal,
    RequestStep,
    SaveStep,
    Verb,
    WaitStep,
    differences,
)
from storagetui.actions.requests import delete_options, patch_body
from storagetui.actions.run import Outcome, Progress, Run, StepState
from storagetui.actions.seen import Sight, sight
from storagetui.errors import CredentialsError
from storagetui.frame import Frame
from storagetui.kube.errors import ApiError, Conflict, ConnectionLost, Invalid, NotFound, StatusError
from storagetui.model.base import Record
from storagetui.model.keys import Key
from storagetui.model.quantity import Quantity, parse

_SETTLE_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Waits between the reads that find out what became of a request without an answer."""
_SERVER_FAULT = 500
"""From this status on an answer does not say whether the server, or what is behind it, acted."""


class World(Protocol):
    """What the executor needs of the session: its eyes, its reads and its writes."""

    @property
    def frame(self) -> Frame:
        """The latest Frame."""

    def now(self) -> datetime:
        """The cluster's time."""

    def frames(self) -> AsyncIterator[Frame]:
        """The latest Frame and every later one."""

    async def read_record(self, key: Key) -> Record | None:
        """The object as it is now; None when it does not exist. Raises ApiError when that cannot be known."""

    async def save(self, key: Key, file_name: str) -> str:
        """Save the whole object as it is now and return where; raises ApiError or StorageTuiError."""

    async def may(self, verb: Verb, key: Key) -> tuple[bool, str]:
        """Whether the user may do that, and the server's reason; raises ApiError."""

    async def send(self, request: PlannedRequest, *, dry_run: bool) -> None:
        """Send a write; raises StatusError, or ConnectionLost when no answer came."""


class _Stop(Exception):
    """The run is over, with an outcome."""

    def __init__(self, outcome: Outcome, message: str, new_plan: Plan | None = None) -> None:
        super().__init__(message)
        self.outcome, self.message, self.new_plan = outcome, message, new_plan


class Executor:
    """One run of one approval. `run` is called once; `report` is told of every step on the way."""

    def __init__(
        self,
        approval: Approval,
        world: World,
        journal: Journal,
        *,
        run_id: str,
        read_only: bool,
        report: Callable[[Run], None],
    ) -> None:
        """`read_only` refuses here, whatever the screen offered."""
        self._plan = approval.plan
        self._action: Action = action(approval.plan.action)
        self._world = world
        self._journal = journal
        self._read_only = read_only
        self._report = report
        self._is_answered = False
        """Whether it is known what became of the latest request."""
        waiting = tuple(StepState() for _ in self._plan.steps)
        self._run = Run(id=run_id, plan=self._plan, started=world.now(), steps=waiting)

    @property
    def state(self) -> Run:
        """How far it is."""
        return self._run

    async def run(self) -> Run:
        """Carry the plan out; always ends with an outcome and a line in the journal, also when it is cancelled."""
        try:
            for number, step in enumerate(self._plan.steps):
                if isinstance(step, RequestStep):
                    await self._request(number, step)
                elif isinstance(step, SaveStep):
                    await self._save(number, step)
                else:
                    await self._watch(number, step, "What was asked for is done, but")
            end = _Stop(Outcome.DONE, self._run.steps[-1].message)
        except _Stop as stop:
            end = stop
        except JournalError as error:
            end = self._without_journal(error)
        except BaseException:
            self._ended(self._cut_off())
            raise
        return self._ended(end)

    async def _request(self, number: int, step: RequestStep) -> None:
        self._step(number, Progress.CHECKING)
        fresh = _request_of(await self._guarded(), number)
        self._step(number, Progress.DRY_RUN)
        await self._dry_run(number, fresh)
        self._step(number, Progress.SENDING)
        self._write(number, "sending", message=step.title, request=fresh)
        was_written = self._run.is_written
        self._run, self._is_answered = msgspec.structs.replace(self._run, is_written=True), False
        try:
            await self._world.send(fresh, dry_run=False)
        except (StatusError, ConnectionLost, CredentialsError, TimeoutError, OSError) as error:
            if isinstance(error, StatusError) and error.status.code < _SERVER_FAULT:
                self._run, self._is_answered = msgspec.structs.replace(self._run, is_written=was_written), True
                self._write(number, "refused", message=str(error))
                await self._refused(number, fresh, error, "The server refused")
            self._write(number, "unanswered", message=str(error))
            self._step(number, Progress.SETTLING, str(error))
            await self._settle(number, fresh, was_written=was_written)
        else:
            self._is_answered = True
            self._write(number, "answered")
        await self._watch(number, step, "The server accepted it, but")

    async def _refused(self, number: int, sent: PlannedRequest, error: StatusError, words: str) -> NoReturn:
        """The server said no: because the object changed between our read and its answer, or for its own reason."""
        if isinstance(error, Conflict | Invalid | NotFound):
            again = await self._guarded()
            if _request_of(again, number).resource_version != sent.resource_version:
                raise _Stop(Outcome.CHANGED, "Not done: it changed in the moment of sending. Approve it again.", again)
        raise _Stop(Outcome.REFUSED, f"{words}: {error}") from error

    async def _guarded(self) -> Plan:
        """The plan made again from fresh reads, if nothing that was approved has changed."""
        if self._read_only:
            raise _Stop(Outcome.REFUSED, "This session is read-only: start storagetui without --read-only to act.")
        for right in self._action.rights:
            await self._allowed(right.verb)
        fresh: dict[Key, Record | None] = {}
        for key in self._action.reads(self._world.frame, self._plan.key):
            try:
                fresh[key] = await self._world.read_record(key)
            except (ApiError, CredentialsError, TimeoutError, OSError) as error:
                raise _Stop(
                    Outcome.REFUSED, f"{key} cannot be read ({error}), and without that nothing is sent."
                ) from error
        frame = with_fresh(self._world.frame, fresh, self._world.now())
        again = self._action.plan(frame, self._plan.key, dict(self._plan.inputs))
        if isinstance(again, Refusal):
            raise _Stop(Outcome.REFUSED, str(again))
        told = differences(self._plan, again)
        if told:
            raise _Stop(Outcome.CHANGED, "Not sent, because since you approved: " + "; ".join(told), again)
        return again

    async def _allowed(self, verb: Verb) -> None:
        try:
            allowed, reason = await self._world.may(verb, self._plan.key)
        except (ApiError, CredentialsError, TimeoutError, OSError) as error:
            raise _Stop(Outcome.REFUSED, f"Your rights cannot be checked ({error}), so nothing is sent.") from error
        if not allowed:
            why = f" ({reason})" if reason else ""
            raise _Stop(Outcome.REFUSED, f"You may not {verb} {self._plan.key}{why}: ask for that right.")

    async def _dry_run(self, number: int, request: PlannedRequest) -> None:
        try:
            await self._world.send(request, dry_run=True)
        except StatusError as error:
            await self._refused(number, request, error, "The server's dry run refused")
        except (ConnectionLost, CredentialsError, TimeoutError, OSError) as error:
            raise _Stop(Outcome.REFUSED, f"The dry run got no answer ({error}), so nothing was sent.") from error

    async def _settle(self, number: int, request: PlannedRequest, *, was_written: bool) -> None:
        """Find out by fresh reads whether a request without an answer was carried out."""
        for wait_s in _SETTLE_S:
            await asyncio.sleep(wait_s)
            try:
                found = await self._world.read_record(request.key)
            except (ApiError, CredentialsError, TimeoutError, OSError) as error:
                self._step(number, Progress.SETTLING, str(error))
                continue
            if _was_done(request, found):
                self._is_answered = True
                self._write(number, "answered", message="no answer came, but a fresh read shows that the server acted")
                return
            if found is not None and found.uid == request.uid and found.resource_version == request.resource_version:
                self._run, self._is_answered = msgspec.structs.replace(self._run, is_written=was_written), True
                raise _Stop(Outcome.REFUSED, "No answer came, and a fresh read shows that the server did not act.")
            break
        raise _Stop(
            Outcome.UNKNOWN,
            "No answer came, and whether the server acted cannot be told from what can be read now. Look at the object "
            "before you try again.",
        )

    async def _save(self, number: int, step: SaveStep) -> None:
        self._step(number, Progress.CHECKING)
        try:
            where = await self._world.save(step.key, step.file_name)
        except (ApiError, CredentialsError, TimeoutError, OSError) as error:
            raise _Stop(
                Outcome.REFUSED, f"{step.key} could not be saved ({error}), so nothing more is done."
            ) from error
        self._step(number, Progress.DONE, f"saved to {where}")

    async def _watch(self, number: int, step: RequestStep | WaitStep, so_far: str) -> None:
        """Wait until a Frame shows what the step is for; `so_far` says what has been reached if it never does."""
        last = Sight(False, "")
        try:
            async with asyncio.timeout(step.within_s):
                async for frame in self._world.frames():
                    seen = sight(frame, step.done, self._run.started)
                    if seen.is_done:
                        self._step(number, Progress.DONE, seen.words)
                        return
                    if seen.is_lost:
                        raise _Stop(Outcome.NOT_SEEN, f"{so_far} {seen.words}.")
                    if seen != last:
                        self._step(number, Progress.VERIFYING, seen.words)
                    last = seen
        except TimeoutError:
            words = last.words.rstrip(".")
            raise _Stop(Outcome.NOT_SEEN, f"{so_far} after {step.within_s:.0f} s still this: {words}.") from None

    def _step(self, number: int, progress: Progress, message: str = "") -> None:
        steps = list(self._run.steps)
        steps[number] = StepState(progress, message)
        self._run = msgspec.structs.replace(self._run, steps=tuple(steps))
        self._report(self._run)

    def _write(self, number: int, what: str, message: str = "", request: PlannedRequest | None = None) -> None:
        wire = None
        if request is not None:
            body = (
                {"patch": patch_body(request)} if request.verb is Verb.PATCH else {"options": delete_options(request)}
            )
            wire = {"verb": str(request.verb), **body}
        self._journal.append(
            entry(self._plan, self._run.id, self._world.now(), what, step=number, message=message, request=wire)
        )

    def _without_journal(self, error: JournalError) -> _Stop:
        if not self._run.is_written:
            return _Stop(Outcome.REFUSED, f"{error}, and nothing is sent without it.")
        answer = "was sent and accepted" if self._is_answered else "was sent"
        return _Stop(Outcome.UNKNOWN, f"The request {answer}, but {error}. Look at the object.")

    def _cut_off(self) -> _Stop:
        """The program ends while the run goes on, or a fault of ours ends the run."""
        if not self._run.is_written:
            return _Stop(Outcome.REFUSED, "Broken off before anything was sent.")
        if self._is_answered:
            return _Stop(Outcome.NOT_SEEN, "The server accepted it; broken off before its effect was to be seen.")
        return _Stop(Outcome.UNKNOWN, "Broken off before an answer came: whether the server acted is not known.")

    def _ended(self, end: _Stop) -> Run:
        steps = tuple(
            step if step.progress is Progress.DONE else StepState(Progress.STOPPED, step.message)
            for step in self._run.steps
        )
        self._run = msgspec.structs.replace(
            self._run, steps=steps, outcome=end.outcome, message=end.message, new_plan=end.new_plan
        )
        try:
            self._write(len(steps) - 1, "outcome", f"{end.outcome}: {end.message}")
        except JournalError as error:
            self._run = msgspec.structs.replace(self._run, message=f"{end.message} ({error}.)")
        self._report(self._run)
        return self._run


def _request_of(plan: Plan, number: int) -> PlannedRequest:
    """The request of a step; a plan that equals the approved one has the same steps."""
    step = plan.steps[number]
    if not isinstance(step, RequestStep):
        raise TypeError(f"step {number + 1} of {plan.title} sends nothing")
    return step.request


def _was_done(request: PlannedRequest, found: Record | None) -> bool:
    """Whether the object as it is now shows that the request was carried out."""
    if request.verb is Verb.DELETE:
        return found is None or found.uid != request.uid
    if found is None or found.uid != request.uid:
        return False
    asked = next((one.value for one in request.operations if one.path.endswith("/storage")), "")
    requested: Quantity | None = getattr(found, "requested", None)
    return requested is not None and requested == parse(asked)  # the server writes 0.5Ti as 512Gi
