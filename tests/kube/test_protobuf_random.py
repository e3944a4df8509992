"""Any object, with any of its fields: the same record from protobuf as from JSON, alone, in a list and in a watch."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storagetui.kube.codec import WatchEvent
from storagetui.kube.errors import ApiError, ConnectionLost
from storagetui.kube.habits import Habits
from storagetui.kube.json_codec import JsonCodec
from storagetui.kube.protobuf_codec import ProtobufCodec
from storagetui.model.fields import Conversion, table
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from tests.kube import protobuf_bodies as bodies
from tests.kube.scripted import CUT, Json, Reply, ScriptedAnswer, bookmark, event
from tests.kube.test_protobuf_objects import BUILT_IN, both, put

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
SUFFIXES = ("", "m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "e3", "E2")
QUANTITY = st.builds("{}{}".format, st.integers(0, 10**9), st.sampled_from(SUFFIXES))
MOMENT = st.datetimes().map(lambda when: f"{when.replace(microsecond=0).isoformat()}.{when.microsecond:06}Z")
VALUES: dict[Conversion, st.SearchStrategy[Any]] = {
    Conversion.TEXT: TEXT,
    Conversion.UNIQUE_TEXT: TEXT,
    Conversion.FLAG: st.booleans(),
    Conversion.OPTIONAL_FLAG: st.booleans(),
    Conversion.PRESENCE: TEXT,
    Conversion.COUNT: st.integers(-(2**31), 2**31 - 1),
    Conversion.COUNT_UNLESS_ZERO: st.integers(1, 2**31 - 1),
    Conversion.NUMBER_OR_TEXT: st.integers(-(2**31), 2**31 - 1) | TEXT,
    Conversion.MOMENT: MOMENT,
    Conversion.QUANTITY: QUANTITY,
    Conversion.NAMES: st.lists(TEXT, max_size=4),
    Conversion.PAIRS: st.dictionaries(TEXT, TEXT, max_size=4),
    Conversion.QUANTITIES: st.dictionaries(TEXT, QUANTITY, max_size=4),
}


@st.composite
def wires(draw: st.DrawFn, record: type[msgspec.Struct]) -> Json:
    """An object, or a part of one, in which some of the fields stand that the record names."""
    wire: Json = {}
    for field in sorted(table(record), key=lambda one: one.conversion is Conversion.PRESENCE):
        if not draw(st.booleans()):
            continue
        if field.item is None:
            put(wire, field, draw(VALUES[field.conversion]))
        elif field.conversion is Conversion.ITEM:
            put(wire, field, draw(wires(field.item)))
        else:
            put(wire, field, draw(st.lists(wires(field.item), max_size=2)))
    return wire


@st.composite
def objects(draw: st.DrawFn, kind: Kind) -> Json:
    """An object with a name, without which it is none."""
    wire = draw(wires(KINDS[kind].record))
    wire.setdefault("metadata", {})["name"] = draw(TEXT.filter(bool))
    return wire


@pytest.mark.parametrize("kind", BUILT_IN)
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_any_object_is_the_same_record_both_ways(kind: Kind, data: st.DataObject) -> None:
    both(kind, data.draw(objects(kind)))


CLAIM = Kind.PERSISTENT_VOLUME_CLAIM
TOLD = st.tuples(st.sampled_from(("ADDED", "MODIFIED", "DELETED")), objects(CLAIM), st.integers(1, 10**12))


async def read(codec: JsonCodec | ProtobufCodec, body: bytes, cut: int | None, size: int) -> list[WatchEvent]:
    """The events of a stream that comes in chunks of a size and breaks off somewhere, or nowhere."""
    chunks = list(bodies.chunks(body if cut is None else body[:cut], size))
    events: list[WatchEvent] = []
    try:
        async for batch in codec.read_watch(ScriptedAnswer(Reply((*chunks, *([CUT] if cut is not None else []))))):
            events += batch
    except ConnectionLost:
        assert cut is not None
    return events


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TOLD, max_size=4), st.integers(7, 400))
def test_any_stream_says_the_same_both_ways_wherever_it_is_cut(told: list[tuple[str, Json, int]], size: int) -> None:
    """And what is unfinished at the cut is no event."""

    async def check() -> None:
        in_json, in_protobuf = [bookmark("7")], [bodies.bookmark(CLAIM, "7")]
        for type_, wire, version in told:
            wire["metadata"]["resourceVersion"] = str(version)
            in_json.append(event(type_, {"kind": "PersistentVolumeClaim", "apiVersion": "v1", **wire}))
            in_protobuf.append(bodies.event(type_, CLAIM, wire))
        whole = await read(JsonCodec(KINDS[CLAIM], asyncio.Lock()), b"".join(in_json), None, size)
        assert [one.resource_version for one in whole] == ["7", *(str(version) for _, _, version in told)]
        made = ProtobufCodec(KINDS[CLAIM], Habits())
        assert await read(made, b"".join(in_protobuf), None, size) == whole
        ends = [sum(map(len, in_protobuf[: number + 1])) for number in range(len(in_protobuf))]
        for cut in range(0, ends[-1], max(1, ends[-1] // 23)):
            finished = sum(end <= cut for end in ends)
            assert await read(made, b"".join(in_protobuf), cut, size) == whole[:finished]

    asyncio.run(check())


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(objects(CLAIM), min_size=1, max_size=4), st.data())
def test_a_list_with_wrong_bytes_is_its_objects_or_lost_and_never_anything_else(
    wires_: list[Json], data: st.DataObject
) -> None:
    async def check() -> None:
        body = bytearray(bodies.list_body(CLAIM, wires_))
        for _ in range(data.draw(st.integers(1, 3))):
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
        codec = ProtobufCodec(KINDS[CLAIM], Habits())
        try:
            parts = [part async for part in codec.read_list(ScriptedAnswer(Reply((bytes(body),))))]
        except ApiError:
            return
        for record in [record for part in parts for record in part.records]:
            assert isinstance(record, KINDS[CLAIM].record)
            assert record.name

    asyncio.run(check())
