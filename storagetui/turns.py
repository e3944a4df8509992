"""The order in which feeds start: what comes first gets the connection and the decoder for itself."""

import asyncio
from collections.abc import Iterable

from storagetui.feeds import rank
from storagetui.model.change import Change, Feed, FeedHealth, FeedState

PATIENCE_S = 1.0
"""After which the feeds of the next rank start although not all before them have been listed."""

_UNDER_WAY = (FeedState.CONNECTING, FeedState.LISTING)


class Turns:
    """When each of the feeds that are wanted at the beginning may start. Made inside the running loop."""

    def __init__(self, feeds: Iterable[Feed]) -> None:
        self._loading: dict[int, set[Feed]] = {}
        for feed in feeds:
            self._loading.setdefault(rank(feed), set()).add(feed)
        self._begun_at = asyncio.get_running_loop().time()
        self._moved = asyncio.Event()

    async def wait(self, feed: Feed) -> None:
        """Return when all feeds of lower ranks have been listed or have failed, or have had their time."""
        clock = asyncio.get_running_loop().time
        own = rank(feed)
        while True:
            ahead = [number for number, feeds in self._loading.items() if number < own and feeds]
            left_s = self._begun_at + PATIENCE_S * (max(ahead, default=0) + 1) - clock()
            if not ahead or left_s <= 0.0:
                return
            moved = self._moved
            try:
                async with asyncio.timeout(left_s):
                    await moved.wait()
            except TimeoutError:
                pass

    def hear(self, change: Change) -> None:
        """Take note of what a feed says."""
        if isinstance(change, FeedHealth) and change.state not in _UNDER_WAY:
            self.end(change.feed)

    def end(self, feed: Feed) -> None:
        """Nobody waits for this feed any longer."""
        feeds = self._loading.get(rank(feed), set())
        if feed in feeds:
            feeds.discard(feed)
            if not feeds:
                moved, self._moved = self._moved, asyncio.Event()
                moved.set()
