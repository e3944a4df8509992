"""A cluster of etcd and the API server alone, filled with thousands of objects through its API.

Nothing schedules, attaches or collects: objects stay as they were made. Admission that wants what a controller makes
(service accounts), or adds what the maker left out, is off.
"""

import asyncio
import json
import shutil
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from storagetui.model.kinds import KINDS
from tests.bench.objects import Size, objects
from tests.realcluster import build, programs
from tests.realcluster.cluster import START_WITHIN_S, Cluster
from tests.realcluster.processes import Program
from tests.realcluster.programs import API_SERVER, ETCD
from tests.realcluster.waiting import wait_until

Json = dict[str, Any]

_OFF = ("ServiceAccount", "Priority", "StorageObjectInUseProtection", "DefaultStorageClass", "TaintNodesByCondition")
_ONE_LINE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
"""What a write is answered with, so that the server need not encode the whole object for nobody."""
_CONNECTIONS = 48
_WITH_STATUS = ("pods", "persistentvolumeclaims", "persistentvolumes", "volumeattachments", "nodes", "statefulsets")
_REFERRED = ("persistentvolumeclaims", "statefulsets")
_SERVER_SIDE = ("uid", "resourceVersion", "creationTimestamp", "managedFields")


class BareCluster(Cluster):
    """Two servers and no controllers. ``data`` is a folder that keeps etcd's data from one run to the next."""

    def __init__(self, data: Path | None = None) -> None:
        super().__init__(build.folder())
        self._data = data
        self.is_filled = data is not None and data.is_dir()

    def start(self) -> None:
        """Start etcd, with the data that was kept, and the API server."""
        if self._data is not None and self.is_filled:
            shutil.copytree(self._data, self.places.folder / "etcd")
        self.processes.start(programs.etcd(self.places))
        self.start_api_server()

    def start_api_server(self) -> None:
        """Start the API server, and return when it says that it is ready."""
        plain = programs.api_server(self.places)
        off = f"--disable-admission-plugins={','.join(_OFF)}"
        self.processes.start(Program(API_SERVER, [*plain.argv, off]))
        wait_until(self.answers, START_WITHIN_S, lambda: self.processes.tail(API_SERVER))

    def stop_api_server(self) -> None:
        """Kill the API server; nobody else has to be put to sleep."""
        self.processes.stop(API_SERVER)

    def keep(self) -> None:
        """Keep the data of etcd for later runs, if there is a folder for it; both servers run again afterwards."""
        if self._data is None or self.is_filled:
            return
        self.processes.stop(API_SERVER)
        self.processes.stop(ETCD, grace_s=30)
        shutil.copytree(self.places.folder / "etcd", self._data)
        self.processes.start(programs.etcd(self.places))
        self.start_api_server()

    def pid(self, program: str) -> int:
        """The process of a server."""
        return self.processes.pids()[program]


@contextmanager
def bare_cluster(data: Path | None = None) -> Iterator[BareCluster]:
    """A running cluster of two servers, until the context is left."""
    cluster = BareCluster(data)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()


def path_of(plural: str, namespace: str = "", name: str = "") -> str:
    """Where objects of a kind are."""
    return next(info for info in KINDS.values() if info.plural == plural).path(namespace, name)


async def fill(cluster: Cluster, size: Size) -> None:
    """Create every object of a cluster of that size, kind by kind, over many connections. Raises RuntimeError."""
    trust = ssl.create_default_context(cafile=str(cluster.places.key("ca.crt")))
    headers = {
        "Authorization": f"Bearer {cluster.token()}",
        "Content-Type": "application/json",
        "Accept": _ONE_LINE,
        "User-Agent": "kube-controller-manager/v1.37.2",
    }
    connector = aiohttp.TCPConnector(ssl=trust, limit=_CONNECTIONS)
    async with aiohttp.ClientSession(cluster.server, headers=headers, connector=connector) as session:
        filler, group = _Filler(session), list[tuple[str, Json]]()
        for plural, document in objects(size):
            if group and (group[-1][0] != plural or len(group) >= 2000):
                await filler.create(group)
                group = []
            group.append((plural, document))
        await filler.create(group)


class _Filler:
    """Creates objects; references to uids that the server has given another object are made true."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._uids: dict[str, str] = {}
        """What the server made of the uids that were thought of."""

    async def create(self, group: Iterable[tuple[str, Json]]) -> None:
        """Create these over all connections."""
        rest = iter(group)

        async def worker() -> None:
            for plural, document in rest:
                await self._create(plural, document)

        await asyncio.gather(*(worker() for _ in range(_CONNECTIONS)))

    async def _create(self, plural: str, document: Json) -> None:
        metadata = {name: value for name, value in document["metadata"].items() if name not in _SERVER_SIDE}
        namespace, name = metadata.get("namespace", ""), metadata["name"]
        for reference in (*metadata.get("ownerReferences", ()), document.get("spec", {}).get("claimRef", {})):
            if reference:
                reference["uid"] = self._uids.get(reference["uid"], reference["uid"])
        bare = {**document, "metadata": metadata}
        status = bare.pop("status", None)
        made = json.loads(await self._send("POST", path_of(plural, namespace), bare))["metadata"]
        if plural in _REFERRED:
            self._uids[document["metadata"]["uid"]] = made["uid"]
        if status is not None and plural in _WITH_STATUS:
            versioned = {**metadata, "resourceVersion": made["resourceVersion"]}
            path = f"{path_of(plural, namespace, name)}/status"
            await self._send("PUT", path, {**bare, "metadata": versioned, "status": status})

    async def _send(self, method: str, path: str, document: Json) -> bytes:
        body = json.dumps(document, separators=(",", ":"))
        async with self._session.request(method, path, data=body) as answer:
            said = await answer.read()
            if answer.status >= 400:
                raise RuntimeError(f"{method} {path}: {answer.status} {said[:500]!r}")
            return said
