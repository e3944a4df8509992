"""What a session has learned about its server, and what all its feeds share."""

import asyncio
import time

from storagetui.kube.gate import Gate

_BREATH_S = 0.004
"""Seconds of work after which the loop is given a turn: the screen must not wait for more than a few of these."""


class Habits:
    """One for each session; every reflector of it is given the same one."""

    def __init__(self) -> None:
        self.decoding = asyncio.Lock()
        """Held while a page is decoded: one at a time over all kinds, so that no two stalls add up."""
        self.gate = Gate()
        """Passed by feeds on their way back after a failure: a few at one time."""
        self.received = 0
        """Bytes of lists so far."""
        self.is_slow = False
        """Whether the link turned out to be slow, so that large lists are asked for in compressed pages."""
        self._breathed = 0.0
        self._returned = asyncio.Event()

    async def rest(self, seconds: float) -> bool:
        """Wait, but no longer than until a server that was away is heard of again; returns whether it was."""
        try:
            async with asyncio.timeout(seconds):
                return await self._returned.wait()
        except TimeoutError:
            return False

    def returned(self) -> None:
        """The server that was away answers: nobody needs to rest any longer."""
        returned, self._returned = self._returned, asyncio.Event()
        returned.set()

    async def breathe(self) -> None:
        """Give the loop a turn if the last one was too long ago; to be called after every small piece of work."""
        if time.perf_counter() - self._breathed >= _BREATH_S:
            await asyncio.sleep(0)
            self._breathed = time.perf_counter()
