"""An Api that answers as a script says: statuses, chunks, delays, cuts and silences, in the loop's time."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from storagetui.kube.api import Answer, Request
from storagetui.kube.errors import ConnectionLost

Json = dict[str, Any]


class Mark(Enum):
    """What a body may do beside giving bytes and waiting."""

    CUT = "the connection breaks off"
    SILENCE = "nothing comes any more, until the time of the watch is over"
    DEAD = "nothing comes any more, not even the end"


INFINITE = float("inf")
CUT, SILENCE, DEAD = Mark.CUT, Mark.SILENCE, Mark.DEAD
Step = bytes | float | Mark
"""A chunk of the body, seconds to wait, or a mark."""


@dataclass(frozen=True)
class Reply:
    """One answer: the head after `head_s`, then the body step by step."""

    body: tuple[Step, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    head_s: float = 0.0
    error: Exception | None = None
    """Raised instead of an answer."""


def lost(message: str = "connection refused", after_s: float = 0.0) -> Reply:
    """No answer at all."""
    return Reply(error=ConnectionLost(message), head_s=after_s)


def silent() -> Reply:
    """A server that takes the request and says nothing."""
    return Reply(head_s=INFINITE)


class ScriptedAnswer:
    """Implements Answer; a watch ends when the seconds are over that the request gave it."""

    def __init__(self, reply: Reply, request: Request | None = None) -> None:
        self.status = reply.status
        self.headers = {name.title(): value for name, value in reply.headers.items()}
        self._body = reply.body
        query = dict(request.query) if request else {}
        begun = asyncio.get_running_loop().time()
        self._idle_s = request.idle_s if request else INFINITE
        self._lost_at = begun + (request.total_s or INFINITE) if request else INFINITE
        self._ends_at = begun + float(query.get("timeoutSeconds", INFINITE))

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, with the request's bounds on silence and on the whole."""
        for step in self._body:
            if isinstance(step, bytes):
                yield step
            elif step is CUT:
                raise ConnectionLost("the connection was reset")
            elif not await self.waited(INFINITE if isinstance(step, Mark) else step, ends=step is not DEAD):
                return

    async def waited(self, seconds: float, *, ends: bool = True) -> bool:
        """Wait, or give up as a transport does; False when the watch is over."""
        now = asyncio.get_running_loop().time()
        bound = min(self._idle_s, self._lost_at - now)
        ends_s = self._ends_at - now if ends else INFINITE
        await asyncio.sleep(min(seconds, bound, ends_s))
        if ends_s < min(seconds, bound):
            return False
        if bound < seconds:
            raise ConnectionLost(f"nothing came for {bound:g} seconds")
        return True


@dataclass
class Asked:
    """A request and when it came."""

    at: float
    request: Request
    open_s: float | None = None
    """How long its answer was open; None while it is."""

    @property
    def query(self) -> dict[str, str]:
        return dict(self.request.query)

    @property
    def is_watch(self) -> bool:
        return self.query.get("watch") == "true"

    @property
    def is_question(self) -> bool:
        """Whether nothing but the version of a kind is asked for."""
        return self.query.get("limit") == "1"

    @property
    def is_discovery(self) -> bool:
        return self.request.path.endswith(("/v1", "/apis", "/version"))


class Noted:
    """What was asked of an Api, and how many answers are being read."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.open_now = 0

    @property
    def lists(self) -> list[Asked]:
        return [one for one in self.asked if not (one.is_watch or one.is_discovery or one.is_question)]

    @property
    def questions(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.is_question]

    @property
    def watches(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.is_watch]


class ScriptedApi(Noted):
    """Implements Api; `answer` decides, and `asked` is what came."""

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        super().__init__()
        self.answer = answer

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator[Answer]:
        """See Api."""
        loop = asyncio.get_running_loop()
        asked = Asked(loop.time(), request)
        self.asked.append(asked)
        reply = self.answer(request)
        answer = ScriptedAnswer(reply, request)
        self.open_now += 1
        try:
            await answer.waited(reply.head_s)
            if reply.error is not None:
                raise reply.error
            yield answer
        finally:
            self.open_now -= 1
            asked.open_s = loop.time() - asked.at


UNTOLD = Reply((b'{"kind":"PartialObjectMetadataList","metadata":{}}',))
NOTHING_SERVED = Reply((json.dumps({"kind": "APIResourceList", "resources": []}).encode(),))


def script(
    lists: list[Reply],
    watches: list[Reply],
    *,
    last_list: Reply | None = None,
    last_watch: Reply | None = None,
    discovery: Reply = NOTHING_SERVED,
    latest: Reply = UNTOLD,
) -> ScriptedApi:
    """Lists and watches answered in order; what comes after the last gets `last_…`, else the last again.

    `latest` is the answer to who asks for the version of a kind.
    """
    left = {False: list(lists), True: list(watches)}
    last = {False: last_list or (lists or [lost()])[-1], True: last_watch or (watches or [quiet()])[-1]}

    def answer(request: Request) -> Reply:
        if request.path.endswith(("/v1", "/apis")):
            return discovery
        if ("limit", "1") in request.query:
            return latest
        is_watch = ("watch", "true") in request.query
        return left[is_watch].pop(0) if left[is_watch] else last[is_watch]

    return ScriptedApi(answer)


def encoded(value: object) -> bytes:
    """JSON as Go writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def claim_wire(name: str, version: str = "1", *, namespace: str = "shop", uid: str = "", **over: Any) -> Json:
    """A claim as it is on the wire; `over` replaces top-level fields."""
    metadata = {"namespace": namespace, "name": name, "uid": uid or f"uid-{name}", "resourceVersion": version}
    return {
        "kind": "PersistentVolumeClaim",
        "apiVersion": "v1",
        "metadata": metadata,
        "spec": {"storageClassName": "fast", "resources": {"requests": {"storage": "1Gi"}}},
        "status": {"phase": "Bound"},
        **over,
    }


def page(objects: list[Json], version: str, token: str = "", remaining: int | None = None, **over: Any) -> Reply:
    """A list's page, in one chunk; items carry no kind, as those of built-in kinds do."""
    metadata: Json = {"resourceVersion": version}
    if token:
        metadata["continue"] = token
    if remaining is not None:
        metadata["remainingItemCount"] = remaining
    items = [{key: value for key, value in one.items() if key not in ("kind", "apiVersion")} for one in objects]
    body = {"kind": "PersistentVolumeClaimList", "apiVersion": "v1", "metadata": metadata, "items": items}
    return Reply((encoded(body),), **over)


def event(type_: str, wire: Json) -> bytes:
    """One line of a watch."""
    return encoded({"type": type_, "object": wire}) + b"\n"


def bookmark(version: str) -> bytes:
    """A bookmark's line, with the nulls that the server writes into it."""
    metadata = {"resourceVersion": version, "creationTimestamp": None}
    return event("BOOKMARK", {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "metadata": metadata, "spec": {}})


def error_event(code: int, reason: str, message: str) -> bytes:
    """An ERROR event's line."""
    status = {"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message}
    return event("ERROR", status)


def refusal(code: int, reason: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """An HTTP status with a Status object."""
    body = encoded({"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message})
    return Reply((body,), code, {"Content-Type": "application/json", **(headers or {})})


def watch(*steps: Step) -> Reply:
    """A watch that gives these steps and ends cleanly after the last."""
    return Reply(steps)


def quiet(every_s: float = 60.0, count: int = 1000) -> Reply:
    """A watch on which nothing happens but bookmarks."""
    steps: list[Step] = []
    for number in range(count):
        steps += [every_s, bookmark(f"quiet-{number}")]
    return Reply(tuple(steps))
