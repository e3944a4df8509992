"""When a session thinks and publishes: seldom while lists come in, for what is half listed is soon another thing."""

import asyncio
from collections.abc import Mapping

from storagetui.model.change import Change, Feed, FeedHealth, FeedState
from storagetui.model.keys import Kind

_BETWEEN_FRAMES_S = 0.09
"""From the moment at which one Frame is begun to that at which the next one is out: what just missed the one is painted
a tenth of a second later, however long thinking takes..."""
_BEGUN_AFTER_S = 0.065
"""... but so long lies between their beginnings: when thousands of objects change every second, the keys come first."""
_WHILE_LOADING_S = 0.2
"""Between Frames while lists come in, once the first one is out; the end of a list does not wait for it."""
_AT_ONCE_S = 0.04
"""But so long: lists of a few objects end in droves."""
_FIRST_FRAMES = 1

_LOADING_S = 4.0
"""How long findings wait while lists come in, which say little until they are complete."""
_PROGRESS_S = 1.0
"""They wait on while the last word of such a list is no older than that..."""
_LONGEST_LOADING_S = 15.0
"""... but no longer than that."""
_CLAIMS_S = 1.0
"""How long nothing else is done while the claims come in."""


class Pace:
    """Follows what feeds say of themselves. Made inside the running loop."""

    def __init__(self, feeds: Mapping[Feed, FeedHealth]) -> None:
        """`feeds` are looked at whenever something is asked: they change."""
        self._feeds = feeds
        self._loop = asyncio.get_running_loop()
        self._thought_at = self._moved_at = self._loop.time()
        """When the last diagnosis was, and when a list that is coming in was last heard of."""
        self._has_claims, self._has_list = asyncio.Event(), asyncio.Event()
        """Set when the claims are listed or cannot be; when any list has ended since the last Frame."""

    def begin(self) -> None:
        """From now on findings wait for lists."""
        self._thought_at = self._moved_at = self._loop.time()

    def take(self, change: Change) -> None:
        """Something has arrived, and will be heard with the next Frame."""
        if isinstance(change, FeedHealth) and not is_coming(change):
            self._has_list.set()
            if change.feed.kind is Kind.PERSISTENT_VOLUME_CLAIM:
                self._has_claims.set()

    def hear(self, health: FeedHealth) -> None:
        """What a feed that is wanted says of itself, before the feeds say so too."""
        if is_coming(self._feeds[health.feed]):
            self._moved_at = self._loop.time()

    def thought(self) -> None:
        """A diagnosis has been made."""
        self._thought_at = self._loop.time()

    def flush(self) -> None:
        """A Frame is begun."""
        self._has_list.clear()

    def is_loading(self) -> bool:
        """Whether lists are coming in: the server has answered at least one of the feeds, and not yet all."""
        return self._is_one_coming() and not self.is_unheard()

    def is_unheard(self) -> bool:
        """Whether the server has yet to say a first word."""
        return all(health.state is FeedState.CONNECTING for health in self._feeds.values())

    def thinking_in_s(self) -> float:
        """How long findings have still to wait for lists that are coming in; nothing or less when they need not."""
        if not self.is_loading():
            return 0.0
        patient = max(self._thought_at + _LOADING_S, self._moved_at + _PROGRESS_S)
        return min(patient, self._thought_at + _LONGEST_LOADING_S) - self._loop.time()

    async def claims(self) -> None:
        """Wait until the claims have come in, or have had their time."""
        await _within(self._has_claims, self._loop.time() + _CLAIMS_S)

    async def pause(self, begun: float, number: int) -> None:
        """Wait until the Frame after the one of that number, which was begun then, may come."""
        if number <= _FIRST_FRAMES or not self.is_loading():
            took = self._loop.time() - begun
            await asyncio.sleep(max(0.0, max(_BETWEEN_FRAMES_S - took, _BEGUN_AFTER_S) - took))
            return
        await asyncio.sleep(max(0.0, begun + _AT_ONCE_S - self._loop.time()))
        await _within(self._has_list, begun + _WHILE_LOADING_S)

    def _is_one_coming(self) -> bool:
        return any(map(is_coming, self._feeds.values()))


def is_coming(health: FeedHealth) -> bool:
    """Whether a first list is still to come; what is forbidden or absent does not come."""
    return not health.was_listed and health.state in (FeedState.CONNECTING, FeedState.LISTING)


async def _within(event: asyncio.Event, end: float) -> None:
    try:
        async with asyncio.timeout_at(end):
            await event.wait()
    except TimeoutError:
        pass
