"""Which actions an object has, and why one of them cannot be had now."""

from collections.abc import Callable

import msgspec

from storagetui.actions.action import Action
from storagetui.actions.catalog import actions_for
from storagetui.actions.doubt import doubt, is_current
from storagetui.actions.plan import Refusal
from storagetui.frame import Frame
from storagetui.model.keys import Key
from storagetui.model.kinds import KINDS

RightsOf = Callable[[Action, str], str | None]
"""(action, namespace) -> why the user may not; empty when the user may; None while it is not known."""


class Place(msgspec.Struct, frozen=True):
    """One object, not merely whatever has its name."""

    key: Key
    uid: str


class Offer(msgspec.Struct, frozen=True):
    """An action on an object, with the reason why it is greyed."""

    action: Action
    place: Place
    refusal: Refusal | None = None


def offers(frame: Frame, place: Place, rights: RightsOf, *, read_only: bool) -> tuple[Offer, ...]:
    """Every action on objects of that kind; pure. What is refused here is refused by the executor as well."""
    return tuple(
        Offer(action, place, refusal(frame, place, action, rights, read_only=read_only))
        for action in actions_for(place.key.kind)
    )


def refusal(frame: Frame, place: Place, action: Action, rights: RightsOf, *, read_only: bool) -> Refusal | None:
    """Why an action on an object cannot be had, whatever its inputs; None when it can, or the rights are not known."""
    if read_only:
        return Refusal("this session is read-only", "Start storagetui without --read-only to act")
    key = place.key
    refused = rights(action, key.namespace)
    if refused:
        return Refusal(refused, "Ask for that right")
    if not is_current(frame, key.kind, key.namespace):
        why = doubt(frame, key.kind, key.namespace) or f"nothing is heard about {KINDS[key.kind].noun} at present"
        return Refusal(why, "Wait until they are live again")
    return _other_refusal(frame, place) or action.is_for(frame, key)


def _other_refusal(frame: Frame, place: Place) -> Refusal | None:
    """The object that was looked at is not there any more, whoever has its name now."""
    found = frame.cluster.find(place.key)
    if found is None:
        return Refusal("it has been deleted")
    if found.uid != place.uid:
        return Refusal("it was made again under the same name", "Look at the new one first")
    return None
