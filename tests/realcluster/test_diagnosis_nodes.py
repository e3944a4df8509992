"""A node that dies with pods and volumes on it, and an attachment that takes its time."""

import asyncio

import pytest

from storagetui.diagnosis.finding import Severity
from storagetui.model.keys import Key, Kind
from tests.realcluster.diagnosing import Diagnosis, diagnosed
from tests.realcluster.driver import Code
from tests.realcluster.lab import PODS, Lab

UNREACHABLE, WAITS = "pod-terminating-node-unreachable", "node-lost-volumes-in-use"


@pytest.mark.disruptive
@pytest.mark.timeout(480)
async def test_a_dead_node_is_one_trouble_with_its_pods_as_victims(lab: Lab) -> None:
    node = await asyncio.to_thread(lab.add_node)
    for name in ("one", "two"):
        lab.add_claim(name)
        lab.add_pod(name, name, node=node)
    await asyncio.to_thread(lab.wait_running, "one", "two")
    async with diagnosed(lab) as told:
        await asyncio.to_thread(lab.cluster.nodes.kill, node)
        for name in ("one", "two"):
            await told.until(UNREACHABLE, told.pod(name), node, "does not answer", within_s=120)
        group = await told.root(UNREACHABLE, Key(Kind.NODE, "", node))
        assert {told.pod("one"), told.pod("two")} <= set(group.victims)
        await _volume_still_attached(lab, told, node)
        await asyncio.to_thread(lab.cluster.nodes.restart, node)
        for name in ("one", "two"):
            await told.until_gone(UNREACHABLE, told.pod(name), within_s=120)
        await told.until_gone(WAITS, told.pod("heir"), within_s=120)


async def _volume_still_attached(lab: Lab, told: Diagnosis, node: str) -> None:
    """The pod is gone by force, and its volume is not let go before six minutes are over."""
    lab.rest.delete(lab.path(PODS, "one"), gracePeriodSeconds=0)
    lab.add_pod("heir", "one", node="node-0")
    waits = await told.until(WAITS, told.pod("heir"), node, "six minutes")
    assert waits.severity is Severity.MEDIUM


async def test_an_attachment_that_takes_too_long_is_told_as_the_attacher_tells_it(lab: Lab) -> None:
    """The attacher gives each attempt some seconds, notes that it took too long, and tries again."""
    lab.driver.faults.set("ControllerPublishVolume", Code.OK, seconds=200)
    lab.add_claim("data")
    lab.add_pod("patient", "data")
    key = Key(Kind.POD, lab.namespace, "patient")
    async with diagnosed(lab) as told:
        await told.until("attach-error", key, lab.driver_name, "context deadline exceeded")
        lab.driver.faults.clear()
        await told.until_gone("attach-error", key)


@pytest.mark.disruptive
async def test_an_attachment_to_a_node_that_is_gone_is_left_over(lab: Lab) -> None:
    node = await asyncio.to_thread(lab.add_node)
    lab.add_claim("data")
    lab.add_pod("user", "data", node=node)
    await asyncio.to_thread(lab.wait_running, "user")
    attachment = lab.attachments()[0]["metadata"]["name"]
    async with diagnosed(lab) as told:
        lab.cluster.nodes.kill(node)
        lab.rest.delete(f"/api/v1/nodes/{node}")
        key = Key(Kind.VOLUME_ATTACHMENT, "", attachment)
        await told.until("va-orphaned-node-missing", key, node)
        lab.rest.delete(f"/apis/storage.k8s.io/v1/volumeattachments/{attachment}")
        await told.until_gone("va-orphaned-node-missing", key)
