"""What a person is told when no answer comes."""

import asyncio
import socket
import ssl
import traceback
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta

import pytest

from storagetui.kube.api import Api, Request
from storagetui.kube.client import LiveApi
from storagetui.kube.connection import Connection
from storagetui.kube.errors import ConnectionLost
from storagetui.kube.kubeconfig_file import Cluster, Located, User
from storagetui.kube.proxies import Proxy as ProxyAddress
from storagetui.kube.secret import Blob, Secret
from tests.kube.pki import Authority
from tests.kube.wire import Proxy, Recorder, Reply, Seen, chunk, head, tls_context

FILE = "/home/jane/.kube/config"
CHUNKED = Reply(headers=(("transfer-encoding", "chunked"),))


def to(
    server: str, authority: Authority | None = None, *, name: str = "", proxy: ProxyAddress | None = None
) -> Connection:
    trusted = Blob(authority.pem) if authority else Blob()
    cluster = Cluster(server=server, certificate_authority_data=trusted, tls_server_name=name)
    user = User(token=Secret("hidden-token"))
    return Connection(
        context="x", server=server, cluster=Located("c", FILE, cluster), user=Located("u", FILE, user), proxy=proxy
    )


async def read(api: Api, request: Request) -> None:
    async with api.open(request) as answer:
        async for _ in answer.chunks():
            pass


async def lost(connection: Connection, request: Request = Request(path="/probe")) -> str:  # noqa: B008 (a value)
    """What is said of a request without an answer; nothing that is printed with it holds a credential."""
    async with LiveApi(connection) as api:
        with pytest.raises(ConnectionLost) as raised:
            await read(api, request)
    shown = "".join(traceback.format_exception(raised.value)) + repr(raised.value.__cause__)
    assert "hidden" not in shown
    assert "Basic" not in shown
    return str(raised.value)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("our authority")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_nobody_listens() -> None:
    server = f"http://127.0.0.1:{closed_port()}"
    assert await lost(to(server)) == (
        f"Cannot connect to {server}: nothing listens there: is the API server running, and is this the right port?"
    )


async def test_nobody_knows_the_name() -> None:
    said = await lost(to("http://no-such-name.invalid:6443"))
    assert said == "The name of http://no-such-name.invalid:6443 is not known here: is it right, and is the VPN up?"


async def test_nothing_is_said_for_too_long() -> None:
    async def silent(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.target == "/begin":
            writer.write(head(CHUNKED) + chunk(b"one"))
        await asyncio.sleep(30)

    async with Recorder(silent) as server:
        for path in ("/probe", "/begin"):
            said = await lost(to(server.url), Request(path=path, idle_s=0.3))
            assert said == f"{server.url} said nothing for 0.3 s."


async def test_it_takes_too_long_although_it_talks() -> None:
    async def chatty(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(head(CHUNKED))
        while True:
            writer.write(chunk(b"more"))
            await writer.drain()
            await asyncio.sleep(0.05)

    async with Recorder(chatty) as server:
        said = await lost(to(server.url), Request(path="/probe", idle_s=5, total_s=0.4))
        assert said == f"{server.url} took longer than 0.4 s."


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\ncontent-le"])
async def test_no_head_comes(sent: bytes) -> None:
    async def leave(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)

    async with Recorder(leave) as server:
        assert await lost(to(server.url)) == f"{server.url} closed the connection."


@pytest.mark.parametrize(
    "begin",
    [
        head(CHUNKED) + chunk(b"one") + b"5\r\ntw",
        head(CHUNKED) + chunk(b"one"),
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\none",
        head(Reply(headers=(("content-encoding", "gzip"),), body=b"not gzip")) + b"not gzip",
    ],
)
async def test_the_body_breaks_off(begin: bytes) -> None:
    async def cut(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(begin)

    async with Recorder(cut) as server:
        assert await lost(to(server.url)) == f"The answer of {server.url} broke off."


async def test_the_connection_is_reset() -> None:
    async def reset(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(head(CHUNKED) + chunk(b"one"))
        await writer.drain()
        writer.transport.abort()

    async with Recorder(reset) as server:
        assert (await lost(to(server.url))).startswith(
            (f"The connection to {server.url}", f"The answer of {server.url}")
        )


async def test_what_answers_does_not_speak_http() -> None:
    async def other(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\x1b[31m\r\n\r\n")

    async with Recorder(other) as server:
        said = await lost(to(server.url))
        assert said.startswith(f"{server.url} answered something that is not HTTP")
        assert said.isprintable()


async def test_what_answers_does_not_speak_tls(authority: Authority) -> None:
    async def bad_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(head(Reply(status=400)))
        writer.close()

    async with await asyncio.start_server(bad_request, "127.0.0.1", 0) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert await lost(to(url, authority)) == (
            f"{url} does not speak TLS: does its address begin with http://, or is this another port?"
        )


async def test_the_certificate_is_another_s(authority: Authority) -> None:
    async with Recorder(tls=tls_context(authority.server("api.example", "10.0.0.1"))) as server:
        said = await lost(to(server.url, authority))
        assert said == (
            f"The certificate of {server.url} is for api.example, 10.0.0.1, not for 127.0.0.1: "
            f'correct the server of the cluster "c" in {FILE}, or set its tls-server-name.'
        )
        assert "not for other.example" in await lost(to(server.url, authority, name="other.example"))


async def test_the_issuer_is_not_trusted(authority: Authority) -> None:
    theirs = Authority("their authority")
    async with Recorder(tls=tls_context(theirs.server("127.0.0.1"))) as server:
        said = await lost(to(server.url, authority))
        assert f'The certificate of {server.url}, issued by "their authority", is not trusted' in said
        assert f'the certificate-authority of the cluster "c" in {FILE} must hold its issuer' in said
        assert server.seen == [], "looking at the certificate asks for nothing"


async def test_the_certificate_is_looked_at_once_however_many_fail(authority: Authority) -> None:
    async with Recorder(tls=tls_context(Authority().server("127.0.0.1"))) as server:
        async with LiveApi(to(server.url, authority)) as api:
            for _ in range(4):
                with pytest.raises(ConnectionLost, match="is not trusted"):
                    await read(api, Request(path="/probe"))
        assert server.greetings == 5


async def test_the_certificate_is_too_old(authority: Authority) -> None:
    ended = datetime.now(UTC) - timedelta(days=2)
    async with Recorder(tls=tls_context(authority.server("127.0.0.1", not_after=ended))) as server:
        said = await lost(to(server.url, authority))
        assert said.startswith(
            f"The certificate of {server.url} ended on {ended:%Y-%m-%d %H:%M} UTC: it must be renewed"
        )


async def test_a_client_certificate_is_demanded(authority: Authority) -> None:
    context = tls_context(authority.server("127.0.0.1"), authority, required=True)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # later ones say so when it is too late to tell it from a reset

    def refuse(listener: socket.socket) -> None:
        """Without asyncio, which closes the connection before the alert is out."""
        with listener.accept()[0] as accepted, suppress(ssl.SSLError):
            context.wrap_socket(accepted, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        refusal = asyncio.create_task(asyncio.to_thread(refuse, listener))
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        said = await lost(to(url, authority))
        await refusal
    assert said == f"{url} does not accept our client certificate (sslv3 alert handshake failure)."


async def test_the_handshake_is_not_finished(authority: Authority) -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    async with await asyncio.start_server(leave, "127.0.0.1", 0) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert (await lost(to(url, authority))).startswith((f"Cannot connect to {url}: ", f"TLS with {url} failed: "))


def through(proxy: Proxy, source: str = "HTTPS_PROXY") -> ProxyAddress:
    return ProxyAddress(proxy.url, source, Secret("Basic aGlkZGVu"))


async def test_the_proxy_refuses(authority: Authority) -> None:
    async with Proxy(refuse=407) as proxy:
        said = await lost(to("https://api.example:6443", authority, proxy=through(proxy)))
        assert said == f"No way to https://api.example:6443: the proxy {proxy.url} (HTTPS_PROXY) answered 407."
        assert proxy.seen[0].header("proxy-authorization") == "Basic aGlkZGVu"


async def test_the_proxy_is_not_there(authority: Authority) -> None:
    away = ProxyAddress(f"http://127.0.0.1:{closed_port()}", f'the proxy-url of the cluster "c" in {FILE}')
    said = await lost(to("https://api.example:6443", authority, proxy=away))
    assert said.startswith(f"Cannot connect to the proxy {away.url} ({away.source}): nothing listens there")


async def test_behind_a_proxy_the_certificate_is_not_looked_at(authority: Authority) -> None:
    tls = tls_context(Authority().server("127.0.0.1"))
    async with Recorder(tls=tls) as server, Proxy(server.port) as proxy:
        said = await lost(to("https://api.example:6443", authority, proxy=through(proxy)))
        assert "issued by an unknown authority, is not trusted" in said


@pytest.fixture
async def full() -> AsyncIterator[str]:
    """A port that takes no more connections, so that the next waits for ever."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        yield f"http://127.0.0.1:{port}"


async def test_nobody_takes_the_connection(full: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storagetui.kube.channel._SOCKET_CONNECT_S", 0.5)
    assert await lost(to(full)) == f"No answer from {full}: is it running, and is the VPN up?"
