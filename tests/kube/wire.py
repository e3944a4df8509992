"""Servers on loopback that write down what reaches them: an API server of any manners, and a proxy."""

import asyncio
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import msgspec

from tests.kube.pki import Authority, Pair

Headers = tuple[tuple[str, str], ...]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it arrived."""

    method: str
    target: str
    """What stands in the request line: a path, a whole URL (at a proxy), or host:port (CONNECT)."""
    headers: Headers
    """Names in lower case, in order."""
    body: bytes = b""
    server_name: str = ""
    """The name asked for in the TLS handshake (SNI)."""
    client: str = ""
    """The common name of the client's certificate."""

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key == name)


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a server answers."""

    status: int = 200
    body: bytes = b"{}"
    headers: Headers = (("content-type", "application/json"),)


Responder = Callable[[Seen, asyncio.StreamWriter], Awaitable[Reply | None]]
"""Gives a reply, or None after it has written to the connection itself; the connection is closed then."""


def always(reply: Reply) -> Responder:
    async def respond(seen: Seen, writer: asyncio.StreamWriter) -> Reply:
        return reply

    return respond


def in_turn(*replies: Reply) -> Responder:
    """The replies one after another, the last for ever."""
    left = list(replies)

    async def respond(seen: Seen, writer: asyncio.StreamWriter) -> Reply:
        return left.pop(0) if len(left) > 1 else left[0]

    return respond


def tls_context(pair: Pair, clients: Authority | None = None, *, required: bool = False) -> ssl.SSLContext:
    """A server's context; `clients` vouches for the certificates that clients may (or must) show."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _load(context, pair)
    if clients is not None:
        context.load_verify_locations(cadata=clients.pem.decode())
        context.verify_mode = ssl.CERT_REQUIRED if required else ssl.CERT_OPTIONAL
    return context


def _load(context: ssl.SSLContext, pair: Pair) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(pair.key + pair.certificate)
        file.flush()
        context.load_cert_chain(file.name)


class Recorder:
    """A server that answers every request as told, and keeps what it has seen: `async with Recorder(...) as server`."""

    def __init__(self, responder: Responder | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self._responder = responder or always(Reply())
        self._tls = tls
        self._names: dict[int, str] = {}
        self._open: set[asyncio.StreamWriter] = set()
        self.connections = 0
        """Connections that came as far as a request could."""
        self.greetings = 0
        """TLS handshakes that were begun."""
        if tls is not None:
            tls.sni_callback = self._name

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Listen no more, and drop every connection."""
        self._server.close()
        self.drop()
        await self._server.wait_closed()
        await asyncio.sleep(0)  # what was closed a moment ago lets go of its socket

    @property
    def open_connections(self) -> int:
        """Connections that neither side has closed."""
        return len(self._open)

    def drop(self) -> None:
        """Drop every connection."""
        for writer in list(self._open):
            writer.transport.abort()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def requests(self, path: str) -> list[Seen]:
        """Those for a path, without what a client asks on its own account beside them."""
        return [seen for seen in self.seen if seen.target.partition("?")[0].endswith(path)]

    def _name(self, wire: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        self.greetings += 1
        self._names[id(wire)] = name or ""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            await self.converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the client has seen enough
        finally:
            self._open.discard(writer)
            writer.close()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read requests and answer them until one side has enough."""
        while (seen := await self._request(reader, writer)) is not None:
            self.seen.append(seen)
            reply = await self._responder(seen, writer)
            if reply is None:
                return
            writer.write(head(reply) + reply.body)
            await writer.drain()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Seen | None:
        line = await reader.readline()
        if not line:
            return None
        method, target, _ = line.decode().split()
        headers: list[tuple[str, str]] = []
        while (line := await reader.readline()).strip():
            name, _, value = line.decode().partition(":")
            headers.append((name.lower(), value.strip()))
        body = await reader.readexactly(int(dict(headers).get("content-length", 0)))
        wire = writer.get_extra_info("ssl_object")
        shown = (wire.getpeercert() or {}) if wire else {}
        names = {key: value for part in shown.get("subject", ()) for key, value in part}
        return Seen(
            method=method,
            target=target,
            headers=tuple(headers),
            body=body,
            server_name=self._names.get(id(wire), "") if wire else "",
            client=str(names.get("commonName", "")),
        )


class Proxy(Recorder):
    """A proxy: tunnels every CONNECT to one port on loopback, whatever name was asked for, and answers the rest."""

    def __init__(self, target_port: int = 0, tls: ssl.SSLContext | None = None, refuse: int = 0) -> None:
        super().__init__(tls=tls)
        self._target_port = target_port
        self._refuse = refuse

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen = await self._request(reader, writer)
        if seen is None:
            return
        self.seen.append(seen)
        if self._refuse:
            writer.write(head(Reply(status=self._refuse, body=b"", headers=())))
            await writer.drain()
        elif seen.method == "CONNECT":
            await self._tunnel(reader, writer)
        else:
            writer.write(head(Reply()) + Reply().body)
            await writer.drain()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        finally:
            far_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.close()


def head(reply: Reply) -> bytes:
    """Status line and headers, with the length of the body unless it comes in chunks."""
    headers = [f"{name}: {value}" for name, value in reply.headers]
    if not any(name == "transfer-encoding" for name, _ in reply.headers):
        headers.append(f"content-length: {len(reply.body)}")
    return "\r\n".join([f"HTTP/1.1 {reply.status} Reply", *headers, "", ""]).encode()


def chunk(data: bytes) -> bytes:
    """Data as one chunk of a body that comes in chunks."""
    return b"%x\r\n%s\r\n" % (len(data), data)
