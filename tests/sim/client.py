"""A client as simple as can be: requests go through the program's own seam, bodies are JSON."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from storagetui.kube.api import Answer, Api, Request

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


class Answered(NamedTuple):
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    json: Any
    """The decoded body; its text when it is no JSON."""


class Events:
    """A watch that is being read."""

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.chunks = 0
        self._answer = answer
        self._lines = self._read()

    async def next(self, within_s: float = 600.0) -> Any:
        """The next event, decoded; None at the end of the watch."""
        async with asyncio.timeout(within_s):
            line = await anext(self._lines, None)
        return None if line is None else json.loads(line)

    async def rest(self) -> list[Any]:
        """All events to the end of the watch."""
        return [json.loads(line) async for line in self._lines]

    async def _read(self) -> AsyncIterator[bytes]:
        held = b""
        async for chunk in self._answer.chunks():
            self.chunks += 1
            *lines, held = (held + chunk).split(b"\n")
            for line in lines:
                yield line
        assert held == b""


class Client:
    """Asks an API server; `user` goes by the token that the simulated cluster gives to its users."""

    def __init__(self, api: Api, user: str = "") -> None:
        self.api = api
        self._headers = (("Authorization", f"Bearer {user}-token"),) if user else ()

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "",
        **more: Any,
    ) -> Request:
        """A request; the query stands in the path."""
        plain, _, query = path.partition("?")
        headers = [*self._headers, ("Content-Type", content_type)] if body is not None else [*self._headers]
        headers += [("Accept", accept)] if accept else []
        sent = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        pairs = tuple(parse_qsl(query, keep_blank_values=True))
        return Request(method=method, path=plain, query=pairs, headers=tuple(headers), body=sent, **more)

    async def send(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json", **more: Any
    ) -> Answered:
        """Send a request and read all of the answer."""
        async with self.api.open(self.request(method, path, body, content_type, **more)) as answer:
            raw = b"".join([chunk async for chunk in answer.chunks()])
        try:
            return Answered(answer.status, answer.headers, json.loads(raw))
        except ValueError:
            return Answered(answer.status, answer.headers, raw.decode())

    async def get(self, path: str, **more: Any) -> Any:
        """The decoded answer to a GET that must succeed."""
        answered = await self.send("GET", path, **more)
        assert answered.status == 200, answered.json
        return answered.json

    @asynccontextmanager
    async def watch(self, path: str, **more: Any) -> AsyncIterator[Events]:
        """Open a watch."""
        separator = "&" if "?" in path else "?"
        more = {"idle_s": 3600.0, **more}
        async with self.api.open(self.request("GET", f"{path}{separator}watch=true", **more)) as answer:
            yield Events(answer)


def names(listed: Any) -> list[str]:
    """The names of a list's items."""
    return [item["metadata"]["name"] for item in listed["items"]]
