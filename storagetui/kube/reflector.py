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
from storagetui.kube.api import Answer, Api, Request
from storagetui.kube.backoff import Backoff
from storagetui.kube.codec import Codec, EventType, WatchEvent
from storagetui.kube.errors import (
    ApiError,
    ConnectionLost,
    Forbidden,
    Gone,
    NotFound,
    StatusError,
    Unauthorized,
    status_error,
)
from storagetui.kube.json_codec import MEDIA_TYPE, JsonCodec
from storagetui.model.change import Change, Drop, Feed, FeedHealth, FeedState, Put, Replace, SetAside
from storagetui.model.keys import Key
from storagetui.model.kinds import KINDS

FIRST_PAGE, PAGE = 100, 500
"""Objects asked for: a first screenful at once, then pages whose decoding does not hold the loop."""
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
        decoding: asyncio.Lock | None = None,
    ) -> None:
        """`clock` gives monotonic seconds; `decoding` is the lock that all kinds share (see JsonCodec)."""
        self._api = api
        self._feed = feed
        self._info = KINDS[feed.kind]
        self._codecs: dict[str, Codec] = {MEDIA_TYPE: JsonCodec(self._info, decoding)}
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
        """All pages, each handed on as it comes, and the Replace that ends them."""
        keys: set[Key] = set()
        aside: dict[tuple[str, str], SetAside] = {}
        version, asked, token, limit = "", "", "", FIRST_PAGE
        is_answered = False
        while True:
            try:
                asked = token
                async with self._open(self._list_request(token, limit)) as answer:
                    codec, remaining = self._codec(answer), None
                    if not is_answered:
                        # What was said before stays true until the server answers.
                        is_answered = True
                        yield self._now(FeedState.LISTING, message="", listed=0, expected=None)
                    async for part in codec.read_list(answer):
                        self._heard = self._clock()
                        for record in part.records:
                            keys.add(record.key)
                            yield Put(self._feed, record)
                        aside.update((_name(one), one) for one in part.set_aside)
                        version, token, remaining = part.resource_version, part.continue_token, part.remaining
            except Gone:
                if not token:
                    raise
                # The pages' common version has expired: one unpaged list, as client-go's pager does.
                keys.clear()
                aside.clear()
                token, limit = "", 0
                continue
            limit = PAGE
            if not token:
                break
            if token == asked:
                raise ConnectionLost("the list goes in circles: a page names itself as the next one")
            expected = None if remaining is None else len(keys) + remaining
            yield self._now(FeedState.LISTING, listed=len(keys), expected=expected)
        if not version:
            raise ConnectionLost("the list does not say of which version it is, as an API server's does")
        yield Replace(self._feed, frozenset(keys))
        self._version, self._listed_at, self._aside = version, self._clock(), aside
        yield self._now(FeedState.LISTING, listed=len(keys), expected=len(keys), was_listed=True)

    async def _watch(self) -> AsyncGenerator[Change, None]:
        """One watch, from the position on, until the server ends it."""
        begun = self._clock()
        lasting_s = self._random.uniform(*_WATCH_S)
        head_s = _PROMPT_S if self._health.state is FeedState.LIVE else _PATIENT_S
        async with self._open(self._watch_request(lasting_s), head_s) as answer:
            codec = self._codec(answer)
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

    def _open(self, request: Request, head_s: float | None = None) -> "_Checked":
        return _Checked(self._api, request, head_s)

    def _codec(self, answer: Answer) -> Codec:
        """The codec of the answer's media type; a server that names none is taken to speak JSON."""
        media_type = answer.headers.get("Content-Type", MEDIA_TYPE).partition(";")[0].strip().lower()
        codec = self._codecs.get(media_type)
        if codec is None:
            body = f"the server answered with {media_type or 'no media type'}, which is not what was asked for"
            raise status_error(406, body.encode())
        return codec

    def _list_request(self, token: str, limit: int) -> Request:
        query = [("limit", str(limit))] if limit else []
        if token:
            query.append(("continue", token))
        return self._request(query, idle_s=65.0, total_s=None)

    def _watch_request(self, lasting_s: float) -> Request:
        query = [("watch", "true"), ("allowWatchBookmarks", "true"), ("timeoutSeconds", str(int(lasting_s)))]
        return self._request([*query, ("resourceVersion", self._version)], idle_s=_IDLE_S, total_s=lasting_s + 30.0)

    def _request(self, query: list[tuple[str, str]], idle_s: float, total_s: float | None) -> Request:
        if self._feed.field_selector:
            query.append(("fieldSelector", self._feed.field_selector))
        return Request(
            path=self._info.path(self._feed.namespace),
            query=tuple(query),
            headers=(("Accept", MEDIA_TYPE),),
            idle_s=idle_s,
            total_s=total_s,
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


class _Checked:
    """An answer that is a success, or the error that it stands for."""

    def __init__(self, api: Api, request: Request, head_s: float | None) -> None:
        """`head_s` bounds the wait for the answer to begin, beside the request's own bounds."""
        self._opened = api.open(request)
        self._head_s = head_s

    async def __aenter__(self) -> Answer:
        try:
            async with asyncio.timeout(self._head_s):
                answer = await self._opened.__aenter__()
        except TimeoutError as error:
            raise ConnectionLost("the server takes the request and does not answer") from error
        if answer.status < 300:
            return answer
        try:
            body = await read_bounded(answer, 1 << 16)
            raise status_error(answer.status, body, answer.headers.get("Retry-After", ""))
        finally:
            await self._opened.__aexit__(None, None, None)

    async def __aexit__(self, *exception: object) -> None:
        await self._opened.__aexit__(None, None, None)


async def read_bounded(answer: Answer, most: int) -> bytes:
    """The first `most` bytes of a body, or less when it is shorter or breaks off: enough to say what went wrong."""
    body = b""
    try:
        async with asyncio.timeout(10.0):
            async for chunk in answer.chunks():
                body += chunk
                if len(body) >= most:
                    break
    except (ApiError, TimeoutError):
        pass
    return body[:most]
