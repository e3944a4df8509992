"""The server on the loopback address, in real time: only what needs a socket; everything else is tested in process."""

import asyncio
import gzip
import io
import json
import ssl
import stat
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
import yaml

from storagetui.sim import refusal
from storagetui.sim.clock import Clock
from storagetui.sim.faults import Cut, Lost, Match, Refuse, Silence
from storagetui.sim.http import HttpServer, serve
from storagetui.sim.server import ADMIN, SimApi
from storagetui.sim.store import ObjectStore
from tests.realcluster.waiting import until
from tests.sim.given import CLAIMS, PODS, claim, pod

LIST = "/api/v1/namespaces/shop/persistentvolumeclaims"
WITHIN_S = 20


@pytest.fixture
async def server(api: SimApi) -> AsyncIterator[HttpServer]:
    async with serve(api) as running:
        yield running


@pytest.fixture
async def session(server: HttpServer) -> AsyncIterator[aiohttp.ClientSession]:
    """The administrator's session, which does not decompress by itself."""
    trust = ssl.create_default_context(cadata=server.authority)
    async with aiohttp.ClientSession(
        server.url,
        connector=aiohttp.TCPConnector(ssl=trust),
        headers={"Authorization": "Bearer admin-token"},
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=WITHIN_S),
    ) as made:
        yield made


class Whole(NamedTuple):
    """An answer that has been read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def ask(session: aiohttp.ClientSession, url: str, method: str = "GET", **more: Any) -> Whole:
    async with session.request(method, url, **more) as answer:
        return Whole(answer.status, answer.headers, await answer.read())


async def test_answers_are_those_of_the_core(
    store: ObjectStore, session: aiohttp.ClientSession, server: HttpServer
) -> None:
    created = await ask(session, LIST, "POST", json=claim("data"))
    got = await ask(session, f"{LIST}/data?x=%2F", headers={"Accept": "application/json"})

    assert (created.status, got.status) == (201, 200)
    assert json.loads(got.body) == store.get(CLAIMS, "data", "shop")
    assert got.headers["Content-Length"] == str(len(got.body))
    assert server.url.startswith("https://127.0.0.1:")


async def test_time_is_the_worlds() -> None:
    world = ObjectStore(Clock(datetime(2020, 2, 29, 12, 0, 0, tzinfo=UTC)))

    async with serve(SimApi(world)) as server, _session(server) as session:
        answer = await ask(session, "/version")

    assert answer.headers["Date"].startswith("Sat, 29 Feb 2020 12:00")


@pytest.mark.parametrize(
    ("token", "status"),
    [("admin-token", 200), ("viewer-token", 200), ("nobody-token", 403), ("guessed", 401), (None, 403)],
)
async def test_who_asks_goes_by_the_token(session: aiohttp.ClientSession, token: str | None, status: int) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else None
    if headers is None:
        session.headers.pop("Authorization")

    assert (await ask(session, "/api/v1/pods", headers=headers)).status == status


async def test_large_lists_are_compressed_for_those_who_want_it(
    store: ObjectStore, session: aiohttp.ClientSession
) -> None:
    for number in range(250):
        store.create(PODS, pod(f"p-{number:03}"))

    plain = await ask(session, "/api/v1/pods", headers={"Accept-Encoding": "identity"})
    squeezed = await ask(session, "/api/v1/pods", headers={"Accept-Encoding": "gzip"})
    small = await ask(session, "/api/v1/pods?limit=1", headers={"Accept-Encoding": "gzip"})

    assert len(plain.body) > 128 * 1024 > len(squeezed.body)
    assert gzip.decompress(squeezed.body) == plain.body
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert plain.headers["Transfer-Encoding"] == squeezed.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in small.headers


async def test_a_watch_comes_event_by_event_uncompressed(store: ObjectStore, session: aiohttp.ClientSession) -> None:
    path = f"{LIST}?watch=1&resourceVersion={store.version}"
    async with session.get(path, headers={"Accept-Encoding": "gzip"}) as answer:
        for number in range(3):
            store.create(CLAIMS, claim(f"c-{number}"))
            event = json.loads(await answer.content.readline())
            assert event["object"]["metadata"]["name"] == f"c-{number}"

    assert "Content-Encoding" not in answer.headers


async def test_a_watcher_that_hangs_up_is_forgotten(store: ObjectStore, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{LIST}?watch=1&resourceVersion={store.version}"):
        assert len(store.log(CLAIMS).followers) == 1

    async def forgotten() -> bool:
        return not store.log(CLAIMS).followers

    await until(forgotten, WITHIN_S, "the watcher forgotten")


async def test_a_break_in_a_line_resets_the_connection(
    store: ObjectStore, api: SimApi, session: aiohttp.ClientSession
) -> None:
    store.create(CLAIMS, claim("a"))
    store.create(CLAIMS, claim("b"))
    api.faults.add(Cut(events=1, more_bytes=25), Match(verb="watch"))

    async with session.get(f"{LIST}?watch=1") as answer:
        whole = await answer.content.readline()
        with pytest.raises(aiohttp.ClientError):
            await answer.content.readline()

    assert json.loads(whole)["type"] == "ADDED"


async def test_a_list_that_breaks_off_is_no_shorter_list(
    store: ObjectStore, api: SimApi, session: aiohttp.ClientSession
) -> None:
    store.create(CLAIMS, claim("a"))
    api.faults.add(Cut(more_bytes=50), Match(verb="list"))

    async with session.get(LIST) as answer:
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


async def test_an_answer_that_never_comes_is_a_reset(api: SimApi, session: aiohttp.ClientSession) -> None:
    api.faults.add(Lost())

    with pytest.raises(aiohttp.ClientConnectionError):
        await ask(session, LIST)


async def test_silence_is_an_open_connection_on_which_nothing_comes(
    store: ObjectStore, api: SimApi, session: aiohttp.ClientSession
) -> None:
    store.create(CLAIMS, claim("a"))
    api.faults.add(Silence(events=1), Match(verb="watch"))

    async with session.get(f"{LIST}?watch=1") as answer:
        assert await answer.content.readline()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await answer.content.readline()


async def test_retry_after_reaches_the_client(api: SimApi, session: aiohttp.ClientSession) -> None:
    api.faults.add(Refuse(refusal.too_many_requests("later", 2)))

    answer = await ask(session, LIST)

    assert (answer.status, answer.headers["Retry-After"]) == (429, "2")


async def test_a_server_that_is_paused_is_gone_and_comes_back_on_its_port(
    store: ObjectStore, server: HttpServer, session: aiohttp.ClientSession
) -> None:
    port = server.port
    async with session.get(f"{LIST}?watch=1&resourceVersion={store.version}") as answer:
        await server.pause()
        with pytest.raises(aiohttp.ClientError):
            await answer.content.readline()
    with pytest.raises(aiohttp.ClientConnectorError):
        await ask(session, LIST)

    await server.resume()

    assert server.port == port
    assert (await ask(session, LIST)).status == 200


async def test_closing_does_not_wait_for_watches(api: SimApi) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with serve(api) as server, _session(server) as session:
        answer = await session.get(f"{LIST}?watch=1&resourceVersion={api.store.version}")
        await server.close()
        answer.close()

    assert loop.time() - began < WITHIN_S / 2


async def test_a_body_has_a_limit(session: aiohttp.ClientSession) -> None:
    large = io.BytesIO(b" " * (4 * 1024 * 1024))
    answer = await ask(session, LIST, "POST", data=large, headers={"Content-Type": "application/json"})

    assert (answer.status, json.loads(answer.body)["reason"]) == (413, "RequestEntityTooLarge")


async def test_without_tls_a_stranger_may_be_made_the_administrator(api: SimApi) -> None:
    async with serve(api, tls=False, stranger=ADMIN) as server, aiohttp.ClientSession(server.url) as session:
        assert server.url.startswith("http://127.0.0.1:")
        assert (await ask(session, LIST)).status == 200
        assert (await ask(session, LIST, headers={"Authorization": "Bearer nobody-token"})).status == 403


async def test_the_kubeconfig_is_its_owners_alone_and_has_every_user(server: HttpServer, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("old")
    path.chmod(0o644)

    written = server.kubeconfig(path, "viewer")
    document = yaml.safe_load(path.read_text())

    assert written == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert document["current-context"] == "viewer@simulated"
    assert [item["name"] for item in document["contexts"]] == [
        f"{user}@simulated" for user in ("admin", "viewer", "restricted", "tenant", "nobody")
    ]
    assert document["clusters"][0]["cluster"]["server"] == server.url
    with pytest.raises(LookupError):
        server.kubeconfig(path, "ghost")


async def test_certificates_are_new_each_time_and_good_for_this_machine(api: SimApi) -> None:
    async with serve(api) as one, serve(api) as other:
        assert one.authority != other.authority
        trust = ssl.create_default_context(cadata=one.authority)
        trust.verify_flags |= ssl.VERIFY_X509_STRICT
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as session:
            headers = {"Authorization": "Bearer admin-token"}
            assert (await ask(session, f"{one.url}/version", headers=headers)).status == 200
            by_name = one.url.replace("127.0.0.1", "localhost")
            assert (await ask(session, f"{by_name}/version", headers=headers)).status == 200
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await ask(session, f"{other.url}/version", headers=headers)


def _session(server: HttpServer) -> aiohttp.ClientSession:
    trust = ssl.create_default_context(cadata=server.authority)
    headers = {"Authorization": "Bearer admin-token"}
    return aiohttp.ClientSession(server.url, connector=aiohttp.TCPConnector(ssl=trust), headers=headers)
