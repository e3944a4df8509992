"""What conftest promises every test."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import looptime
import pytest


@pytest.fixture
async def ticks() -> AsyncIterator[list[float]]:
    """The loop's time at every tick of a task that a fixture started."""
    loop = asyncio.get_running_loop()
    seen: list[float] = []

    async def tick() -> None:
        while True:
            await asyncio.sleep(600.0)
            seen.append(loop.time())

    task = loop.create_task(tick())
    yield seen
    task.cancel()


async def test_time_jumps_to_the_next_timer_in_fixtures_too(ticks: list[float]) -> None:
    begun = asyncio.get_running_loop().time()
    await asyncio.sleep(3601.0)
    assert asyncio.get_running_loop().time() == begun + 3601.0
    assert len(ticks) == 6


@pytest.mark.looptime(start=100)
async def test_the_mark_of_looptime_may_still_be_used() -> None:
    assert asyncio.get_running_loop().time() == 100


@pytest.mark.realtime
async def test_time_is_real_where_it_is_asked_for() -> None:
    loop = asyncio.get_running_loop()
    assert not isinstance(loop, looptime.LoopTimeEventLoop) or not loop.looptime_on


def test_nobody_lives_here(empty_home: Path) -> None:
    assert Path.home() == empty_home
    assert not [name for name in os.environ if name.lower().endswith("_proxy") or name.startswith("TEXTUAL")]


def test_nothing_leaves_the_machine() -> None:
    with socket.socket() as one, pytest.raises(ConnectionRefusedError, match="stay on this machine"):
        one.connect(("192.0.2.1", 80))
    with pytest.raises(socket.gaierror, match="stay on this machine"):
        socket.getaddrinfo("kubernetes.io", 443)
