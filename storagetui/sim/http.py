"""The simulated API server on the loopback address, for the demo, kubectl and faults of real connections.

The same core as in process: requests become the program's own, answers are written as they come. What breaks in the
core breaks here as a reset connection, and what is silent there is silent here.
"""

import asyncio
import math
import os
import socket
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from storagetui.kube.api import Answer, Request
from storagetui.kube.errors import ConnectionLost
from storagetui.sim import kubeconfig
from storagetui.sim.access import ANONYMOUS, User
from storagetui.sim.certificate import Certificates, issued
from storagetui.sim.refusal import Refusal
from storagetui.sim.server import SimApi

GZIP_FROM = 128 * 1024
"""Answers from this size on are compressed for those who accept it (apiserver .../responsewriters/writers.go)."""
BODY_LIMIT = 3 * 1024 * 1024
"""The largest request (--max-request-body-bytes)."""
_HOST = "127.0.0.1"
_CLOSING_S = 0.1


class HttpServer:
    """A SimApi served on a loopback port."""

    def __init__(self, api: SimApi, certificates: Certificates | None, stranger: User) -> None:
        self.api = api
        self.port = 0
        """The port that is listened on, once it is."""
        self.members = False
        """Whether compressed answers, watches among them, are a gzip member for each chunk, as a server that flushes
        writes them."""
        self._certificates = certificates
        self._stranger = stranger
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_route("*", "/{tail:.*}", self._respond)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=_CLOSING_S)
        self._site: web.TCPSite | None = None

    @property
    def url(self) -> str:
        """Where the server is: `https://127.0.0.1:40001`."""
        return f"{'https' if self._certificates else 'http'}://{_HOST}:{self.port}"

    @property
    def authority(self) -> str:
        """The certificate of the authority that clients have to trust, in PEM; empty without TLS."""
        return self._certificates.authority if self._certificates else ""

    def kubeconfig(self, path: str | Path, user: str = "admin") -> Path:
        """Write a kubeconfig that only its owner may read: a context for every user, `user`'s being the current one.

        Raises LookupError for a user nobody added, OSError when the file cannot be written.
        """
        self.api.access.token_of(user)
        users = {known.name: token for token, known in self.api.access.users.items()}
        text = kubeconfig.text(self.url, self.authority, users, user)
        target = Path(path)
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(text)
        return target

    async def start(self, port: int = 0) -> None:
        """Listen; on any free port unless told which."""
        await self._runner.setup()
        await self.resume(port)

    async def resume(self, port: int = 0) -> None:
        """Listen again after `pause`, on the same port."""
        context = self._certificates.server_context() if self._certificates else None
        site = web.TCPSite(self._runner, _HOST, port or self.port, ssl_context=context, reuse_address=True)
        await site.start()
        self._site = site
        self.port = int(self._runner.addresses[0][1])

    async def pause(self) -> None:
        """Stop listening and reset every connection: to clients the server is gone."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        server = self._runner.server
        for connection in server.connections if server is not None else ():
            if connection.transport is not None:
                _reset(connection.transport)

    async def close(self) -> None:
        """Stop for good."""
        await self.pause()
        await self._runner.cleanup()

    async def _respond(self, raw: web.Request) -> web.StreamResponse:
        try:
            body = await raw.read()
        except web.HTTPRequestEntityTooLarge:
            return web.json_response(_too_large().status(), status=413)
        request = Request(
            method=raw.method,
            path=raw.rel_url.raw_path,
            query=tuple(raw.rel_url.query.items()),
            headers=tuple(raw.headers.items()),
            body=body,
            idle_s=math.inf,
        )
        try:
            async with self.api.open_for(request, self._stranger) as answer:
                return await _written(raw, answer, members=self.members)
        except ConnectionLost:
            if raw.transport is not None:
                _reset(raw.transport)
            raise asyncio.CancelledError from None


@asynccontextmanager
async def serve(
    api: SimApi, port: int = 0, *, tls: bool = True, stranger: User = ANONYMOUS
) -> AsyncIterator[HttpServer]:
    """Serve `api` on 127.0.0.1 until the context is left.

    `stranger` is who asks without credentials. Without `tls` kubectl sends none: only programs that do, such as the
    official client, are then told apart.
    """
    server = HttpServer(api, issued() if tls else None, stranger)
    try:
        await server.start(port)
        yield server
    finally:
        await server.close()


async def _written(raw: web.Request, answer: Answer, *, members: bool) -> web.StreamResponse:
    """Write an answer: with its length if it is short, compressed if it is long, in chunks if it may never end."""
    response = web.StreamResponse(status=answer.status, headers=dict(answer.headers.items()))
    held: list[bytes] = []
    size = 0
    gzip = "gzip" in raw.headers.get("Accept-Encoding", "")
    squeezed = None
    if raw.query.get("watch", "false") not in ("false", "0"):
        # A watch says that it is open before anything happens; its reader waits for nothing else.
        squeezed = _Squeezed(members) if members and gzip else None
        await _begin(raw, response, squeezed)
    try:
        async for chunk in answer.chunks():
            if response.prepared:
                await response.write(squeezed.chunk(chunk) if squeezed else chunk)
                continue
            held.append(chunk)
            size += len(chunk)
            if size >= GZIP_FROM:
                squeezed = _Squeezed(members) if gzip else None
                await _begin(raw, response, squeezed)
                for part in held:
                    await response.write(squeezed.chunk(part) if squeezed else part)
    except ConnectionLost:
        if not response.prepared and held:
            await _begin(raw, response, None)
            await response.write(b"".join(held))
        raise
    if not response.prepared:
        response.content_length = size
        await response.prepare(raw)
        await response.write(b"".join(held))
    elif squeezed:
        await response.write(squeezed.end())
    await response.write_eof()
    return response


class _Squeezed:
    """A compressed body: one gzip stream, or one for each chunk."""

    def __init__(self, members: bool) -> None:
        self._members = members
        self._stream = _gzip()

    def chunk(self, data: bytes) -> bytes:
        """What goes out for a chunk, perhaps nothing yet."""
        if not self._members:
            return self._stream.compress(data)
        member = _gzip()
        return member.compress(data) + member.flush()

    def end(self) -> bytes:
        """What goes out at the end."""
        return b"" if self._members else self._stream.flush()


def _gzip() -> "zlib._Compress":
    return zlib.compressobj(1, zlib.DEFLATED, 31)


async def _begin(raw: web.Request, response: web.StreamResponse, squeezed: "_Squeezed | None") -> None:
    if squeezed is not None:
        response.headers["Content-Encoding"] = "gzip"
    response.enable_chunked_encoding()
    await response.prepare(raw)


def _too_large() -> Refusal:
    return Refusal(413, "RequestEntityTooLarge", f"Request entity too large: limit is {BODY_LIMIT}", {})


def _reset(transport: asyncio.BaseTransport) -> None:
    """Close a connection with a reset instead of an orderly end."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(transport, asyncio.Transport):
        transport.abort()
    else:
        transport.close()
