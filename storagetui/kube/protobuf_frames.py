"""How Kubernetes frames protobuf: where one object ends in a body, and what is around it.

A body is `k8s\\0` and an Unknown {1 typeMeta, 2 raw} (k8s.io/apimachinery/pkg/runtime/generated.proto). The raw of a
list is {1 metadata, 2 item} with as many items as there are; it is cut while it arrives, so that neither the body nor a
page is ever held. A watch is a sequence of frames, each with its length in four bytes before it, that hold a WatchEvent
(k8s.io/apimachinery/pkg/runtime/serializer/streaming, pkg/util/framer).
"""

from collections.abc import Iterator

import msgspec
from google.protobuf.message import DecodeError

from storagetui.kube.errors import ConnectionLost, Status
from storagetui.kube.protobuf_message import BYTES, INT64, flat
from storagetui.kube.protobuf_values import text

MAGIC = b"k8s\x00"
LONGEST = 64 << 20
"""Bytes of one object or frame; etcd refuses objects of a fiftieth of that."""
_META, _ITEM, _RAW = 1, 2, 2
_ITEM_TAG = 0x12
_BYTES = 2
"""The wire type of messages and texts; 0 is a number, 1 and 5 are eight and four bytes."""
_FIXED = {1: 8, 5: 4}

_unknown = flat("Unknown", type=(1, BYTES), raw=(2, BYTES), encoding=(3, BYTES)).FromString
_type_meta = flat("TypeMeta", api_version=(1, BYTES), kind=(2, BYTES)).FromString
_list_meta = flat("ListMeta", version=(2, BYTES), token=(3, BYTES), remaining=(4, INT64)).FromString
_status = flat("Status", message=(3, BYTES), reason=(4, BYTES), code=(6, INT64)).FromString
_event = flat("WatchEvent", type=(1, BYTES), object=(2, BYTES)).FromString
_extension = flat("RawExtension", raw=(1, BYTES)).FromString


class Truncated(Exception):
    """The bytes at hand end before what begins in them does; `missing` is how many more are needed at least."""

    def __init__(self, missing: int = 1) -> None:
        super().__init__(missing)
        self.missing = missing


class Parcel(msgspec.Struct, frozen=True):
    """An object in its envelope."""

    kind: str
    raw: bytes


class ListMeta(msgspec.Struct, frozen=True):
    """What a list says of itself."""

    version: str
    token: str
    remaining: int | None


def opened(body: bytes) -> Parcel:
    """Take an object out of its envelope; raises DecodeError or ValueError when it is in none."""
    if not body.startswith(MAGIC):
        raise ValueError("it does not begin as protobuf of Kubernetes does")
    unknown = _unknown(body[len(MAGIC) :])
    if unknown.encoding:
        raise ValueError(f"it is encoded as {text(unknown.encoding)[:40]}")
    return Parcel(text(_type_meta(unknown.type).kind), unknown.raw)


def status_of(raw: bytes) -> Status:
    """A Status out of its envelope; raises DecodeError."""
    found = _status(raw)
    return Status(code=found.code, reason=text(found.reason), message=text(found.message))


def status_body(body: bytes) -> Status | None:
    """The Status that a refusal's body is, or None when it is something else."""
    try:
        parcel = opened(body)
        return status_of(parcel.raw) if parcel.kind == "Status" else None
    except (DecodeError, ValueError):
        return None


def event_of(frame: bytes) -> tuple[str, bytes]:
    """The type of a watch's event and its object in its envelope; raises DecodeError."""
    event = _event(frame)
    return text(event.type), _extension(event.object).raw


class _Bytes:
    """What has arrived and is not yet cut."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._held = 0
        self._wanted = 0

    def take(self, chunk: bytes) -> bytes | None:
        """All that is at hand once it is as much as was asked for, and None until then.

        Chunks are kept apart until they are enough: an object of megabytes is put together once.
        """
        self._parts.append(chunk)
        self._held += len(chunk)
        if self._held < self._wanted:
            return None
        data = b"".join(self._parts) if len(self._parts) > 1 else chunk
        self._parts, self._held, self._wanted = [], 0, 0
        return data

    def give_back(self, rest: bytes, missing: int) -> None:
        """Keep what could not be cut yet, until `missing` bytes more are there."""
        self._parts, self._held = [rest] if rest else [], len(rest)
        self._wanted = self._held + missing

    @property
    def held(self) -> int:
        """How many bytes are waiting."""
        return self._held


class ListCutter:
    """Chunks of a list's body in, items out; `finish` tells what the list says of itself."""

    def __init__(self, kind: str) -> None:
        """`kind` is that of the list: PodList."""
        self._kind = kind
        self._bytes = _Bytes()
        self._left: int | None = None
        """How much of the list is still to come; None before it has begun."""
        self._meta = b""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The items that are complete with this chunk, in order.

        Every item must be taken before the next chunk is fed. Raises ConnectionLost for a body that is no such list.
        """
        data = self._bytes.take(chunk)
        if data is None:
            return
        at = 0
        try:
            if self._left is None:
                at, self._left = self._begin(data)
            while self._left:
                end, number, start = _item(data, at, self._left) or _field(data, at, self._left)
                self._left -= end - at
                at = end
                if number == _ITEM:
                    yield data[start:end]
                elif number == _META:
                    self._meta = data[start:end]
        except Truncated as truncated:
            self._bytes.give_back(data[at:], truncated.missing)
        except (ValueError, DecodeError) as error:
            raise ConnectionLost(f"the list cannot be cut into objects: {error}") from error

    def finish(self) -> ListMeta:
        """What the list says of itself, once its body has ended. Raises ConnectionLost when it broke off."""
        if self._left is None or self._left:
            raise ConnectionLost("the list breaks off in the middle")
        try:
            meta = _list_meta(self._meta)
        except DecodeError as error:
            raise ConnectionLost(f"the list does not say of which version it is: {error}") from error
        remaining = meta.remaining if meta.HasField("remaining") else None
        return ListMeta(text(meta.version), text(meta.token), remaining)

    def _begin(self, data: bytes) -> tuple[int, int]:
        """Where the list's own fields begin, and how long they are together."""
        if data[: len(MAGIC)] != MAGIC[: len(data)]:
            raise ConnectionLost("the answer is not in the protobuf of Kubernetes")
        at, kind = len(MAGIC), ""
        while True:
            number, wire_type, at = _tag(data, at)
            if wire_type != _BYTES:
                raise ValueError(f"a field of wire type {wire_type} in the envelope")
            size, at = _number(data, at)
            if number == _RAW:
                break
            if size > LONGEST:
                raise ValueError(f"an envelope of {size} bytes")
            if at + size > len(data):
                raise Truncated(at + size - len(data))
            if number == 1:
                kind = text(_type_meta(data[at : at + size]).kind)
            at += size
        if kind != self._kind:
            raise ConnectionLost(f"the answer is a {kind or 'thing without a kind'}, not a {self._kind}")
        return at, size


def _item(data: bytes, at: int, left: int) -> tuple[int, int, int] | None:
    """What `_field` says, for the common case: an item of 128 to 16,383 bytes that is there in full."""
    if at + 2 < len(data) and data[at] == _ITEM_TAG:
        low, high = data[at + 1], data[at + 2]
        end = at + 3 + low + ((high - 1) << 7)
        if low > 127 > high - 1 and end <= len(data) and end - at <= left:
            return end, _ITEM, at + 3
    return None


def _field(data: bytes, at: int, left: int) -> tuple[int, int, int]:
    """The end of the field at a position, its number and the beginning of its value.

    Raises Truncated when the field is not complete, ValueError when it is none or longer than what it stands in.
    """
    number, wire_type, start = _tag(data, at)
    if wire_type == _BYTES:
        size, start = _number(data, start)
        end = start + size
        if size > LONGEST:
            raise ValueError(f"an object of {size} bytes")
    elif wire_type == 0:
        _, end = _number(data, start)
        number = 0
    elif wire_type in _FIXED:
        end, number = start + _FIXED[wire_type], 0
    else:
        raise ValueError(f"a field of wire type {wire_type}")
    if end - at > left:
        raise ValueError("an object that is longer than the list")
    if end > len(data):
        raise Truncated(end - len(data))
    return end, number, start


def _tag(data: bytes, at: int) -> tuple[int, int, int]:
    tag, at = _number(data, at)
    if not tag >> 3:
        raise ValueError("a field without a number")
    return tag >> 3, tag & 7, at


def _number(data: bytes, at: int) -> tuple[int, int]:
    """The unsigned number at a position, and the position after it; raises Truncated, and ValueError when too long."""
    value = shift = 0
    while shift < 70:
        if at >= len(data):
            raise Truncated
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise ValueError("a number of more than ten bytes")


class FrameCutter:
    """Chunks of a watch in, frames out; what the stream leaves unfinished at its end is no event and is dropped."""

    def __init__(self) -> None:
        self._bytes = _Bytes()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The frames that are complete with this chunk. Raises ConnectionLost for a length that cannot be one."""
        data = self._bytes.take(chunk)
        if data is None:
            return
        at = 0
        while len(data) - at >= 4:
            size = int.from_bytes(data[at : at + 4], "big")
            if size > LONGEST:
                raise ConnectionLost(f"the watch sent a frame of {size} bytes")
            if at + 4 + size > len(data):
                break
            yield data[at + 4 : at + 4 + size]
            at += 4 + size
        missing = 4 if len(data) - at < 4 else 4 + int.from_bytes(data[at : at + 4], "big")
        self._bytes.give_back(data[at:], at + missing - len(data))
