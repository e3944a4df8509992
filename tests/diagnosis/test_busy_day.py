"""A day in a cluster in which much happens and nothing is wrong."""

import asyncio
from datetime import UTC, datetime

import pytest

from storagetui.diagnosis.finding import Severity
from storagetui.sim.cluster import SimCluster
from storagetui.sim.controllers import heartbeat
from tests.diagnosis.observed import Observed

START = datetime(2026, 1, 15, 14, 0, tzinfo=UTC)
DAY_S = 86400.0
QUIET = (Severity.INFO, Severity.LOW)


async def test_a_busy_day_on_which_all_is_well_raises_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "RENEW_PERIOD_S", 30.0)  # of what happens in a quiet second most is heartbeats
    alarms: set[str] = set()
    async with SimCluster("busy", start=START) as cluster:
        view = Observed(cluster)

        async def watch() -> None:
            async for found in view.changed():
                now = cluster.clock.now()
                alarms.update(f"{now:%H:%M:%S} {one.code}: {one.title}" for one in found if one.severity not in QUIET)
                alarms.update(
                    f"{now:%H:%M:%S} {one.finding.code}: {one.finding.title}"
                    for one in view.groups
                    if one.severity not in QUIET
                )

        watching = asyncio.create_task(watch())
        await asyncio.sleep(DAY_S)
        watching.cancel()
        await asyncio.wait([watching])
    assert watching.cancelled(), watching.exception()
    assert view.changes > 10_000
    assert sorted(alarms) == []
