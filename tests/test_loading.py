"""What a session does while lists come in: how often it publishes, when it thinks, and when it imports the rules."""

import asyncio
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from storagetui import session as session_module
from storagetui.feeds import base_feeds, object_feeds
from storagetui.model.change import Feed, FeedHealth, FeedState
from storagetui.model.keys import Kind
from storagetui.session import Session
from storagetui.settings import Settings
from tests.build import claim, storage_class
from tests.source import Reader, ScriptedSource, listed, session_on

CLAIMS, PODS = Feed(Kind.PERSISTENT_VOLUME_CLAIM), Feed(Kind.POD)
PENDING, CLASS = claim("shop/data", phase="Pending", age=3600.0), storage_class("fast", binding="Immediate")


def all_but_pods(source: ScriptedSource) -> None:
    """Pods have begun to come in; all else has come."""
    source.put(PENDING, CLASS)
    live = (FeedHealth(feed=feed, state=FeedState.LIVE, was_listed=True) for feed in source.wanted if feed != PODS)
    source.say(*live, FeedHealth(feed=PODS, state=FeedState.LISTING))


async def coming(source: ScriptedSource, seconds: float, every_s: float) -> None:
    for number in range(round(seconds / every_s)):
        source.say(FeedHealth(feed=PODS, state=FeedState.LISTING, listed=number))
        await asyncio.sleep(every_s)


async def test_while_lists_come_in_there_are_five_frames_a_second_after_the_first_rows(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session, Reader(session) as reader:
        await coming(source, 3.0, 0.02)
    gaps = [later - earlier for earlier, later in pairwise(reader.times)]
    assert gaps[:2] == pytest.approx([0.0, 0.1], abs=0.03)
    assert gaps[2:] == pytest.approx([0.2] * len(gaps[2:]), abs=0.03)
    assert len(gaps) > 12


async def test_a_list_that_is_complete_is_shown_soon(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session, Reader(session) as reader:
        await coming(source, 1.0, 0.02)
        latest = reader.times[-1]
        source.say(*listed(CLAIMS, PENDING))
        await asyncio.sleep(0.045)
        assert reader.frames[-1].feeds[CLAIMS].state is FeedState.LIVE
        assert reader.times[-1] >= latest + 0.04


async def test_findings_wait_for_a_list_that_makes_progress(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session, Reader(session) as reader:
        all_but_pods(source)
        await coming(source, 8.0, 0.5)
        assert not session.frame.findings
        source.say(*listed(PODS))
        await asyncio.sleep(0.3)
        assert session.frame.findings.get(PENDING.key)
        assert len([frame for frame in reader.frames if frame.rediagnosed]) == 1


async def test_findings_wait_four_seconds_for_a_list_that_has_stopped(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session:
        all_but_pods(source)
        await asyncio.sleep(3.9)
        assert not session.frame.findings
        await asyncio.sleep(0.3)
        assert session.frame.findings.get(PENDING.key)


async def test_findings_wait_fifteen_seconds_at_most(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session:
        all_but_pods(source)
        await coming(source, 14.5, 0.5)
        assert not session.frame.findings
        await coming(source, 1.0, 0.5)
        assert session.frame.findings.get(PENDING.key)


def hasty(source: ScriptedSource, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session that has yet to import what it thinks with."""
    monkeypatch.setattr(session_module, "_ENGINE", "tests.bench.objects")
    monkeypatch.delitem(sys.modules, "tests.bench.objects", raising=False)
    return Session(source, Settings(), (), folder, is_hasty=True)


async def thinking(source: ScriptedSource) -> None:
    """Wait until the events that the rules read are asked for."""
    async with asyncio.timeout(30):
        while source.wanted != list(base_feeds()):  # noqa: ASYNC110 - a thread does the work
            await asyncio.sleep(0.05)


async def test_the_rules_are_imported_when_the_claims_have_come_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ScriptedSource()
    session = hasty(source, tmp_path, monkeypatch)
    work = asyncio.create_task(session.run())
    await asyncio.sleep(0.5)
    assert source.wanted == list(object_feeds())
    source.say(*listed(CLAIMS, PENDING))
    await thinking(source)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


@pytest.mark.parametrize("is_forbidden", [True, False])
async def test_the_rules_do_not_wait_for_claims_that_do_not_come(
    is_forbidden: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ScriptedSource()
    session = hasty(source, tmp_path, monkeypatch)
    work = asyncio.create_task(session.run())
    if is_forbidden:
        source.say(FeedHealth(feed=CLAIMS, state=FeedState.FORBIDDEN, message="no"))
    await thinking(source)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_no_frame_looks_as_if_nothing_were_wrong_before_anybody_has_thought(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ScriptedSource()
    session = hasty(source, tmp_path, monkeypatch)
    work = asyncio.create_task(session.run())
    async with Reader(session) as reader:
        source.put(PENDING, CLASS)
        source.all_live()
        await thinking(source)
        source.all_live()
        await asyncio.sleep(1.0)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    settled = [one for one in reader.frames if one.feeds and all(health.was_listed for health in one.feeds.values())]
    assert settled
    assert all(one.findings.get(PENDING.key) for one in settled)
