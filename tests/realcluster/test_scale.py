"""Thousands of objects on a real API server: loaded, and told truly while it hangs, is away, and is back."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bench.objects import Size, claim_name
from tests.realcluster.programs import API_SERVER
from tests.realcluster.scale import BareCluster, bare_cluster, fill, path_of
from tests.realcluster.screen import Terminal, terminal

SIZE = Size(5000, 500)
WITHIN_S = 120.0
STALE = re.compile(r"▲ \d+ stale \d+s")


@pytest.fixture
async def cluster(built: Path) -> AsyncIterator[BareCluster]:
    """Five thousand pods, and the storage of some of them."""
    with bare_cluster() as running:
        await fill(running, SIZE)
        yield running


def _count(running: BareCluster, plural: str) -> int:
    return len(running.rest.items(f"{path_of(plural)}?resourceVersion=0"))


async def _until_true(seen: Terminal, pods: int, claims: int) -> None:
    """The header counts what there is, and says that it is so now."""
    for words in (f" {pods:,} pods", f" {claims:,} claims", "● live"):
        await seen.until(lambda words=words: words in seen.part("#status-bar")[0], words, WITHIN_S)  # type: ignore[misc]  # a default binds it


async def _until_stale(seen: Terminal) -> None:
    await seen.until(lambda: STALE.search(seen.part("#status-bar")[0]), "stale in the header", WITHIN_S)


@pytest.mark.disruptive
@pytest.mark.timeout(400)
async def test_thousands_of_pods_load_and_the_screen_tells_the_truth(cluster: BareCluster) -> None:
    namespace, name = claim_name(0)
    async with terminal(cluster.kubeconfig(), screen="claims", size=(160, 45)) as seen:
        await _until_true(seen, SIZE.pods, SIZE.claims)

        cluster.hang(API_SERVER)
        await _until_stale(seen)
        assert f" {SIZE.pods:,} pods" in seen.part("#status-bar")[0]
        cluster.resume(API_SERVER)
        await _until_true(seen, SIZE.pods, SIZE.claims)

        await asyncio.to_thread(cluster.rest.delete, path_of("persistentvolumeclaims", namespace, name))
        pods = [pod["metadata"] for pod in cluster.rest.items(f"{path_of('pods', namespace)}?limit=3")]
        for pod in pods:
            path = path_of("pods", namespace, pod["name"])
            await asyncio.to_thread(cluster.rest.delete, path, gracePeriodSeconds=0)
        await _until_true(seen, SIZE.pods - len(pods), SIZE.claims - 1)

        cluster.stop_api_server()
        await _until_stale(seen)
        await asyncio.to_thread(cluster.start_api_server)
        await _until_true(seen, SIZE.pods - len(pods), SIZE.claims - 1)
        assert await asyncio.to_thread(_count, cluster, "pods") == SIZE.pods - len(pods)
        assert await asyncio.to_thread(_count, cluster, "persistentvolumeclaims") == SIZE.claims - 1
        assert name not in {row["NAME"] for row in seen.rows("#claims-table")}
