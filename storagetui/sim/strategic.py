"""Strategic merge patch: lists of objects are merged by a key, as the types of the API say.

Source: k8s.io/apimachinery/pkg/util/strategicpatch/patch.go; keys from x-kubernetes-patch-merge-key in
kubernetes/api/openapi-spec/swagger.json (v1.37).
"""

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
        elif not key.startswith(_ORDER) and key not in (_RETAIN, _DIRECTIVE):
            _put(kind, original, key, value)
    for key, order in patch.items():
        if key.startswith(_ORDER):
            field = key[len(_ORDER) :]
            if isinstance(original.get(field), list):
                original[field] = _ordered(original[field], order, _key(kind, field))
    return original


def _put(kind: Resource, original: Json, key: str, value: Any) -> None:
    """Merge one member of a patch into an object."""
    current = original.get(key)
    if value is None:
        original.pop(key, None)
    elif isinstance(value, dict):
        original[key] = _merged_map(kind, current if isinstance(current, dict) else {}, value)
    elif isinstance(value, list) and _key(kind, key) and all(isinstance(item, dict) for item in value):
        original[key] = _merged_list(kind, current if isinstance(current, list) else [], value, _key(kind, key))
    elif isinstance(value, list) and key in _PLAIN and isinstance(current, list):
        original[key] = list(dict.fromkeys([*current, *value]))
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


def _ordered(items: list[Any], order: list[Any], key: str) -> list[Any]:
    """Put the items that `order` names into that order; the others keep their places."""

    def identity(item: Any) -> Any:
        return item.get(key) if isinstance(item, dict) and key else item

    places = [identity(item) for item in order]
    listed = sorted((item for item in items if identity(item) in places), key=lambda item: places.index(identity(item)))
    others = iter([item for item in items if identity(item) not in places])
    named = iter(listed)
    return [next(named if identity(item) in places else others) for item in items]


def _key(kind: Resource, field: str) -> str:
    return _OF_KIND.get((kind.kind, field), _KEYS.get(field, ""))


def _plain(value: Any) -> Any:
    """A copy of a patch's value without nulls and directives."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None and not key.startswith("$")}
    return [_plain(item) for item in value] if isinstance(value, list) else copied(value)
