"""Lists in JSON: parts, metadata, and objects that do not fit."""

import asyncio
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagetui.kube.codec import ListPart
from storagetui.kube.errors import ConnectionLost
from storagetui.kube.json_codec import JsonCodec
from storagetui.model.base import Record
from storagetui.model.change import SetAside
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from tests.kube.scripted import CUT, Json, Reply, ScriptedAnswer, Step, claim_wire, encoded, page

pytestmark = pytest.mark.looptime


async def parts_of(reply: Reply, kind: Kind = Kind.PERSISTENT_VOLUME_CLAIM) -> list[ListPart]:
    codec = JsonCodec(KINDS[kind])
    return [part async for part in codec.read_list(ScriptedAnswer(reply))]


async def read(*steps: Step) -> tuple[list[Record], list[SetAside]]:
    parts = await parts_of(Reply(steps))
    return [one for part in parts for one in part.records], [one for part in parts for one in part.set_aside]


def listed(*items: object, **over: Any) -> bytes:
    return encoded({"kind": "PersistentVolumeClaimList", "metadata": {"resourceVersion": "9"}, "items": items, **over})


async def test_a_list_comes_in_parts_and_the_last_one_carries_its_metadata() -> None:
    wires = [claim_wire(f"data-{number}") for number in range(250)]
    parts = await parts_of(page(wires, "77", token="next", remaining=1000))
    assert [len(part.records) for part in parts] == [100, 100, 50]
    assert [part.resource_version for part in parts] == ["", "", "77"]
    assert [part.continue_token for part in parts] == ["", "", "next"]
    assert [part.remaining for part in parts] == [None, None, 1000]
    assert [one.name for part in parts for one in part.records] == [f"data-{number}" for number in range(250)]


@pytest.mark.parametrize("items", [{"items": None}, {"items": []}, {}])
async def test_an_empty_list_is_one_part(items: Json) -> None:
    body = encoded({"kind": "PersistentVolumeClaimList", "metadata": {"resourceVersion": "5"}, **items})
    assert await parts_of(Reply((body,))) == [ListPart(records=[], resource_version="5")]


@given(st.lists(st.integers(0, 900), max_size=12))
def test_a_body_may_be_cut_anywhere(cuts: list[int]) -> None:
    wires = [claim_wire("data-ü-🦀", metadata={"name": "data-ü-🦀", "labels": {"größe": "é"}}), claim_wire("other")]
    (body,) = page(wires, "7").body
    assert isinstance(body, bytes)
    places = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    chunks = [body[start:end] for start, end in pairwise(places)]
    assert asyncio.run(parts_of(Reply(tuple(chunks)))) == asyncio.run(parts_of(Reply((body,))))


UNFIT: list[tuple[object, str, str]] = [
    (claim_wire("bad", status={"capacity": {"storage": "lots"}}), "bad", "'lots' is not a quantity"),
    (claim_wire("bad", status={"phase": 7}), "bad", "Expected `str | null`, got `int`"),
    (claim_wire("bad", metadata={"name": "bad", "creationTimestamp": "2026-01-15T14:02:11"}), "bad", "timezone"),
    ({"metadata": {"namespace": "shop"}}, "", "it has no name"),
    ({"kind": "Pod", "metadata": {"name": "db-0"}}, "db-0", "it is a Pod, not a PersistentVolumeClaim"),
    ({}, "", "it has no name"),
    (None, "", "Expected `object`, got `null`"),
    ("a text", "", "Expected `object`, got `str`"),
    ([], "", "Expected `object`, got `array`"),
    ({"metadata": []}, "", "Expected `object | null`, got `array`"),
    ({"metadata": {"name": 7, "namespace": "shop"}}, "", "Expected `str | null`, got `int`"),
]


@pytest.mark.parametrize(("unfit", "name", "reason"), UNFIT)
async def test_one_object_that_does_not_fit_costs_only_itself(unfit: object, name: str, reason: str) -> None:
    records, aside = await read(listed(claim_wire("a"), unfit, claim_wire("b")))
    assert [one.name for one in records] == ["a", "b"]
    assert [one.name for one in aside] == [name]
    assert reason in aside[0].reason


async def test_text_that_is_not_utf8_costs_only_its_object() -> None:
    body = listed(claim_wire("a"), claim_wire("bad", status={"phase": "PHASE"}), claim_wire("b"))
    records, aside = await read(body.replace(b"PHASE", b"\xff\xfe"))
    assert [one.name for one in records] == ["a", "b"]
    assert aside[0].name == "bad"


async def test_an_object_without_a_namespace_is_set_aside_under_its_name() -> None:
    wire = {"metadata": {"name": "pv-1"}, "spec": {"capacity": {"storage": "?"}}}
    parts = await parts_of(
        Reply((encoded({"metadata": {"resourceVersion": "1"}, "items": [wire]}),)), Kind.PERSISTENT_VOLUME
    )
    assert [(one.namespace, one.name) for one in parts[0].set_aside] == [("", "pv-1")]


async def test_unknown_fields_and_words_are_no_trouble() -> None:
    wire = claim_wire("a", status={"phase": "Dreaming", "new": [{"x": None}]}, surprise=[1, [2, {"metadata": 3}]])
    records, aside = await read(listed(wire, future={"a": 1}))
    assert not aside
    assert isinstance(records[0], PersistentVolumeClaim)
    assert records[0].phase == "Dreaming"


async def test_items_of_custom_resources_carry_their_kind() -> None:
    wire = {
        "kind": "VolumeSnapshot",
        "apiVersion": "snapshot.storage.k8s.io/v1",
        "metadata": {"name": "s", "namespace": "shop"},
    }
    body = encoded({"kind": "VolumeSnapshotList", "metadata": {"resourceVersion": "1"}, "items": [wire]})
    parts = await parts_of(Reply((body,)), Kind.VOLUME_SNAPSHOT)
    assert [one.name for one in parts[0].records] == ["s"]


BODY = listed(claim_wire("a"), claim_wire("b"))


@pytest.mark.parametrize(
    "body",
    [
        BODY[:-20],
        BODY[: len(BODY) // 2],
        b"",
        b"<html><body>Sign in to continue</body></html>",
        b"[1, 2]",
        b'{"kind": "Table", "metadata": {"resourceVersion": "9"}, "rows": []}',
        b'{"kind": "Status", "code": 200}',
        b'{"kind": "PersistentVolumeClaimList", "items": 7}',
        b'{"metadata": null, "items": []}',
    ],
)
async def test_what_is_no_whole_list_is_a_lost_connection_and_not_an_empty_list(body: bytes) -> None:
    with pytest.raises(ConnectionLost, match=r"breaks off or is no list in JSON|not a list"):
        await read(body)


async def test_a_body_that_breaks_off_says_so() -> None:
    with pytest.raises(ConnectionLost, match="reset"):
        await read(BODY[:50], CUT)


async def test_objects_nested_beyond_reason_do_not_end_the_program() -> None:
    depth = 100_000
    body = BODY[:-1] + b', "deep": ' + b"[" * depth + b"]" * depth + b"}"
    with pytest.raises(ConnectionLost, match="no list in JSON"):
        await read(body)


async def test_the_loop_breathes_between_slices_of_a_long_list() -> None:
    codec = JsonCodec(KINDS[Kind.PERSISTENT_VOLUME_CLAIM])
    reply = page([claim_wire(f"data-{number}") for number in range(500)], "1")
    breaths = 0

    async def breathe() -> None:
        nonlocal breaths
        while True:
            breaths += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(breathe())
    seen = [breaths async for _ in codec.read_list(ScriptedAnswer(reply))]
    task.cancel()
    assert len(set(seen)) == len(seen) == 5


async def test_pages_of_several_kinds_are_decoded_one_at_a_time() -> None:
    lock = asyncio.Lock()
    codec = JsonCodec(KINDS[Kind.PERSISTENT_VOLUME_CLAIM], lock)
    async with lock:
        reading = asyncio.ensure_future(anext(codec.read_list(ScriptedAnswer(page([claim_wire("a")], "1")))))
        await asyncio.sleep(1.0)
        assert not reading.done()
    assert [one.name for one in (await reading).records] == ["a"]


def test_a_list_as_the_server_prints_it_when_asked_to_be_pretty() -> None:
    body = json.dumps(json.loads(BODY), indent=2).encode()
    assert asyncio.run(read(body)) == asyncio.run(read(BODY))
