"""Lists in protobuf: cut anywhere, parts, metadata, objects that do not fit, and bodies that are none."""

import asyncio
import contextlib
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagetui.kube import protobuf_frames
from storagetui.kube.codec import ListPart
from storagetui.kube.errors import ConnectionLost
from storagetui.kube.habits import Habits
from storagetui.kube.protobuf_codec import ProtobufCodec
from storagetui.model.base import Record
from storagetui.model.change import SetAside
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from tests.kube import protobuf_bodies as bodies
from tests.kube.scripted import CUT, Json, Reply, ScriptedAnswer, Step, claim_wire

pytestmark = pytest.mark.looptime
CLAIM = Kind.PERSISTENT_VOLUME_CLAIM
LIST = "PersistentVolumeClaimList"


async def parts_of(*steps: Step) -> list[ListPart]:
    codec = ProtobufCodec(KINDS[CLAIM], Habits())
    return [part async for part in codec.read_list(ScriptedAnswer(Reply(steps)))]


async def read(*steps: Step) -> tuple[list[Record], list[SetAside], ListPart]:
    parts = await parts_of(*steps)
    return [one for part in parts for one in part.records], [one for part in parts for one in part.set_aside], parts[-1]


def raw(name: str, **over: Any) -> bytes:
    return bodies.message(PersistentVolumeClaim, claim_wire(name, **over))


def listed(*items: bytes, **meta: Any) -> bytes:
    return bodies.envelope(LIST, bodies.raw_list(items, **meta))


async def test_objects_come_in_small_parts_and_the_last_part_carries_the_metadata() -> None:
    wires = [claim_wire(f"data-{number}") for number in range(250)]
    parts = await parts_of(bodies.list_body(CLAIM, wires, version="77", token="next", remaining=1000))
    assert max(len(part.records) for part in parts) <= 100
    assert [one.name for part in parts for one in part.records] == [f"data-{number}" for number in range(250)]
    assert parts[-1] == ListPart(records=[], resource_version="77", continue_token="next", remaining=1000)
    assert {part.resource_version for part in parts[:-1]} == {""}


async def test_an_empty_list_is_a_list() -> None:
    assert await parts_of(listed(version="5")) == [ListPart(records=[], resource_version="5")]


@given(st.lists(st.integers(0, 1200), max_size=12))
def test_a_body_may_be_cut_anywhere(cuts: list[int]) -> None:
    body = listed(raw("data-ü-🦀"), raw("b", metadata={"name": "b", "labels": {"größe": "é"}}), raw("c"), token="t")
    places = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    chunks = [body[start:end] for start, end in pairwise(places)]
    records, aside, last = asyncio.run(read(*chunks))
    assert ([one.name for one in records], aside, last.continue_token) == (["data-ü-🦀", "b", "c"], [], "t")


async def test_a_body_may_come_byte_by_byte() -> None:
    body = listed(raw("a"), raw("b"))
    records, _, last = await read(*bodies.chunks(body, 1))
    assert ([one.name for one in records], last.resource_version) == (["a", "b"], "5")


async def test_an_object_of_megabytes_is_an_object_like_any_other() -> None:
    notes = {"volume.kubernetes.io/selected-node": "node-1", "note": "x" * (3 << 20)}
    big = raw("big") + bodies.piece(1, bodies.piece(12, bodies.piece(1, b"note") + bodies.piece(2, b"x" * (3 << 20))))
    body = listed(raw("a"), big, raw("b", metadata={"name": "b", "annotations": notes}))
    records, aside, _ = await read(*bodies.chunks(body, 65536))
    assert ([one.name for one in records], aside) == (["a", "big", "b"], [])


UNFIT: list[tuple[bytes, str, str]] = [
    (raw("bad", status={"capacity": {"storage": "lots"}}), "bad", "'lots' is not a quantity"),
    (bodies.piece(1, bodies.piece(3, b"shop")), "", "it has no name"),
    (b"", "", "it has no name"),
    (b"\xff\xff\xff", "", "Error parsing"),
    (bodies.piece(1, bodies.piece(1, b"bad")) + b"\x12\x7f", "", "Error parsing"),
    (bodies.piece(1, bodies.piece(1, b"bad") + bodies.piece(8, b"\x0a")), "bad", "Error parsing"),
    (bodies.piece(1, bodies.piece(1, b"bad") + bodies.piece(8, bodies.count(1, 1 << 60))), "bad", ""),
    (bodies.piece(1, bodies.piece(1, b"bad")) + bodies.piece(3, b"\xff"), "bad", "Error parsing"),
]


@pytest.mark.parametrize(("unfit", "name", "reason"), UNFIT)
async def test_one_object_that_does_not_fit_costs_only_itself(unfit: bytes, name: str, reason: str) -> None:
    records, aside, last = await read(listed(raw("a"), unfit, raw("b")))
    assert [one.name for one in records] == ["a", "b"]
    assert [one.name for one in aside] == [name]
    assert reason in aside[0].reason
    assert aside[0].reason
    assert last.resource_version == "5"


async def test_a_field_of_another_wire_type_is_one_that_nobody_knows() -> None:
    odd = bodies.piece(1, bodies.piece(1, b"x") + bodies.count(3, 7) + bodies.piece(6, b"9"))
    records, aside, _ = await read(listed(odd))
    assert not aside
    assert (records[0].namespace, records[0].resource_version) == ("", "9")


async def test_fields_of_the_list_that_nobody_knows_are_passed_over() -> None:
    inner = bodies.raw_list([raw("a")]) + bodies.UNKNOWN_FIELD + bodies.piece(2, raw("b")) + bodies.piece(3, b"more")
    records, aside, _ = await read(*bodies.chunks(bodies.envelope(LIST, inner), 7))
    assert ([one.name for one in records], aside) == (["a", "b"], [])


async def test_the_metadata_may_stand_behind_the_objects() -> None:
    inner = bodies.piece(2, raw("a")) + bodies.piece(1, bodies.piece(2, b"42"))
    records, _, last = await read(bodies.envelope(LIST, inner))
    assert ([one.name for one in records], last.resource_version) == (["a"], "42")


BODY = listed(raw("a"), raw("b"))
AFTER_ENVELOPE = len(bodies.MAGIC + bodies.piece(1, bodies.type_meta(LIST)))


def with_length(size: int) -> bytes:
    """A list that says of its second object that it is so long."""
    inner = bodies.raw_list([raw("a")]) + b"\x12" + bodies.varint(size)
    head = bodies.MAGIC + bodies.piece(1, bodies.type_meta(LIST)) + b"\x12" + bodies.varint(len(inner) + (1 << 40))
    return head + inner + b"x" * 100


BROKEN: list[tuple[bytes, str]] = [
    (b"", "breaks off"),
    (b"k8s", "breaks off"),
    (BODY[:AFTER_ENVELOPE], "breaks off"),
    (BODY[: AFTER_ENVELOPE + 3], "breaks off"),
    (BODY[:-20], "breaks off"),
    (b'{"kind":"PersistentVolumeClaimList"}', "not in the protobuf"),
    (b"<html>Sign in</html>", "not in the protobuf"),
    (bodies.envelope("PodList", bodies.raw_list([])), "is a PodList, not a PersistentVolumeClaimList"),
    (bodies.envelope("Status", bodies.status(500, "InternalError", "no")), "is a Status"),
    (bodies.MAGIC + bodies.piece(2, bodies.raw_list([])), "without a kind"),
    (bodies.MAGIC + b"\x08\x01", "wire type 0"),
    (bodies.MAGIC + b"\x0a" + bodies.varint(1 << 40), "an envelope of"),
    (bodies.MAGIC + b"\xff" * 12, "more than ten bytes"),
    (with_length(1 << 36), "an object of 68719476736 bytes"),
    (with_length((1 << 64) - 1), "bytes"),
    (bodies.envelope(LIST, bodies.piece(2, raw("a")) + b"\x12\x7fxyz"), "longer than the list"),
    (bodies.envelope(LIST, bodies.raw_list([]) + b"\x13"), "wire type 3"),
    (bodies.envelope(LIST, bodies.raw_list([]) + b"\x02\x01x"), "without a number"),
    (bodies.envelope(LIST, bodies.piece(1, b"\xff")), "version"),
]


@pytest.mark.parametrize(("body", "said"), BROKEN)
async def test_a_body_that_is_no_list_or_breaks_off_is_lost(body: bytes, said: str) -> None:
    for size in (1, 10, len(body) + 1):
        with pytest.raises(ConnectionLost, match=said):
            await parts_of(*bodies.chunks(body, size))


async def test_what_was_whole_before_the_break_is_given() -> None:
    parts = ProtobufCodec(KINDS[CLAIM], Habits()).read_list(ScriptedAnswer(Reply((BODY[: -len(raw("b"))], CUT))))
    assert [one.name for one in (await anext(parts)).records] == ["a"]
    with pytest.raises(ConnectionLost, match="reset"):
        await anext(parts)


@given(st.binary(max_size=80))
def test_any_bytes_end_in_a_list_or_in_a_lost_connection(noise: bytes) -> None:
    for body in (noise, bodies.MAGIC + noise, bodies.envelope(LIST, noise)):
        with contextlib.suppress(ConnectionLost):
            assert asyncio.run(parts_of(body))[-1].resource_version is not None


@given(st.integers(0, len(BODY) - 1), st.integers(0, 255))
def test_one_wrong_byte_costs_no_more_than_the_list(place: int, byte: int) -> None:
    try:
        records, aside, _ = asyncio.run(read(BODY[:place] + bytes([byte]) + BODY[place + 1 :]))
    except ConnectionLost:
        return
    assert len(records) + len(aside) <= 3


async def test_a_length_that_is_nonsense_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protobuf_frames, "LONGEST", 1 << 20)
    with pytest.raises(ConnectionLost, match="an object of 1048577 bytes"):
        await parts_of(with_length((1 << 20) + 1))


async def test_the_loop_breathes_while_a_large_list_is_read() -> None:
    habits, turns = Habits(), 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    body = bodies.list_body(CLAIM, [claim_wire(f"data-{number}") for number in range(3000)])
    task = asyncio.create_task(turn())
    codec = ProtobufCodec(KINDS[CLAIM], habits)
    seen = [turns async for _ in codec.read_list(ScriptedAnswer(Reply((body,))))]
    task.cancel()
    assert len(set(seen)) >= 3


async def test_lists_of_two_kinds_are_read_in_turns() -> None:
    habits, order = Habits(), []
    wires: list[Json] = [claim_wire(f"data-{number}") for number in range(2000)]
    body = bodies.list_body(CLAIM, wires)

    async def one(name: str) -> None:
        async for _ in ProtobufCodec(KINDS[CLAIM], habits).read_list(ScriptedAnswer(Reply((body,)))):
            order.append(name)  # noqa: PERF401 - the order of both is what counts

    await asyncio.gather(one("a"), one("b"))
    changes = sum(first != second for first, second in pairwise(order))
    assert changes >= 4, "one of them had to wait for the whole of the other"
