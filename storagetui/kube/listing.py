"""The first half of a feed: everything there is, each part handed on as it comes.

The first request is for a page of a hundred, whatever there is: it fills a screen at once, and its answer tells in what
format the server speaks, how many objects follow and how large they are. What follows comes in one body where objects
are cut out of it while it arrives: a page costs the API server more than the objects in it. It comes in pages where one
body would have to be held, has broken off twice, or would take long on a slow link: pages are compressed.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing

import msgspec

from storagetui.kube.api import Answer, Api, Request
from storagetui.kube.checked import checked
from storagetui.kube.codec import ListPart
from storagetui.kube.codecs import PROTOBUF, accept, codec_of, codecs, media_type_of
from storagetui.kube.errors import ConnectionLost, Gone
from storagetui.kube.habits import Habits
from storagetui.model.change import Feed, SetAside
from storagetui.model.keys import Key
from storagetui.model.kinds import KINDS

FIRST_PAGE, PAGE = 100, 500
"""Objects asked for: a first screenful at once, then pages whose decoding does not hold the loop."""
_IDLE_S = 65.0
_BREAKS = 2
"""Bodies that may break off before pages are asked for instead."""
_JUDGED_AFTER = 4 << 20
"""Bytes of one body after which the link is judged by them."""
_LARGE = 8 << 20
"""Bytes that are still to come for which it pays to begin again in pages."""
_SLOW = 12_500_000
"""Bytes a second, 100 Mbit/s: below it compressed pages arrive sooner, though the server takes twice as long."""


class Progress(msgspec.Struct, frozen=True):
    """How far a list is; the first one says that the server has answered."""

    listed: int
    expected: int | None = None


class Listed(msgspec.Struct, frozen=True):
    """A list has ended: exactly these objects exist at that version."""

    version: str
    keys: frozenset[Key]
    aside: tuple[SetAside, ...]


class _Ask(msgspec.Struct, frozen=True):
    """One request of a list."""

    limit: int
    """0 for everything in one body."""
    token: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the answer is all that there is."""
        return not self.limit and not self.token


class _TooSlowError(Exception):
    """One body would take longer than compressed pages."""


class Listing:
    """Lists one feed, as often as it is asked to."""

    def __init__(self, api: Api, feed: Feed, habits: Habits) -> None:
        self._api = api
        self._feed = feed
        self._info = KINDS[feed.kind]
        self._habits = habits
        self._codecs = codecs(self._info, habits)
        self._breaks = 0

    async def parts(self) -> AsyncGenerator[ListPart | Progress | Listed, None]:
        """Progress, then objects and progress as they come, then what ends the list.

        Raises ApiError when the list does not come to an end; what it gave until then is true and not all.
        """
        so_far = _SoFar()
        ask: _Ask | None = _Ask(FIRST_PAGE)
        while ask is not None:
            if not ask.token:
                so_far.forget()
            try:
                async with aclosing(self._answer(ask, so_far)) as parts:
                    async for part in parts:
                        yield part
            except Gone:
                if not ask.token:
                    raise
                # The pages' common version has expired: one unpaged list, as client-go's pager does.
                ask = _Ask(0)
                continue
            except _TooSlowError:
                ask = _Ask(PAGE)
                continue
            except ConnectionLost:
                self._breaks += ask.is_whole
                raise
            token = so_far.last.continue_token
            if token and token == ask.token:
                raise ConnectionLost("the list goes in circles: a page names itself as the next one")
            if token:
                yield Progress(len(so_far.keys), so_far.expected)
            ask = self._next(ask, so_far)
        if not so_far.last.resource_version:
            raise ConnectionLost("the list does not say of which version it is, as an API server's does")
        yield Listed(so_far.last.resource_version, frozenset(so_far.keys), tuple(so_far.aside))

    async def _answer(self, ask: _Ask, so_far: "_SoFar") -> AsyncGenerator[ListPart | Progress, None]:
        """Send one request and hand on what is in its answer; raises ApiError, and _TooSlowError for one body."""
        async with checked(self._api, self._request(ask)) as answer:
            if not so_far.is_answered:
                # What was said before stays true until the server answers.
                so_far.is_answered = True
                yield Progress(0)
            so_far.media_type = media_type_of(answer)
            counted, told = _Counted(answer, self._habits), 0
            async for part in codec_of(answer, self._codecs).read_list(counted):
                so_far.add(part)
                yield part
                listed = len(so_far.keys)
                if ask.is_whole and listed - told >= PAGE:
                    told = listed
                    yield Progress(listed, so_far.expected and max(listed, so_far.expected))
                    self._judge(counted, so_far)
            if so_far.last.remaining is not None:
                so_far.expected = len(so_far.keys) + so_far.last.remaining
            so_far.size = counted.received / max(1, len(so_far.keys))

    def _next(self, asked: _Ask, so_far: "_SoFar") -> _Ask | None:
        """What to ask for after an answer; None when that was all."""
        token, remaining = so_far.last.continue_token, so_far.last.remaining
        if not token:
            return None
        is_last = remaining is not None and remaining <= PAGE
        is_slow = self._habits.is_slow and (remaining is None or remaining * so_far.size > _LARGE)
        in_pages = asked.token or asked.limit == PAGE or is_last or is_slow or self._breaks >= _BREAKS
        return _Ask(PAGE, token) if in_pages or so_far.media_type != PROTOBUF else _Ask(0)

    def _judge(self, counted: "_Counted", so_far: "_SoFar") -> None:
        """Look whether one body arrives fast enough; raises _TooSlowError when it does not and much is to come."""
        left = ((so_far.expected or 0) - len(so_far.keys)) * so_far.size
        if counted.received >= _JUDGED_AFTER and left > max(_LARGE, counted.received) and counted.rate < _SLOW:
            self._habits.is_slow = True
            raise _TooSlowError

    def _request(self, ask: _Ask) -> Request:
        query = [("limit", str(ask.limit))] if ask.limit else []
        if ask.token:
            query.append(("continue", ask.token))
        if self._feed.field_selector:
            query.append(("fieldSelector", self._feed.field_selector))
        headers = [("Accept", accept(self._info, watch=False))]
        if ask.is_whole:
            # Compressing costs the server more time than a fast link saves; on a slow one there are pages.
            headers.append(("Accept-Encoding", "identity"))
        return Request(
            path=self._info.path(self._feed.namespace),
            query=tuple(query),
            headers=tuple(headers),
            idle_s=_IDLE_S,
            can_wait=True,
        )


class _SoFar:
    """What a list has given until now."""

    def __init__(self) -> None:
        self.keys: set[Key] = set()
        self.aside: list[SetAside] = []
        self.last = ListPart(records=[])
        """The last part of the last answer, which tells where the next page begins."""
        self.is_answered = False
        self.media_type = ""
        self.expected: int | None = None
        """How many objects there are in all, when the server has told."""
        self.size = 0.0
        """Of an object on the wire, in bytes."""

    def add(self, part: ListPart) -> None:
        """Take some objects into account."""
        self.keys.update([record.key for record in part.records])
        self.aside += part.set_aside
        self.last = part

    def forget(self) -> None:
        """Begin again: the next answer is from the beginning."""
        self.keys.clear()
        self.aside.clear()


class _Counted:
    """An answer whose body is counted, and the time that is spent waiting for it."""

    def __init__(self, answer: Answer, habits: Habits) -> None:
        self._answer = answer
        self._habits = habits
        self._before = habits.received
        self._waited_s = 0.0
        self.received = 0
        """Bytes, decompressed."""

    @property
    def status(self) -> int:
        """See Answer."""
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        """See Answer."""
        return self._answer.headers

    @property
    def rate(self) -> float:
        """Bytes a second on the link: those of all lists meanwhile, and not the time in which they were read."""
        return (self._habits.received - self._before) / max(1e-6, self._waited_s)

    async def chunks(self) -> AsyncIterator[bytes]:
        """See Answer."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        async for chunk in self._answer.chunks():
            if self.received:
                self._waited_s += clock() - begun  # the first bytes come when the server is ready
            self.received += len(chunk)
            self._habits.received += len(chunk)
            yield chunk
            begun = clock()
