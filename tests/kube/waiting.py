"""Waiting for what another process or the system does, with a bound."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until something holds; TimeoutError when it does not."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 (nothing on this loop makes it true)
            await asyncio.sleep(0.02)


def runs(process: int) -> bool:
    """Whether a process is there and not merely waiting for somebody to collect it."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True
