"""Whether an object has the shape that the server's decoder needs, before anything looks into it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from storagetui.sim import refusal
from storagetui.sim.resources import Resource


def check_shape(kind: Resource, obj: Any) -> None:
    """Refuse with 400 what cannot be decoded: metadata of other types, a specification that is no object.

    Worded as Go's JSON decoder does: `json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels
    of type string`.
    """
    if not isinstance(obj, dict):
        raise _mismatch(kind, obj, f"value of type {kind.version}.{kind.kind}")
    metadata = obj.get("metadata", {})
    if not isinstance(metadata, dict):
        raise _mismatch(kind, metadata, f"struct field {kind.kind}.metadata of type v1.ObjectMeta")
    for field in ("name", "generateName", "namespace", "uid", "resourceVersion"):
        if not isinstance(metadata.get(field) or "", str):
            raise _mismatch(kind, metadata[field], f"struct field ObjectMeta.metadata.{field} of type string")
    for field in ("labels", "annotations"):
        _check_all(kind, metadata.get(field), field, dict, "map[string]string")
    for field in ("finalizers", "ownerReferences"):
        element = "string" if field == "finalizers" else "v1.OwnerReference"
        _check_all(kind, metadata.get(field), field, list, f"[]{element}")
    for field in ("spec", "status"):
        if not isinstance(obj.get(field) or {}, dict):
            raise _mismatch(kind, obj[field], f"struct field {kind.kind}.{field} of type {kind.kind}{field.title()}")


@contextmanager
def decoding(kind: Resource) -> Iterator[None]:
    """Within it a value of an unexpected type counts as undecodable: 400, as a typed decoder would say."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        why = f"json: cannot unmarshal the body into Go value of type {kind.version}.{kind.kind} ({error!r})"
        raise refusal.undecodable(kind.kind, kind.version, why) from error


def _check_all(kind: Resource, value: Any, field: str, container: type, described: str) -> None:
    if value is None:
        return
    if not isinstance(value, dict | list) or not isinstance(value, container):
        raise _mismatch(kind, value, f"struct field ObjectMeta.metadata.{field} of type {described}")
    wanted = dict if field == "ownerReferences" else str
    for item in value.values() if isinstance(value, dict) else value:
        if not isinstance(item, wanted):
            element = described.rpartition("]")[2]
            raise _mismatch(kind, item, f"struct field ObjectMeta.metadata.{field} of type {element}")


def _mismatch(kind: Resource, value: Any, target: str) -> refusal.Refusal:
    names = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number"}
    found = names.get(type(value), "null")
    return refusal.undecodable(kind.kind, kind.version, f"json: cannot unmarshal {found} into Go {target}")
