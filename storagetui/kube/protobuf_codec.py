"""Protobuf: lists cut into objects while they arrive, watches frame by frame."""

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice

from google.protobuf.message import DecodeError

from storagetui.kube.api import Answer
from storagetui.kube.codec import EventType, ListPart, WatchEvent
from storagetui.kube.errors import ApiError, from_status
from storagetui.kube.habits import Habits
from storagetui.kube.protobuf_frames import FrameCutter, ListCutter, event_of, opened, status_of
from storagetui.kube.protobuf_message import BYTES, flat
from storagetui.kube.protobuf_schema import mended
from storagetui.kube.protobuf_shape import shape
from storagetui.kube.protobuf_values import text
from storagetui.model.base import Record
from storagetui.model.change import SetAside
from storagetui.model.kinds import KindInfo

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_SLICE = 64
"""Objects that are read between two looks at the clock: two milliseconds of pods."""
_UNFIT = (DecodeError, ValueError, OverflowError, OSError)
"""What parsing and flattening raise; the last two for a time that no calendar has."""
_NOTHING = WatchEvent(EventType.BOOKMARK, "")
_object = flat("Object", metadata=(1, BYTES)).FromString
_name = flat("ObjectMeta", name=(1, BYTES), namespace=(3, BYTES), version=(6, BYTES)).FromString


class ProtobufCodec:
    """The codec of `application/vnd.kubernetes.protobuf` for one kind."""

    def __init__(self, info: KindInfo, habits: Habits) -> None:
        """`habits` is what the feeds of a session share: one of them decodes at a time, so that no stalls add up."""
        self._kind = str(info.kind)
        made = shape(info.record)
        self._record_type, self._parse, self._flatten = info.record, made.parse, made.flatten
        self._habits = habits

    async def read_list(self, answer: Answer) -> AsyncIterator[ListPart]:
        """See Codec."""
        cutter = ListCutter(f"{self._kind}List")
        async for chunk in answer.chunks():
            items, is_full = cutter.feed(chunk), True
            while is_full:
                async with self._habits.decoding:
                    part = self._part(items)
                    await self._habits.breathe()
                count = len(part.records) + len(part.set_aside)
                is_full = count == _SLICE
                if count:
                    yield part
        meta = cutter.finish()
        yield ListPart(records=[], resource_version=meta.version, continue_token=meta.token, remaining=meta.remaining)

    async def read_watch(self, answer: Answer) -> AsyncIterator[list[WatchEvent]]:
        """See Codec."""
        cutter = FrameCutter()
        async for chunk in answer.chunks():
            frames = cutter.feed(chunk)
            while True:
                events, end = self._events(islice(frames, _SLICE))
                if events:
                    yield events
                if end is not None:
                    raise end
                await self._habits.breathe()
                if len(events) < _SLICE:
                    break

    def _part(self, items: Iterator[bytes]) -> ListPart:
        """The next objects of a chunk, fewer than _SLICE when there are no more."""
        records: list[Record] = []
        aside: list[SetAside] = []
        for raw in islice(items, _SLICE):
            try:
                records.append(self._record(raw))
            except _UNFIT as error:
                aside.append(_aside(raw, error)[0])
        return ListPart(records=records, set_aside=tuple(aside))

    def _record(self, raw: bytes) -> Record:
        """The record of an object; raises what _UNFIT names when it does not fit or has no name."""
        try:
            message = self._parse(raw)
        except DecodeError:
            message = self._parse(mended(self._record_type, raw))
        record: Record = self._flatten(message)
        if not record.name:
            raise ValueError("it has no name")
        return record

    def _events(self, frames: Iterable[bytes]) -> tuple[list[WatchEvent], ApiError | None]:
        """The events of some frames, and what ends the watch after them, if anything does."""
        events: list[WatchEvent] = []
        try:
            for frame in frames:
                events.append(self._event(frame))  # noqa: PERF401 - those before an ERROR count
        except ApiError as error:
            return events, error
        return events, None

    def _event(self, frame: bytes) -> WatchEvent:
        """The event in a frame; one that nobody needs to know is a bookmark without a version.

        Raises the StatusError that an ERROR event carries.
        """
        try:
            type_, body = event_of(frame)
            parcel = opened(body)
            error = from_status(status_of(parcel.raw)) if type_ == "ERROR" else None
        except _UNFIT as unfit:
            # Where the next frame begins is known all the same.
            aside = SetAside("", "", f"the watch sent a frame that is no event: {unfit}")
            return WatchEvent(EventType.MODIFIED, "", set_aside=aside)
        if error is not None:
            raise error
        if type_ not in EventType._value2member_map_ or parcel.kind not in (self._kind, ""):
            return _NOTHING  # a Table, or whatever it is: none of this feed's, whatever it is called
        return self._told(EventType(type_), parcel.raw)

    def _told(self, type_: EventType, raw: bytes) -> WatchEvent:
        if type_ is EventType.BOOKMARK:
            return WatchEvent(type_, _named(raw)[2])
        try:
            record = self._record(raw)
        except _UNFIT as error:
            aside, version = _aside(raw, error)
            return WatchEvent(type_, version, set_aside=aside)
        return WatchEvent(type_, record.resource_version, record)


def _named(raw: bytes) -> tuple[str, str, str]:
    """Namespace, name and version of an object, as far as they can be read."""
    try:
        meta = _name(_object(raw).metadata)
    except DecodeError:
        return "", "", ""
    return text(meta.namespace), text(meta.name), text(meta.version)


def _aside(raw: bytes, error: Exception) -> tuple[SetAside, str]:
    """What is set aside of an object that does not fit, and its version."""
    namespace, name, version = _named(raw)
    return SetAside(namespace, name, str(error)), version
