"""The feeds of a session: which are wanted, how each stands, and where to look when everywhere is forbidden."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from storagetui.feeds import narrowed
from storagetui.model.change import Feed, FeedHealth, FeedState, Reachability, Replace
from storagetui.source import Source

_SAME = timedelta(seconds=1)
"""What clocks may drift apart before dates are made anew."""


class Watched:
    """Adds and ends feeds, and dates what they say of themselves."""

    def __init__(self, source: Source, namespaces: Iterable[str], ended: Callable[[Replace], None]) -> None:
        """`namespaces` are looked into where a kind may not be listed everywhere; `ended` hears what a feed leaves."""
        self.feeds: dict[Feed, FeedHealth] = {}
        self.namespaces = list(dict.fromkeys(filter(None, namespaces)))
        self._source = source
        self._ended = ended
        self._reachability = Reachability(is_answering=True)
        self._begun: dict[Feed, float] = {}
        """When the state of each feed began, by the loop's clock, which nobody sets."""
        self._quiet_at = self._time()
        self._quiet_since = source.now()
        self._epoch = self._zero()
        self._instead: dict[Feed, list[Feed]] = {}
        """Feeds of single namespaces, by the feeds of all of them that are forbidden."""

    def add(self, feed: Feed) -> None:
        """Want a feed; nothing happens when it is wanted already."""
        if feed not in self.feeds:
            self._begun[feed] = self._time()
            self.feeds[feed] = FeedHealth(feed=feed, state=FeedState.CONNECTING, since=self._date(self._begun[feed]))
            self._source.add(feed)

    def end(self, feed: Feed) -> None:
        """A feed is no longer wanted; what it alone held goes with the next Frame."""
        self._source.remove(feed)
        self.feeds.pop(feed, None)
        self._begun.pop(feed, None)
        self._ended(Replace(feed, frozenset()))

    def hear(self, health: FeedHealth) -> None:
        """Take what a feed says of itself, and look elsewhere if it is forbidden."""
        feed, before = health.feed, self.feeds[health.feed]
        self._follow_clock()
        since = self.feeds[feed].since
        if before.state is not health.state:
            self._begun[feed] = self._time() - health.quiet_s
            since = self._date(self._begun[feed])
        self.feeds[feed] = msgspec.structs.replace(health, since=since)
        if health.state is FeedState.FORBIDDEN and feed not in self._instead:
            self._instead[feed] = []
            for namespace in self.namespaces:
                self._narrow(feed, namespace)
        elif health.state is FeedState.LIVE:
            for narrow in self._instead.pop(feed, ()):
                self.end(narrow)

    def reach(self, reachability: Reachability) -> None:
        """Take note of whether the server answers: silent since when is told by the first word of it alone."""
        if self._reachability.is_answering:
            self._follow_clock()
            self._quiet_at = self._time() - reachability.quiet_s
            self._quiet_since = self._date(self._quiet_at)
        self._reachability = reachability

    def look_into(self, namespace: str) -> None:
        """Look into one more namespace, of the kinds that may not be listed everywhere."""
        if namespace not in self.namespaces:
            self.namespaces.append(namespace)
            for feed in self._instead:
                self._narrow(feed, namespace)

    def leave(self, namespace: str) -> None:
        """A namespace is gone."""
        if namespace in self.namespaces:
            self.namespaces.remove(namespace)
            for feeds in self._instead.values():
                for feed in [one for one in feeds if one.namespace == namespace]:
                    feeds.remove(feed)
                    self.end(feed)

    def dated(self) -> dict[Feed, FeedHealth]:
        """The feeds as they may be believed: while the server does not answer, an open watch proves nothing."""
        self._follow_clock()
        if self._reachability.is_answering:
            return dict(self.feeds)
        return {feed: self._doubted(health) for feed, health in self.feeds.items()}

    def _narrow(self, feed: Feed, namespace: str) -> None:
        instead = narrowed(feed, namespace)
        if instead is not None:
            self._instead[feed].append(instead)
            self.add(instead)

    def _doubted(self, health: FeedHealth) -> FeedHealth:
        quiet = self._reachability
        if health.is_catching_up:
            return msgspec.structs.replace(health, is_catching_up=False, message=quiet.message)
        if health.state is not FeedState.LIVE:
            return health
        return msgspec.structs.replace(
            health, state=FeedState.STALE, since=self._quiet_since, message=quiet.message, quiet_s=quiet.quiet_s
        )

    def _follow_clock(self) -> None:
        """When a clock has been set, or turns out to be wrong, everything is dated anew."""
        epoch = self._zero()
        if abs(epoch - self._epoch) < _SAME:
            return
        self._epoch = epoch
        self._quiet_since = self._date(self._quiet_at)
        for feed, health in self.feeds.items():
            self.feeds[feed] = msgspec.structs.replace(health, since=self._date(self._begun[feed]))

    def _time(self) -> float:
        return asyncio.get_running_loop().time()

    def _zero(self) -> datetime:
        """The cluster's time when the loop's clock showed zero."""
        return self._source.now() - timedelta(seconds=self._time())

    def _date(self, moment: float) -> datetime:
        return self._epoch + timedelta(seconds=moment)
