"""A live cluster as a source: one reflector for each feed, and a question now and then whether the server answers."""

import asyncio
import importlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random
from typing import TYPE_CHECKING

from storagetui.actions.plan import PlannedRequest, Verb
from storagetui.actions.requests import delete_options, patch_body
from storagetui.errors import CredentialsError
from storagetui.kube.api import Api, Request
from storagetui.kube.errors import ApiError, ConnectionLost, status_error
from storagetui.kube.habits import Habits
from storagetui.kube.reflector import Reflector
from storagetui.kube.review import may
from storagetui.kube.sleep import Slept
from storagetui.model.change import Change, Feed, Reachability
from storagetui.model.keys import Key
from storagetui.model.kinds import KINDS
from storagetui.source import ClusterIdentity
from storagetui.turns import Turns

if TYPE_CHECKING:
    from storagetui.kube.writes import TypedApi

_HEARTBEAT_S = 5.0
"""Between two questions whether the server answers, and the longest wait for an answer."""
_LOOK_S = 1.0
"""Between two looks whether this machine slept."""
_CLOCKS_AGREE = timedelta(seconds=3)
"""A Date has whole seconds, and the answer takes its time."""


def wall_clock() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


class ServerClock:
    """The server's time: ours, corrected by what the server's answers say.

    Whether a node's lease is old is judged by it, and a clock of ours that is ahead must not make a node look dead.
    """

    def __init__(self, ours: Callable[[], datetime] = wall_clock) -> None:
        self._ours = ours
        self.ahead = timedelta()
        """How far the server's clock is ahead of ours."""

    def __call__(self) -> datetime:
        """The time."""
        return self._ours() + self.ahead

    def hear(self, date: str) -> bool:
        """Take the `Date` of an answer into account (RFC 9110, 6.6.1: whole seconds); nonsense is not heard.

        Returns whether the time is another one now.
        """
        try:
            said = parsedate_to_datetime(date)
        except ValueError:
            return False
        ahead = said.replace(tzinfo=said.tzinfo or UTC) - self._ours()
        if abs(ahead - self.ahead) <= _CLOCKS_AGREE:
            return False
        self.ahead = ahead
        return True


class LiveSource:
    """Feeds over one Api. Implements Source."""

    def __init__(
        self,
        api: Api,
        identity: ClusterIdentity,
        *,
        now: Callable[[], datetime] | None = None,
        random: Random | None = None,
        slept: Slept | None = None,
        ours: Callable[[], datetime] = wall_clock,
    ) -> None:
        """`now` is the cluster's clock, None for what the server's answers make of `ours`, which is this machine's.

        `random` spreads waits and watches; `slept` tells whether this machine slept.
        """
        self.identity = identity
        self._clock = ServerClock(ours)
        self.now = now or self._clock
        self._api = api
        self._random = random or Random()
        self._habits = Habits()
        self._slept = slept or Slept()
        self._answered_at = 0.0
        self._typing = asyncio.Lock()
        self._typed: TypedApi | None = None
        self._wanted: dict[Feed, asyncio.Task[None] | None] = {}
        self._reflectors: dict[Feed, Reflector] = {}
        self._emit: Callable[[Change], None] | None = None
        self._group: asyncio.TaskGroup | None = None
        self._turns: Turns | None = None
        self._is_over = False

    @property
    def clock_ahead(self) -> timedelta:
        """See Source."""
        return -self._clock.ahead if self.now is self._clock else timedelta()

    def add(self, feed: Feed) -> None:
        """See Source."""
        if feed not in self._wanted:
            self._wanted[feed] = None
            self._start(feed)

    def remove(self, feed: Feed) -> None:
        """See Source."""
        self._reflectors.pop(feed, None)
        task = self._wanted.pop(feed, None)
        if task is not None:
            task.cancel()
        if self._turns is not None:
            self._turns.end(feed)

    async def run(self, emit: Callable[[Change], None]) -> None:
        """See Source."""
        self._emit = emit
        self._turns = Turns(self._wanted)
        try:
            async with asyncio.TaskGroup() as self._group:
                for feed in self._wanted:
                    self._start(feed)
                self._group.create_task(self._heartbeat(emit), name="heartbeat")
                self._group.create_task(self._wake(), name="wake")
        finally:
            self._group, self._is_over = None, True
            if self._typed is not None:
                await self._typed.__aexit__()

    async def read(self, key: Key) -> bytes:
        """See Source."""
        self._check_open()
        path = KINDS[key.kind].path(key.namespace, key.name)
        request = Request(path=path, headers=(("Accept", "application/json"),), idle_s=15.0, total_s=30.0)
        async with self._api.open(request) as answer:
            body = b"".join([chunk async for chunk in answer.chunks()])
            if answer.status >= 400:
                raise status_error(answer.status, body, answer.headers.get("Retry-After", ""))
            return body

    async def may(self, verb: str, key: Key) -> tuple[bool, str]:
        """See Source."""
        self._check_open()
        return await may(self._api, verb, key.kind, key.namespace, key.name)

    async def send(self, request: PlannedRequest, *, dry_run: bool) -> None:
        """See Source."""
        typed = await self._typed_api()
        if request.verb is Verb.PATCH:
            await typed.patch_claim(request.key, patch_body(request), dry_run=dry_run)
        else:
            await typed.delete_pod(request.key, delete_options(request), dry_run=dry_run)

    async def _typed_api(self) -> "TypedApi":
        """The typed client, imported in a thread when it is first needed: it is large and slow to import."""
        self._check_open()
        async with self._typing:
            if self._typed is None:
                await asyncio.to_thread(importlib.import_module, "storagetui.kube.writes")
                from storagetui.kube.writes import TypedApi

                self._typed = await TypedApi(self._api).__aenter__()
            return self._typed

    def _check_open(self) -> None:
        if self._is_over:
            raise ConnectionLost("the connection to the cluster has been closed")

    def _start(self, feed: Feed) -> None:
        if self._group is not None and self._emit is not None:
            self._wanted[feed] = self._group.create_task(self._reflect(feed, self._emit), name=f"feed {feed}")

    async def _reflect(self, feed: Feed, emit: Callable[[Change], None]) -> None:
        reflector = self._reflectors.get(feed)
        if reflector is None:
            clock = asyncio.get_running_loop().time
            reflector = Reflector(self._api, feed, clock=clock, random=self._random, habits=self._habits)
            self._reflectors[feed] = reflector
        if self._turns is not None:
            await self._turns.wait(feed)
        async for change in reflector.changes():
            if self._turns is not None:
                self._turns.hear(change)
            emit(change)

    async def _wake(self) -> None:
        """After a sleep of this machine go on at once from where every feed was, on new connections.

        The old ones look open, and would for a minute or more: nobody was there when the other side gave them up.
        """
        while True:
            await asyncio.sleep(_LOOK_S)
            slept_s = self._slept.since_last_s()
            if not slept_s:
                continue
            self._answered_at -= slept_s
            reading = {feed: task for feed, task in self._wanted.items() if task is not None}
            for task in reading.values():
                task.cancel()
            if reading:
                await asyncio.wait(reading.values())
            why = f"This machine slept for {timedelta(seconds=round(slept_s))}; asking what has changed."
            for feed, task in reading.items():
                if self._wanted.get(feed) is task:
                    if feed in self._reflectors:
                        self._reflectors[feed].doubt(why, slept_s)
                    self._start(feed)

    async def _heartbeat(self, emit: Callable[[Change], None]) -> None:
        """Ask for the server's version, which costs it nothing, and say when the answer stays away or comes back.

        The answer also tells what time it is there.
        """
        clock = asyncio.get_running_loop().time
        self._answered_at, was_answering = clock(), True
        request = Request(path="/version", idle_s=_HEARTBEAT_S, total_s=_HEARTBEAT_S)
        while True:
            message, has_moved = "", False
            try:
                async with asyncio.timeout(_HEARTBEAT_S), self._api.open(request) as answer:
                    has_moved = self._clock.hear(answer.headers.get("Date", ""))
                    if answer.status < 500:
                        self._answered_at = clock()
                    else:
                        message = f"The server answers {answer.status} when asked for its version."
            except TimeoutError:
                message = "The server does not answer."
            except (ApiError, CredentialsError, OSError) as error:
                message = str(error) or type(error).__name__
            if bool(message) == was_answering or has_moved:
                emit(Reachability(is_answering=not message, message=message, quiet_s=clock() - self._answered_at))
            if not message and not was_answering:
                self._habits.returned()
            was_answering = not message
            await asyncio.sleep(_HEARTBEAT_S)
