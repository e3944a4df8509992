"""How much the live client asks, and over which connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from storagetui.kube import channel, client
from storagetui.kube.api import Api, Request
from storagetui.kube.client import LiveApi
from storagetui.kube.connection import Connection
from storagetui.kube.kubeconfig_file import Cluster, Located, User
from storagetui.kube.rate import Rate
from storagetui.kube.sleep import Slept
from tests.kube.waiting import until
from tests.kube.wire import Recorder, Reply, Seen

UNASKED = Request(path="/list", can_wait=True)


def to(server: str) -> Connection:
    cluster = Located("c", "config", Cluster(server=server))
    return Connection(context="x", server=server, cluster=cluster, user=Located("u", "config", User()))


@asynccontextmanager
async def serving(recorder: Recorder) -> AsyncIterator[Recorder]:
    """The server until its last connection is closed by the client."""
    async with recorder as server:
        yield server
        await until(lambda: not server.open_connections)


async def asked(api: Api, request: Request) -> float:
    """When the whole answer was there."""
    async with api.open(request) as answer:
        assert b"".join([part async for part in answer.chunks()]) == b"{}"
    return asyncio.get_running_loop().time()


async def test_what_a_person_asks_for_is_not_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "Rate", lambda clock: Rate(clock, per_s=4.0, burst=2.0))
    async with serving(Recorder()) as server, LiveApi(to(server.url)) as api:
        begun = asyncio.get_running_loop().time()
        held = [asyncio.create_task(asked(api, UNASKED)) for _ in range(4)]
        watched = Request(path="/watch", query=(("watch", "true"),), can_wait=True)
        free = [asyncio.create_task(asked(api, request)) for request in (Request(path="/read"), watched)]
        last_free = max(await asyncio.gather(*free)) - begun
        held_s = sorted(at - begun for at in await asyncio.gather(*held))
        assert held_s[2] >= 0.25
        assert held_s[3] >= 0.5
        assert last_free < held_s[3]


async def test_after_a_sleep_no_connection_of_before_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    slept_s = [0.0]
    monkeypatch.setattr(channel, "Slept", lambda: Slept(lambda: slept_s[0], lambda: 0.0))
    rest = asyncio.Event()

    async def respond(seen: Seen, writer: asyncio.StreamWriter) -> Reply | None:
        if seen.target == "/long":
            await rest.wait()
        return Reply()

    async with serving(Recorder(respond)) as server, LiveApi(to(server.url)) as api:
        for _ in range(3):
            await asked(api, Request(path="/a"))
        assert server.connections == 1
        long = asyncio.create_task(asked(api, Request(path="/long")))
        await until(lambda: bool(server.requests("/long")))
        await asked(api, Request(path="/a"))
        before = server.connections
        slept_s[0] = 3600.0
        await asked(api, Request(path="/a"))
        assert server.connections == before + 1
        rest.set()
        await long
        for slept_s[0] in (7200.0, 10800.0):
            await asked(api, Request(path="/a"))
        assert server.connections == before + 3
