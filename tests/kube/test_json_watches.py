"""Watches in JSON: one event a line, however the lines arrive."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagetui.kube import json_codec
from storagetui.kube.codec import WatchEvent
from storagetui.kube.errors import ApiError, ConnectionLost, Gone, StatusError, TooManyRequests
from storagetui.kube.json_codec import JsonCodec
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from tests.kube.scripted import CUT, Reply, ScriptedAnswer, Step, bookmark, claim_wire, error_event, event

pytestmark = pytest.mark.looptime


async def batches_of(*steps: Step) -> tuple[list[list[WatchEvent]], ApiError | None]:
    """The batches of a watch and what ended it, if it did not end by itself."""
    codec = JsonCodec(KINDS[Kind.PERSISTENT_VOLUME_CLAIM])
    batches: list[list[WatchEvent]] = []
    try:
        async for batch in codec.read_watch(ScriptedAnswer(Reply(steps))):
            batches += [batch]
    except ApiError as error:
        return batches, error
    return batches, None


async def events_of(*steps: Step) -> list[WatchEvent]:
    batches, error = await batches_of(*steps)
    assert error is None
    return [one for batch in batches for one in batch]


def told(events: list[WatchEvent]) -> list[tuple[str, str, str]]:
    """Type, name and version of each event; a name in brackets is of an object set aside."""
    names = (f"[{one.set_aside.name}]" if one.set_aside else one.record.name if one.record else "" for one in events)
    return [(one.type, name, one.resource_version) for one, name in zip(events, names, strict=True)]


STREAM = b"".join(
    [
        event("ADDED", claim_wire("data-0", "1")),
        event("MODIFIED", claim_wire("data-ü-🦀", "2", metadata={"name": "data-ü-🦀", "resourceVersion": "2"})),
        bookmark("3"),
        event("MODIFIED", claim_wire("bad", "4", status={"capacity": {"storage": "much"}})),
        event("DELETED", claim_wire("data-0", "5")),
    ]
)
TOLD = [
    ("ADDED", "data-0", "1"),
    ("MODIFIED", "data-ü-🦀", "2"),
    ("BOOKMARK", "", "3"),
    ("MODIFIED", "[bad]", "4"),
    ("DELETED", "data-0", "5"),
]


async def test_events_and_bookmarks_arrive_in_order() -> None:
    events = await events_of(STREAM)
    assert told(events) == TOLD
    assert isinstance(events[0].record, PersistentVolumeClaim)
    assert "'much' is not a quantity" in (events[3].set_aside.reason if events[3].set_aside else "")


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_lines_may_be_cut_anywhere(cuts: list[int]) -> None:
    places = sorted({0, len(STREAM), *cuts})
    chunks = [STREAM[start:end] for start, end in pairwise(places)]
    assert told(asyncio.run(events_of(*chunks))) == TOLD


def test_a_chunk_may_be_a_byte() -> None:
    assert told(asyncio.run(events_of(*(bytes([byte]) for byte in STREAM)))) == TOLD


async def test_a_batch_is_what_arrived_together() -> None:
    one, two, three = (event("ADDED", claim_wire(f"data-{number}")) for number in range(3))
    batches, _ = await batches_of(one + two[:30], two[30:], three)
    assert [len(batch) for batch in batches] == [1, 1, 1]
    batches, _ = await batches_of(one + two + three)
    assert [len(batch) for batch in batches] == [3]


@pytest.mark.parametrize("end", [b"", STREAM[:40], b"\n", b"\r\n", b"  \n\n"])
async def test_what_is_unfinished_at_the_end_is_no_event_and_empty_lines_are_none(end: bytes) -> None:
    assert told(await events_of(STREAM + end)) == TOLD


async def test_a_cut_in_mid_line_is_a_lost_connection_after_the_whole_events() -> None:
    batches, error = await batches_of(STREAM + STREAM[:100], CUT)
    assert told(batches[0]) == TOLD
    assert isinstance(error, ConnectionLost)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (error_event(410, "Expired", "too old resource version: 1 (2)"), Gone),
        (error_event(410, "Gone", "gone"), Gone),
        (error_event(504, "Timeout", "Timeout: Too large resource version: 9, current: 3"), Gone),
        (error_event(429, "TooManyRequests", "please wait"), TooManyRequests),
        (error_event(500, "InternalError", "etcd is away"), StatusError),
    ],
)
async def test_an_error_event_is_raised_after_the_events_before_it(line: bytes, kind: type[StatusError]) -> None:
    batches, error = await batches_of(STREAM + line + STREAM)
    assert [told(batch) for batch in batches] == [TOLD]
    assert type(error) is kind
    assert str(error)


@pytest.mark.parametrize(
    "line",
    [
        b"<html>busy</html>\n",
        b"upstream connect error\n",
        b'{"type": "ADDED"}\n',
        b'{"type": 7, "object": {}}\n',
        b'{"type": "ERROR", "object": {"code": "many"}}\n',
        b"[]\n",
        STREAM[:60] + b"\n",
    ],
)
async def test_a_line_that_is_no_event_ends_the_watch_after_those_before_it(line: bytes) -> None:
    batches, error = await batches_of(STREAM + line + STREAM)
    assert [told(batch) for batch in batches] == [TOLD]
    assert isinstance(error, ConnectionLost)
    assert "no event" in str(error)
    assert len(str(error)) < 200


async def test_a_type_of_event_that_nobody_knew_is_passed_over() -> None:
    events = await events_of(event("SYNCED", claim_wire("data-9", "9")) + STREAM)
    assert told(events) == TOLD


@pytest.mark.parametrize("type_", ["ADDED", "MODIFIED", "DELETED"])
async def test_an_object_of_another_kind_is_passed_over_whatever_it_is_called(type_: str) -> None:
    table = {"kind": "Table", "metadata": {"resourceVersion": "8"}, "rows": []}
    pod = claim_wire("data-0", "9", kind="Pod", status={"phase": {}})
    assert await events_of(event(type_, table) + event(type_, pod)) == []


@pytest.mark.parametrize(
    ("wire", "name", "version"),
    [
        (claim_wire("bad", "4", status={"phase": {}}), "bad", "4"),
        ({"metadata": {"name": "bad", "namespace": "shop", "resourceVersion": 4}}, "bad", ""),
        ({"metadata": {"resourceVersion": "4"}}, "", "4"),
        ({"metadata": 1}, "", ""),
        ({}, "", ""),
    ],
)
async def test_an_object_that_does_not_fit_keeps_its_place_in_the_stream(
    wire: dict[str, object], name: str, version: str
) -> None:
    good = event("ADDED", claim_wire("good", "5"))
    assert told(await events_of(event("ADDED", wire) + good)) == [
        ("ADDED", f"[{name}]", version),
        ("ADDED", "good", "5"),
    ]


async def test_a_line_of_megabytes_is_an_event_like_any_other() -> None:
    notes = {"note": "x" * (8 << 20)}
    big = event("ADDED", claim_wire("big", metadata={"name": "big", "resourceVersion": "2", "annotations": notes}))
    chunks = [big[start : start + 65536] for start in range(0, len(big), 65536)]
    assert told(await events_of(*chunks, bookmark("3"))) == [("ADDED", "big", "2"), ("BOOKMARK", "", "3")]


async def test_a_line_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_codec, "_LONGEST_LINE", 1 << 20)
    batches, error = await batches_of(STREAM, *([b"x" * 65536] * 20))
    assert told(batches[0]) == TOLD
    assert isinstance(error, ConnectionLost)
    assert "1 MiB" in str(error)


async def test_what_repeats_is_shared_between_events() -> None:
    metadata = {"labels": {"app": "database"}, "namespace": "shop", "resourceVersion": "1"}
    lines = [event("ADDED", claim_wire("", metadata={**metadata, "name": name})) for name in ("a", "b")]
    first, second = (one.record for one in await events_of(*lines))
    assert first is not None
    assert second is not None
    assert first.namespace is second.namespace
    assert first.labels is second.labels


async def test_the_loop_breathes_between_batches() -> None:
    codec = JsonCodec(KINDS[Kind.PERSISTENT_VOLUME_CLAIM])
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(turn())
    seen = [turns async for _ in codec.read_watch(ScriptedAnswer(Reply((STREAM,) * 5)))]
    task.cancel()
    assert len(set(seen)) == 5
