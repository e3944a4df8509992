"""The way back to a server that has been away: open to all feeds of a session, and to a few of them at one time."""

import asyncio
import heapq

MOST = 4
"""Feeds that may be on their way at one time."""
LENT_S = 5.0
"""Seconds after which a turn no longer counts: one feed that is not answered must not keep the others waiting."""


class Turn:
    """Leave to ask; it is handed back once, by whoever has it or by the clock."""

    def __init__(self, gate: "Gate") -> None:
        self._gate = gate
        self._timer = asyncio.get_running_loop().call_later(LENT_S, self.end)
        self._ended = False

    def end(self) -> None:
        """Hand the turn back; nothing happens when that has been done."""
        if not self._ended:
            self._ended = True
            self._timer.cancel()
            self._gate.give_back()


class Gate:
    """One for each session. A server that returns would else get every list of it at once, in its worst moment.

    Feeds that start, and watches that end in good order, do not pass here.
    """

    def __init__(self) -> None:
        self._free = MOST
        self._queue: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = 0

    async def turn(self, rank: int) -> Turn:
        """Wait for a turn; of those who wait, the one of the lowest rank is next, and of equals the first."""
        if not self._free:
            self._number += 1
            called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            heapq.heappush(self._queue, (rank, self._number, called))
            try:
                await called
            except asyncio.CancelledError:
                if called.done() and not called.cancelled():
                    self.give_back()
                raise
        else:
            self._free -= 1
        return Turn(self)

    def give_back(self) -> None:
        """Let the next one pass; Turn calls it."""
        while self._queue:
            _, _, called = heapq.heappop(self._queue)
            if not called.done():
                called.set_result(None)
                return
        self._free += 1
