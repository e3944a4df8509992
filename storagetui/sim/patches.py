"""The three kinds of patch that the simulated API server applies: JSON patch, merge patch, strategic merge patch.

Source: RFC 6902, RFC 7386, and k8s.io/apiserver/pkg/endpoints/handlers/patch.go. A failed JSON patch, a failed `test`
among them, is refused as the real server does: 422, with a sentence that names no operation.
"""

from typing import Any

from storagetui.sim import refusal, strategic
from storagetui.sim.resources import Resource
from storagetui.sim.wire import Json, copied, decoded

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
_OPERATIONS_LIMIT = 10_000


def patched(kind: Resource, obj: Json, content_type: str, body: bytes) -> Json:
    """A copy of `obj` with the patch applied.

    Refused with 415 for another media type (server-side apply among them), 400 for a body that is no patch, and 422
    when it does not fit the object.
    """
    accepted = [JSON_PATCH, MERGE_PATCH] if kind.custom else [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH]
    if content_type not in accepted:
        if content_type == APPLY_PATCH:
            raise refusal.unsupported_media_type(accepted)
        raise refusal.Refusal(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    try:
        patch = decoded(body)
    except ValueError as error:
        raise refusal.bad_request("invalid JSON patch" if content_type == JSON_PATCH else str(error)) from error
    if content_type == JSON_PATCH:
        made = _json_patched(obj, patch)
    elif not isinstance(patch, dict):
        raise refusal.bad_request("error decoding patch: json: cannot unmarshal array into Go value of type map")
    elif content_type == MERGE_PATCH:
        made = merged(copied(obj), patch)
    else:
        made = strategic.merged(kind, copied(obj), patch)
    if not isinstance(made, dict) or not isinstance(made.get("metadata", {}), dict):
        raise _does_not_fit()
    return made


def merged(value: Any, patch: Any) -> Any:
    """RFC 7386: objects are merged, null removes, everything else replaces."""
    if not isinstance(patch, dict):
        return copied(patch)
    made = value if isinstance(value, dict) else {}
    for key, item in patch.items():
        if item is None:
            made.pop(key, None)
        else:
            made[key] = merged(made.get(key), item)
    return made


def _json_patched(obj: Json, patch: Any) -> Any:
    if not isinstance(patch, list) or not all(isinstance(item, dict) for item in patch):
        why = "json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"
        raise refusal.bad_request(f"error decoding patch: {why}")
    if len(patch) > _OPERATIONS_LIMIT:
        why = f"The allowed maximum operations in a JSON patch is {_OPERATIONS_LIMIT}, got {len(patch)}"
        raise refusal.Refusal(413, "RequestEntityTooLarge", f"Request entity too large: {why}")
    document = copied(obj)
    for operation in patch:
        try:
            document = _operated(document, operation)
        except (LookupError, TypeError, ValueError) as error:
            raise _does_not_fit() from error
    return document


def _operated(document: Any, operation: Json) -> Any:
    """Carry out one operation. Raises LookupError, TypeError or ValueError when it cannot be."""
    name, path = operation["op"], _steps(operation["path"])
    if name == "test":
        if _found(document, path, missing=None) != operation.get("value"):
            raise ValueError("testing value failed")
        return document
    if name == "remove":
        return _removed(document, path)
    if name == "replace":
        _found(document, path)
        return _added(_removed(document, path) if path else document, path, copied(operation["value"]))
    if name == "add":
        return _added(document, path, copied(operation["value"]))
    source = _steps(operation["from"])
    value = copied(_found(document, source))
    if name == "move":
        return _added(_removed(document, source), path, value)
    if name == "copy":
        return _added(document, path, value)
    raise ValueError(f"unexpected operation {name!r}")


_RAISE = object()


def _steps(pointer: str) -> list[str]:
    if pointer and not pointer.startswith("/"):
        raise ValueError("a JSON pointer begins with /")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _found(document: Any, path: list[str], missing: Any = _RAISE) -> Any:
    """The value at a path; `missing` stands for a member that its parent lacks."""
    for position, step in enumerate(path):
        if isinstance(document, list):
            document = document[_index(step, len(document))]
        elif isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, dict) and missing is not _RAISE and position == len(path) - 1:
            return missing
        else:
            raise LookupError(step)
    return document


def _removed(document: Any, path: list[str]) -> Any:
    parent = _found(document, path[:-1])
    if isinstance(parent, list):
        del parent[_index(path[-1], len(parent))]
    else:
        del parent[path[-1]]
    return document


def _added(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent = _found(document, path[:-1])
    if isinstance(parent, list):
        parent.insert(len(parent) if path[-1] == "-" else _index(path[-1], len(parent) + 1), value)
    elif isinstance(parent, dict):
        parent[path[-1]] = value
    else:
        raise TypeError(path[-1])
    return document


def _index(step: str, length: int) -> int:
    """A list index; the real server's library takes negative ones from the end."""
    index = int(step)
    if not -length <= index < length:
        raise LookupError(step)
    return index % length


def _does_not_fit() -> refusal.Refusal:
    return refusal.Refusal(422, "Invalid", "the server rejected our request due to an error in our request", {})
