"""The kubectl commands that a plan shows do what the plan does: run by a shell against the simulated server."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from storagetui.actions.catalog import action
from storagetui.actions.plan import Plan, Refusal
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from storagetui.opening import Target, open_live
from storagetui.session import Session
from storagetui.settings import Settings
from storagetui.sim.cluster import SimCluster
from storagetui.sim.http import serve
from tests.actions.stage import is_loaded
from tests.kube.kubectl import kubectl_program
from tests.waiting import frame_with

pytestmark = pytest.mark.realtime


@asynccontextmanager
async def dead_node(folder: Path) -> AsyncIterator[tuple[SimCluster, Session, Path]]:
    """A served cluster with a dead node, a session on it, and the kubeconfig of both."""
    async with SimCluster(scene="node-dead") as cluster, serve(cluster.api) as server:
        kubeconfig = server.kubeconfig(folder / "kubeconfig")
        async with open_live(Target(kubeconfig=str(kubeconfig)), Settings()) as session:
            await frame_with(session, is_loaded)
            yield cluster, session, kubeconfig


async def shell(command: str, kubeconfig: Path) -> tuple[int, str]:
    path = f"{Path(kubectl_program()).parent}{os.pathsep}{os.environ['PATH']}"
    process = await asyncio.create_subprocess_shell(
        command,
        env={**os.environ, "PATH": path, "KUBECONFIG": str(kubeconfig)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_expand_claim(tmp_path: Path) -> None:
    async with dead_node(tmp_path) as (cluster, session, kubeconfig):
        claims = [
            claim for claim in cluster.store.list("persistentvolumeclaims") if claim["status"]["phase"] == "Bound"
        ]
        for wire in claims:
            key = Key(Kind.PERSISTENT_VOLUME_CLAIM, wire["metadata"]["namespace"], wire["metadata"]["name"])
            plan = action("expand-claim").plan(session.frame, key, {"size": "5Ti"})
            if isinstance(plan, Plan):
                break
        else:
            raise AssertionError("no claim of the scene can be expanded")
        code, output = await shell(plan.kubectl[0], kubeconfig)
        assert code == 0, output
        now = cluster.store.get("persistentvolumeclaims", key.name, key.namespace)
        assert now["spec"]["resources"]["requests"]["storage"] == "5Ti"
        code, output = await shell(plan.kubectl[0], kubeconfig)
        assert code != 0, "the version has changed: the same command must not act twice"


async def test_force_delete_pod(tmp_path: Path) -> None:
    async with dead_node(tmp_path) as (cluster, session, kubeconfig):
        plans = partial(_force_plans, session)
        frame = await frame_with(session, lambda _: plans())
        plan = plans()[0]
        assert frame.cluster.find(plan.key) is not None
        code, output = await shell(plan.kubectl[0], kubeconfig)
        assert code == 0, output
        found = cluster.store.find("pods", plan.key.name, plan.key.namespace)
        assert found is None or found["metadata"]["uid"] != plan.uid
        code, output = await shell(plan.kubectl[0], kubeconfig)
        assert code != 0, "a pod made again under the same name is not touched by the old command"


def _force_plans(session: Session) -> list[Plan]:
    pods = session.frame.cluster.all(Pod).values()
    plans = [action("force-delete-pod").plan(session.frame, pod.key, {}) for pod in pods if pod.deletion_timestamp]
    return [plan for plan in plans if not isinstance(plan, Refusal)]
