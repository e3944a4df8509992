"""What is found in the scenes of the simulated cluster, through a session as the program runs one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from storagetui.diagnosis.finding import Finding, Severity
from storagetui.frame import Frame
from storagetui.live import LiveSource
from storagetui.session import Session
from storagetui.settings import Settings
from storagetui.sim.cluster import SimCluster
from storagetui.source import ClusterIdentity

START = datetime(2026, 1, 15, 14, 0, tzinfo=UTC)
LOADING_S = 5.0
BEHIND_A_CLAIM = {"sched-unbound-immediate", "sts-ordered-blocked"}
DRIVER_MISSING = {"csi-node-plugin-missing", "mount-driver-not-registered", "attach-csinode-missing-driver"}


@asynccontextmanager
async def watched(scene: str, seed: int = 7) -> AsyncIterator[Session]:
    identity = ClusterIdentity(cluster_id="test", context="test", server="test")
    async with SimCluster(scene, seed, START) as cluster:
        session = Session(LiveSource(cluster.api, identity, now=cluster.clock.now), Settings())
        running = asyncio.create_task(session.run())
        try:
            yield session
        finally:
            running.cancel()
            await asyncio.wait([running])


def troubles(frame: Frame) -> list[Finding]:
    return [one for group in frame.findings.values() for one in group if one.severity is not Severity.INFO]


@pytest.mark.parametrize(
    ("scene", "codes"),
    [
        ("claim-class-missing", {"pvc-storageclass-missing", *BEHIND_A_CLAIM}),
        ("claim-quota", {"pvc-quota-exceeded"}),
        ("claim-no-static-fit", {"sched-no-matching-pv", "pvc-wait-for-pod-scheduled"}),
        ("claim-waits-for-pod", set()),
        ("claim-backend-full", {"pvc-backend-full", *BEHIND_A_CLAIM}),
        ("attach-driver-missing", DRIVER_MISSING),
        ("attach-zone", {"sched-node-affinity-conflict"}),
        ("attach-held-by-other-node", {"attach-multi-attach-used"}),
        ("attach-refused", {"attach-denied"}),
        ("expand-class-forbids", set()),
        ("expand-pending-filesystem", {"sts-template-drift"}),
        ("expand-node-refuses", {"resize-node-error", "sts-template-drift"}),
        ("expand-driver-refuses", {"resize-rate-limited", "sts-template-drift"}),
        ("expand-under-way", {"sts-template-drift"}),
        ("node-dead", {"pod-terminating-node-unreachable"}),
        ("node-dead-forced", {"node-lost-volumes-in-use"}),
        ("deployment-shares-claim", {"deploy-rwo-replicas"}),
    ],
)
async def test_each_failure_is_told_by_its_name_and_nothing_else_is(scene: str, codes: set[str]) -> None:
    async with watched(scene) as session:
        await asyncio.sleep(LOADING_S)
        assert {finding.code for finding in troubles(session.frame)} == codes


@pytest.mark.parametrize("scene", ["calm", "empty", "claim-waits-for-pod"])
async def test_an_hour_in_which_all_is_well_raises_no_alarm(scene: str) -> None:
    alarms: list[Finding] = []

    async def watch(session: Session) -> None:
        async for frame in session.frames():
            alarms.extend(troubles(frame))

    async with watched(scene) as session:
        watching = asyncio.create_task(watch(session))
        await asyncio.sleep(3600)
        watching.cancel()
        await asyncio.wait([watching])
        assert session.frame.number > 1
    assert alarms == []
