"""List, then watch, for ever: one feed as an endless stream of changes.

The rules are those of client-go's reflector (k8s.io/client-go/tools/cache/reflector.go), read for what they mean to a
person: the version moves only with what was handed on; 410 lists again; every other failure keeps the position; old
objects stay, marked stale, until a complete list says otherwise. Where client-go lists again after most failures of a
watch, this one resumes: a list of fifty thousand pods is the expensive answer.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from random import Random

import msgspec

from storagetui.errors import CredentialsError
from storagetui.kube.api import Answer, Api, Request
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
    Status,
    StatusError,
    Unauthorized,
)
from storagetui.kube.habits import Habits
from storagetui.kube.listing import Listing, Progress
from storagetui.kube.presence import is_served
from storagetui.kube.spells import Spell, Spells, latest_version
from storagetui.kube.verdict import RELUCTANT, Standing, Verdict, verdict
from storagetui.kube.versions import is_after, is_before
from storagetui.model.change import Change, Drop, Feed, FeedHealth, FeedState, Put, Replace, SetAside
from storagetui.model.keys import Key
from storagetui.model.kinds import KINDS

_PROMPT_S, _PATIENT_S = 5.0, 30.0
"""The longest wait for a watch to begin: while the screen says that it is live, and otherwise."""
_LONG_LIST_S = 5.0
"""After a list that took longer, a watch has something to catch up with before it is live."""
_AWAY = (429, 502, 503, 504)
"""What a server, or what is before it, answers while it is away or has too much to do."""
_RESTORED = "the server's history ends before our position: its store was restored from an older one"
"""A watch from a version that is still to come is not refused: it brings nothing until the version has passed
(k8s.io/apiserver: pkg/storage/cacher/watch_cache.go, getAllEventsSinceLocked)."""
_ASKING = "The server is heard again; asking what has changed meanwhile."
_KEPT_ASIDE = 20
_RANKS = {kind: rank for rank, kind in enumerate(KINDS)}


class Reflector:
    """One feed of one API server."""

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
        self._habits = habits
        self._codecs = codecs(self._info, habits)
        self._listing = Listing(api, feed, habits)
        self._clock = clock
        self._random = random or Random()
        self._backoff = Backoff(clock, self._random)
        self._version = ""
        """The version to resume from; empty when only a list can tell."""
        self._heard = clock()
        """When what is shown was last known to be the present: neither half a list nor a watch that catches up is."""
        self._listed_at = clock()
        self._spells = Spells(self._random)
        self._is_current = False
        """Whether nothing is left to catch up with: a list has just ended, or a watch has proven it."""
        self._hopes = False
        """Whether nothing has gone wrong with watches that were to catch up, since the last one that did."""
        self._is_returning = False
        """Whether the last list or watch failed, so that the next one passes the gate."""
        self._was_answered = False
        """Whether the last watch was begun, and nothing came on it yet."""
        self._refusals = self._denials = 0
        self._is_watching = self._tries_a_list = self._was_let_in = False
        self._aside: dict[tuple[str, str], SetAside] = {}
        """By namespace and name; of objects whose name cannot be read the reason stands for it."""
        self._health = FeedHealth(feed=feed, state=FeedState.CONNECTING)

    async def changes(self) -> AsyncIterator[Change]:
        """Objects and health, without end. Trouble is a change of health, never an exception.

        Read by one task at a time; when that is cancelled, another reading goes on from the same position.
        """
        yield self._health
        while True:
            try:
                if self._tries_a_list or not self._version:
                    async with aclosing(self._list()) as listing:
                        async for change in listing:
                            yield change
                async with aclosing(self._watch()) as watching:
                    async for change in watching:
                        yield change
            except (ApiError, CredentialsError, TimeoutError, OSError) as error:
                found = verdict(error, await self._standing(error))
                pause_s = found.pause_s
                if pause_s is None:
                    pause_s = self._backoff.wait_s(error.retry_after_s if isinstance(error, StatusError) else 0.0)
                for change in self._failed(error, found):
                    yield change
                if not _may_be_over(error):
                    await asyncio.sleep(pause_s)
                elif await self._habits.rest(pause_s):
                    self._backoff = Backoff(self._clock, self._random)

    def doubt(self, why: str, lost_s: float) -> None:
        """Believe nothing until the server says it again; `lost_s` passed that the monotonic clock did not count.

        Nobody may be reading `changes` meanwhile; who reads it next is told at once.
        """
        self._heard -= lost_s
        self._listed_at -= lost_s
        self._backoff = Backoff(self._clock, self._random)
        self._is_returning, self._is_current, self._hopes = True, False, True
        if self._health.state in (FeedState.LIVE, FeedState.STALE):
            self._now(FeedState.STALE, message=why)

    async def _list(self) -> AsyncGenerator[Change, None]:
        """All objects, each handed on as it comes, and the Replace that ends them."""
        begun, self._is_watching, self._tries_a_list, self._is_current = self._clock(), False, False, False
        async with self._passage(), aclosing(self._listing.parts()) as parts:
            async for part in parts:
                if isinstance(part, ListPart):
                    for record in part.records:
                        yield Put(self._feed, record)
                elif isinstance(part, Progress):
                    yield self._now(FeedState.LISTING, message="", listed=part.listed, expected=part.expected)
                else:
                    yield Replace(self._feed, part.keys)
                    self._version, self._listed_at, self._refusals = part.version, self._clock(), 0
                    self._heard = begun
                    self._is_current = not self._is_returning and self._listed_at - begun <= _LONG_LIST_S
                    self._aside = {_name(one): one for one in part.aside}
                    count = len(part.keys)
                    yield self._now(FeedState.LISTING, listed=count, expected=count, was_listed=True)

    async def _watch(self) -> AsyncGenerator[Change, None]:
        """One watch, from the position on, until the server ends it."""
        self._is_watching, self._was_answered = True, False
        spell = await self._next_spell()
        head_s = _PROMPT_S if self._health.state is FeedState.LIVE else _PATIENT_S
        async with self._opened(self._watch_request(spell), head_s) as answer:
            self._was_answered, self._was_let_in, self._denials = True, True, 0
            if self._is_current:
                said, health = self._health, self._caught_up()
                if health != said:  # else nobody need look at anything because a watch is followed by the next one
                    yield health
            elif self._hopes and self._health.state is FeedState.STALE:
                yield self._now(FeedState.STALE, message=_ASKING, is_catching_up=True)
            async for batch in codec_of(answer, self._codecs).read_watch(answer):
                if batch:
                    self._refusals, self._was_answered = 0, False
                for event in batch:
                    # After a resume some servers, and what is in between, say again what was handed on before.
                    if is_after(event.resource_version, self._version):
                        for change in self._taken(event):
                            yield change
                        self._version = event.resource_version or self._version
                proven = spell.hear(batch, self._version, self._clock())
                if self._is_current:
                    self._heard = self._clock()
                elif proven:
                    yield self._caught_up()
        if spell.end(self._clock()) and not self._is_current:
            if is_before(await self._latest(), self._version):
                raise Gone(Status(code=410, reason="Expired", message=_RESTORED))
            self._is_current = True  # which is said when the next watch has begun: nothing is live without one

    async def _next_spell(self) -> Spell:
        goal = await self._latest() if not self._is_current and self._spells.is_goal_wanted else ""
        return self._spells.next(self._clock(), is_proof_wanted=not self._is_current, goal=goal)

    async def _latest(self) -> str:
        async with self._passage():
            return await latest_version(self._api, self._info.path(self._feed.namespace))

    def _caught_up(self) -> FeedHealth:
        self._is_current, self._is_returning, self._hopes = True, False, True
        self._heard = self._clock()
        return self._now(FeedState.LIVE, message="")

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

    @asynccontextmanager
    async def _passage(self) -> AsyncIterator[None]:
        """A turn at the gate for one who returns; others just pass."""
        turn = await self._habits.gate.turn(_RANKS[self._feed.kind]) if self._is_returning else None
        try:
            yield
        finally:
            if turn is not None:
                turn.end()

    @asynccontextmanager
    async def _opened(self, request: Request, head_s: float) -> AsyncIterator[Answer]:
        """The answer to a request, once it is a success; the gate is passed until then."""
        async with AsyncExitStack() as stack:
            async with self._passage():
                answer = await stack.enter_async_context(checked(self._api, request, head_s))
            yield answer

    def _watch_request(self, spell: Spell) -> Request:
        query = [("watch", "true"), ("allowWatchBookmarks", "true"), ("timeoutSeconds", f"{spell.lasting_s:.0f}")]
        query.append(("resourceVersion", self._version))
        if self._feed.field_selector:
            query.append(("fieldSelector", self._feed.field_selector))
        return Request(
            path=self._info.path(self._feed.namespace),
            query=tuple(query),
            headers=(("Accept", accept(self._info, watch=True)),),
            idle_s=spell.idle_s,
            total_s=spell.lasting_s + 30.0,
        )

    def _now(self, state: FeedState, *, is_catching_up: bool = False, **changed: object) -> FeedHealth:
        self._health = msgspec.structs.replace(
            self._health,
            state=state,
            is_catching_up=is_catching_up,
            quiet_s=0.0 if state is not FeedState.STALE else self._clock() - self._heard,
            set_aside=tuple(self._aside.values())[-_KEPT_ASIDE:],
            set_aside_count=len(self._aside),
            **changed,
        )
        return self._health

    async def _standing(self, error: Exception) -> Standing:
        """Where this feed stands, for the verdict on a failure."""
        self._denials = self._denials + 1 if isinstance(error, Forbidden | Unauthorized) else 0
        self._was_let_in = self._was_let_in and self._denials <= RELUCTANT
        is_refused = isinstance(error, StatusError) and error.status.code not in _AWAY
        if self._is_watching and (self._was_answered or is_refused):
            self._refusals += 1
        absent = False
        if isinstance(error, NotFound) and self._health.state is FeedState.ABSENT:
            absent = True
        elif isinstance(error, NotFound):
            served = await is_served(self._api, self._info)
            absent = served is False or (served is None and self._info.is_optional and not self._health.was_listed)
        elif isinstance(error, Forbidden) and self._info.is_optional and not self._health.was_listed:
            # Rights are looked at before anything else, so that a kind which does not exist is forbidden to most.
            absent = await is_served(self._api, self._info) is False
        return Standing(
            plural=self._info.plural,
            is_watching=self._is_watching,
            was_let_in=self._was_let_in,
            listed_s_ago=self._clock() - self._listed_at,
            refusals=self._refusals,
            is_absent=absent,
        )

    def _failed(self, error: Exception, found: Verdict) -> list[Change]:
        """What is said after a failure, and what is forgotten."""
        # One that was live and hears that its position is too old has had an answer, and is nobody who returns.
        is_answered = found.state is FeedState.ABSENT or (self._is_current and isinstance(error, Gone))
        self._is_returning = self._is_returning or not is_answered
        self._hopes = self._is_current or (self._hopes and not self._was_answered)
        self._is_current = self._was_answered = False
        if found.forgets:
            self._version = ""
        if found.forgets or found.tries_a_list:
            self._refusals, self._tries_a_list = 0, True
        if found.state is FeedState.ABSENT:
            self._aside.clear()
            health = self._now(FeedState.ABSENT, message=found.message, listed=0, expected=None)
            return [Replace(self._feed, frozenset()), health]
        return [self._now(found.state, message=found.message)]


def _may_be_over(error: Exception) -> bool:
    """Whether a failure is over when the server answers again, whatever was asked."""
    if isinstance(error, StatusError):
        return error.status.code in _AWAY and not error.retry_after_s
    return isinstance(error, ConnectionLost)


def _name(aside: SetAside) -> tuple[str, str]:
    return aside.namespace, aside.name or aside.reason
