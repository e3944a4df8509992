"""Frames: when they come, what they hold, and that nothing is lost between them."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from storagetui import session as session_module
from storagetui.cluster.state import Cluster
from storagetui.cluster.store import Effect
from storagetui.diagnosis.engine import Findings
from storagetui.feeds import base_feeds
from storagetui.model.base import Record
from storagetui.model.change import Drop, Feed, FeedState, Put, Replace
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from tests.build import NOW, claim, pod
from tests.source import Reader, ScriptedSource, listed, session_on

CLAIMS, PODS = Feed(Kind.PERSISTENT_VOLUME_CLAIM), Feed(Kind.POD)


def numbered(number: int, version: int) -> PersistentVolumeClaim:
    return claim(f"shop/data-{number}", metadata={"resourceVersion": str(version)})


async def test_there_is_a_frame_before_anything_is_known(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session:
        assert (session.frame.number, session.frame.at, len(session.frame.findings)) == (0, NOW, 0)
        assert not session.frame.cluster.all(PersistentVolumeClaim)
        assert session.frame.cluster_id == session.identity.cluster_id == "test-cluster"
        assert source.wanted == list(base_feeds())
        async with Reader(session) as reader:
            await asyncio.sleep(5.0)
        assert [frame.number for frame in reader.frames] == [0]


async def test_the_first_change_is_published_at_once(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session, Reader(session) as reader:
        await asyncio.sleep(3.0)
        source.put(claim("shop/data"))
        await asyncio.sleep(0.001)
        assert reader.times == [0.0, 3.0]
        assert [record.name for record in session.frame.cluster.all(PersistentVolumeClaim).values()] == ["data"]
        assert session.frame.changed == {Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "data")}
        assert (session.frame.at - NOW).total_seconds() == 3.0


async def test_a_change_right_after_a_frame_waits_for_the_next_one(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session, Reader(session) as reader:
        source.put(numbered(1, 1))
        await asyncio.sleep(0.02)
        source.put(numbered(1, 2))
        source.put(numbered(1, 3))
        await asyncio.sleep(1.0)
        assert reader.times == pytest.approx([0.0, 0.0, 0.09])
        assert session.frame.cluster.get(PersistentVolumeClaim, "shop", "data-1") == numbered(1, 3)


async def storm(source: ScriptedSource, seconds: int) -> dict[Key, Record]:
    """Five thousand changes a second over a thousand objects; returns what there is in the end."""
    there: dict[Key, Record] = {}
    for step in range(seconds * 1000):
        for turn in range(5):
            number = step * 5 + turn
            record = numbered(number * 7 % 1000, number)
            if number % 11 == 3:
                source.say(Drop(CLAIMS, record.key))
                there.pop(record.key, None)
            else:
                source.put(record)
                there[record.key] = record
        await asyncio.sleep(0.001)
    return there


async def test_five_thousand_changes_a_second_make_eleven_frames_a_second_and_none_is_lost(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session, Reader(session) as reader:
        there = await storm(source, 3)
        await asyncio.sleep(0.2)
        assert dict(session.frame.cluster.all(PersistentVolumeClaim)) == there
    gaps = [later - earlier for earlier, later in pairwise(reader.times[1:])]
    assert min(gaps) >= 0.09 - 1e-6
    assert 33 <= len(reader.frames) <= 37
    assert [frame.number for frame in reader.frames] == list(range(len(reader.frames)))
    for before, after in pairwise(reader.frames):
        old, new = before.cluster.all(PersistentVolumeClaim), after.cluster.all(PersistentVolumeClaim)
        assert {key for key in {*old, *new} if old.get(key) != new.get(key)} <= after.changed


async def test_frames_never_change_after_they_were_published(tmp_path: Path) -> None:
    source = ScriptedSource()
    seen = []
    async with session_on(source, tmp_path) as session:
        session_frames = session.frames()
        task = asyncio.create_task(storm(source, 1))
        for _ in range(10):
            frame = await anext(session_frames)
            seen.append((frame, dict(frame.cluster.all(PersistentVolumeClaim)), dict(frame.feeds), frame.changed))
        await task
        source.all_live()
        source.say(Replace(CLAIMS, frozenset()))
        await asyncio.sleep(1.0)
        assert not session.frame.cluster.all(PersistentVolumeClaim)
    for frame, objects, feeds, changed in seen:
        assert dict(frame.cluster.all(PersistentVolumeClaim)) == objects
        assert (dict(frame.feeds), frame.changed) == (feeds, changed)


async def test_a_slow_reader_gets_the_latest_and_a_quick_one_all(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with (
        session_on(source, tmp_path) as session,
        Reader(session) as quick,
        Reader(session, pause_s=0.5) as slow,
    ):
        await storm(source, 2)
        await asyncio.sleep(1.0)
        assert len(quick.frames) >= 19
        assert 4 <= len(slow.frames) <= 6
        assert slow.frames[-1] is quick.frames[-1] is session.frame
        numbers = [frame.number for frame in slow.frames]
        assert numbers == sorted(set(numbers))


async def test_what_comes_and_goes_between_two_frames_is_told_as_changed(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session:
        source.put(numbered(1, 1))
        await asyncio.sleep(0.05)
        source.put(numbered(2, 1))
        source.say(Drop(CLAIMS, numbered(2, 1).key), Drop(CLAIMS, numbered(1, 1).key))
        source.put(claim("shop/data-1", metadata={"uid": "another"}))
        await asyncio.sleep(0.2)
        assert session.frame.changed == {numbered(1, 1).key, numbered(2, 1).key}
        found = session.frame.cluster.get(PersistentVolumeClaim, "shop", "data-1")
        assert found is not None
        assert found.uid == "another"


async def test_changes_that_arrive_while_a_frame_is_made_are_in_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "_BUDGET_S", -1.0)
    source = ScriptedSource()

    async def interfere() -> None:
        for number in range(50):
            source.put(numbered(number, 2))
            await asyncio.sleep(0)

    async with session_on(source, tmp_path) as session:
        source.put(*(numbered(number, 1) for number in range(500)))
        await interfere()
        await asyncio.sleep(1.0)
        objects = session.frame.cluster.all(PersistentVolumeClaim)
        assert len(objects) == 500
        assert {record.resource_version for record in objects.values() if int(record.name[5:]) < 50} == {"2"}


async def test_what_was_before_a_batch_is_what_the_frame_before_it_showed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Diagnosis follows the relations of the old record too, however often the object changed in between."""
    effects: list[Effect] = []
    update = Findings.update

    def noted(self: Findings, cluster: Cluster, effect: Effect, *rest: Any) -> Iterator[None]:
        effects.append(effect)
        return update(self, cluster, effect, *rest)

    monkeypatch.setattr(Findings, "update", noted)
    source = ScriptedSource()
    async with session_on(source, tmp_path):
        source.put(numbered(0, 1))
        await asyncio.sleep(0.05)
        source.put(numbered(0, 2), *(numbered(number, 1) for number in range(1, 300)), numbered(0, 3))
        await asyncio.sleep(0.2)
    assert [len(effect.changed) for effect in effects] == [1, 300]
    assert effects[0].previous == {numbered(0, 1).key: None}
    assert effects[1].previous[numbered(0, 1).key] == numbered(0, 1)


async def test_feeds_overlap_and_an_object_stays_while_one_of_them_shows_it(tmp_path: Path) -> None:
    source = ScriptedSource()
    here = Feed(Kind.POD, "shop")
    async with session_on(source, tmp_path, "shop") as session:
        source.say(*listed(PODS, pod("shop/a"), pod("cart/b")))
        await asyncio.sleep(0.2)
        source.say(*listed(PODS))
        await asyncio.sleep(0.2)
        assert not session.frame.cluster.objects[Kind.POD]
        source.say(Put(here, pod("shop/a")))
        await asyncio.sleep(0.2)
        assert not session.frame.cluster.objects[Kind.POD], "nobody asked for that feed"
        assert session.frame.feeds[PODS].state is FeedState.LIVE


async def test_ten_thousand_objects_arrive_in_a_few_frames(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session, Reader(session) as reader:
        source.say(*listed(CLAIMS, *(numbered(number, 1) for number in range(10_000))))
        await asyncio.sleep(0.5)
        assert len(session.frame.cluster.all(PersistentVolumeClaim)) == 10_000
        assert session.frame.feeds[CLAIMS].listed == 10_000
        assert len(reader.frames) == 2
        before = session.frame.cluster
        source.put(numbered(1, 2))
        await asyncio.sleep(0.5)
        old, new = before.objects[CLAIMS.kind], session.frame.cluster.objects[CLAIMS.kind]
        assert sum(a is not b for a, b in zip(old._shards, new._shards, strict=True)) == 1
        assert session.frame.cluster.objects[Kind.POD] is before.objects[Kind.POD]
