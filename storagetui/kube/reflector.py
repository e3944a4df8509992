"""List, then watch, for ever: one feed as an endless stream of changes.

The rules are those of client-go's reflector (k8s.io/client-go/tools/cache/reflector.go), read for what they mean to a
person: the version moves only with what was handed on; 410 lists again; every other failure keeps the position; old
objects stay, marked stale, until a complete list says otherwise. Where client-go lists again after most failures of a
watch, this one resumes: a list of fifty thousand pods is the expensive answer.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from random import Random

import msgspec

from storagetui.errors import CredentialsError
from storagetui.kube.api import Answer, Api, Request
from storagetui.kube.backoff import Backoff
from storagetui.kube.codec import Codec, EventType, WatchEvent
from storagetui.kube.errors import ApiError, Forbidden, Gone, NotFound, StatusError, Unauthorized, status_error
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
_SHORT_WATCH_S = 1.0
"""A watch that ends sooner, without an event, is a fault of somebody's and not a reason to hurry."""
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
        self._listed_at = -_SHORT_WATCH_S
        self._health = FeedHealth(feed=feed, state=FeedState.CONNECTING)

    async def changes(self) -> AsyncIterator[Change]:
        """Objects and health, without end. Trouble is a change of health, never an exception."""
        yield self._health
        while True:
            try:
                if not self._version:
                    async for change in self._list():
                        yield change
                async for change in self._watch():
                    yield change
            except (ApiError, CredentialsError, TimeoutError, OSError) as error:
                if isinstance(error, Gone | Forbidden | NotFound):
                    # Without the right to watch, a list now and then is what there is.
                    self._version = ""
                if isinstance(error, NotFound):
                    yield Replace(self._feed, frozenset())
                yield self._failed(error)
                await asyncio.sleep(self._pause_s(error))

    async def _list(self) -> AsyncIterator[Change]:
        """All pages, each handed on as it comes, and the Replace that ends them."""
        keys: set[Key] = set()
        aside: list[SetAside] = []
        token, limit = "", FIRST_PAGE
        yield self._now(FeedState.LISTING, listed=0, expected=None, set_aside=(), set_aside_count=0)
        while True:
            try:
                async with self._open(self._list_request(token, limit)) as answer:
                    remaining: int | None = None
                    async for part in self._codec(answer).read_list(answer):
                        self._heard = self._clock()
                        for record in part.records:
                            keys.add(record.key)
                            yield Put(self._feed, record)
                        aside.extend(part.set_aside)
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
            expected = None if remaining is None else len(keys) + remaining
            yield self._now(FeedState.LISTING, listed=len(keys), expected=expected)
        yield Replace(self._feed, frozenset(keys))
        self._version, self._listed_at = version, self._clock()
        kept, count = tuple(aside[-_KEPT_ASIDE:]), len(aside)
        yield self._now(
            FeedState.LISTING,
            listed=len(keys),
            expected=len(keys),
            was_listed=True,
            set_aside=kept,
            set_aside_count=count,
        )

    async def _watch(self) -> AsyncIterator[Change]:
        """One watch, from the position on, until the server ends it."""
        begun, seen = self._clock(), 0
        lasting_s = self._random.uniform(*_WATCH_S)
        async with self._open(self._watch_request(lasting_s)) as answer:
            self._heard = self._clock()
            if self._health.state is not FeedState.LIVE or self._health.message:
                yield self._now(FeedState.LIVE, message="")
            async for batch in self._codec(answer).read_watch(answer):
                self._heard = self._clock()
                seen += len(batch)
                for event in batch:
                    for change in self._taken(event):
                        yield change
                    self._version = event.resource_version or self._version
        if not seen and self._clock() - begun < _SHORT_WATCH_S:
            await asyncio.sleep(self._backoff.wait_s())

    def _taken(self, event: WatchEvent) -> list[Change]:
        """What an event changes: an object, and the health when an object could not be read."""
        if event.record is not None:
            if event.type is EventType.DELETED:
                return [Drop(self._feed, event.record.key)]
            return [Put(self._feed, event.record)]
        if event.set_aside is None or event.type is EventType.DELETED:
            return []
        # What is known of an object that can no longer be read is not what it is now.
        gone = Drop(self._feed, Key(self._feed.kind, event.set_aside.namespace, event.set_aside.name))
        kept = (*self._health.set_aside, event.set_aside)[-_KEPT_ASIDE:]
        return [gone, self._now(self._health.state, set_aside=kept, set_aside_count=self._health.set_aside_count + 1)]

    def _open(self, request: Request) -> "_Checked":
        return _Checked(self._api, request)

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
        quiet_s = 0.0 if state is not FeedState.STALE else self._clock() - self._heard
        self._health = msgspec.structs.replace(self._health, state=state, quiet_s=quiet_s, **changed)
        return self._health

    def _failed(self, error: Exception) -> FeedHealth:
        """What a failure means for what the feed once said."""
        if isinstance(error, Forbidden):
            return self._now(FeedState.FORBIDDEN, message=str(error))
        if isinstance(error, NotFound):
            return self._now(FeedState.ABSENT, message=f"the server does not know {self._info.plural}")
        if isinstance(error, Gone):
            return self._now(FeedState.STALE, message="the server has forgotten our position; listing again")
        if isinstance(error, Unauthorized):
            return self._now(FeedState.STALE, message=f"the server does not accept the credentials: {error}")
        return self._now(FeedState.STALE, message=str(error) or type(error).__name__)

    def _pause_s(self, error: Exception) -> float:
        if isinstance(error, Gone) and self._clock() - self._listed_at > _SHORT_WATCH_S:
            return 0.0
        if isinstance(error, NotFound):
            return _ABSENT_S
        if isinstance(error, Forbidden | Unauthorized):
            return _DENIED_S
        return self._backoff.wait_s(error.retry_after_s if isinstance(error, StatusError) else 0.0)


class _Checked:
    """An answer that is a success, or the error that it stands for."""

    def __init__(self, api: Api, request: Request) -> None:
        self._opened = api.open(request)

    async def __aenter__(self) -> Answer:
        answer = await self._opened.__aenter__()
        if answer.status < 400:
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
