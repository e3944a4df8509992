"""JSON: lists as one document, watches as one document a line."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec

from storagetui.kube.api import Answer
from storagetui.kube.codec import EventType, ListPart, WatchEvent
from storagetui.kube.errors import ConnectionLost, Status, from_status
from storagetui.kube.json_shape import shape
from storagetui.model.base import Record
from storagetui.model.change import SetAside
from storagetui.model.kinds import KindInfo

MEDIA_TYPE = "application/json"
_LONGEST_LINE = 64 << 20
"""Bytes; etcd refuses objects of a fiftieth of that."""
_SLICE = 100
"""Objects that are flattened between two breaths of the loop: about a millisecond."""


class _ListMeta(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""
    continue_: str | None = msgspec.field(default=None, name="continue")
    remaining_item_count: int | None = None


class _RawList(msgspec.Struct, frozen=True):
    metadata: _ListMeta = _ListMeta()
    items: list[msgspec.Raw] | None = None


class _RawEvent(msgspec.Struct, frozen=True):
    type: str
    object: msgspec.Raw


class _Name(msgspec.Struct, frozen=True):
    namespace: str = ""
    name: str = ""
    resourceVersion: str = ""


class _Named(msgspec.Struct, frozen=True):
    metadata: _Name = _Name()


_raw_list = msgspec.json.Decoder(_RawList)
_raw_event = msgspec.json.Decoder(_RawEvent)
_named = msgspec.json.Decoder(_Named)
_status = msgspec.json.Decoder(Status)


class JsonCodec:
    """The codec of `application/json` for one kind."""

    def __init__(self, info: KindInfo, decoding: asyncio.Lock | None = None) -> None:
        """`decoding` is shared by all kinds, so that their pages are decoded one at a time and no two stalls add up."""
        self._kind = str(info.kind)
        made = shape(info.record)
        self._flatten = made.flatten
        self._one = msgspec.json.Decoder(made.wire)
        items = list.__class_getitem__(made.wire)
        self._list: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
            msgspec.defstruct("WireList", [("metadata", _ListMeta, _ListMeta()), ("items", items | None, None)])
        )
        self._events: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
            msgspec.defstruct("WireEvent", [("type", str), ("object", made.wire)])
        )
        self._decoding = decoding or asyncio.Lock()

    async def read_list(self, answer: Answer) -> AsyncIterator[ListPart]:
        """See Codec."""
        body = b"".join([chunk async for chunk in answer.chunks()])
        async with self._decoding:
            await asyncio.sleep(0)
            meta, items, raw = self._decode_list(body)
            del body
        for start in range(0, max(len(items), 1), _SLICE):
            await asyncio.sleep(0)
            last = start + _SLICE >= len(items)
            records, set_aside = self._records(items[start : start + _SLICE], raw)
            yield ListPart(
                records=records,
                set_aside=set_aside,
                resource_version=meta.resource_version if last else "",
                continue_token=(meta.continue_ or "") if last else "",
                remaining=meta.remaining_item_count if last else None,
            )

    async def read_watch(self, answer: Answer) -> AsyncIterator[list[WatchEvent]]:
        """See Codec."""
        async for block in _whole_lines(answer.chunks()):
            yield self._decode_block(block)
            await asyncio.sleep(0)

    def _decode_list(self, body: bytes) -> tuple[_ListMeta, list[Any], bool]:
        """The metadata and the items, decoded if all of them fit and raw if one does not."""
        try:
            whole = self._list.decode(body)
            return whole.metadata, whole.items or [], False
        except msgspec.ValidationError:
            try:
                apart = _raw_list.decode(body)
            except msgspec.DecodeError as error:
                raise ConnectionLost(f"the list is not one: {error}") from error
            return apart.metadata, apart.items or [], True
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ConnectionLost(f"the list is not whole JSON: {error}") from error

    def _records(self, items: Iterable[Any], raw: bool) -> tuple[list[Record], tuple[SetAside, ...]]:
        records: list[Record] = []
        aside: list[SetAside] = []
        for item in items:
            try:
                records.append(self._flatten(self._one.decode(item) if raw else item))
            except (msgspec.DecodeError, ValueError) as error:
                aside.append(_aside(item if raw else msgspec.json.encode(item), error))
        return records, tuple(aside)

    def _decode_block(self, block: bytes) -> list[WatchEvent]:
        try:
            return [self._event(wire.type, wire.object) for wire in self._events.decode_lines(block)]
        except (msgspec.DecodeError, ValueError):
            return [self._decode_line(line) for line in block.splitlines() if line.strip()]

    def _event(self, type_: str, wire: Any) -> WatchEvent:
        """An event whose object fits; raises ValueError for any that needs a closer look."""
        if type_ not in EventType._value2member_map_ or wire.kind not in (self._kind, None):
            raise ValueError(type_)
        record: Record = self._flatten(wire)
        if type_ == EventType.BOOKMARK:
            return WatchEvent(EventType.BOOKMARK, record.resource_version)
        return WatchEvent(EventType(type_), record.resource_version, record)

    def _decode_line(self, line: bytes) -> WatchEvent:
        """The slow path: an ERROR event, an object that does not fit, or a line that is no event at all."""
        try:
            raw = _raw_event.decode(line)
            if raw.type == "ERROR":
                raise from_status(_status.decode(raw.object))
            type_ = EventType(raw.type)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
            raise ConnectionLost(f"the watch sent a line that is no event: {line[:80]!r}") from error
        try:
            wire = self._one.decode(raw.object)
            return self._event(raw.type, wire)
        except (msgspec.DecodeError, ValueError) as error:
            aside = _aside(bytes(raw.object), error)
            return WatchEvent(type_, _version(bytes(raw.object)), set_aside=aside)


async def _whole_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Blocks that end at a line's end; what the stream leaves unfinished at its end is no event and is dropped."""
    rest: list[bytes] = []
    length = 0
    async for chunk in chunks:
        cut = chunk.rfind(b"\n") + 1
        if cut:
            yield b"".join([*rest, chunk[:cut]])
            rest, length = [], 0
        if cut < len(chunk):
            rest.append(chunk[cut:])
            length += len(chunk) - cut
            if length > _LONGEST_LINE:
                raise ConnectionLost(f"the watch sent a line of more than {_LONGEST_LINE >> 20} MiB")


def _aside(raw: bytes, error: Exception) -> SetAside:
    try:
        name = _named.decode(raw).metadata
    except (msgspec.DecodeError, UnicodeDecodeError):
        name = _Name()
    return SetAside(name.namespace, name.name, str(error))


def _version(raw: bytes) -> str:
    try:
        return str(json.loads(raw)["metadata"]["resourceVersion"])
    except (ValueError, KeyError, TypeError):
        return ""


def decode_object(info: KindInfo, body: bytes) -> Record:
    """The record of one object's JSON; raises ConnectionLost when the body is not such an object."""
    made = shape(info.record)
    try:
        record: Record = made.flatten(msgspec.json.decode(body, type=made.wire))
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise ConnectionLost(f"the answer is no {info.kind} that can be read: {error}") from error
    return record
