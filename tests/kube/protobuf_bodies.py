"""Objects of tests as protobuf bodies: an encoder made from the field table, so that both codecs can be given the same.

Only what a record names is encoded, each in the way that the API server does: every message that is no pointer in Go is
there even when it is empty. The encoder writes bytes by itself and knows nothing of how they are decoded.
"""

import struct
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from storagetui.model.fields import Conversion, Field, table
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS

Json = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAGIC = b"k8s\x00"
UNKNOWN_FIELD = b"\xfa\x3f\x04skip" + b"\xf8\x3f\x07" + b"\xfd\x3f\x00\x00\x00\x00" + b"\xf9\x3f" + bytes(8)
"""Fields 1023 of every wire type, which no message has."""


def varint(number: int) -> bytes:
    """A number, of a negative one its two's complement in 64 bits."""
    number &= (1 << 64) - 1
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def piece(number: int, value: bytes) -> bytes:
    """A field that holds text or a message."""
    return varint(number << 3 | 2) + varint(len(value)) + value


def count(number: int, value: int) -> bytes:
    """A field that holds a number."""
    return varint(number << 3) + varint(value)


def text(value: str | bytes) -> bytes:
    """Text as it is on the wire."""
    return value if isinstance(value, bytes) else value.encode()


def moment(value: str) -> bytes:
    """A Time or MicroTime."""
    if not value:
        return b""
    when = datetime.fromisoformat(value.replace("Z", "+00:00"))
    # Whole numbers: a float has no room for the microseconds of a year that is far away.
    return count(1, (when - _EPOCH) // timedelta(seconds=1)) + count(2, when.microsecond * 1000)


def _entries(number: int, values: dict[str, bytes]) -> bytes:
    return b"".join(piece(number, piece(1, key.encode()) + piece(2, value)) for key, value in values.items())


def _leaf(field: Field, number: int, value: Any) -> bytes:
    """One value under its number."""
    match field.conversion:
        case Conversion.FLAG | Conversion.OPTIONAL_FLAG:
            return count(number, int(value))
        case Conversion.COUNT | Conversion.COUNT_UNLESS_ZERO:
            return count(number, value)
        case Conversion.MOMENT:
            return piece(number, moment(value))
        case Conversion.QUANTITY:
            return piece(number, piece(1, text(str(value))))
        case Conversion.NUMBER_OR_TEXT if isinstance(value, int):
            return piece(number, count(1, 0) + count(2, value) + piece(3, b""))
        case Conversion.NUMBER_OR_TEXT:
            return piece(number, count(1, 1) + count(2, 0) + piece(3, text(value)))
        case Conversion.NAMES:
            return b"".join(piece(number, text(one)) for one in value)
        case Conversion.PAIRS:
            return _entries(number, {key: text(one or "") for key, one in value.items()})
        case Conversion.QUANTITIES:
            return _entries(number, {key: piece(1, text(str(one))) for key, one in value.items()})
        case Conversion.ITEM:
            return piece(number, message(_item(field), value))
        case Conversion.ITEMS:
            return b"".join(piece(number, message(_item(field), one)) for one in value)
    return piece(number, text(value) if isinstance(value, str | bytes) else b"")


def _item(field: Field) -> type[msgspec.Struct]:
    assert field.item is not None
    return field.item


class _Tree:
    """Messages by field number, with what stands in them."""

    def __init__(self) -> None:
        self.parts: list[tuple[int, bytes]] = []
        self.below: dict[int, _Tree] = {}

    def at(self, numbers: tuple[int, ...]) -> "_Tree":
        """The message at the end of a path, made if it is not there."""
        tree = self
        for number in numbers:
            tree = tree.below.setdefault(number, _Tree())
        return tree

    def encoded(self) -> bytes:
        """The message's bytes, its fields in the order of their numbers."""
        inner = [(number, piece(number, tree.encoded())) for number, tree in self.below.items()]
        return b"".join(part for _, part in sorted([*self.parts, *inner], key=lambda one: one[0]))


def _value(wire: Any, steps: Iterable[str]) -> tuple[Any, int]:
    """What stands at a path, and how far the way to it exists; None for what is absent or null."""
    depth = 0
    for step in steps:
        if not isinstance(wire, dict) or wire.get(step) is None:
            return None, depth
        wire = wire[step]
        depth += 1
    return wire, depth


def message(record: type[msgspec.Struct], wire: Json) -> bytes:
    """An object, or a part of one, as far as a record names it."""
    root = _Tree()
    done: set[tuple[tuple[int, ...], str]] = set()
    for field in sorted(table(record), key=lambda one: one.conversion is Conversion.PRESENCE):
        key = field.steps[-1] if field.path.endswith("]") else ""
        value, depth = _value(wire, field.steps)
        inlined = len(field.numbers) - (len(field.steps) - bool(key))
        if depth and depth < len(field.steps):
            # What is on the way is there, though the field is not.
            way = field.numbers[: min(depth + inlined, len(field.numbers) - 1)]
            root.at(way)
        if value is None or (field.numbers, key) in done:
            continue
        done.add((field.numbers, key))
        tree, number = root.at(field.numbers[:-1]), field.numbers[-1]
        if number in tree.below and field.conversion is Conversion.PRESENCE:
            continue
        if key:
            inner = piece(1, text(str(value))) if field.conversion is Conversion.QUANTITY else text(value)
            tree.parts.append((number, _entries(number, {key: inner})))
        else:
            tree.parts.append((number, _leaf(field, number, value)))
    return root.encoded() + UNKNOWN_FIELD


def type_meta(kind: str) -> bytes:
    """What stands before an object in its envelope."""
    return piece(1, b"v1") + piece(2, kind.encode())


def envelope(kind: str, raw: bytes) -> bytes:
    """An object in its envelope, as bodies and watches carry it."""
    return MAGIC + piece(1, type_meta(kind)) + piece(2, raw) + piece(3, b"") + piece(4, b"")


def raw_list(items: Iterable[bytes], version: str = "5", token: str = "", remaining: int | None = None) -> bytes:
    """The message of a list."""
    meta = piece(1, b"") + piece(2, version.encode()) + piece(3, token.encode())
    if remaining is not None:
        meta += count(4, remaining)
    return piece(1, meta) + b"".join(piece(2, item) for item in items)


def list_body(kind: Kind, objects: Iterable[Json], **meta: Any) -> bytes:
    """A list's body; `meta` is `version`, `token` and `remaining`."""
    record = KINDS[kind].record
    return envelope(f"{kind}List", raw_list([message(record, one) for one in objects], **meta))


def frame(body: bytes) -> bytes:
    """A frame of a watch."""
    return struct.pack(">I", len(body)) + body


def event_frame(type_: str, kind: str, raw: bytes) -> bytes:
    """An event of a watch in its frame."""
    return frame(piece(1, type_.encode()) + piece(2, piece(1, envelope(kind, raw))))


def event(type_: str, kind: Kind, wire: Json) -> bytes:
    """An event about an object."""
    return event_frame(type_, kind, message(KINDS[kind].record, wire))


def bookmark(kind: Kind, version: str) -> bytes:
    """A bookmark."""
    return event("BOOKMARK", kind, {"metadata": {"resourceVersion": version}})


def status(code: int, reason: str, said: str) -> bytes:
    """The message of a Status."""
    return piece(2, b"Failure") + piece(3, said.encode()) + piece(4, reason.encode()) + count(6, code)


def chunks(body: bytes, size: int) -> Iterator[bytes]:
    """A body in chunks of that many bytes."""
    return (body[start : start + size] for start in range(0, len(body), size))
