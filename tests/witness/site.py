"""An API server that a witness speaks to, simulated or real, known by the kubeconfigs of its users."""

import asyncio
import base64
import http.client
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import yaml

from storagetui.sim.cluster import SimCluster
from storagetui.sim.http import serve
from tests.witness.exchanges import NO_NODE

TIMEOUT_S = 30.0
STRANGER = "stranger"
"""A user whose token nobody knows."""


class Site(NamedTuple):
    """Where the API server is, by user: admin, viewer, tenant and nobody are known everywhere."""

    kubeconfig: Callable[[str], Path]

    def call(self, method: str, path: str, body: Any = None, **more: str) -> tuple[int, Any]:
        """Send one request; the status and the decoded answer, or its text if that is no JSON.

        `more` may name `user`, `content_type` and `accept`.
        """
        user = more.get("user", "admin")
        access = _read(self.kubeconfig("admin" if user == STRANGER else user))
        headers = {
            "Authorization": f"Bearer {'nobody-knows' if user == STRANGER else access.token}",
            "Accept": more.get("accept", "application/json"),
            "Content-Type": more.get("content_type", "application/json"),
        }
        sent = body if body is None or isinstance(body, str) else json.dumps(body)
        connection = http.client.HTTPSConnection(access.host, timeout=TIMEOUT_S, context=access.trust)
        try:
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        try:
            return answer.status, json.loads(raw)
        except ValueError:
            return answer.status, raw.decode()

    def must(self, method: str, path: str, body: Any = None, **more: str) -> Any:
        """Send one request that has to succeed; the decoded answer."""
        status, answer = self.call(method, path, body, **more)
        assert status < 400, f"{method} {path}: {status} {answer}"
        return answer


class _Access(NamedTuple):
    host: str
    token: str
    trust: ssl.SSLContext


def _read(path: Path) -> _Access:
    document = yaml.safe_load(path.read_text())
    entries = {kind: {item["name"]: item for item in document[kind]} for kind in ("clusters", "contexts", "users")}
    context = entries["contexts"][document["current-context"]]["context"]
    cluster = entries["clusters"][context["cluster"]]["cluster"]
    inline = cluster.get("certificate-authority-data")
    authority = base64.b64decode(inline).decode() if inline else Path(cluster["certificate-authority"]).read_text()
    trust = ssl.create_default_context(cadata=authority)
    return _Access(urlsplit(cluster["server"]).netloc, entries["users"][context["user"]]["user"]["token"], trust)


@contextmanager
def simulated(folder: Path, scene: str = "empty") -> Iterator[Site]:
    """A simulated cluster with its controllers, served by a loop of its own in a thread of its own."""
    loop = asyncio.new_event_loop()
    started = threading.Event()
    over = asyncio.Event()
    failures: list[BaseException] = []

    async def live() -> None:
        async with SimCluster(scene) as cluster, serve(cluster.api) as server:
            cluster.node_dies(NO_NODE)
            for user in ("admin", "viewer", "tenant", "nobody"):
                server.kubeconfig(folder / user, user)
            started.set()
            await over.wait()

    def run() -> None:
        try:
            loop.run_until_complete(live())
        except BaseException as error:
            failures.append(error)
        finally:
            loop.close()
            started.set()

    thread = threading.Thread(target=run, name="simulated cluster")
    thread.start()
    try:
        assert started.wait(TIMEOUT_S)
        if failures:
            raise failures[0]
        yield Site(lambda user: folder / user)
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(over.set)
        thread.join(TIMEOUT_S)
    if failures:
        raise failures[0]
