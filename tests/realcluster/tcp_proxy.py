"""A wire between the program and the API server that a test can cut, or hold still, and mend."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from tests.realcluster.ports import LOOPBACK

_CHUNK = 1 << 16
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no patience: closing resets the connection, as a firewall or a dying load balancer does."""


class Wire:
    """Carries bytes both ways on loopback and looks at none of them."""

    def __init__(self, server: str) -> None:
        """`server` is the URL of the API server."""
        parts = urlsplit(server)
        self._there = (parts.hostname, parts.port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_whole = True
        self._flows = asyncio.Event()
        self._flows.set()

    @property
    def url(self) -> str:
        """The URL under which the API server is reached by this wire."""
        assert self._server is not None
        return f"https://{LOOPBACK}:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        """Reset every connection, and each new one as soon as it is made."""
        self._is_whole = False
        for writer in self._writers:
            _reset(writer)

    def hold(self) -> None:
        """Let nothing through although every connection stays open: a route that has gone, a laptop that slept."""
        self._flows.clear()

    def mend(self) -> None:
        """Carry again; what was held goes on, what was cut is made anew by whoever wants it."""
        self._is_whole = True
        self._flows.set()

    def kubeconfig(self, original: Path, folder: Path) -> Path:
        """Write the kubeconfig of a user anew, with this wire in place of the server, and return where."""
        document = yaml.safe_load(original.read_text())
        for cluster in document["clusters"]:
            cluster["cluster"]["server"] = self.url
        path = folder / "kubeconfig.wire"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(document))
        return path

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._carry(reader, writer), name="wire")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until both ends are done with it."""
        if not self._is_whole:
            _reset(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._there)
        except OSError:
            _reset(writer)
            return
        ends = {writer, far_writer}
        self._writers |= ends
        try:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            self._writers -= ends
            for end in ends:
                end.close()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await source.read(_CHUNK):
                await self._flows.wait()
                target.write(chunk)
                await target.drain()
        target.close()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Wire"]:
        """Listen on a free port until the context is left."""
        self._server = await asyncio.start_server(self._accept, LOOPBACK, 0)
        try:
            yield self
        finally:
            self._server.close()
            self.cut()
            self._flows.set()
            if self._tasks:
                await asyncio.wait(self._tasks)


def _reset(writer: asyncio.StreamWriter) -> None:
    ours = writer.get_extra_info("socket")
    if ours is not None:
        with contextlib.suppress(OSError):  # it may have been closed a moment ago
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
