"""The simulated API server behind the program's own seam: SimApi answers requests as a real server does, in process."""

import asyncio
import math
import random
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from email.utils import format_datetime
from typing import Any

from storagetui.kube.api import Answer, Request
from storagetui.kube.errors import ConnectionLost
from storagetui.sim import call as calls
from storagetui.sim import discovery, faults, reading, refusal, reply, reviews, watching, writing
from storagetui.sim.access import ANONYMOUS, AUTHENTICATED, MASTERS, Access, User, Wish, usual
from storagetui.sim.call import Call
from storagetui.sim.faults import Effect, Faults, Stream
from storagetui.sim.refusal import Refusal
from storagetui.sim.reply import Headers, Reply
from storagetui.sim.store import ObjectStore

ADMIN = User("admin", (MASTERS, AUTHENTICATED))
"""Who asks in process without naming a token."""


class SimAnswer:
    """An answer of the simulated server (kube.api.Answer)."""

    def __init__(self, status: int, headers: Mapping[str, str], body: AsyncIterator[bytes]) -> None:
        self.status = status
        self.headers = headers
        self._body = body

    def chunks(self) -> AsyncIterator[bytes]:
        """The body in chunks that end anywhere. Raises ConnectionLost when it breaks off or stays silent too long."""
        return self._body


class SimApi:
    """The API server of the simulated cluster, in process (kube.api.Api).

    `access` says who may do what (`sim.access.usual` unless given), `faults` what goes wrong. A request without
    credentials is the administrator's; with a bearer token it is that user's, and Impersonate-User works. Every answer
    carries the simulated world's time in `Date`.
    """

    def __init__(
        self, store: ObjectStore, *, access: Access | None = None, faults: Faults | None = None, seed: int = 0
    ) -> None:
        self.store = store
        self.access = access or usual()
        self.faults = faults or Faults()
        self._chance = random.Random(seed)

    def open(self, request: Request) -> AbstractAsyncContextManager[Answer]:
        """Send a request; entering waits for status and headers, leaving drops the rest of the body.

        Raises ConnectionLost when a fault keeps the answer back, or it does not come in time.
        """
        return self.open_for(request, ADMIN)

    @asynccontextmanager
    async def open_for(self, request: Request, stranger: User = ANONYMOUS) -> AsyncIterator[Answer]:
        """As `open`, with `stranger` for whoever shows no credentials."""
        due = _Due(request)
        try:
            async with asyncio.timeout_at(due.next()):
                call, answer, effects = await self._answered(request, stranger)
        except TimeoutError as error:
            raise ConnectionLost(f"the simulated API server did not answer within {due.bound_s:g} s") from error
        with self.faults.reading(call) as stream:
            async with aclosing(self._held(faults.disturbed(answer.body(), effects))) as body:
                chunks = self._chunks(body, stream, due, cut=answer.stream is not None)
                async with aclosing(chunks):
                    yield SimAnswer(answer.status, self._headers(answer), chunks)

    async def _answered(self, request: Request, stranger: User) -> tuple[Call, Reply, list[Effect]]:
        """The answer's head and body, and what strikes the body on its way."""
        effects: list[Effect] = []
        call = Call(verb="", path=request.path, kind=None, query={}, headers={})
        try:
            await self.faults.flowing()
            call = calls.read(request)
            effects = self.faults.effects(call)
            answer = await faults.before(effects) or await self._answer(call, request, stranger)
        except Refusal as refused:
            answer = reply.of_refusal(refused)
        return call, answer, effects

    async def _answer(self, call: Call, request: Request, stranger: User) -> Reply:
        user = self._user(request, stranger)
        self.access.check(user, call.wish)
        if call.unserved is not None:
            return discovery.unserved(call.unserved)
        if call.kind is None:
            return discovery.answer(call, self.faults.absent)
        if not call.kind.stored:
            if call.verb != "create":
                raise refusal.wrong_method()
            return reviews.answer(self.access, user, call)
        if call.verb not in call.kind.verbs and not call.subresource:
            raise refusal.wrong_method()
        if call.subresource in ("binding", "eviction") and call.verb != "create":
            raise refusal.wrong_method()
        return await self._carried_out(call)

    async def _carried_out(self, call: Call) -> Reply:
        if call.verb == "watch":
            return Reply(stream=await watching.opened(self.store, call, self._chance))
        if call.verb == "list":
            return await reading.listed(self.store, call)
        if call.verb == "deletecollection":
            return await writing.delete_collection(self.store, call)
        if call.verb == "get":
            return writing.scale(self.store, call) if call.subresource == "scale" else reading.get(self.store, call)
        verbs = {
            "create": writing.create,
            "update": writing.update,
            "patch": writing.patch,
            "delete": writing.delete,
        }
        return verbs[call.verb](self.store, call)

    def _user(self, request: Request, stranger: User) -> User:
        """Who asks. Refused with 401 for an unknown token, with 403 for an impersonation that is not allowed."""
        headers = [(key.lower(), value) for key, value in request.headers]
        user = stranger
        for key, value in headers:
            if key == "authorization":
                scheme, _, token = value.partition(" ")
                user = self.access.user_of(token.strip() if scheme.lower() == "bearer" else "")
        name = next((value for key, value in headers if key == "impersonate-user"), "")
        if not name:
            return user
        groups = tuple(value for key, value in headers if key == "impersonate-group")
        wishes = [Wish(verb="impersonate", resource="users", name=name)]
        wishes += [Wish(verb="impersonate", resource="groups", name=group) for group in groups]
        for wish in wishes:
            self.access.check(user, wish)
        return User(name, groups if name == ANONYMOUS.name else (*groups, AUTHENTICATED))

    def _headers(self, answer: Reply) -> Headers:
        now = format_datetime(self.store.clock.now(), usegmt=True)
        return Headers({**answer.headers, "Date": now, "Cache-Control": "no-cache, private"})

    async def _held(self, source: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        """A body of which nothing comes while the server hangs."""
        async with aclosing(source):
            async for item in source:
                await self.faults.flowing()
                yield item

    async def _chunks(
        self, body: AsyncGenerator[bytes], stream: Stream, due: "_Due", *, cut: bool
    ) -> AsyncGenerator[bytes]:
        """The body's chunks, those of a watch cut at random; ends in ConnectionLost when torn off or silent."""
        while True:
            step = asyncio.ensure_future(anext(body, None))
            try:
                until = due.next()
                wait = None if until is None else until - asyncio.get_running_loop().time()
                awaited: set[asyncio.Future[Any]] = {step, stream.broken}
                await asyncio.wait(awaited, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                if stream.broken.done():
                    raise ConnectionLost("the connection to the simulated API server broke")
                if not step.done():
                    raise ConnectionLost(f"nothing came from the simulated API server for {due.bound_s:g} s")
                chunk = step.result()
            finally:
                await _stopped(step)
            if chunk is None:
                return
            middle = self._chance.randrange(1, len(chunk)) if cut and len(chunk) > 1 else 0
            if middle:
                yield chunk[:middle]
            yield chunk[middle:]


class _Due:
    """Until when the next part of an answer must have come, in the loop's time."""

    def __init__(self, request: Request) -> None:
        self.bound_s = request.idle_s
        self._end = math.inf if request.total_s is None else asyncio.get_running_loop().time() + request.total_s

    def next(self) -> float | None:
        """The bound for what is awaited now; None for none."""
        until = min(self._end, asyncio.get_running_loop().time() + self.bound_s)
        return None if math.isinf(until) else until


async def _stopped(step: "asyncio.Future[bytes | None]") -> None:
    """Cancel a step that is under way, and wait until it has let go of the body."""
    if step.done():
        return
    step.cancel()
    await asyncio.wait({step})
