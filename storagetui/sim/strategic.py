"""Strategic merge patch: lists of objects are merged by a key, as the types of the API say.

Source: k8s.io/apimachinery/pkg/util/strategicpatch/patch.go; keys from x-kubernetes-patch-merge-key in
kubernetes/api/openapi-spec/swagger.json (v1.37).
"""

from collections.abc import Callable
from typing import Any

from storagetui.sim import refusal
from storagetui.sim.resources import Resource
from storagetui.sim.wire import Json, copied

_KEYS = {
    "addresses": "type",
    "conditions": "type",
    "containers": "name",
    "drivers": "name",
    "env": "name",
    "ephemeralContainers": "name",
    "healthConditions": "status",
    "hostAliases": "ip",
    "hostIPs": "ip",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "ownerReferences": "uid",
    "podIPs": "ip",
    "ports": "containerPort",
    "resourceClaimStatuses": "name",
    "resourceClaims": "name",
    "schedulingGates": "name",
    "topologySpreadConstraints": "topologyKey",
    "volumeDevices": "devicePath",
    "volumeMounts": "mountPath",
    "volumes": "name",
}
"""Lists that are merged object by object, and by what."""
_OF_KIND = {("Service", "ports"): "port", ("ServiceAccount", "secrets"): "name"}
_PLAIN = frozenset({"finalizers", "podCIDRs"})
"""Lists of plain values that are joined; every other list is replaced."""
_DIRECTIVE = "$patch"
_DELETE_FROM = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"
_RETAIN = "$retainKeys"


def merged(kind: Resource, obj: Json, patch: Json) -> Json:
    """`obj` with the patch merged into it; `obj` is changed in place.

    Refused with 400 for a directive that is not known and for a list's item without its key.
    """
    return _merged_map(kind, obj, patch)


def _merged_map(kind: Resource, original: Json, patch: Json) -> Json:
    directive = patch.get(_DIRECTIVE)
    if directive == "replace":
        return {key: _plain(value) for key, value in patch.items() if key != _DIRECTIVE}
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise refusal.bad_request(f"unknown patch type {directive!r} in map")
    if _RETAIN in patch:
        original = {key: value for key, value in original.items() if key in patch[_RETAIN]}
    for key, value in patch.items():
        if key.startswith(_DELETE_FROM):
            field = key[len(_DELETE_FROM) :]
            original[field] = [item for item in original.get(field, []) if item not in value]
    for field in dict.fromkeys(key.removeprefix(_ORDER) for key in patch):
        if field in patch and not field.startswith("$"):
            _put(kind, original, field, patch[field], patch.get(_ORDER + field))
        elif _ORDER + field in patch and isinstance(original.get(field), list):
            original[field] = _ordered(original[field], patch[_ORDER + field], original[field], _key(kind, field))
    return original


def _put(kind: Resource, original: Json, key: str, value: Any, order: list[Any] | None) -> None:
    """Merge one member of a patch into an object; `order` is what $setElementOrder says of it."""
    current = original.get(key)
    merge_key = _key(kind, key)
    if value is None:
        original.pop(key, None)
    elif isinstance(value, dict):
        original[key] = _merged_map(kind, current if isinstance(current, dict) else {}, value)
    elif isinstance(value, list) and merge_key and all(isinstance(item, dict) for item in value):
        current = current if isinstance(current, list) else []
        merged_items = _merged_list(kind, current, value, merge_key)
        original[key] = _ordered(merged_items, value if order is None else order, current, merge_key)
    elif isinstance(value, list) and key in _PLAIN and isinstance(current, list):
        joined = list(dict.fromkeys([*current, *value]))
        original[key] = _ordered(joined, value if order is None else order, current, "")
    else:
        original[key] = _plain(value)


def _merged_list(kind: Resource, original: list[Any], patch: list[Json], key: str) -> list[Any]:
    if any(item.get(_DIRECTIVE) == "replace" for item in patch):
        return [_plain(item) for item in patch if item.get(_DIRECTIVE) != "replace"]
    items = list(original)
    for item in patch:
        if key not in item:
            raise refusal.bad_request(f"map: {item} does not contain declared merge key: {key}")
        same = [index for index, old in enumerate(items) if isinstance(old, dict) and old.get(key) == item[key]]
        if item.get(_DIRECTIVE) == "delete":
            items = [old for index, old in enumerate(items) if index not in same]
        elif same:
            items[same[0]] = _merged_map(kind, items[same[0]], item)
        else:
            items.append(_plain(item))
    return items


def _ordered(items: list[Any], order: list[Any], original: list[Any], key: str) -> list[Any]:
    """Put the items that a patch names into its order, and the others between them as they were (mergeSortedSlice).

    Of two of which the original knew not both, the patch's comes first.
    """

    def identity(item: Any) -> Any:
        return item.get(key) if isinstance(item, dict) and key else item

    wanted = [identity(item) for item in order]
    places = [identity(item) for item in original]
    others = sorted((item for item in items if identity(item) not in wanted), key=_place(places, identity))
    named = sorted((item for item in items if identity(item) in wanted), key=_place(wanted, identity))
    made: list[Any] = []
    while others and named:
        first, second = identity(others[0]), identity(named[0])
        known = first in places and second in places
        made.append((others if known and places.index(first) < places.index(second) else named).pop(0))
    return [*made, *others, *named]


def _place(places: list[Any], identity: Callable[[Any], Any]) -> Callable[[Any], int]:
    return lambda item: places.index(identity(item)) if identity(item) in places else len(places)


def _key(kind: Resource, field: str) -> str:
    return _OF_KIND.get((kind.kind, field), _KEYS.get(field, ""))


def _plain(value: Any) -> Any:
    """A copy of a patch's value without nulls and directives."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None and not key.startswith("$")}
    return [_plain(item) for item in value] if isinstance(value, list) else copied(value)
