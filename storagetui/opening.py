"""How a session comes to be: on the cluster of a kubeconfig, or on a simulated one.

Imports of the session, the transport and the simulated cluster stand inside the functions: they are slow, and a screen
should be up before they are needed. `prepare` has them done beside the screen's own.
"""

import asyncio
import importlib
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from storagetui.errors import KubeconfigError
from storagetui.settings import Settings

if TYPE_CHECKING:
    from storagetui.kube.api import Api
    from storagetui.kube.kubeconfig import ContextLine
    from storagetui.session import Session
    from storagetui.source import ClusterIdentity

_FOR_A_CLUSTER = ("storagetui.kube.client", "storagetui.live", "storagetui.session")
"""What is imported before a cluster can be looked at."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says about the cluster; an empty value leaves it to the kubeconfig."""

    kubeconfig: str = ""
    context: str = ""
    namespace: str = ""
    """One, or several with commas between them."""
    as_user: str = ""
    as_uid: str = ""
    as_groups: tuple[str, ...] = ()

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces that were given, in their order."""
        return named(self.namespace)


def named(namespaces: str) -> tuple[str, ...]:
    """The names in a list with commas."""
    return tuple(dict.fromkeys(name for name in (one.strip() for one in namespaces.split(",")) if name))


def prepare() -> threading.Thread:
    """Begin to import what a cluster needs, in a thread that ends when it has been imported."""
    thread = threading.Thread(target=_import, args=_FOR_A_CLUSTER, name="imports", daemon=True)
    thread.start()
    return thread


@asynccontextmanager
async def open_live(target: Target, settings: Settings) -> AsyncIterator["Session"]:
    """A running session on the cluster that kubectl would talk to; raises KubeconfigError."""
    await _load(*_FOR_A_CLUSTER)
    from storagetui.kube.client import LiveApi
    from storagetui.kube.connection import Overrides
    from storagetui.kube.kubeconfig import load
    from storagetui.source import ClusterIdentity

    overrides = Overrides(
        context=target.context,
        namespace=target.namespaces[0] if target.namespaces else "",
        as_user=target.as_user,
        as_uid=target.as_uid,
        as_groups=target.as_groups,
    )
    connection = await asyncio.to_thread(load, os.environ, target.kubeconfig, overrides)
    identity = ClusterIdentity(
        cluster_id=connection.cluster_id,
        context=connection.context,
        server=connection.server,
        user=connection.impersonation.user,
    )
    given = target.namespace or connection.namespace
    async with LiveApi(connection) as api, running(api, identity, settings, given) as session:
        yield session


@asynccontextmanager
async def running(
    api: "Api",
    identity: "ClusterIdentity",
    settings: Settings,
    namespaces: str,
    *,
    now: Callable[[], datetime] | None = None,
    state_folder: Path | None = None,
) -> AsyncIterator["Session"]:
    """A session over an Api, running until the context is left; a fault of ours inside it ends the context too.

    `namespaces`, with commas between them, are looked into when looking everywhere is forbidden. `now` is the cluster's
    clock where it is not ours; `state_folder` is where the journal goes, None for the user's.
    """
    await _load(*_FOR_A_CLUSTER)
    from storagetui.live import LiveSource
    from storagetui.session import Session

    source = LiveSource(api, identity, now=now)
    session = Session(source, settings, named(namespaces), state_folder, is_hasty=True)
    async with asyncio.TaskGroup() as group:
        work = group.create_task(session.run(), name="session")
        try:
            yield session
        finally:
            work.cancel()


class Contexts:
    """The contexts of a kubeconfig, as they stand whenever they are asked for."""

    def __init__(
        self,
        target: Target,
        settings: Settings,
        held: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
    ) -> None:
        """Who acts as somebody else on the command line does so in every context; its namespace is that of the first.

        `held` is what all of them need.
        """
        self.hold = held
        self._target = target
        self._settings = settings

    async def lines(self) -> tuple["ContextLine", ...]:
        """The contexts by name; raises KubeconfigError."""
        await _load("storagetui.kube.kubeconfig")
        from storagetui.kube.kubeconfig import contexts
        from storagetui.kube.kubeconfig_file import read

        config = await asyncio.to_thread(read, os.environ, self._target.kubeconfig)
        lines = contexts(config)
        if not lines:
            raise KubeconfigError("there is no other context: the kubeconfig names none")
        return lines

    def open(self, context: str) -> "AbstractAsyncContextManager[Session]":
        """A session on one of them."""
        namespace = self._target.namespace if context == self._target.context else ""
        target = msgspec.structs.replace(self._target, context=context, namespace=namespace)
        return open_live(target, self._settings)


class Demo:
    """A simulated cluster to look at: served on loopback, with a kubeconfig for kubectl beside it."""

    def __init__(self, scene: str, settings: Settings) -> None:
        """The kubeconfig's folder is made at once, so that its path can be told before anything runs."""
        self._scene = scene
        self._folder = tempfile.TemporaryDirectory(prefix="storagetui-demo-")
        self.kubeconfig = Path(self._folder.name) / "kubeconfig"
        self.contexts = Contexts(Target(kubeconfig=str(self.kubeconfig)), settings, self._hold)
        """The users of the cluster, each with a context."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Session"]:
        """A running session on the cluster, over HTTP as on any other, with the cluster for as long as it runs."""
        async with self.contexts.hold(), self.contexts.open("") as session:
            yield session

    @asynccontextmanager
    async def _hold(self) -> AsyncIterator[None]:
        """The cluster, which outlives a change of context."""
        await _load("storagetui.sim.http", "storagetui.sim.cluster")
        from storagetui.sim.cluster import SimCluster
        from storagetui.sim.http import serve

        async with SimCluster(scene=self._scene) as cluster, serve(cluster.api) as server:
            server.kubeconfig(self.kubeconfig)
            yield

    def close(self) -> None:
        """Remove the kubeconfig."""
        self._folder.cleanup()


async def _load(*modules: str) -> None:
    """Import modules in a thread, so that the loop goes on."""
    await asyncio.to_thread(_import, *modules)


def _import(*modules: str) -> None:
    for module in modules:
        importlib.import_module(module)
