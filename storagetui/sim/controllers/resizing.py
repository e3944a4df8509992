"""The states and conditions of an expansion in a claim's status, as resizer and kubelet write them."""

from storagetui.sim.controllers.world import World
from storagetui.sim.wire import Json, copied, dig, name_of, namespace_of

RESIZING = "Resizing"
FS_PENDING = "FileSystemResizePending"
EXPAND_ERROR = "ControllerResizeError"
NODE_ERROR = "NodeResizeError"
IN_PROGRESS = "ControllerResizeInProgress"
INFEASIBLE = "ControllerResizeInfeasible"
NODE_PENDING = "NodeResizePending"
NODE_IN_PROGRESS = "NodeResizeInProgress"
NODE_INFEASIBLE = "NodeResizeInfeasible"
_CONDITIONS = frozenset({RESIZING, FS_PENDING, EXPAND_ERROR, NODE_ERROR})


def resize_state(claim: Json) -> str:
    """`status.allocatedResourceStatuses.storage`, or nothing."""
    return str(dig(claim, "status", "allocatedResourceStatuses", "storage", default=""))


def set_conditions(status: Json, new: list[Json], *, keep: bool) -> None:
    """Merge resize conditions into a status; old ones stay only with `keep` (MergeResizeConditionsOfPVC)."""
    fresh = {item["type"]: item for item in new}
    made = []
    for old in status.get("conditions", []):
        if old["type"] in fresh:
            made.append(fresh.pop(old["type"]))
        elif keep or old["type"] not in _CONDITIONS:
            made.append(copied(old))
    status["conditions"] = [*made, *fresh.values()]
    if not status["conditions"]:
        del status["conditions"]


def finish(world: World, claim: Json, size: str) -> Json:
    """Write the new capacity and clear what spoke of the expansion; `allocatedResources` stays."""

    def put(obj: Json) -> None:
        status = obj["status"]
        status.setdefault("capacity", {})["storage"] = size
        set_conditions(status, [], keep=False)
        states = status.get("allocatedResourceStatuses", {})
        states.pop("storage", None)
        if not states:
            status.pop("allocatedResourceStatuses", None)

    where = ("persistentvolumeclaims", name_of(claim), namespace_of(claim))
    return world.store.modify(*where, put, subresource="status")
