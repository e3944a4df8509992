"""List, then watch, for ever: one feed as an endless stream of changes.

The rules are those of client-go's reflector (k8s.io/client-go/tools/cache/reflector.go), read for what they mean to a
person: the version moves only with what was handed on; 410 lists again; every other failure keeps the position; old
objects stay, marked stale, until a complete list says otherwise. Where client-go lists again after most failures of a
watch, this one resumes: a list of fifty thousand pods is the expensive answer.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from random import Random

import msgspec

from storagetui.errors import CredentialsError
from storagetui.kube.api import Api, Request
from storagetui.kube.backoff import Backoff
from storagetui.kube.checked import checked
from storagetui.kube.codec import EventType, ListPart, WatchEvent
from storagetui.kube.codecs import accept, codec_of, codecs
from storagetui.kube.errors import (
    ApiError,
    ConnectionLost,
    Forbidden,
    Gone,
    NotFound,
    StatusError,
    Unauthorized,
)
from storagetui.kube.habits import Habits
from storagetui.kube.listing import Listing, Progress
from storagetui.model.change import Change, Drop, Feed, FeedHealth, FeedState, Put, Replace, SetAside
from storagetui.model.keys import Key
from storagetui.model.kinds import KINDS

_WATCH_S = (300.0, 600.0)
"""How long a watch is asked to last; spread, so that a cluster's watches do not all end together."""
_IDLE_S = 90.0
"""Bookmarks come about once a minute: a watch that is silent for longer is dead."""
_DENIED_S, _ABSENT_S = 30.0, 60.0
"""Rights and custom resources do not come and go by the second."""
_SHORT_WATCH_S = 5.0
"""A watch that ends sooner is a fault of somebody's and not a reason to hurry."""
_RECENT_S = 60.0
"""A list is not repeated at once when the last one is younger."""
_PROMPT_S, _PATIENT_S = 5.0, 30.0
"""The longest wait for a watch to begin: while the screen says that it is live, and otherwise."""
_KEPT_ASIDE = 20


class Reflector:
    """One feed of one API server. `changes` is read once."""

    def __init__(
        self,
        api: Api,
        feed: Feed,
        *,
        clock: Callable[[], float],
        random: Random | None = None,
        habits: Habits | None = None,
    ) -> None:
        """`clock` gives monotonic seconds; `habits` is what the feeds of a session share."""
        self._api = api
        self._feed = feed
        self._info = KINDS[feed.kind]
        habits = habits or Habits()
        self._codecs = codecs(self._info, habits)
        self._listing = Listing(api, feed, habits)
        self._clock = clock
        self._random = random or Random()
        self._backoff = Backoff(clock, self._random)
        self._version = ""
        """The version to resume from; empty when only a list can tell."""
        self._heard = clock()
        self._listed_at = clock()
        self._aside: dict[tuple[str, str], SetAside] = {}
        """By namespace and name; of objects whose name cannot be read the reason stands for it."""
        self._health = FeedHealth(feed=feed, state=FeedState.CONNECTING)

    async def changes(self) -> AsyncIterator[Change]:
        """Objects and health, without end. Trouble is a change of health, never an exception."""
        yield self._health
        while True:
            try:
                if not self._version:
                    async with aclosing(self._list()) as listing:
                        async for change in listing:
                            yield change
                async with aclosing(self._watch()) as watching:
                    async for change in watching:
                        yield change
            except (ApiError, CredentialsError, TimeoutError, OSError) as error:
                if isinstance(error, NotFound):
                    yield Replace(self._feed, frozenset())
                yield self._failed(error)
                pause_s = self._pause_s(error)
                if isinstance(error, Gone | Forbidden | NotFound):
                    # Without the right to watch, a list now and then is what there is.
                    self._version = ""
                await asyncio.sleep(pause_s)

    async def _list(self) -> AsyncGenerator[Change, None]:
        """All objects, each handed on as it comes, and the Replace that ends them."""
        async with aclosing(self._listing.parts()) as parts:
            async for part in parts:
                self._heard = self._clock()
                if isinstance(part, ListPart):
                    for record in part.records:
                        yield Put(self._feed, record)
                elif isinstance(part, Progress):
                    yield self._now(FeedState.LISTING, message="", listed=part.listed, expected=part.expected)
                else:
                    yield Replace(self._feed, part.keys)
                    self._version, self._listed_at = part.version, self._clock()
                    self._aside = {_name(one): one for one in part.aside}
                    count = len(part.keys)
                    yield self._now(FeedState.LISTING, listed=count, expected=count, was_listed=True)

    async def _watch(self) -> AsyncGenerator[Change, None]:
        """One watch, from the position on, until the server ends it."""
        begun = self._clock()
        lasting_s = self._random.uniform(*_WATCH_S)
        head_s = _PROMPT_S if self._health.state is FeedState.LIVE else _PATIENT_S
        async with checked(self._api, self._watch_request(lasting_s), head_s) as answer:
            codec = codec_of(answer, self._codecs)
            self._heard = self._clock()
            if self._health.state is not FeedState.LIVE or self._health.message:
                yield self._now(FeedState.LIVE, message="")
            async for batch in codec.read_watch(answer):
                self._heard = self._clock()
                for event in batch:
                    for change in self._taken(event):
                        yield change
                    self._version = event.resource_version or self._version
        if self._clock() - begun < _SHORT_WATCH_S:
            raise ConnectionLost("the server ends each watch as soon as it begins")

    def _taken(self, event: WatchEvent) -> list[Change]:
        """What an event changes: an object, and the health when an object could not be read or now can."""
        if event.set_aside is not None:
            # What is known of an object that can no longer be read is not what it is now.
            key = Key(self._feed.kind, event.set_aside.namespace, event.set_aside.name)
            changes: list[Change] = [Drop(self._feed, key)]
            if event.type is EventType.DELETED:
                return changes + self._fits(_name(event.set_aside))
            self._aside.pop(_name(event.set_aside), None)
            self._aside[_name(event.set_aside)] = event.set_aside
            return [*changes, self._now(self._health.state)]
        record = event.record
        if record is None:
            return []
        change = Drop(self._feed, record.key) if event.type is EventType.DELETED else Put(self._feed, record)
        return [change, *self._fits((record.namespace, record.name))]

    def _fits(self, name: tuple[str, str]) -> list[Change]:
        """The health without an object that was set aside, if it was."""
        return [self._now(self._health.state)] if self._aside.pop(name, None) else []

    def _watch_request(self, lasting_s: float) -> Request:
        query = [("watch", "true"), ("allowWatchBookmarks", "true"), ("timeoutSeconds", str(int(lasting_s)))]
        query.append(("resourceVersion", self._version))
        if self._feed.field_selector:
            query.append(("fieldSelector", self._feed.field_selector))
        return Request(
            path=self._info.path(self._feed.namespace),
            query=tuple(query),
            headers=(("Accept", accept(self._info, watch=True)),),
            idle_s=_IDLE_S,
            total_s=lasting_s + 30.0,
        )

    def _now(self, state: FeedState, **changed: object) -> FeedHealth:
        self._health = msgspec.structs.replace(
            self._health,
            state=state,
            quiet_s=0.0 if state is not FeedState.STALE else self._clock() - self._heard,
            set_aside=tuple(self._aside.values())[-_KEPT_ASIDE:],
            set_aside_count=len(self._aside),
            **changed,
        )
        return self._health

    def _failed(self, error: Exception) -> FeedHealth:
        """What a failure means for what the feed once said."""
        if isinstance(error, Forbidden) and self._version:
            return self._now(FeedState.STALE, message=f"{error}; listed every {_DENIED_S:.0f} s instead")
        if isinstance(error, Forbidden):
            return self._now(FeedState.FORBIDDEN, message=str(error))
        if isinstance(error, NotFound):
            self._aside.clear()
            absent = f"The server does not know {self._info.plural}."
            return self._now(FeedState.ABSENT, message=absent, listed=0, expected=None)
        if isinstance(error, Gone):
            return self._now(FeedState.STALE, message="The server has forgotten our position; listing again.")
        if isinstance(error, Unauthorized):
            return self._now(FeedState.STALE, message=f"The server does not accept the credentials: {error}")
        return self._now(FeedState.STALE, message=str(error) or type(error).__name__)

    def _pause_s(self, error: Exception) -> float:
        listed_s_ago = self._clock() - self._listed_at
        if isinstance(error, Gone) and self._version and listed_s_ago > _RECENT_S:
            return 0.0
        if isinstance(error, NotFound):
            return _ABSENT_S
        if isinstance(error, Forbidden) and self._version:
            return max(0.0, _DENIED_S - listed_s_ago)
        if isinstance(error, Forbidden | Unauthorized):
            return _DENIED_S
        return self._backoff.wait_s(error.retry_after_s if isinstance(error, StatusError) else 0.0)


def _name(aside: SetAside) -> tuple[str, str]:
    return aside.namespace, aside.name or aside.reason
