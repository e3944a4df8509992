"""Bodies in Kubernetes' protobuf: kubectl's typed commands (auth can-i, create namespace, drain) write nothing else.

Only what those commands send is known; field numbers from k8s.io/api/*/v1/generated.proto and
k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto. Answers are JSON, which every client reads.
"""

import base64
from collections.abc import Iterator
from typing import Any

from storagetui.sim.wire import Json

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"

# Field number -> name and type. `*` marks a repeated field, `map:` a map from text to what follows.
_Fields = dict[int, tuple[str, str]]
_REVIEW_SPEC: _Fields = {
    1: ("resourceAttributes", "ResourceAttributes"),
    2: ("nonResourceAttributes", "NonResourceAttributes"),
    3: ("user", "text"),
    4: ("groups", "*text"),
    6: ("uid", "text"),
}
_REVIEW: _Fields = {1: ("metadata", "ObjectMeta"), 2: ("spec", "ReviewSpec")}
_MESSAGES: dict[str, _Fields] = {
    "Binding": {1: ("metadata", "ObjectMeta"), 2: ("target", "ObjectReference")},
    "ConfigMap": {
        1: ("metadata", "ObjectMeta"),
        2: ("data", "map:text"),
        3: ("binaryData", "map:bytes"),
        4: ("immutable", "bool"),
    },
    "DeleteOptions": {
        1: ("gracePeriodSeconds", "int"),
        2: ("preconditions", "Preconditions"),
        3: ("orphanDependents", "bool"),
        4: ("propagationPolicy", "text"),
        5: ("dryRun", "*text"),
    },
    "Eviction": {1: ("metadata", "ObjectMeta"), 2: ("deleteOptions", "DeleteOptions")},
    "LocalSubjectAccessReview": _REVIEW,
    "Namespace": {1: ("metadata", "ObjectMeta")},
    "NonResourceAttributes": {1: ("path", "text"), 2: ("verb", "text")},
    "ObjectMeta": {
        1: ("name", "text"),
        2: ("generateName", "text"),
        3: ("namespace", "text"),
        5: ("uid", "text"),
        6: ("resourceVersion", "text"),
        11: ("labels", "map:text"),
        12: ("annotations", "map:text"),
        13: ("ownerReferences", "*OwnerReference"),
        14: ("finalizers", "*text"),
    },
    "ObjectReference": {1: ("kind", "text"), 2: ("namespace", "text"), 3: ("name", "text"), 4: ("uid", "text")},
    "OwnerReference": {
        1: ("kind", "text"),
        3: ("name", "text"),
        4: ("uid", "text"),
        5: ("apiVersion", "text"),
        6: ("controller", "bool"),
        7: ("blockOwnerDeletion", "bool"),
    },
    "Preconditions": {1: ("uid", "text"), 2: ("resourceVersion", "text")},
    "Quantity": {1: ("string", "text")},
    "QuotaSpec": {1: ("hard", "map:quantity"), 2: ("scopes", "*text")},
    "ResourceAttributes": {
        1: ("namespace", "text"),
        2: ("verb", "text"),
        3: ("group", "text"),
        4: ("version", "text"),
        5: ("resource", "text"),
        6: ("subresource", "text"),
        7: ("name", "text"),
    },
    "ResourceQuota": {1: ("metadata", "ObjectMeta"), 2: ("spec", "QuotaSpec")},
    "ReviewSpec": _REVIEW_SPEC,
    "RulesReviewSpec": {1: ("namespace", "text")},
    "Secret": {
        1: ("metadata", "ObjectMeta"),
        2: ("data", "map:bytes"),
        3: ("type", "text"),
        4: ("stringData", "map:text"),
        5: ("immutable", "bool"),
    },
    "SelfSubjectAccessReview": _REVIEW,
    "SelfSubjectReview": {1: ("metadata", "ObjectMeta")},
    "SelfSubjectRulesReview": {1: ("metadata", "ObjectMeta"), 2: ("spec", "RulesReviewSpec")},
    "ServiceAccount": {1: ("metadata", "ObjectMeta"), 4: ("automountServiceAccountToken", "bool")},
    "SubjectAccessReview": _REVIEW,
}


def decoded(body: bytes) -> Json:
    """The object in a body.

    Raises LookupError for a kind that is not known here, ValueError for what is no protobuf.
    """
    if not body.startswith(_MAGIC):
        raise ValueError("the body does not begin with the magic number of Kubernetes' protobuf")
    envelope = dict(_fields(body[len(_MAGIC) :]))
    identity = dict(_fields(envelope.get(1, b"")))
    kind = identity.get(2, b"").decode()
    if kind not in _MESSAGES:
        raise LookupError(kind)
    head: Json = {"kind": kind, "apiVersion": identity.get(1, b"").decode()}
    return head | _message(kind, envelope.get(2, b""))


def _message(name: str, raw: bytes) -> Json:
    made: Json = {}
    known = _MESSAGES[name]
    for number, value in _fields(raw):
        if number not in known:
            continue
        field, kind = known[number]
        if kind.startswith("map:"):
            entry = dict(_fields(value))
            key = entry.get(1, b"").decode()
            made.setdefault(field, {})[key] = _value(kind[4:], entry.get(2, b""))
        elif kind.startswith("*"):
            made.setdefault(field, []).append(_value(kind[1:], value))
        else:
            made[field] = _value(kind, value)
    return made


def _value(kind: str, raw: Any) -> Any:
    if kind == "text":
        return raw.decode()
    if kind == "bytes":
        return base64.b64encode(raw).decode()
    if kind == "bool":
        return bool(raw)
    if kind == "int":
        return raw - (1 << 64) if raw >> 63 else raw
    if kind == "quantity":
        return _message("Quantity", raw).get("string", "0")
    return _message(kind, raw)


def _fields(raw: bytes) -> Iterator[tuple[int, Any]]:
    """Number and raw value of each field of a message, in order."""
    position = 0
    while position < len(raw):
        tag, position = _varint(raw, position)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == 0:
            value, position = _varint(raw, position)
            yield number, value
        elif wire_type == 2:
            size, position = _varint(raw, position)
            if position + size > len(raw):
                raise ValueError("a field reaches beyond the body")
            yield number, raw[position : position + size]
            position += size
        elif wire_type in (1, 5):
            position += 8 if wire_type == 1 else 4
        else:
            raise ValueError(f"unknown wire type {wire_type}")


def _varint(raw: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(raw):
        byte = raw[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise ValueError("a number is cut off")
