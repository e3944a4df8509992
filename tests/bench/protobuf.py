"""Objects, lists and watch events in Kubernetes' protobuf, whole: what the program skips is there to be skipped."""

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from tests.bench.protobuf_fields import FIELDS

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"


class _Step(NamedTuple):
    """How one field of JSON is written."""

    tag: bytes
    outer: bytes
    """The tag of the message around it that JSON does without, if there is one."""
    shape: str
    """`*`, `%` or nothing."""
    type: str


def encode(kind: str, document: dict[str, Any]) -> bytes:
    """One object as it stands in a list: without its kind and version."""
    return _message(kind, {name: value for name, value in document.items() if name not in ("apiVersion", "kind")})


def list_pieces(kind: str, meta: tuple[str, str, int], items: list[bytes]) -> Iterator[bytes]:
    """The body of a list in pieces of a hundred objects; `meta` is version, continue token and how many are left."""
    version, token, rest = meta
    head = _text(2, version) + (_text(3, token) + b"\x20" + _varint(rest) if token else b"")
    first = _lengthy(b"\x0a", head)
    size = len(first) + sum(1 + len(_varint(len(item))) + len(item) for item in items)
    outer = _lengthy(b"\x0a", _text(1, "v1") + _text(2, f"{kind}List"))
    yield _MAGIC + outer + b"\x12" + _varint(size) + first
    for start in range(0, len(items), 100):
        yield b"".join(_lengthy(b"\x12", item) for item in items[start : start + 100])
    yield b"\x1a\x00\x22\x00"


def watch_frame(type_: str, api_version: str, kind: str, item: bytes) -> bytes:
    """One event of a watch."""
    inner = (
        _MAGIC
        + _lengthy(b"\x0a", _text(1, api_version) + _text(2, kind))
        + _lengthy(b"\x12", item)
        + b"\x1a\x00\x22\x00"
    )
    event = _text(1, type_) + _lengthy(b"\x12", _lengthy(b"\x0a", inner))
    return len(event).to_bytes(4, "big") + event


def _message(name: str, document: dict[str, Any]) -> bytes:
    steps, plain = _steps(name), list[bytes]()
    inlined: dict[bytes, bytes] = {}
    for field, value in document.items():
        step = steps[field]
        written = _field(step, value)
        if step.outer:
            inlined[step.outer] = inlined.get(step.outer, b"") + written
        else:
            plain.append(written)
    return b"".join(plain) + b"".join(_lengthy(tag, inner) for tag, inner in inlined.items())


def _field(step: _Step, value: Any) -> bytes:
    if step.shape == "*":
        return b"".join(_lengthy(step.tag, _value(step.type, one)) for one in value)
    if step.shape == "%":
        entries = (_text(1, key) + _lengthy(b"\x12", _value(step.type, one)) for key, one in value.items())
        return b"".join(_lengthy(step.tag, entry) for entry in entries)
    if step.type in ("bool", "int32", "int64"):
        return step.tag + _varint(int(value))
    return _lengthy(step.tag, _value(step.type, value))


def _value(type_: str, value: Any) -> bytes:
    if type_ == "string":
        return str(value).encode()
    if type_ == "Time":
        return b"\x08" + _seconds(value) + b"\x10\x00"
    if type_ == "Quantity":
        return _text(1, value)
    if type_ == "FieldsV1":
        return _lengthy(b"\x0a", json.dumps(value, separators=(",", ":")).encode())
    if type_ == "IntOrString":
        return b"\x08\x00\x10" + _varint(value) + b"\x1a\x00"
    return _message(type_, value)


@cache
def _seconds(moment: str) -> bytes:
    return _varint(int(datetime.fromisoformat(moment).timestamp()))


@cache
def _steps(name: str) -> dict[str, _Step]:
    return dict(_step(word) for word in FIELDS.get(name, "").split())


def _step(word: str) -> tuple[str, _Step]:
    name, _, rest = word.partition("=")
    numbers, _, type_ = rest.partition(":")
    shape = type_[0] if type_[0] in "*%" else ""
    *outer, number = (int(one) for one in numbers.split("."))
    plain = not shape and type_ in ("bool", "int32", "int64")
    tag = _varint(number << 3 | (0 if plain else 2))
    return name, _Step(tag, _varint(outer[0] << 3 | 2) if outer else b"", shape, type_.lstrip("*%"))


def _text(number: int, text: str) -> bytes:
    return _lengthy(bytes((number << 3 | 2,)), text.encode())


def _lengthy(tag: bytes, inner: bytes) -> bytes:
    return tag + _varint(len(inner)) + inner


def _varint(number: int) -> bytes:
    if number < 128:
        return bytes((number,))
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    written.append(number)
    return bytes(written)
