"""One measurement in a fresh process: `python -m tests.bench.measure WHAT URL [PODS]` prints one JSON object."""

import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from storagetui.kube.api import Request
from storagetui.kube.client import LiveApi
from storagetui.kube.kubeconfig import load
from storagetui.live import LiveSource
from storagetui.model.pods import Pod
from storagetui.session import Session
from storagetui.settings import Settings
from storagetui.source import ClusterIdentity

Figures = dict[str, float]
_PAGE = 500
_LATENCY_S = 10.0


def kubeconfig(url: str, folder: Path) -> Path:
    """A kubeconfig for the server."""
    path = folder / "kubeconfig"
    path.write_text(
        json.dumps(
            {
                "clusters": [{"name": "bench", "cluster": {"server": url}}],
                "users": [{"name": "bench", "user": {}}],
                "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}],
                "current-context": "bench",
            }
        )
    )
    return path


@asynccontextmanager
async def _api(url: str) -> AsyncIterator[LiveApi]:
    with TemporaryDirectory() as folder:
        connection = load({"KUBECONFIG": str(kubeconfig(url, Path(folder)))})
        async with LiveApi(connection) as api:
            yield api


async def raw(url: str) -> Figures:
    """Read every page of the pods and throw it away: what the same bytes cost without us."""
    token, size, begun = "", 0, time.perf_counter()
    async with _api(url) as api:
        while True:
            query = (("limit", str(_PAGE)), *((("continue", token),) if token else ()))
            async with api.open(Request(path="/api/v1/pods", query=query)) as answer:
                head = b""
                async for chunk in answer.chunks():
                    head = head or chunk[:300]
                    size += len(chunk)
            token = head.partition(b'"continue":"')[2].partition(b'"')[0].decode()
            if not token:
                break
    return {"seconds": time.perf_counter() - begun, "MB": size / 1e6, "RSS_MB": _resident_mb()}


async def loading(url: str, count: int) -> Figures:
    """The whole session until every pod is in a Frame."""
    async with _api(url) as api, _session(api) as session, _stalls() as stalls:
        begun = time.perf_counter()
        async for frame in session.frames():
            if len(frame.cluster.all(Pod)) >= count:
                break
        return {"seconds": time.perf_counter() - begun, "stall_ms": max(stalls) * 1e3, "RSS_MB": _resident_mb()}


async def latency(url: str, count: int) -> Figures:
    """From an event's sending to the Frame that has it, while the watch goes at the server's rate."""
    waits: list[float] = []
    async with _api(url) as api, _session(api) as session, _stalls() as stalls:
        until = None
        async for frame in session.frames():
            now = time.monotonic()
            pods = frame.cluster.all(Pod)
            if until is None and len(pods) >= count:
                until = now + _LATENCY_S
                stalls.clear()
            if until is None or now > until:
                if until is not None:
                    break
                continue
            sent = [pod.message for key in frame.changed if (pod := pods.get(key)) is not None and pod.message]
            waits += [now - float(moment) for moment in sent]
        waits.sort()
        return {
            "events": len(waits),
            "p50_ms": waits[len(waits) // 2] * 1e3,
            "p99_ms": waits[len(waits) * 99 // 100] * 1e3,
            "stall_ms": max(stalls) * 1e3,
        }


@asynccontextmanager
async def _session(api: LiveApi) -> AsyncIterator[Session]:
    identity = ClusterIdentity(cluster_id="bench", context="bench", server="bench")
    session = Session(LiveSource(api, identity), Settings())
    work = asyncio.create_task(session.run())
    try:
        yield session
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


@asynccontextmanager
async def _stalls() -> AsyncIterator[list[float]]:
    """How late a task that sleeps for 5 ms wakes: the stalls of the loop, in seconds."""
    late = [0.0]

    async def tick() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            late.append(time.perf_counter() - before - 0.005)

    task = asyncio.create_task(tick())
    try:
        yield late
    finally:
        task.cancel()


def _resident_mb() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main() -> None:
    """Measure what the first argument names."""
    what, url, *rest = sys.argv[1:]
    if what == "raw":
        figures = asyncio.run(raw(url))
    elif what == "loading":
        figures = asyncio.run(loading(url, int(rest[0])))
    else:
        figures = asyncio.run(latency(url, int(rest[0])))
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
