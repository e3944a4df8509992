"""Watches in protobuf: frames cut anywhere, bookmarks, errors, and events that do not fit."""

import asyncio
import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagetui.kube.codec import EventType, WatchEvent
from storagetui.kube.errors import ApiError, ConnectionLost, Gone, StatusError, TooManyRequests
from storagetui.kube.habits import Habits
from storagetui.kube.protobuf_codec import ProtobufCodec
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from tests.kube import protobuf_bodies as bodies
from tests.kube.scripted import CUT, Reply, ScriptedAnswer, Step, claim_wire

pytestmark = pytest.mark.looptime
CLAIM = Kind.PERSISTENT_VOLUME_CLAIM


async def batches_of(*steps: Step) -> tuple[list[list[WatchEvent]], ApiError | None]:
    codec = ProtobufCodec(KINDS[CLAIM], Habits())
    batches: list[list[WatchEvent]] = []

    async def read() -> None:
        async for batch in codec.read_watch(ScriptedAnswer(Reply(steps))):
            batches.append(batch)  # noqa: PERF401 - what came before an error counts

    try:
        await read()
    except ApiError as error:
        return batches, error
    return batches, None


async def events_of(*steps: Step) -> list[WatchEvent]:
    batches, error = await batches_of(*steps)
    assert error is None
    return [event for batch in batches for event in batch]


def told(events: list[WatchEvent]) -> list[tuple[str, str, str]]:
    """Type, name and version of each; a name in brackets was set aside."""
    return [
        (
            str(event.type),
            event.record.name if event.record else f"[{event.set_aside.name}]" if event.set_aside else "",
            event.resource_version,
        )
        for event in events
    ]


def event(type_: str, name: str, version: str) -> bytes:
    return bodies.event(type_, CLAIM, claim_wire(name, version))


STREAM = (event("ADDED", "data-ü", "11") + event("MODIFIED", "b", "12") + bodies.bookmark(CLAIM, "13")) + event(
    "DELETED", "b", "14"
)
TOLD = [("ADDED", "data-ü", "11"), ("MODIFIED", "b", "12"), ("BOOKMARK", "", "13"), ("DELETED", "b", "14")]


async def test_events_and_bookmarks() -> None:
    assert told(await events_of(STREAM)) == TOLD
    (first, *_) = await events_of(STREAM)
    assert isinstance(first.record, PersistentVolumeClaim)
    assert first.record.storage_class == "fast"


@given(st.lists(st.integers(0, 1200), max_size=12))
def test_a_stream_may_be_cut_anywhere(cuts: list[int]) -> None:
    places = sorted({0, len(STREAM), *(cut for cut in cuts if cut < len(STREAM))})
    chunks = [STREAM[start:end] for start, end in pairwise(places)]
    assert told(asyncio.run(events_of(*chunks))) == TOLD


async def test_a_stream_may_come_byte_by_byte() -> None:
    assert told(await events_of(*bodies.chunks(STREAM, 1))) == TOLD


async def test_events_are_given_as_they_come() -> None:
    batches, _ = await batches_of(STREAM, 5.0, STREAM[:10], 1.0, STREAM[10:])
    assert [told(batch) for batch in batches] == [TOLD, TOLD]


@pytest.mark.parametrize("end", [1, 3, 4, 5, 100])
async def test_what_is_unfinished_when_the_watch_ends_is_no_event(end: int) -> None:
    assert told(await events_of(STREAM + event("ADDED", "late", "15")[:end])) == TOLD


async def test_a_stream_that_breaks_gave_what_it_gave() -> None:
    batches, error = await batches_of(STREAM + b"\x00\x00", CUT)
    assert told(batches[0]) == TOLD
    assert isinstance(error, ConnectionLost)


@pytest.mark.parametrize(
    ("code", "reason", "said", "kind"),
    [
        (410, "Expired", "too old resource version: 1 (9)", Gone),
        (504, "Timeout", "Too large resource version: 9, current: 1", Gone),
        (429, "TooManyRequests", "storage is (re)initializing", TooManyRequests),
        (500, "InternalError", "größe", StatusError),
    ],
)
async def test_an_error_ends_the_watch_after_what_came_before(
    code: int, reason: str, said: str, kind: type[StatusError]
) -> None:
    refusal = bodies.event_frame("ERROR", "Status", bodies.status(code, reason, said))
    batches, error = await batches_of(STREAM + refusal + event("ADDED", "never", "20"))
    assert told(batches[0]) == TOLD
    assert type(error) is kind
    assert (str(error), error.status.code) == (said, code)


BAD = bodies.message(PersistentVolumeClaim, claim_wire("bad", "7", status={"capacity": {"storage": "?"}}))


@pytest.mark.parametrize(
    ("frame", "name", "version"),
    [
        (bodies.event_frame("ADDED", str(CLAIM), BAD), "bad", "7"),
        (bodies.event_frame("ADDED", str(CLAIM), b"\xff\xff"), "", ""),
        (bodies.event_frame("ADDED", str(CLAIM), b""), "", ""),
    ],
)
async def test_an_object_that_does_not_fit_costs_only_itself(frame: bytes, name: str, version: str) -> None:
    good = event("ADDED", "good", "8")
    assert told(await events_of(frame + good)) == [("ADDED", f"[{name}]", version), ("ADDED", "good", "8")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xff",
        b'{"type":"ADDED","object":{}}',
        bodies.piece(1, b"ADDED"),
        bodies.piece(1, b"ADDED") + bodies.piece(2, bodies.piece(1, b"no envelope")),
        bodies.piece(1, b"ADDED") + bodies.piece(2, b"\x0a\x7f"),
        bodies.piece(1, b"ERROR") + bodies.piece(2, bodies.piece(1, bodies.envelope("Status", b"\xff"))),
    ],
)
async def test_a_frame_that_is_no_event_is_set_aside_and_counted(body: bytes) -> None:
    events = await events_of(bodies.frame(body) + STREAM)
    assert told(events[1:]) == TOLD
    assert events[0].set_aside is not None
    assert "no event" in events[0].set_aside.reason
    assert events[0].resource_version == ""


@pytest.mark.parametrize(
    "frame",
    [
        event("RENAMED", "x", "10"),
        bodies.event_frame("ADDED", "Pod", bodies.message(PersistentVolumeClaim, claim_wire("p", "3"))),
        bodies.event_frame("ADDED", "Table", b"\xff"),
    ],
)
async def test_what_nobody_asked_for_is_passed_over(frame: bytes) -> None:
    nothing, *rest = told(await events_of(frame + STREAM))
    assert (nothing, rest) == (("BOOKMARK", "", ""), TOLD)


@pytest.mark.parametrize("size", [(64 << 20) + 1, (1 << 32) - 1, int.from_bytes(b'{"ty', "big")])
async def test_a_length_that_cannot_be_one_ends_the_watch(size: int) -> None:
    batches, error = await batches_of(STREAM + struct.pack(">I", size) + b"x" * 100)
    assert told(batches[0]) == TOLD
    assert isinstance(error, ConnectionLost)
    assert str(size) in str(error)


async def test_a_frame_of_megabytes_is_an_event_like_any_other() -> None:
    notes = {"volume.kubernetes.io/selected-node": "x" * (3 << 20)}
    wire = claim_wire("big", metadata={"name": "big", "resourceVersion": "2", "annotations": notes})
    big = bodies.event("ADDED", CLAIM, wire)
    chunks = bodies.chunks(big + bodies.bookmark(CLAIM, "3"), 65536)
    assert told(await events_of(*chunks)) == [("ADDED", "big", "2"), ("BOOKMARK", "", "3")]


@given(st.binary(max_size=80))
def test_any_bytes_are_events_or_a_lost_connection(noise: bytes) -> None:
    for stream in (noise, bodies.frame(noise), bodies.event_frame("ADDED", str(CLAIM), noise)):
        _, error = asyncio.run(batches_of(stream))
        assert error is None or isinstance(error, ConnectionLost)


async def test_an_unencoded_bookmark_may_lack_its_version() -> None:
    (only,) = await events_of(bodies.event_frame("BOOKMARK", str(CLAIM), b"\xff"))
    assert only == WatchEvent(EventType.BOOKMARK, "")


async def test_the_loop_breathes_while_much_arrives() -> None:
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    codec = ProtobufCodec(KINDS[CLAIM], Habits())
    task = asyncio.create_task(turn())
    seen = [turns async for _ in codec.read_watch(ScriptedAnswer(Reply((STREAM * 2000,))))]
    task.cancel()
    assert len(set(seen)) >= 3
