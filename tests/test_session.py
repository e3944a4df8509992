"""A session as a whole: findings that come and go in time, reads, and its end."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

from storagetui.actions.plan import Verb
from storagetui.kube.errors import NotFound
from storagetui.model.change import Feed, FeedHealth, FeedState
from storagetui.model.keys import Key, Kind
from storagetui.session import Session
from storagetui.settings import Settings, Thresholds
from tests.build import claim, storage_class
from tests.kube.scripted import claim_wire
from tests.source import Reader, ScriptedSource, session_on

PENDING = claim("shop/data", phase="Pending", age=10.0)
CLASS = storage_class("fast", binding="Immediate")


def codes(session: Session) -> list[str]:
    return [finding.code for found in session.frame.findings.values() for finding in found]


async def test_a_finding_comes_when_its_time_has_come_although_nothing_happens(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session, Reader(session) as reader:
        source.put(PENDING, CLASS)
        source.all_live()
        await asyncio.sleep(19.5)
        assert "pvc-idle-namespace" not in codes(session)
        quiet = len(reader.frames)
        await asyncio.sleep(1.0)
        assert "pvc-idle-namespace" in codes(session)
        assert len(reader.frames) == quiet + 1
        assert reader.times[-1] == pytest.approx(20.0, abs=0.01)
        assert reader.frames[-1].rediagnosed == {PENDING.key}
        assert reader.frames[-1].changed == frozenset()
        source.put(claim("shop/data", volume="pv-1", metadata={"resourceVersion": "2"}))
        await asyncio.sleep(0.2)
        assert "pvc-idle-namespace" not in codes(session)


async def test_thresholds_are_the_users(tmp_path: Path) -> None:
    source = ScriptedSource()
    patient = Settings(thresholds=Thresholds(claim_pending_s=120))
    async with session_on(source, tmp_path, settings=patient) as session:
        source.put(PENDING, CLASS)
        source.all_live()
        await asyncio.sleep(109.0)
        assert "pvc-idle-namespace" not in codes(session)
        await asyncio.sleep(2.0)
        assert "pvc-idle-namespace" in codes(session)


async def test_time_alone_makes_few_frames(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session, Reader(session) as reader:
        source.put(PENDING, CLASS)
        source.all_live()
        await asyncio.sleep(24 * 3600.0)
        assert len(reader.frames) < 20
        assert "pvc-idle-namespace" in codes(session)


async def test_what_a_feed_said_before_it_fell_silent_is_not_taken_for_now(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session:
        source.put(PENDING, CLASS)
        source.all_live()
        await asyncio.sleep(5.0)
        claims = Feed(Kind.PERSISTENT_VOLUME_CLAIM)
        source.say(FeedHealth(feed=claims, state=FeedState.STALE, message="refused", was_listed=True))
        await asyncio.sleep(60.0)
        assert "pvc-idle-namespace" not in codes(session)


async def test_an_object_is_read_whole_or_as_a_record(tmp_path: Path) -> None:
    source = ScriptedSource()
    here, missing = Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "data"), Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "none")
    source.objects[here] = claim_wire("data", "7")
    async with session_on(source, tmp_path) as session:
        assert json.loads(await session.read(here))["metadata"]["resourceVersion"] == "7"
        record = await session.read_record(here)
        assert record is not None
        assert (record.key, record.resource_version) == (here, "7")
        assert await session.read_record(missing) is None
        with pytest.raises(NotFound, match="none not found"):
            await session.read(missing)


async def test_an_object_is_saved_for_its_owner_alone(tmp_path: Path) -> None:
    source = ScriptedSource()
    here = Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "data")
    source.objects[here] = claim_wire("data", "7")
    async with session_on(source, tmp_path) as session:
        where = Path(await session.save(here, "data.json"))
    assert where.is_relative_to(tmp_path)
    check_saved(where)


def check_saved(where: Path) -> None:
    assert json.loads(where.read_bytes()) == claim_wire("data", "7")
    assert stat.S_IMODE(where.stat().st_mode) == 0o600


async def test_rights_are_the_servers_to_tell(tmp_path: Path) -> None:
    async with session_on(ScriptedSource(), tmp_path) as session:
        assert await session.may(Verb.DELETE, Key(Kind.POD, "shop", "a")) == (True, "delete of Pod")
        assert (await session.may(Verb.PATCH, Key(Kind.NODE, "", "a")))[0] is False


class BrokenSource(ScriptedSource):
    """A source with a fault of ours in it."""

    async def run(self, emit: object) -> None:
        await asyncio.sleep(1.0)
        raise ZeroDivisionError("a fault")


async def test_a_fault_of_ours_ends_the_session_with_all_it_started(tmp_path: Path) -> None:
    session = Session(BrokenSource(), Settings(), (), tmp_path)
    with pytest.raises(ExceptionGroup) as raised:
        await session.run()
    assert isinstance(raised.value.exceptions[0], ZeroDivisionError)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_two_sessions_know_nothing_of_each_other(tmp_path: Path) -> None:
    one, other = ScriptedSource(), ScriptedSource()
    async with session_on(one, tmp_path / "a") as first, session_on(other, tmp_path / "b") as second:
        one.put(claim("shop/data"))
        await asyncio.sleep(0.2)
        assert len(first.frame.cluster.objects[Kind.PERSISTENT_VOLUME_CLAIM]) == 1
        assert second.frame.number == 0


async def test_a_reader_that_leaves_costs_nothing(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session:
        async with Reader(session):
            pass
        frames = session.frames()
        await anext(frames)
        await frames.aclose()  # type: ignore[attr-defined]  # frames is an async generator
        source.put(claim("shop/data"))
        await asyncio.sleep(0.2)
        assert session.frame.number == 1
