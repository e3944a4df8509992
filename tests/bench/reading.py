"""Read one list in a fresh process: `python -m tests.bench.reading raw|ours KUBECONFIG KIND` prints one JSON object.

`raw` throws the bytes away: what the same list costs without us. `ours` is the feed as the program has it, until the
list is complete, its records kept.
"""

import asyncio
import gc
import json
import sys
import time
from pathlib import Path

from storagetui.kube.api import Request
from storagetui.kube.client import LiveApi
from storagetui.kube.codecs import accept
from storagetui.kube.kubeconfig import load
from storagetui.kube.reflector import Reflector
from storagetui.model.change import Feed, Put, Replace
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS


def kubeconfig(url: str, folder: Path) -> Path:
    """A kubeconfig for a server without TLS and users."""
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


async def raw(api: LiveApi, kind: Kind) -> dict[str, float]:
    """Read the list in one body, asked for as the program asks."""
    info, size, begun = KINDS[kind], 0, time.perf_counter()
    headers = (("Accept", accept(info, watch=False)),)
    async with api.open(Request(path=info.path(), headers=headers)) as answer:
        if answer.status != 200:
            raise RuntimeError(f"{info.path()}: {answer.status}")
        async for chunk in answer.chunks():
            size += len(chunk)
    return {"seconds": time.perf_counter() - begun, "MB": size / 1e6}


async def ours(api: LiveApi, kind: Kind) -> dict[str, float]:
    """Read the list through a feed."""
    gc.freeze()
    begun, kept = time.perf_counter(), []
    reflector = Reflector(api, Feed(kind), clock=asyncio.get_running_loop().time)
    async for change in reflector.changes():
        if isinstance(change, Put):
            kept.append(change.record)
        elif isinstance(change, Replace):
            break
    return {"seconds": time.perf_counter() - begun, "records": len(kept)}


async def _read(how: str, file: str, kind: Kind) -> dict[str, float]:
    async with LiveApi(load({"KUBECONFIG": file})) as api:
        return await (raw if how == "raw" else ours)(api, kind)


def main() -> None:
    """Read what the arguments name."""
    how, file, kind = sys.argv[1:]
    sys.stdout.write(json.dumps(asyncio.run(_read(how, file, Kind(kind)))) + "\n")


if __name__ == "__main__":
    main()
