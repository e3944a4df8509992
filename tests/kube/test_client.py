"""The live client against servers on loopback that do as they are told, in real time."""

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from storagetui.errors import CredentialsError
from storagetui.kube.api import Api, Request
from storagetui.kube.channel import keepalive_socket, user_agent
from storagetui.kube.client import LiveApi
from storagetui.kube.connection import Connection, Impersonation
from storagetui.kube.errors import ConnectionLost
from storagetui.kube.kubeconfig_file import Cluster, Exec, Located, User
from storagetui.kube.secret import Blob, Secret
from tests.kube.pki import Authority, write
from tests.kube.waiting import until
from tests.kube.wire import Recorder, Reply, Seen, always, chunk, head, in_turn, tls_context

FILE = "/home/jane/.kube/config"
V1 = "client.authentication.k8s.io/v1"
LIST = Request(path="/api/v1/pods")
CHUNKED = Reply(headers=(("content-type", "application/json"), ("transfer-encoding", "chunked")))


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def to(server: str, user: User | None = None, cluster: Cluster | None = None, **more: object) -> Connection:
    """A connection to a server as somebody, over plain HTTP as nobody."""
    return Connection(
        context="x",
        server=server,
        cluster=Located("c", FILE, cluster or Cluster(server=server)),
        user=Located("u", FILE, user or User()),
        **more,  # type: ignore[arg-type] # fields of a Connection
    )


def secured(server: str, authority: Authority, user: User) -> Connection:
    return to(server, user, Cluster(server=server, certificate_authority_data=Blob(authority.pem)))


async def asked(api: Api, request: Request = LIST) -> tuple[int, bytes]:
    async with api.open(request) as answer:
        return answer.status, b"".join([part async for part in answer.chunks()])


async def lost(api: Api, request: Request = LIST) -> str:
    with pytest.raises(ConnectionLost) as raised:
        await asked(api, request)
    return str(raised.value)


async def test_a_request_arrives_as_it_was_meant() -> None:
    async with Recorder() as server, LiveApi(to(f"{server.url}/prefix")) as api:
        request = Request(
            method="PATCH",
            path="/api/v1/namespaces/a%2Fb/pods/db-0",
            query=(("fieldSelector", "metadata.name=db-0,spec.x!=ä"), ("dryRun", "All"), ("limit", "1")),
            headers=(("Content-Type", "application/merge-patch+json"), ("Accept", "application/json")),
            body=b'{"a": 1}',
        )
        assert await asked(api, request) == (200, b"{}")
        (seen,) = server.seen
        assert seen.method == "PATCH"
        assert seen.target == (
            "/prefix/api/v1/namespaces/a%2Fb/pods/db-0"
            "?fieldSelector=metadata.name%3Ddb-0%2Cspec.x%21%3D%C3%A4&dryRun=All&limit=1"
        )
        assert seen.body == b'{"a": 1}'
        assert dict(seen.headers) == {
            "host": f"127.0.0.1:{server.port}",
            "user-agent": user_agent(),
            "accept": "application/json",
            "accept-encoding": "gzip",
            "content-type": "application/merge-patch+json",
            "content-length": "8",
        }


async def test_a_request_may_choose_what_it_accepts() -> None:
    async with Recorder() as server, LiveApi(to(server.url)) as api:
        await asked(api, Request(path="/", headers=(("accept-encoding", "identity"), ("Accept", "application/vnd.x"))))
        await asked(api)
        assert [seen.header("accept-encoding") for seen in server.seen] == ["identity", "gzip"]
        assert [seen.header("accept") for seen in server.seen] == ["application/vnd.x", ""]


async def test_every_status_is_an_answer_and_headers_have_no_case() -> None:
    reply = Reply(status=429, body=b"wait", headers=(("Retry-After", "7"),))
    async with Recorder(always(reply)) as server, LiveApi(to(server.url)) as api, api.open(LIST) as answer:
        assert answer.status == 429
        assert answer.headers["retry-after"] == answer.headers["RETRY-AFTER"] == "7"
        assert [part async for part in answer.chunks()] == [b"wait"]


async def test_a_redirect_is_an_answer_and_cookies_are_not_kept() -> None:
    reply = Reply(status=302, headers=(("location", "https://elsewhere.example/"), ("set-cookie", "a=b")))
    async with Recorder(always(reply)) as server, LiveApi(to(server.url)) as api:
        assert (await asked(api))[0] == 302
        await asked(api)
        assert [seen.header("cookie") for seen in server.seen] == ["", ""]


async def test_compressed_answers_are_inflated_member_by_member() -> None:
    async def compressed(seen: Seen, writer: asyncio.StreamWriter) -> None:
        gzipped = Reply(headers=(("transfer-encoding", "chunked"), ("content-encoding", "gzip")))
        writer.write(head(gzipped))
        for number in range(50):
            writer.write(chunk(gzip.compress(b"event %d\n" % number)))
        writer.write(chunk(b""))
        await writer.drain()

    async with Recorder(compressed) as server, LiveApi(to(server.url)) as api:
        assert (await asked(api))[1] == b"".join(b"event %d\n" % number for number in range(50))


async def test_chunks_arrive_as_they_come() -> None:
    turns: asyncio.Queue[bytes] = asyncio.Queue()

    async def slowly(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(head(CHUNKED))
        while data := await turns.get():
            writer.write(chunk(data))
            await writer.drain()
        writer.write(chunk(b""))

    async with Recorder(slowly) as server, LiveApi(to(server.url)) as api, api.open(LIST) as answer:
        chunks = answer.chunks()
        for data in (b"one\ntw", b"o\n"):
            turns.put_nowait(data)
            assert await anext(chunks) == data
        turns.put_nowait(b"")
        assert [part async for part in chunks] == []


async def test_more_watches_than_a_pool_has_places_leave_room_for_a_request() -> None:
    async def watch_or_get(seen: Seen, writer: asyncio.StreamWriter) -> Reply | None:
        if "watch" not in seen.target:
            return Reply(body=b"got")
        writer.write(head(CHUNKED) + chunk(b"event"))
        await writer.drain()
        await asyncio.Event().wait()
        return None

    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(Recorder(watch_or_get))
        api = await stack.enter_async_context(LiveApi(to(server.url)))
        for _ in range(120):
            answer = await stack.enter_async_context(api.open(Request(path="/watch")))
            assert await anext(answer.chunks()) == b"event"
        assert await asked(api) == (200, b"got")
        await stack.aclose()


async def test_leaving_early_closes_the_connection_and_reading_to_the_end_keeps_it() -> None:
    ended = asyncio.Event()

    async def endless(seen: Seen, writer: asyncio.StreamWriter) -> Reply | None:
        if seen.target == LIST.path:
            return Reply()
        writer.write(head(CHUNKED) + chunk(b"event"))
        try:
            while True:
                await asyncio.sleep(0.02)
                writer.write(chunk(b"more"))
                await writer.drain()
        finally:
            ended.set()

    async with Recorder(endless) as server, LiveApi(to(server.url)) as api:
        await asked(api)
        await asked(api)
        assert server.connections == 1
        async with api.open(Request(path="/watch")) as answer:
            await anext(answer.chunks())
        async with asyncio.timeout(10):
            await ended.wait()


async def test_leaving_does_not_wait_for_a_goodbye_of_a_server_that_hangs(authority: Authority) -> None:
    def hang(listener: socket.socket) -> bool:
        with tls_context(authority.server("127.0.0.1")).wrap_socket(listener.accept()[0], server_side=True) as peer:
            peer.recv(1 << 16)
            peer.sendall(head(CHUNKED) + chunk(b"event"))
            with socket.socket(fileno=peer.detach()) as bare:
                bare.settimeout(10)
                while bare.recv(1 << 16):
                    pass
        return True

    with socket.create_server(("127.0.0.1", 0)) as listener:
        hanging = asyncio.create_task(asyncio.to_thread(hang, listener))
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        async with LiveApi(secured(url, authority, User(token=Secret("t")))) as api:
            async with api.open(Request(path="/watch")) as answer:
                assert await anext(answer.chunks()) == b"event"
            assert await hanging


async def test_it_acts_as_whom_it_was_told() -> None:
    acting = Impersonation(user="jane", groups=("a", "b"), extra=(("k", ("1", "2")),))
    async with Recorder() as server, LiveApi(to(server.url, impersonation=acting)) as api:
        await asked(api)
        assert [pair for pair in server.seen[0].headers if pair[0].startswith("impersonate")] == [
            ("impersonate-user", "jane"),
            ("impersonate-group", "a"),
            ("impersonate-group", "b"),
            ("impersonate-extra-k", "1"),
            ("impersonate-extra-k", "2"),
        ]


def plugin(folder: Path, *tokens: str) -> User:
    """A user whose plug-in gives one token after another, the last for ever."""
    for number, token in enumerate(tokens):
        answer = json.dumps({"kind": "ExecCredential", "apiVersion": V1, "status": {"token": token}})
        write(folder, f"answer{number}", answer.encode())
    script = f"""#!/bin/sh
    cd {folder}; n=$(cat count 2>/dev/null || echo 0); echo $((n+1)) > count
    [ -f answer$n ] || n={len(tokens) - 1}
    cat answer$n
    """
    path = write(folder, "plugin", script.encode())
    Path(path).chmod(0o700)
    return User(exec=Exec(command=path, api_version=V1, interactive_mode="Never"))


async def test_after_a_401_the_credentials_are_renewed_and_the_request_sent_once_more(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storagetui.kube.identity.PAUSE_S", 0.0)
    tls = tls_context(authority.server("127.0.0.1"))
    replies = in_turn(Reply(status=401, body=b"no"), Reply(body=b"yes"))
    user = plugin(tmp_path, "old", "new")
    async with Recorder(replies, tls) as server, LiveApi(secured(server.url, authority, user)) as api:
        assert await asked(api, Request(method="POST", path="/a", body=b"{}")) == (200, b"yes")
        assert [(seen.header("authorization"), seen.body) for seen in server.seen] == [
            ("Bearer old", b"{}"),
            ("Bearer new", b"{}"),
        ]


async def test_a_second_401_is_the_answer(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storagetui.kube.identity.PAUSE_S", 0.0)
    tls = tls_context(authority.server("127.0.0.1"))
    async with Recorder(always(Reply(status=401, body=b"no")), tls) as server:
        async with LiveApi(secured(server.url, authority, plugin(tmp_path, "old", "new"))) as api:
            assert await asked(api) == (401, b"no")
            assert len(server.seen) == 2
        async with LiveApi(secured(server.url, authority, User(token=Secret("fixed")))) as api:
            assert await asked(api) == (401, b"no")
            assert len(server.seen) == 3


async def test_credentials_that_cannot_be_had_are_an_error_before_anything_is_sent(authority: Authority) -> None:
    tls = tls_context(authority.server("127.0.0.1"))
    async with Recorder(always(Reply()), tls) as server:
        with pytest.raises(CredentialsError, match="has no credentials"):
            async with LiveApi(secured(server.url, authority, User())):
                pass
        user = User(exec=Exec(command="/nowhere/plugin", api_version=V1))
        async with LiveApi(secured(server.url, authority, user)) as api:
            with pytest.raises(CredentialsError, match="is not installed"):
                await asked(api)
            assert "is not installed" in api.problem
        assert server.connections == 0


async def test_a_client_certificate_that_was_replaced_is_shown_on_new_connections(
    tmp_path: Path, authority: Authority
) -> None:
    def issue(name: str) -> None:
        pair = authority.client(name)
        write(tmp_path, "me.crt", pair.certificate)
        write(tmp_path, "me.key", pair.key)

    issue("first")
    tls = tls_context(authority.server("127.0.0.1"), authority, required=True)
    user = User(client_certificate=f"{tmp_path}/me.crt", client_key=f"{tmp_path}/me.key")
    async with Recorder(tls=tls) as server, LiveApi(secured(server.url, authority, user)) as api:
        await asked(api)
        await asked(api)
        issue("second")
        await asked(api)
        assert [seen.client for seen in server.seen] == ["first", "first", "second"]


async def test_a_token_that_cannot_stand_in_a_header_is_not_sent(authority: Authority) -> None:
    async with Recorder(tls=tls_context(authority.server("127.0.0.1"))) as server:
        async with LiveApi(secured(server.url, authority, User(token=Secret("hidden\n")))) as api:
            with pytest.raises(CredentialsError, match="holds a line break") as raised:
                await asked(api)
            assert "hidden" not in str(raised.value)
        assert server.seen == []


async def test_netrc_and_proxies_of_the_environment_count_for_nothing_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the environment says of proxies is in the connection; a password for the host is nobody's business."""
    monkeypatch.setenv("NETRC", write(tmp_path, "netrc", b"machine 127.0.0.1 login a password b\n"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with Recorder() as server, LiveApi(to(server.url)) as api:
        await asked(api)
        assert server.seen[0].header("authorization") == ""


@pytest.fixture
async def dropping() -> AsyncIterator[Recorder]:
    """A server that breaks the second request on every connection off without an answer."""
    seen_on: dict[asyncio.StreamWriter, int] = {}

    async def drop(seen: Seen, writer: asyncio.StreamWriter) -> Reply | None:
        count = seen_on[writer] = seen_on.get(writer, 0) + 1
        return Reply() if count == 1 else None

    async with Recorder(drop) as server:
        yield server


@pytest.mark.parametrize("method", ["DELETE", "PUT", "POST", "PATCH"])
async def test_a_write_is_sent_once_whatever_becomes_of_it(method: str, dropping: Recorder) -> None:
    async with LiveApi(to(dropping.url)) as api:
        await asked(api)
        assert "closed the connection" in await lost(api, Request(method=method, path="/thing"))
        assert len(dropping.requests("/thing")) == 1


async def test_a_read_on_a_connection_that_went_stale_is_sent_again(dropping: Recorder) -> None:
    async with LiveApi(to(dropping.url)) as api:
        await asked(api)
        assert await asked(api) == (200, b"{}")
        assert dropping.connections == 2


async def test_a_dead_peer_is_noticed_by_the_system() -> None:
    made = keepalive_socket((socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 1)))
    with made:
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 25_000
            assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10


async def test_what_is_cancelled_ends_at_once_and_the_session_goes_on() -> None:
    async def never(seen: Seen, writer: asyncio.StreamWriter) -> Reply | None:
        if seen.target == LIST.path:
            return Reply()
        await asyncio.Event().wait()
        return None

    async with Recorder(never) as server, LiveApi(to(server.url)) as api:
        task = asyncio.create_task(asked(api, Request(path="/never")))
        await until(lambda: bool(server.requests("/never")))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asked(api) == (200, b"{}")
        await server.stop()


async def test_the_session_exists_inside_its_context_alone() -> None:
    api = LiveApi(to("http://127.0.0.1:1"))
    with pytest.raises(RuntimeError):
        _ = api.session
    assert api.problem == ""
