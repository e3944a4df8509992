"""What an action is: a name, what it is about, and pure functions from a Frame to a Plan."""

from collections.abc import Callable, Mapping

import msgspec

from storagetui.actions.plan import Plan, Refusal, Verb
from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.keys import Key, Kind

Inputs = Mapping[str, str]
"""What the user was asked for, by name: `{"size": "20Gi"}`."""


class Right(msgspec.Struct, frozen=True):
    """A right that an action needs on its object."""

    verb: Verb
    kind: Kind


class Input(msgspec.Struct, frozen=True):
    """Something to ask the user for."""

    name: str
    label: str
    suggest: Callable[[Frame, Key], str]
    """Pure: what to offer as the answer."""


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be done to one kind of object."""

    id: str
    """Kebab case; the key binding, the docs and the tests use the same name."""
    title: str
    record: type[Record]
    rights: tuple[Right, ...]
    inputs: tuple[Input, ...] = ()
    is_for: Callable[[Frame, Key], Refusal | None]
    """Pure: why the action makes no sense for the object now, whatever the inputs; None when it does."""
    minds_time: Callable[[Frame, Key], bool] = lambda _frame, _key: False
    """Pure: whether that may be another thing soon although the object stays as it is."""
    plan: Callable[[Frame, Key, Inputs], Plan | Refusal]
    """Pure: all guards, on the facts of the Frame: those of the watches for the dialog, fresh ones before sending."""
    reads: Callable[[Frame, Key], tuple[Key, ...]]
    """Pure: the objects to read afresh before the plan is made for the last time, the object itself first."""
