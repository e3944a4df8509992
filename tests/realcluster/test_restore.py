"""A cluster whose etcd is put back to how it was: the API server's versions begin again behind what we have seen."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storagetui.frame import Frame
from storagetui.model.change import FeedState
from storagetui.model.keys import Kind
from tests.realcluster import programs
from tests.realcluster.manifests import claim, claim_spec
from tests.realcluster.programs import ETCD
from tests.realcluster.scale import BareCluster, bare_cluster
from tests.realcluster.test_faults_real import CLAIM_FEED, all_live, watched
from tests.waiting import frame_with


@pytest.fixture
def cluster(built: Path) -> Iterator[BareCluster]:
    """Two servers."""
    with bare_cluster() as running:
        yield running


def _stop(cluster: BareCluster) -> Path:
    cluster.stop_api_server()
    cluster.processes.stop(ETCD, grace_s=30)
    return cluster.places.folder / "etcd"


def _start(cluster: BareCluster) -> None:
    cluster.processes.start(programs.etcd(cluster.places))
    cluster.start_api_server()


def _names(frame: Frame) -> set[str]:
    return {one.name for one in frame.cluster.objects[Kind.PERSISTENT_VOLUME_CLAIM].values()}


def _made(cluster: BareCluster, *names: str) -> None:
    for name in names:
        cluster.rest.create(claim("default", name, claim_spec("slow", "1Gi")))


@pytest.mark.disruptive
async def test_what_was_made_after_the_copy_is_gone_and_what_is_made_now_is_seen(
    cluster: BareCluster, tmp_path: Path
) -> None:
    await asyncio.to_thread(_made, cluster, "kept")
    data = await asyncio.to_thread(_stop, cluster)
    shutil.copytree(data, tmp_path / "copy")
    await asyncio.to_thread(_start, cluster)
    async with watched(cluster.kubeconfig(), tmp_path) as session:
        await asyncio.to_thread(_made, cluster, *(f"later-{number}" for number in range(200)))
        await frame_with(session, lambda frame: len(_names(frame)) == 201 and all_live(frame))
        await asyncio.to_thread(_stop, cluster)
        shutil.rmtree(data)
        shutil.copytree(tmp_path / "copy", data)
        await asyncio.to_thread(_start, cluster)
        await asyncio.to_thread(_made, cluster, "new")
        frame = await frame_with(session, lambda frame: frame.feeds[CLAIM_FEED].state is FeedState.LIVE)
        assert _names(frame) == {"kept", "new"}
        await frame_with(session, all_live)
