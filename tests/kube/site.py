"""A kubeconfig against servers on loopback: what kubectl sends with it, and what we send with it."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from storagetui.kube import kubeconfig
from storagetui.kube.api import Request
from storagetui.kube.client import LiveApi
from storagetui.kube.connection import NOTHING, Overrides
from tests.kube.kubectl import environment, kubectl
from tests.kube.pki import Authority, write
from tests.kube.wire import Proxy, Recorder, Seen, tls_context

PATH = "/probe"
EVERYWHERE = "0.0.0.0"  # this machine, though not loopback by its number


def inline(data: bytes) -> str:
    """Bytes as they stand in a kubeconfig."""
    return base64.b64encode(data).decode()


class Site:
    """An API server with and one without TLS, two proxies before the former, an authority, and a folder for files."""

    def __init__(
        self, folder: Path, authority: Authority, servers: tuple[Recorder, Recorder], proxies: tuple[Proxy, Proxy]
    ):
        self.folder = folder
        self.authority = authority
        self.secure, self.plain = servers
        self.proxy, self.secure_proxy = proxies
        self.cluster: dict[str, Any] = {"server": self.secure.url, "certificate-authority-data": inline(authority.pem)}

    def configure(self, cluster: Mapping[str, Any], user: Mapping[str, Any], context: Mapping[str, str] = {}) -> str:
        """Write a kubeconfig with one context; its path."""
        document = {
            "clusters": [{"name": "c", "cluster": dict(cluster)}],
            "users": [{"name": "u", "user": dict(user)}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", **context}}],
            "current-context": "x",
        }
        return write(self.folder, "config", json.dumps(document).encode())

    def environ(self, extra: Mapping[str, str] = {}) -> dict[str, str]:
        return environment(self.folder, str(self.folder / "config"), extra)

    def take(self) -> list[dict[str, Any]]:
        """What has reached any of the servers since the last time, as far as it matters."""
        found = [
            essence(where, seen)
            for where, server in (
                ("server", self.secure),
                ("plain server", self.plain),
                ("proxy", self.proxy),
                ("secure proxy", self.secure_proxy),
            )
            for seen in server.seen
            if seen.method == "CONNECT" or seen.target.partition("?")[0].endswith(PATH)
        ]
        for server in (self.secure, self.plain, self.proxy, self.secure_proxy):
            server.seen.clear()
        unique: list[dict[str, Any]] = []
        for one in found:  # some kubectl look at the server's version on a connection of their own first
            if one["method"] != "CONNECT" or one not in unique:
                unique.append(one)
        return unique

    async def kubectl(self, environ: Mapping[str, str], *args: str) -> list[dict[str, Any]]:
        """What kubectl sends; the command's own success counts for nothing."""
        await kubectl(environ, "get", "--raw", f"{PATH}?limit=1", *args, cwd=self.folder)
        return self.take()

    async def ours(self, environ: Mapping[str, str], overrides: Overrides = NOTHING) -> list[dict[str, Any]]:
        """What we send."""
        async with LiveApi(kubeconfig.load(environ, overrides=overrides)) as api:
            request = Request(path=PATH, query=(("limit", "1"),), headers=(("Accept", "application/json, */*"),))
            async with api.open(request) as answer:
                assert answer.status == 200
                assert b"".join([chunk async for chunk in answer.chunks()]) == b"{}"
        return self.take()


def essence(where: str, seen: Seen) -> dict[str, Any]:
    """What must be equal: who asks for what, in which way, proven how."""
    telling = ("authorization", "accept", "accept-encoding", "proxy-authorization", "host")
    headers = sorted((name, value) for name, value in seen.headers if name in telling or name.startswith("impersonate"))
    if seen.method == "CONNECT":
        headers = [(name, value) for name, value in headers if name == "proxy-authorization"]
    shown: dict[str, Any] = msgspec.to_builtins(seen)
    return shown | {"where": where, "headers": headers}


@asynccontextmanager
async def site(folder: Path) -> AsyncIterator[Site]:
    """A site on free ports, with nothing configured."""
    authority = Authority()
    names = ("127.0.0.1", EVERYWHERE, "cluster.example")
    async with AsyncExitStack() as stack:
        secure = await stack.enter_async_context(Recorder(tls=tls_context(authority.server(*names), authority)))
        plain = await stack.enter_async_context(Recorder())
        proxy = await stack.enter_async_context(Proxy(secure.port))
        tls = tls_context(authority.server("127.0.0.1"), authority)
        secure_proxy = await stack.enter_async_context(Proxy(secure.port, tls=tls))
        yield Site(folder, authority, (secure, plain), (proxy, secure_proxy))
