"""JSON: lists as one document, watches as one document a line."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec

from storagetui.kube.api import Answer
from storagetui.kube.codec import EventType, ListPart, WatchEvent
from storagetui.kube.errors import ApiError, ConnectionLost, Status, from_status
from storagetui.kube.json_shape import shape
from storagetui.model.base import Record, in_brief
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
    kind: str | None = None


class _RawEvent(msgspec.Struct, frozen=True):
    type: str
    object: msgspec.Raw


class _Name(msgspec.Struct, frozen=True, rename="camel"):
    namespace: Any = None
    name: Any = None
    resource_version: Any = None


class _Named(msgspec.Struct, frozen=True):
    kind: Any = None
    metadata: _Name = _Name()


_UNFIT = (ValueError, RecursionError)
"""What decoding and flattening raise: every error of msgspec's is a ValueError, and so is text that is not UTF-8."""
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
            msgspec.defstruct(
                "WireList",
                [("metadata", _ListMeta, _ListMeta()), ("items", items | None, None), ("kind", str | None, None)],
            )
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
            events, end = self._decode_block(block)
            yield events
            if end is not None:
                raise end
            await asyncio.sleep(0)

    def _decode_list(self, body: bytes) -> tuple[_ListMeta, list[Any], bool]:
        """The metadata and the items, decoded if all of them fit and raw if one does not."""
        whole: Any
        try:
            whole, raw = self._list.decode(body), False
        except _UNFIT:
            try:
                whole, raw = _raw_list.decode(body), True
            except _UNFIT as error:
                raise ConnectionLost(f"the answer breaks off or is no list in JSON: {error}") from error
        if not (whole.kind or "List").endswith("List"):
            raise ConnectionLost(f"the answer is a {whole.kind}, not a list")
        return whole.metadata, whole.items or [], raw

    def _records(self, items: Iterable[Any], raw: bool) -> tuple[list[Record], tuple[SetAside, ...]]:
        records: list[Record] = []
        aside: list[SetAside] = []
        for item in items:
            try:
                records.append(self._record(self._one.decode(item) if raw else item))
            except _UNFIT as error:
                aside.append(_aside(bytes(item) if raw else msgspec.json.encode(item), error)[0])
        return records, tuple(aside)

    def _record(self, wire: Any) -> Record:
        """The record of an object; raises ValueError for one of another kind, without a name, or that does not fit."""
        if wire.kind not in (self._kind, None):
            raise ValueError(f"it is a {wire.kind}, not a {self._kind}")
        record: Record = self._flatten(wire)
        if not record.name:
            raise ValueError("it has no name")
        return in_brief(record)

    def _is_foreign(self, raw: bytes) -> bool:
        """Whether an object is of another kind, such as a Table: none of this feed's, whatever it is called."""
        try:
            kind = _named.decode(raw).kind
        except _UNFIT:
            return False
        return isinstance(kind, str) and kind not in ("", self._kind)

    def _decode_block(self, block: bytes) -> tuple[list[WatchEvent], ApiError | None]:
        """The events of some lines, and what ends the watch after them, if anything does."""
        try:
            return [self._event(wire.type, wire.object) for wire in self._events.decode_lines(block)], None
        except _UNFIT:
            pass
        events: list[WatchEvent] = []
        for line in filter(bytes.strip, block.split(b"\n")):
            try:
                events.extend(self._decode_line(line))
            except ApiError as error:
                return events, error
        return events, None

    def _event(self, type_: str, wire: Any) -> WatchEvent:
        """An event whose object fits; raises ValueError for any that needs a closer look."""
        if type_ == EventType.BOOKMARK:
            return WatchEvent(EventType.BOOKMARK, self._flatten(wire).resource_version)
        record = self._record(wire)
        return WatchEvent(EventType(type_), record.resource_version, record)

    def _decode_line(self, line: bytes) -> tuple[WatchEvent, ...]:
        """The slow path: an ERROR event, an object that does not fit, a type that is not known, or no event at all."""
        try:
            raw = _raw_event.decode(line)
            error = from_status(_status.decode(raw.object)) if raw.type == "ERROR" else None
        except _UNFIT as unfit:
            raise ConnectionLost(f"the watch sent a line that is no event: {line[:80]!r}") from unfit
        if error is not None:
            raise error
        if raw.type not in EventType._value2member_map_:
            return ()
        try:
            return (self._event(raw.type, self._one.decode(raw.object)),)
        except _UNFIT as unfit:
            if self._is_foreign(bytes(raw.object)):
                return ()
            aside, version = _aside(bytes(raw.object), unfit)
            return (WatchEvent(EventType(raw.type), version, set_aside=aside),)


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


def _aside(raw: bytes, error: Exception) -> tuple[SetAside, str]:
    """What is set aside of an object that does not fit, as far as its name can be read, and its version."""
    try:
        name = _named.decode(raw).metadata
    except _UNFIT:
        name = _Name()
    namespace, plain, version = (
        value if isinstance(value, str) else "" for value in (name.namespace, name.name, name.resource_version)
    )
    return SetAside(namespace, plain, str(error)), version
