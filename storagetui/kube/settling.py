"""When a watch that goes on after trouble has caught up: the server does not say, so that a pause must tell."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

QUIET_S, LONGEST_S = 0.25, 5.0
"""What was missed comes without a pause; where events never pause, it has come after the longest time."""
T = TypeVar("T")


async def settling(batches: AsyncIterator[T]) -> AsyncGenerator[T | None]:
    """The batches, and among them one None: when nothing has come for a moment, or after the longest time."""
    clock = asyncio.get_running_loop().time
    end = clock() + LONGEST_S
    step = asyncio.ensure_future(_next(batches))
    try:
        while True:
            done, _ = await asyncio.wait({step}, timeout=max(0.0, min(QUIET_S, end - clock())))
            settled = not done or clock() >= end
            if settled:
                yield None
            several = await step
            for batch in several:
                yield batch
            if not several:
                return
            if settled:
                break
            step = asyncio.ensure_future(_next(batches))
    finally:
        if not step.done():
            step.cancel()
            await asyncio.wait({step})
    async for batch in batches:
        yield batch


async def _next(batches: AsyncIterator[T]) -> list[T]:
    """The next batch; none at the end."""
    async for batch in batches:
        return [batch]
    return []
