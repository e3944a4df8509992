"""Objects of every built-in kind: the same record from protobuf as from JSON."""

import asyncio
import contextlib
import copy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from storagetui.kube.habits import Habits
from storagetui.kube.json_codec import JsonCodec
from storagetui.kube.protobuf_codec import ProtobufCodec
from storagetui.kube.protobuf_schema import speaks
from storagetui.kube.protobuf_shape import shape
from storagetui.model.base import Record, in_brief
from storagetui.model.fields import EMPTY, Conversion, Field, table
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from storagetui.model.nodes import Lease
from storagetui.model.pods import Pod
from storagetui.model.quantity import parse
from tests.build import decode
from tests.kube import protobuf_bodies as bodies
from tests.kube.scripted import Json, Reply, ScriptedAnswer, encoded
from tests.kube.test_json_objects import OBJECTS

BUILT_IN = [kind for kind, info in KINDS.items() if speaks(info.record)]
MOMENTS = ("2026-01-15T14:02:11Z", "1969-07-20T20:17:40Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
VALUES: dict[Conversion, tuple[Any, ...]] = {
    Conversion.TEXT: ("text", "", "NeverHeardOf", "größe 🦀"),
    Conversion.UNIQUE_TEXT: ("unique", "", "é"),
    Conversion.FLAG: (True, False),
    Conversion.OPTIONAL_FLAG: (True, False),
    Conversion.PRESENCE: ("there", ""),
    Conversion.COUNT: (7, 0, -1, 2**31 - 1, -(2**31)),
    Conversion.COUNT_UNLESS_ZERO: (7, -1, 2**31 - 1),
    Conversion.NUMBER_OR_TEXT: (8080, 0, -3, "http", "50%"),
    Conversion.MOMENT: MOMENTS,
    Conversion.QUANTITY: ("1536Mi", "0", "1500m", "0.5Ti", "1e3", "12e6", "9223372036854775807"),
    Conversion.NAMES: (["b", "a"], [], ["x"]),
    Conversion.PAIRS: ({"b": "2", "a": "1"}, {}, {"": ""}, {"long": "x" * 300}),
    Conversion.QUANTITIES: ({"storage": "1Gi", "count/pods": "3"}, {}, {"cpu": "100m"}),
}
"""What JSON and protobuf can both say; a 0 that JSON leaves out is a case of its own."""


def put(wire: Json, field: Field, value: object) -> None:
    for step in field.steps[:-1]:
        wire = wire.setdefault(step, {})
    wire.setdefault(field.steps[-1], value)


def filled(record: type[msgspec.Struct], turn: int) -> Json:
    """An object in which every field stands, with the values that this turn has."""
    wire: Json = {}
    for number, field in enumerate(sorted(table(record), key=lambda one: one.conversion is Conversion.PRESENCE)):
        if field.item is None:
            values = VALUES[field.conversion]
            put(wire, field, copy.deepcopy(values[(turn + number) % len(values)]))
        elif field.conversion is Conversion.ITEM:
            put(wire, field, filled(field.item, turn))
        else:
            put(wire, field, [filled(field.item, turn + one) for one in range(turn % 3)])
    return wire


def by_json(kind: Kind, wire: Json) -> Record:
    return in_brief(decode(KINDS[kind].record, wire))


def by_protobuf(kind: Kind, raw: bytes) -> Record:
    async def read() -> Record:
        body = bodies.envelope(f"{kind}List", bodies.raw_list([raw]))
        codec = ProtobufCodec(KINDS[kind], Habits())
        parts = [part async for part in codec.read_list(ScriptedAnswer(Reply((body,))))]
        assert not [one for part in parts for one in part.set_aside]
        (record,) = [one for part in parts for one in part.records]
        return record

    return asyncio.run(read())


def both(kind: Kind, wire: Json) -> Record:
    """The record of an object, which is the same either way."""
    record = by_protobuf(kind, bodies.message(KINDS[kind].record, wire))
    assert record == by_json(kind, wire)
    for field in table(type(record)):
        if field.conversion is Conversion.QUANTITY:
            # Equal quantities may be written in different ways.
            assert str(getattr(record, field.name)) == str(getattr(by_json(kind, wire), field.name))
    return record


def named(wire: Json) -> Json:
    """An object with a name, without which it is none."""
    wire.setdefault("metadata", {})["name"] = "x"
    return wire


@pytest.mark.parametrize("kind", BUILT_IN)
@pytest.mark.parametrize("turn", range(8))
def test_every_field_arrives(kind: Kind, turn: int) -> None:
    both(kind, named(filled(KINDS[kind].record, turn)))


@pytest.mark.parametrize("kind", BUILT_IN)
def test_an_object_as_a_server_keeps_it(kind: Kind) -> None:
    record = both(kind, OBJECTS[str(kind)])
    assert record.name


@pytest.mark.parametrize("kind", BUILT_IN)
def test_nothing_need_be_there(kind: Kind) -> None:
    record = both(kind, {"metadata": {"name": "x"}})
    for field in table(type(record)):
        if field.name != "name":
            assert getattr(record, field.name) == EMPTY[field.conversion], field.name


@pytest.mark.parametrize("kind", BUILT_IN)
def test_empty_messages_are_not_missing_ones(kind: Kind) -> None:
    wire: Json = {"metadata": {"name": "x"}}
    for field in table(KINDS[kind].record):
        inner = wire
        for step in field.steps[:-1]:
            inner = inner.setdefault(step, {})
    both(kind, wire)


def zeroed(kind: Kind) -> Iterator[Field]:
    return (field for field in table(KINDS[kind].record) if field.conversion is Conversion.COUNT_UNLESS_ZERO)


@pytest.mark.parametrize("kind", [kind for kind in BUILT_IN if list(zeroed(kind))])
def test_a_zero_that_json_leaves_out_is_absent(kind: Kind) -> None:
    wire: Json = {"metadata": {"name": "x"}}
    for field in zeroed(kind):
        put(wire, field, 0)
    record = both(kind, wire)
    assert {getattr(record, field.name) for field in zeroed(kind)} == {None}


def test_a_time_without_and_with_fractions() -> None:
    for said, micros in (("2026-01-15T14:02:11Z", 0), ("2026-01-15T14:02:11.000001Z", 1)):
        record = both(Kind.LEASE, {"metadata": {"name": "node-1"}, "spec": {"renewTime": said}})
        assert isinstance(record, Lease)
        assert record.renew_time == datetime(2026, 1, 15, 14, 2, 11, micros, UTC)


def lease(time: bytes) -> Lease:
    raw = bodies.piece(1, bodies.piece(1, b"x")) + bodies.piece(2, bodies.piece(4, time))
    how = shape(Lease)
    record = how.flatten(how.parse(raw))
    assert isinstance(record, Lease)
    return record


def test_times_at_the_edge() -> None:
    assert lease(b"").renew_time is None
    assert lease(bodies.count(1, 0) + bodies.count(2, 0)).renew_time == datetime(1970, 1, 1, tzinfo=UTC)
    assert lease(bodies.count(1, 5)).renew_time == datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)
    nearly = lease(bodies.count(1, 5) + bodies.count(2, 999_999_999)).renew_time
    assert nearly == datetime(1970, 1, 1, 0, 0, 5, 999_999, UTC)
    before = lease(bodies.count(1, -1) + bodies.count(2, 500_000_000)).renew_time
    assert before == datetime(1970, 1, 1, tzinfo=UTC) - timedelta(seconds=0.5)


@pytest.mark.parametrize("time", [bodies.count(1, 1 << 40), bodies.count(1, 1 << 62), bodies.count(1, -(1 << 50))])
def test_times_that_no_calendar_has_do_not_fit(time: bytes) -> None:
    with pytest.raises((ValueError, OverflowError, OSError)):
        lease(time)


def test_maps_that_say_a_key_twice_mean_the_last() -> None:
    entries = bodies.piece(11, bodies.piece(1, b"app") + bodies.piece(2, b"old"))
    entries += bodies.piece(11, bodies.piece(1, b"app") + bodies.piece(2, b"new"))
    record = by_protobuf(Kind.PERSISTENT_VOLUME_CLAIM, bodies.piece(1, bodies.piece(1, b"x") + entries))
    assert record.labels == (("app", "new"),)


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        (b"", ("", "")),
        (bodies.piece(1, b"key"), ("key", "")),
        (bodies.piece(2, b"value"), ("", "value")),
        (bodies.piece(2, b"value") + bodies.piece(1, b"key"), ("key", "value")),
        (bodies.piece(1, b"k" * 200) + bodies.piece(2, b"v" * 200), ("k" * 200, "v" * 200)),
        (bodies.piece(1, b"key") + bodies.piece(2, b"value") + bodies.UNKNOWN_FIELD, ("key", "value")),
        (bodies.piece(1, b"k") + bodies.piece(2, b"\x12\x12\n\n"), ("k", "\x12\x12\n\n")),
    ],
)
def test_entries_of_maps_are_cut_right_however_they_are_written(entry: bytes, wanted: tuple[str, str]) -> None:
    raw = bodies.piece(1, bodies.piece(1, b"x") + bodies.piece(11, entry))
    assert by_protobuf(Kind.PERSISTENT_VOLUME_CLAIM, raw).labels == (wanted,)


TORN = "größe 🦀".encode()[:-2]


def as_json_has_it(raw: bytes) -> str:
    """Text as Go writes it into JSON: U+FFFD for each byte that is not UTF-8."""
    escaped = raw.decode("utf-8", "surrogateescape")
    return "".join("\ufffd" if "\udc80" <= one <= "\udcff" else one for one in escaped)


def test_text_that_was_cut_in_the_middle_of_a_character_reads_as_in_json() -> None:
    """A component may send what is not UTF-8, which the API server does not look at."""
    event: Json = {
        "metadata": {"name": "x", "labels": {"torn": TORN}},
        "message": TORN,
        "reason": TORN,
        "involvedObject": {"kind": "Pod", "name": TORN},
    }
    record = by_protobuf(Kind.EVENT, bodies.message(KINDS[Kind.EVENT].record, event))
    said = as_json_has_it(TORN)
    assert said == "größe \ufffd\ufffd"
    clean = {"labels": {"torn": said}, "name": "x"}
    wanted = {"metadata": clean, "message": said, "reason": said, "involvedObject": {"kind": "Pod", "name": said}}
    assert record == by_json(Kind.EVENT, wanted)


def test_torn_text_in_lists_maps_and_nested_records_is_mended() -> None:
    def claim(text: str | bytes) -> Json:
        return {
            "metadata": {
                "name": "x",
                "finalizers": ["a", text],
                "ownerReferences": [{"kind": "Job", "name": text}],
                "annotations": {"volume.kubernetes.io/selected-node": text},
            },
            "status": {"conditions": [{"type": "Resizing", "message": text}], "capacity": {"storage": "1Gi"}},
        }

    kind = Kind.PERSISTENT_VOLUME_CLAIM
    record = by_protobuf(kind, bodies.message(KINDS[kind].record, claim(TORN)))
    assert record == by_json(kind, claim(as_json_has_it(TORN)))


@given(st.binary(max_size=40))
def test_bytes_that_are_no_object_raise_what_the_codec_catches(raw: bytes) -> None:
    how = shape(Pod)
    with contextlib.suppress(DecodeError, ValueError, OverflowError, OSError):
        how.flatten(how.parse(raw))


def test_what_repeats_is_shared() -> None:
    wire = OBJECTS["Pod"]
    one, two = both(Kind.POD, wire), both(Kind.POD, copy.deepcopy(wire))
    assert one.labels is two.labels
    assert one.owners is two.owners
    assert one.namespace is two.namespace
    assert one.creation_timestamp is two.creation_timestamp


def test_quantities_keep_how_they_were_written() -> None:
    record: Any = both(Kind.RESOURCE_QUOTA, named({"status": {"hard": {"requests.storage": "1.50Gi", "pods": "10"}}}))
    assert [(key, amount.text) for key, amount in record.hard] == [("pods", "10"), ("requests.storage", "1.50Gi")]
    assert dict(record.hard)["requests.storage"] == parse("1536Mi")


def pod(**spec: Any) -> Json:
    wire = copy.deepcopy(OBJECTS["Pod"])
    wire["metadata"].pop("ownerReferences", None)
    wire["spec"].pop("volumes", None)
    wire["spec"] |= spec
    wire["status"] |= {"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "message": "well"}]}
    return wire


def test_of_a_pod_that_has_nothing_to_do_with_storage_little_is_kept() -> None:
    plain: Any = both(Kind.POD, pod(volumes=[{"name": "config", "configMap": {"name": "c"}}]))
    assert (plain.name, plain.phase, plain.node_name) == ("postgres-0", "Running", OBJECTS["Pod"]["spec"]["nodeName"])
    assert (plain.volumes, plain.containers, plain.labels) == ((), (), ())
    assert plain.is_ready
    assert plain.conditions[0].message == ""


def test_so_it_is_of_one_that_has_done_its_work() -> None:
    wire = pod()
    wire["status"] |= {"phase": "Succeeded", "conditions": [{"type": "Ready", "status": "False"}]}
    plain: Any = both(Kind.POD, wire)
    assert (plain.phase, plain.containers, plain.conditions) == ("Succeeded", (), ())


@pytest.mark.parametrize(
    ("phase", "ready"), [("Running", "False"), ("Running", "Unknown"), ("Pending", "False"), ("Failed", "False")]
)
def test_of_a_pod_in_trouble_everything_is_kept(phase: str, ready: str) -> None:
    wire = pod(volumes=[{"name": "config"}])
    wire["status"] |= {"phase": phase, "conditions": [{"type": "Ready", "status": ready, "message": "not well"}]}
    whole: Any = both(Kind.POD, wire)
    assert whole.conditions[0].message == "not well"
    assert whole.containers
    assert whole.volumes


@pytest.mark.parametrize(
    "volume",
    [
        {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "scratch", "ephemeral": {}},
        {"name": "inline", "csi": {"driver": "secrets-store.csi.k8s.io"}},
    ],
)
def test_of_a_pod_with_storage_everything_is_kept(volume: Json) -> None:
    whole: Any = both(Kind.POD, pod(volumes=[{"name": "config"}, volume]))
    assert len(whole.volumes) == 2
    assert whole.conditions
    assert whole.containers


def test_of_a_set_s_pod_everything_is_kept() -> None:
    wire = pod()
    wire["metadata"]["ownerReferences"] = [{"kind": "StatefulSet", "name": "db", "uid": "u", "controller": True}]
    whole: Any = both(Kind.POD, wire)
    assert whole.conditions


async def test_json_keeps_as_little() -> None:
    wire = pod()
    body = encoded({"metadata": {"resourceVersion": "5"}, "items": [wire]})
    parts = [part async for part in JsonCodec(KINDS[Kind.POD]).read_list(ScriptedAnswer(Reply((body,))))]
    assert parts[0].records == [by_json(Kind.POD, wire)]


def test_records_hold_nothing_of_the_message() -> None:
    """Messages live in arenas: a value that refers to one would keep all of it."""
    record = both(Kind.POD, OBJECTS["Pod"])
    allowed = (str, int, bool, type(None), datetime, tuple, msgspec.Struct)

    def check(value: object) -> None:
        assert isinstance(value, allowed), type(value)
        if isinstance(value, tuple):
            for one in value:
                check(one)
        elif isinstance(value, msgspec.Struct):
            for name in value.__struct_fields__:
                check(getattr(value, name))

    check(record)
