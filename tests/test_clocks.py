"""Ages and thresholds are right although the clocks of this machine and of the cluster differ."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random

import pytest

from storagetui.frame import Frame
from storagetui.kube.api import Request
from storagetui.live import LiveSource
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.session import Session
from storagetui.settings import Settings
from storagetui.view.header import clock_line, feed_lines
from storagetui.view.tables import table
from tests.build import NOW, stamp
from tests.kube.scripted import Reply, ScriptedApi, claim_wire, page, quiet
from tests.source import IDENTITY

MINUTES = timedelta(minutes=10)


class Clocks:
    """A cluster whose clock shows NOW when the loop's shows zero, and a machine whose clock is ahead of it."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead
        self._begun = asyncio.get_running_loop().time()

    def theirs(self) -> datetime:
        return NOW + timedelta(seconds=asyncio.get_running_loop().time() - self._begun)

    def ours(self) -> datetime:
        return self.theirs() + self.ahead

    def answer(self, request: Request) -> Reply:
        if request.path == "/version":
            return Reply((b"{}",), headers={"Date": format_datetime(self.theirs(), usegmt=True)})
        if ("watch", "true") in request.query:
            return quiet()
        if not request.path.endswith("persistentvolumeclaims"):
            return page([], "5")
        wire = claim_wire("data", "3")
        wire["metadata"] |= {"creationTimestamp": stamp(10.0)}
        wire["status"] = {"phase": "Pending"}
        return page([wire], "5")


@asynccontextmanager
async def watched(clocks: Clocks, folder: Path) -> AsyncIterator[Session]:
    """A session on the cluster, read by the machine's clock alone."""
    source = LiveSource(ScriptedApi(clocks.answer), IDENTITY, random=Random(1), ours=clocks.ours)
    session = Session(source, Settings(), (), folder)
    work = asyncio.create_task(session.run())
    try:
        yield session
        assert not work.done(), work
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


def cells(session: Session) -> list[str]:
    """What the table of claims shows."""
    (claim,) = session.frame.cluster.all(PersistentVolumeClaim).values()
    columns = table("claims").columns
    return [column.cell(claim, session.frame, session.now()).text for column in columns]


async def story(ahead: timedelta, folder: Path) -> tuple[list[str], list[tuple[float, tuple[str, ...]]]]:
    """What the cells show after a minute, and when findings came."""
    came: list[tuple[float, tuple[str, ...]]] = []
    async with watched(Clocks(ahead), folder) as session:
        for second in range(0, 130):
            await asyncio.sleep(1.0)
            codes = tuple(sorted(one.code for found in session.frame.findings.values() for one in found))
            if not came or came[-1][1] != codes:
                came.append((second, codes))
        return cells(session), came


@pytest.mark.parametrize("ahead", [MINUTES, -MINUTES, timedelta(hours=-9)])
async def test_cells_and_findings_are_those_of_clocks_that_agree(ahead: timedelta, tmp_path: Path) -> None:
    shown, came = await story(ahead, tmp_path)
    expected, expected_times = await story(timedelta(), tmp_path)
    assert shown == expected
    assert [codes for _, codes in came] == [codes for _, codes in expected_times]
    assert [moment for moment, _ in came] == pytest.approx([moment for moment, _ in expected_times], abs=2.0)


def since_s(frame: Frame) -> list[float]:
    """When the states of feeds began, in seconds of the loop."""
    return [(health.since - NOW).total_seconds() for health in frame.feeds.values() if health.since is not None]


async def test_a_clock_that_is_set_while_we_watch_changes_no_age(tmp_path: Path) -> None:
    clocks = Clocks(timedelta())
    async with watched(clocks, tmp_path) as session:
        await asyncio.sleep(30.0)
        assert clock_line(session.frame) is None
        clocks.ahead = MINUTES
        await asyncio.sleep(11.0)
        assert abs(session.now() - clocks.theirs()) < timedelta(seconds=2)
        line = clock_line(session.frame)
        assert line is not None
        assert line.text in (
            "This machine's clock is 10m ahead of the cluster's.",
            "This machine's clock is 9m59s ahead of the cluster's.",
        )
        assert line in feed_lines(session.frame, session.now())
        assert all(-3.0 < since < 3.0 for since in since_s(session.frame))
        clocks.ahead = -MINUTES
        await asyncio.sleep(11.0)
        line = clock_line(session.frame)
        assert line is not None
        assert "behind the cluster's" in line.text
        clocks.ahead = timedelta()
        await asyncio.sleep(11.0)
        assert clock_line(session.frame) is None
        assert all(-3.0 < since < 3.0 for since in since_s(session.frame))
