"""An API server that costs nothing: lists encoded beforehand, a watch of a given rate. A process of its own.

`python -m tests.bench.server PODS RATE` prints its port. Pods are served as lists in pages and as a watch that changes
RATE pods a second, each event carrying the moment it was sent (CLOCK_MONOTONIC, shared by the machine's processes) in
`status.message`. Every other collection is empty and its watch silent.
"""

import asyncio
import sys
import time
from urllib.parse import parse_qs, urlsplit

from tests.bench.objects import pod

_PAGE_VERSION = 1000
_TICK_S = 0.02


class Pages:
    """The pods, encoded once, cut as the limit asks."""

    def __init__(self, count: int) -> None:
        self._pods = [pod(number, number + 1) for number in range(count)]

    def __len__(self) -> int:
        return len(self._pods)

    def body(self, start: int, limit: int) -> list[bytes]:
        """One page, in pieces of a megabyte or so."""
        end = min(len(self._pods), start + limit) if limit else len(self._pods)
        rest = len(self._pods) - end
        more = f'"continue":"{end}","remainingItemCount":{rest},' if rest else ""
        head = (
            f'{{"kind":"PodList","apiVersion":"v1","metadata":{{{more}"resourceVersion":"{_PAGE_VERSION}"}},"items":['
        )
        pieces = [head.encode()]
        for at in range(start, end, 100):
            joined = b",".join(self._pods[at : min(at + 100, end)])
            pieces.append(joined + (b"," if at + 100 < end else b""))
        return [*pieces, b"]}"]


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pages: Pages, rate: int) -> None:
    try:
        while (request := (await reader.readuntil(b"\r\n\r\n")).decode()) != "":
            target = urlsplit(request.split(" ")[1])
            query = {name: values[0] for name, values in parse_qs(target.query).items()}
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            is_pods = target.path == "/api/v1/pods"
            if query.get("watch") == "true":
                await _watch(writer, len(pages) if is_pods else 0, rate)
            elif is_pods:
                for piece in pages.body(int(query.get("continue", 0)), int(query.get("limit", 0))):
                    await _chunk(writer, piece)
            else:
                await _chunk(writer, b'{"metadata":{"resourceVersion":"1"},"items":[]}')
            writer.write(b"0\r\n\r\n")
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _watch(writer: asyncio.StreamWriter, count: int, rate: int) -> None:
    """Events in even batches, fifty times a second; a burst is what a busy server sends too."""
    version, due, begun = _PAGE_VERSION, 0.0, time.monotonic()
    while True:
        await asyncio.sleep(_TICK_S if count and rate else 3600.0)
        due = (time.monotonic() - begun) * rate
        lines = []
        while version - _PAGE_VERSION < due:
            version += 1
            changed = pod(version % count, version, repr(time.monotonic()))
            lines.append(b'{"type":"MODIFIED","object":' + changed + b"}\n")
        if lines:
            await _chunk(writer, b"".join(lines))


async def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()


async def main() -> None:
    """Serve until standard input closes."""
    pages, rate = Pages(int(sys.argv[1])), int(sys.argv[2])
    server = await asyncio.start_server(lambda r, w: _serve(r, w, pages, rate), "127.0.0.1", 0, limit=1 << 20)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
