"""The order in which feeds start: what comes first gets the connection and the decoder for itself."""

import asyncio
from collections.abc import Iterable

from storagetui.feeds import rank
from storagetui.model.change import Change, Feed, FeedHealth, FeedState

PATIENCE_S = 1.0
"""Seconds that a rank has for itself: the next one starts then although not all of it has been listed."""
BREATH_S = 0.06
"""Seconds after the first rank's end in which nothing is asked for: what it brought comes to the screen undisturbed."""

_UNDER_WAY = (FeedState.CONNECTING, FeedState.LISTING)


class Turns:
    """When each of the feeds that are wanted at the beginning may start. Made inside the running loop."""

    def __init__(self, feeds: Iterable[Feed]) -> None:
        self._loading: dict[int, set[Feed]] = {}
        for feed in feeds:
            self._loading.setdefault(rank(feed), set()).add(feed)
        self._began_at = {0: asyncio.get_running_loop().time()}
        """When each rank's turn came."""
        self._moved = asyncio.Event()

    async def wait(self, feed: Feed) -> None:
        """Return when all feeds of lower ranks have been listed or have failed, or have had their time."""
        clock, own = asyncio.get_running_loop().time, rank(feed)
        for number in range(own):
            began_at, is_waiting = self._began_at[number], bool(self._loading.get(number))
            while self._loading.get(number) and (left_s := began_at + PATIENCE_S - clock()) > 0.0:
                moved = self._moved
                try:
                    async with asyncio.timeout(left_s):
                        await moved.wait()
                except TimeoutError:
                    pass
            if number == 0 and is_waiting and not self._loading[number]:
                await asyncio.sleep(BREATH_S)
            self._began_at.setdefault(number + 1, min(clock(), began_at + PATIENCE_S))

    def hear(self, change: Change) -> None:
        """Take note of what a feed says."""
        if isinstance(change, FeedHealth) and (change.was_listed or change.state not in _UNDER_WAY):
            self.end(change.feed)

    def end(self, feed: Feed) -> None:
        """Nobody waits for this feed any longer."""
        feeds = self._loading.get(rank(feed), set())
        if feed in feeds:
            feeds.discard(feed)
            if not feeds:
                moved, self._moved = self._moved, asyncio.Event()
                moved.set()
