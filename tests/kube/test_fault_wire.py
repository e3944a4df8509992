"""Faults that need a real wire: compression, a proxy, resets, and credentials that expire, from file to socket.

Real time, the simulated server over TLS on loopback, the live client with a kubeconfig.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from storagetui.kube import identity, kubeconfig
from storagetui.kube.client import LiveApi
from storagetui.model.change import Feed, FeedState
from storagetui.model.keys import Kind
from storagetui.sim.faults import Cut, Match
from storagetui.sim.http import HttpServer, serve
from storagetui.sim.server import SimApi
from storagetui.sim.store import ObjectStore
from tests.kube.pki import write
from tests.kube.simulated import NotedApi, on_server, served, touch
from tests.kube.site import inline
from tests.kube.story import CLAIMS, Story, telling
from tests.kube.test_credentials_exec import Shelf
from tests.kube.waiting import until
from tests.kube.wire import Proxy
from tests.sim.given import PODS, pod

LIVE, STALE = FeedState.LIVE, FeedState.STALE
POD_FEED = Feed(Kind.POD)


@asynccontextmanager
async def watching(
    server: HttpServer, folder: Path, user: Mapping[str, Any], feed: Feed = CLAIMS, proxy: str = ""
) -> AsyncIterator[Story[NotedApi]]:
    """A feed over the wire as a user; it is live when this begins and shows what the server has when it ends."""
    cluster = {"server": server.url, "certificate-authority-data": inline(server.authority.encode())}
    cluster |= {"proxy-url": proxy} if proxy else {}
    document = {
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": dict(user)}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path = write(folder, "config", json.dumps(document).encode())
    connection = kubeconfig.load({"KUBECONFIG": path})
    async with LiveApi(connection) as live, telling(NotedApi(live), feed) as told:
        await until(lambda: told.health.state is LIVE)
        yield told
        await until(lambda: told.health.state is LIVE and told.shown() == on_server(server.api.store, feed))


@asynccontextmanager
async def site(claims: int = 3) -> AsyncIterator[tuple[HttpServer, ObjectStore]]:
    api = served(claims).api
    async with serve(api) as server:
        yield server, api.store


ADMIN = {"token": "admin-token"}


@pytest.mark.parametrize("members", [False, True], ids=["one stream", "a member for each chunk"])
async def test_compressed_lists_and_watches_are_read_whole(members: bool, tmp_path: Path) -> None:
    async with site(400) as (server, store):
        server.members = members
        async with watching(server, tmp_path, ADMIN) as told:
            assert len(told.shown()) == 400
            for number in range(200):
                touch(store, f"c-{number}")
            await until(lambda: told.shown() == on_server(store))
            assert told.states.count(LIVE) == 1


async def test_an_object_of_three_megabytes_comes_over_the_wire(tmp_path: Path) -> None:
    async with site() as (server, store), watching(server, tmp_path, ADMIN, POD_FEED) as told:
        big = pod("big")
        big["spec"]["containers"][0]["args"] = ["x" * 3_000_000]
        store.create(PODS, big)
        await until(lambda: set(told.shown()) == {"big"})
        server.api.faults.stop()
        store.create(PODS, pod("small"))
        store.compact()
        server.api.faults.start()
        await until(lambda: told.replaces() == 2)


async def test_a_reset_in_mid_line_costs_nothing_but_a_moment(tmp_path: Path) -> None:
    async with site() as (server, store), watching(server, tmp_path, ADMIN) as told:
        server.api.faults.add(Cut(events=1, more_bytes=50), Match(verb="watch", times=1))
        server.api.faults.sever()
        touch(store, "c-0")
        touch(store, "c-1")
        await until(lambda: told.health.state is STALE)
        await until(lambda: told.health.state is LIVE)
        await until(lambda: told.shown() == on_server(store))
        assert len(told.api.lists) == 1


async def test_a_server_that_is_gone_and_comes_back_on_its_port(tmp_path: Path) -> None:
    async with site() as (server, store), watching(server, tmp_path, ADMIN) as told:
        await server.pause()
        touch(store, "c-0")
        await until(lambda: told.health.state is STALE and "nothing listens there" in told.health.message)
        assert len(told.shown()) == 3
        await server.resume()
        await until(lambda: told.health.state is LIVE)
        assert len(told.api.lists) == 1


async def test_a_proxy_is_passed_and_when_it_drops_us_passed_again(tmp_path: Path) -> None:
    async with (
        site() as (server, store),
        Proxy(server.port) as proxy,
        watching(server, tmp_path, ADMIN, proxy=proxy.url) as told,
    ):
        assert {seen.method for seen in proxy.seen} == {"CONNECT"}
        before = len(proxy.seen)
        proxy.drop()
        touch(store, "c-0")
        await until(lambda: told.health.state is STALE)
        await until(lambda: told.health.state is LIVE)
        assert len(proxy.seen) > before
        assert len(told.api.lists) == 1


def printing(folder: Path, token: Path) -> dict[str, Any]:
    """A user whose plug-in prints the token that lies in a file, and notes that it ran."""
    body = '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"%s"}}'
    script = f"echo run >> {folder}/runs\nprintf '{body}' \"$(cat {token})\"\n"
    command = Shelf(folder).plugin(script)
    plugin = {"command": command, "apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never"}
    return {"exec": plugin}


async def test_a_plug_in_is_run_again_when_the_server_rejects_its_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "PAUSE_S", 0.0)
    token = tmp_path / "token"
    token.write_text("viewer-token")
    async with site() as (server, store):
        async with watching(server, tmp_path, printing(tmp_path, token)) as told:
            _expire(server.api, token)
            touch(store, "c-0")
            server.api.faults.sever()
            await until(lambda: told.health.state is STALE)
            await until(lambda: told.health.state is LIVE)
            assert len(told.api.lists) == 1
            assert (tmp_path / "runs").read_text().count("run") == 2
        assert not any("credentials" in health.message for _, health in told.healths)


async def test_a_token_in_a_file_is_read_again_when_the_server_rejects_it(tmp_path: Path) -> None:
    async with site() as (server, store):
        token = tmp_path / "token"
        token.write_text("viewer-token\n")
        async with watching(server, tmp_path, {"tokenFile": str(token)}) as told:
            _expire(server.api, token)
            touch(store, "c-0")
            server.api.faults.sever()
            await until(lambda: told.health.state is STALE)
            await until(lambda: told.health.state is LIVE)
            assert len(told.api.lists) == 1
        assert not any("credentials" in health.message for _, health in told.healths)


def _expire(api: SimApi, token: Path) -> None:
    """The token in use ends, and another one lies where it lay."""
    api.access.revoke("viewer-token")
    token.write_text("admin-token")
