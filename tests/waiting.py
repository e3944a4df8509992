"""Waiting for what a test is about, with a bound."""

import asyncio
from collections.abc import Callable

from storagetui.frame import Frame
from storagetui.session import Session


async def frame_with(session: Session, holds: Callable[[Frame], object], within_s: float = 60.0) -> Frame:
    """The first Frame of which it holds, now or later; raises TimeoutError with what there was instead."""
    try:
        async with asyncio.timeout(within_s):
            async for frame in session.frames():
                if holds(frame):
                    return frame
    except TimeoutError:
        counts = {str(kind): len(objects) for kind, objects in session.frame.cluster.objects.items() if objects}
        states = {str(feed): f"{health.state} {health.message}" for feed, health in session.frame.feeds.items()}
        raise TimeoutError(f"not within {within_s} s; frame {session.frame.number}: {counts}, {states}") from None
    raise AssertionError("frames() never ends")
