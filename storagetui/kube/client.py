"""The live client: `Api` over one aiohttp session to one cluster."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import aiohttp

from storagetui.kube.api import Answer, Request
from storagetui.kube.channel import Channel
from storagetui.kube.connection import Connection
from storagetui.kube.errors import ConnectionLost
from storagetui.kube.failures import Failures
from storagetui.kube.rate import Rate

_WEATHER = (aiohttp.ClientError, TimeoutError, OSError)


class LiveAnswer:
    """An answer on the wire."""

    def __init__(self, response: aiohttp.ClientResponse, request: Request, failures: Failures) -> None:
        self._response = response
        self._request = request
        self._failures = failures

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, looked up without regard to case."""
        return self._response.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, decompressed, in chunks as they come. Raises ConnectionLost."""
        try:
            # Not `read()`: it lifts the bound on how much is inflated in one step, and with it on how long that takes.
            async for chunk in self._response.content.iter_any():
                yield chunk
        except _WEATHER as error:
            raise ConnectionLost(await self._failures.sentence(error, self._request)) from _showable(error)


class LiveApi:
    """An API server, as the user of a connection sees it: `async with LiveApi(connection) as api`.

    Entering makes the session and sends nothing. Raises KubeconfigError or CredentialsError, then or later, naming the
    file and the entry that cannot be used.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._failures = Failures(connection)
        self._channel: Channel | None = None
        self._rate: Rate | None = None

    async def __aenter__(self) -> Self:
        self._channel = Channel(self.connection)
        self._rate = Rate(asyncio.get_running_loop().time)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()

    @property
    def session(self) -> Channel:
        """The authenticated session, for kubernetes-asyncio's typed API."""
        if self._channel is None:
            raise RuntimeError("the session exists inside `async with` alone")
        return self._channel

    @property
    def problem(self) -> str:
        """What is wrong with the credentials although the old ones still serve; empty while all is well."""
        return self._channel.problem if self._channel else ""

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator[Answer]:
        """Send a request; entering waits for status and headers, leaving drops the rest of the body.

        Every HTTP status is an answer; a 401 is one only after the credentials were renewed, if they could be. Raises
        ConnectionLost when no answer comes, CredentialsError when there is nothing to identify the user with.
        """
        if self._rate is not None and ("watch", "true") not in request.query:
            wait_s = self._rate.take()
            if wait_s and request.can_wait:
                await asyncio.sleep(wait_s)
        query = f"?{urlencode(request.query)}" if request.query else ""
        try:
            response = await self.session.request(
                request.method,
                f"{self.connection.server}{request.path}{query}",
                headers=dict(request.headers),
                data=request.body,
                timeout=aiohttp.ClientTimeout(total=request.total_s, sock_read=request.idle_s),
            )
        except _WEATHER as error:
            raise ConnectionLost(await self._failures.sentence(error, request)) from _showable(error)
        try:
            yield LiveAnswer(response, request, self._failures)
        finally:
            if response.content.at_eof():
                response.release()
            else:
                _drop(response)


def _drop(response: aiohttp.ClientResponse) -> None:
    """Close the connection of an answer that nobody reads to its end, as a watch, without waiting for a goodbye of TLS.

    A server that hangs would keep it open for half a minute.
    """
    if response.connection is not None and response.connection.transport is not None:
        response.connection.transport.abort()
    response.close()


def _showable(error: BaseException) -> BaseException | None:
    """The cause, for a traceback; not one whose repr holds the request's headers."""
    return None if isinstance(error, aiohttp.ClientResponseError) else error
