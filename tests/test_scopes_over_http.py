"""A user with rights in two namespaces, from the kubeconfig to the Frame, over HTTP."""

import asyncio
from pathlib import Path

from storagetui.model.change import FeedState
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.opening import Target, open_live
from storagetui.settings import Settings
from storagetui.sim.access import READ, Rule
from storagetui.sim.cluster import SimCluster
from storagetui.sim.http import serve
from storagetui.view.header import scope
from storagetui.view.knowledge import is_known

SPACES = ("finance", "shop")


async def test_the_namespaces_are_found_by_access_reviews_and_their_claims_are_all_there(tmp_path: Path) -> None:
    rules = [Rule(verbs=READ, resources=("*",), groups=("*",), namespace=name) for name in SPACES]
    async with SimCluster("demo") as cluster, serve(cluster.api) as server:
        cluster.api.access.add("team", Rule(verbs=READ, groups=("",), resources=("namespaces",)), *rules)
        path = server.kubeconfig(tmp_path / "kubeconfig", "team")
        async with open_live(Target(kubeconfig=str(path)), Settings()) as session, asyncio.timeout(40.0):
            async for frame in session.frames():
                if scope(frame) == SPACES and all(is_known(frame, Kind.POD, name) for name in SPACES):
                    break
            frame = session.frame
            seen = {claim.namespace for claim in frame.cluster.all(PersistentVolumeClaim).values()}
            volumes = frame.health(Kind.PERSISTENT_VOLUME)
    assert seen == set(SPACES)
    assert volumes is not None
    assert volumes.state is FeedState.FORBIDDEN
    assert not is_known(frame, Kind.POD, "analytics")
