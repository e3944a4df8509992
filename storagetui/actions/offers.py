"""Which actions an object has, and why one of them cannot be had now."""

from collections.abc import Callable

import msgspec

from storagetui.actions.action import Action
from storagetui.actions.catalog import actions_for
from storagetui.actions.plan import Refusal
from storagetui.frame import Frame
from storagetui.model.change import FeedState
from storagetui.model.keys import Key
from storagetui.model.kinds import KINDS

RightsOf = Callable[[Action, str], str | None]
"""(action, namespace) -> why the user may not; empty when the user may; None while it is not known."""


class Offer(msgspec.Struct, frozen=True):
    """An action on an object, with the reason why it is greyed."""

    action: Action
    refusal: Refusal | None = None


def offers(frame: Frame, key: Key, rights: RightsOf, *, read_only: bool) -> tuple[Offer, ...]:
    """Every action on objects of that kind; pure. What is refused here is refused by the executor as well."""
    return tuple(Offer(action, _refusal(frame, key, action, rights, read_only)) for action in actions_for(key.kind))


def _refusal(frame: Frame, key: Key, action: Action, rights: RightsOf, read_only: bool) -> Refusal | None:
    if read_only:
        return Refusal("storagetui runs read-only", "Start it without --read-only to act")
    refused = rights(action, key.namespace)
    if refused:
        return Refusal(refused, "Ask for that right")
    health = frame.health(key.kind)
    if health is None or health.state is not FeedState.LIVE:
        state = health.state if health is not None else "unknown"
        return Refusal(f"{KINDS[key.kind].noun} are {state}, not live", "Wait until they are live again")
    return action.is_for(frame, key)
