"""How far the carrying out of a plan has come: what the screen shows and what the journal ends with."""

from datetime import datetime
from enum import StrEnum

import msgspec

from storagetui.actions.plan import Plan


class Outcome(StrEnum):
    """How a run ended."""

    DONE = "done"
    """Sent, accepted, and seen to have worked."""
    REFUSED = "refused"
    """A guard, the rights, the dry run or the server said no; nothing was written."""
    CHANGED = "changed"
    """The world is no longer as it was approved; nothing was written, and `new_plan` asks again."""
    NOT_SEEN = "not seen"
    """Accepted by the server, but the effect has not been seen in time."""
    UNKNOWN = "unknown"
    """No answer came, and it could not be found out whether the server acted."""


class Progress(StrEnum):
    """How far a step is."""

    WAITING = "waiting"
    CHECKING = "checking"
    DRY_RUN = "dry run"
    SENDING = "sending"
    SETTLING = "no answer; finding out"
    VERIFYING = "watching"
    DONE = "done"
    STOPPED = "stopped"


class StepState(msgspec.Struct, frozen=True):
    """One step's progress and what there is to say of it."""

    progress: Progress = Progress.WAITING
    message: str = ""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One carrying out of an approved plan."""

    id: str
    plan: Plan
    started: datetime
    steps: tuple[StepState, ...]
    outcome: Outcome | None = None
    """None while it goes on."""
    message: str = ""
    """How it ended, in a sentence."""
    new_plan: Plan | None = None
    """With CHANGED: what would be approved now, when there is such a plan."""
    is_written: bool = False
    """Whether a write other than a dry run has been sent."""
