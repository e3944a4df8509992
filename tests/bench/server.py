"""An API server that costs nothing: everything encoded beforehand, changes at any rate. A process of its own.

`python -m tests.bench.server PODS json|protobuf` prints its port once it serves, and ends with its standard input.
Lines that it reads there: `rate N`, N changes a second of pods, claims, volumes and attachments; `marks S N`, N times,
every S seconds, one of the first set's claims, at the top of the table, gets a capacity that no other had; that is
printed with the moment of the sending (CLOCK_MONOTONIC, shared by the machine's processes).
"""

import asyncio
import json
import random
import sys
import time
from collections import deque
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from tests.bench.encoded import JSON, Collection, collections
from tests.bench.objects import SET_SIZE, VERSION, Size
from tests.bench.protobuf import MEDIA_TYPE

FORMATS = {"json": JSON, "protobuf": MEDIA_TYPE}
_TICK_S = 0.01
_MIX = ("pods", "pods", "persistentvolumeclaims", "pods", "persistentvolumes", "pods", "volumeattachments", "pods")
_FIRST_MARK = 20_000
_KEPT = 500
"""Batches, which are five seconds of them."""
_PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"


class Server:
    """The cluster, and who watches it."""

    def __init__(self, size: Size, media_type: str) -> None:
        self._media_type = media_type
        self._collections = collections(size, media_type)
        self._watchers: dict[str, list[asyncio.StreamWriter]] = {}
        self._sent: dict[str, deque[tuple[int, bytes]]] = {}
        """Of each kind what was sent last, up to which version: for watches that go on."""
        self._version = int(VERSION)
        self._mark = _FIRST_MARK
        self.rate = 0
        self.marks_s = 0.0
        self.marks = 0
        self._chance = random.Random(1)
        self._top = range(min(SET_SIZE, size.claims))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
                await reader.readexactly(int(headers.get("content-length", "0")))
                await self._answer(head[0].split(" ")[1], headers.get("accept", ""), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, target: str, accepted: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        path = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(path.query).items()}
        plural = path.path.rpartition("/")[2]
        if plural in ("version", "selfsubjectaccessreviews", "selfsubjectrulesreviews"):
            body = json.dumps({"major": "1", "minor": "37", "metadata": {}, "spec": {}, "status": {"allowed": True}})
            writer.write(_PLAIN % b"application/json")
            await _chunks(writer, [body.encode()])
            return
        if query.get("limit") == "1":  # asks for the version alone, in JSON
            writer.write(_PLAIN % b"application/json")
            await _chunks(writer, [json.dumps({"metadata": {"resourceVersion": str(self._version)}}).encode()])
            return
        is_read = self._media_type in accepted
        found = self._collections.get(plural) or Collection(plural, self._media_type if is_read else JSON)
        if "fieldSelector" in query:
            found = Collection(plural, found.media_type)
        is_watch = query.get("watch") == "true"
        suffix = ";stream=watch" if is_watch and found.media_type != JSON else ""
        writer.write(_PLAIN % f"{found.media_type}{suffix}".encode())
        if is_watch:
            await self._watch(plural if len(found) else "", query, reader, writer)
        else:
            start, limit = int(query.get("continue", 0)), int(query.get("limit", 0))
            await _chunks(writer, found.pieces(self._version, start, limit))

    async def _watch(
        self, plural: str, query: dict[str, str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """What is new, until the watcher goes or the time is over that it asked for."""
        start, watchers = int(query.get("resourceVersion", 0)), self._watchers.setdefault(plural, [])
        await writer.drain()
        missed = b"".join(data for version, data in self._sent.get(plural, ()) if version > start)
        watchers.append(writer)
        try:
            async with asyncio.timeout(float(query.get("timeoutSeconds", 1800))):
                if missed:
                    await _chunk(writer, missed)
                await reader.read(1)  # which ends when the watcher goes
        except TimeoutError:
            writer.write(b"0\r\n\r\n")
        finally:
            watchers.remove(writer)

    async def change(self) -> None:
        """Change objects at the rate that is set, in even batches a hundred times a second."""
        due, last = 0.0, time.monotonic()
        while True:
            await asyncio.sleep(_TICK_S)
            now = time.monotonic()
            due, last = min(due + (now - last) * self.rate, self.rate / 2), now
            batches: dict[str, list[bytes]] = {}
            for number in range(int(due)):
                plural = _MIX[number % len(_MIX)]
                found = self._collections[plural]
                which = self._chance.randrange(len(found))
                if plural == "persistentvolumeclaims" and which in self._top:
                    continue  # these are for the marks
                self._version += 1
                batches.setdefault(plural, []).append(found.event(which, self._version))
            due -= int(due)
            for plural, events in batches.items():
                await self._send(plural, b"".join(events))

    async def mark(self) -> None:
        """Change what is to be seen at the top of the claims' table, and say when."""
        while True:
            await asyncio.sleep(self.marks_s * self._chance.uniform(0.8, 1.2) if self.marks else 0.05)
            if not self.marks or not self._watchers.get("persistentvolumeclaims"):
                continue
            self._version += 1
            self.marks -= 1
            self._mark = self._mark + 1 if self._mark < 99_999 else _FIRST_MARK
            which = self._top[self._mark % len(self._top)]
            event = self._collections["persistentvolumeclaims"].event(which, self._version, f"{self._mark}Gi")
            sys.stdout.write(f"{self._mark} {time.monotonic()!r}\n")
            await self._send("persistentvolumeclaims", event)
            sys.stdout.flush()

    async def _send(self, plural: str, data: bytes) -> None:
        self._sent.setdefault(plural, deque(maxlen=_KEPT)).append((self._version, data))
        for writer in list(self._watchers.get(plural, ())):
            if writer in self._watchers[plural]:  # its time may be over meanwhile
                await _chunk(writer, data)

    async def obey(self) -> None:
        """Do what the lines of standard input say, until it ends."""
        while line := await asyncio.to_thread(sys.stdin.readline):
            word, *values = line.split()
            if word == "rate":
                self.rate = int(values[0])
            else:
                self.marks_s, self.marks = float(values[0]), int(values[1])


async def _chunks(writer: asyncio.StreamWriter, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        await _chunk(writer, piece)
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    try:
        await writer.drain()
    except ConnectionError:
        writer.close()


async def main() -> None:
    """Serve until standard input closes."""
    server = Server(Size.of(int(sys.argv[1])), FORMATS[sys.argv[2]])
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=1 << 20)
    sys.stdout.write(f"{listening.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    work = [asyncio.create_task(one) for one in (server.change(), server.mark())]
    await server.obey()
    for task in work:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main())
