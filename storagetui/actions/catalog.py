"""All actions, written out."""

from storagetui.actions.action import Action
from storagetui.actions.expand_claim import EXPAND_CLAIM
from storagetui.actions.force_delete_pod import FORCE_DELETE_POD
from storagetui.model.keys import Kind

ALL_ACTIONS: tuple[Action, ...] = (EXPAND_CLAIM, FORCE_DELETE_POD)


def action(id_: str) -> Action:
    """The action of that id; raises KeyError."""
    return {one.id: one for one in ALL_ACTIONS}[id_]


def actions_for(kind: Kind) -> tuple[Action, ...]:
    """The actions on objects of a kind."""
    return tuple(one for one in ALL_ACTIONS if one.record.kind is kind)
