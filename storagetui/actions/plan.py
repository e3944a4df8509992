"""A plan is a value: what is shown is what is approved, what is approved is what is sent."""

from enum import StrEnum

import msgspec

from storagetui.model.keys import Key
from storagetui.model.quantity import Quantity


class Refusal(msgspec.Struct, frozen=True):
    """Why something cannot be done, and what to do instead."""

    reason: str
    next_step: str = ""

    def __str__(self) -> str:
        sentence = f"{self.reason[:1].upper()}{self.reason[1:]}."
        return f"{sentence} {self.next_step}." if self.next_step else sentence


class Verb(StrEnum):
    """The verbs of the API that plans use, as access reviews name them."""

    PATCH = "patch"
    DELETE = "delete"


class Operation(msgspec.Struct, frozen=True):
    """One operation of a JSON Patch (RFC 6902)."""

    op: str
    path: str
    """A JSON Pointer."""
    value: str


class PlannedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One write, with the object that it is meant for: uid and version become preconditions of whatever is sent."""

    verb: Verb
    key: Key
    uid: str
    resource_version: str
    """Of the latest read; the only part that may differ between what was approved and what is sent."""
    operations: tuple[Operation, ...] = ()
    """Of a PATCH, without the tests on uid and version, which are always put before them."""
    grace_period_seconds: int | None = None
    """Of a DELETE; None leaves it to the object."""


class CapacityReached(msgspec.Struct, frozen=True, tag=True):
    """Done when the claim's `status.capacity` is at least that."""

    key: Key
    uid: str
    at_least: Quantity


class Gone(msgspec.Struct, frozen=True, tag=True):
    """Done when no object of that uid stands under the key."""

    key: Key
    uid: str


class Replaced(msgspec.Struct, frozen=True, tag=True):
    """Done when a pod of another uid stands under the key and runs."""

    key: Key
    uid: str
    owner: str
    """Name of the StatefulSet that makes it."""


Done = CapacityReached | Gone | Replaced


class RequestStep(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Send one write and watch until it has worked."""

    title: str
    request: PlannedRequest
    done: Done
    within_s: float
    """Seconds after which it is said that the effect has not been seen; the watch goes on being right."""


class WaitStep(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Watch until something holds."""

    title: str
    done: Done
    within_s: float


class SaveStep(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Save an object as it is now, before it is lost."""

    title: str
    key: Key
    uid: str
    file_name: str


Step = RequestStep | WaitStep | SaveStep


class Check(msgspec.Struct, frozen=True):
    """Something that was looked at before asking, and what was seen."""

    text: str
    is_known: bool = True
    """False when it could not be looked at; the server's dry run decides then."""
    detail: str = ""
    """What moves while one reads: ages, for instance. No part of what is approved."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What will be done to one object, and everything that a person should know before saying yes."""

    action: str
    """Id of the action, `expand-claim` for instance."""
    cluster_id: str
    key: Key
    uid: str
    title: str
    inputs: tuple[tuple[str, str], ...] = ()
    steps: tuple[Step, ...]
    checks: tuple[Check, ...]
    consequences: tuple[str, ...]
    """What will be different afterwards, and what cannot be taken back, in whole sentences."""
    kubectl: tuple[str, ...]
    """Shell commands that do the same."""
    typed: str
    """What has to be typed to approve; empty for nothing."""


def agreed(plan: Plan) -> Plan:
    """The part of a plan that an approval covers: all but resource versions, and details that move while one reads."""
    steps = tuple(
        msgspec.structs.replace(step, request=msgspec.structs.replace(step.request, resource_version=""))
        if isinstance(step, RequestStep)
        else step
        for step in plan.steps
    )
    checks = tuple(msgspec.structs.replace(check, detail="") for check in plan.checks)
    return msgspec.structs.replace(plan, steps=steps, checks=checks, kubectl=())


def differences(old: Plan, new: Plan) -> tuple[str, ...]:
    """What a person who approved the old plan has not seen yet, as sentences; empty when the new one is the same."""
    before, after = agreed(old), agreed(new)
    if before == after:
        return ()
    if before.uid != after.uid:
        return (f"{after.key} is another object now: it was made again under the same name",)
    told = [f"now: {after.title}"] if before.title != after.title else []
    told += [f"now: {check.text}" for check in after.checks if check not in before.checks]
    told += [f"no longer: {check.text}" for check in before.checks if check not in after.checks]
    told += [f"now: {sentence}" for sentence in after.consequences if sentence not in before.consequences]
    told += [f"no longer: {sentence}" for sentence in before.consequences if sentence not in after.consequences]
    return tuple(told) or ("the requests that would be sent have changed",)


_SEAL = object()


class Approval:
    """A plan that a person has said yes to. `approve` alone makes one."""

    __slots__ = ("plan",)

    def __init__(self, plan: Plan, seal: object) -> None:
        """Raises TypeError for anybody but `approve`."""
        if seal is not _SEAL:
            raise TypeError("an Approval comes from approve(plan, typed)")
        self.plan = plan


def approve(plan: Plan, typed: str) -> Approval | Refusal:
    """The approval of a plan, if what the plan asks to be typed was typed."""
    if typed != plan.typed:
        return Refusal("what was typed is not the name", f"Type {plan.typed} to go on")
    return Approval(plan, _SEAL)
