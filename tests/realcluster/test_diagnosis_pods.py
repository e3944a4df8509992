"""Pods that get no node, no attachment or no mount, told with their particulars, and no longer once mended."""

import asyncio
from typing import NamedTuple

import pytest

from storagetui.model.keys import Key, Kind
from tests.realcluster import manifests
from tests.realcluster.diagnosing import Diagnosis, diagnosed
from tests.realcluster.driver import Code, Driver
from tests.realcluster.lab import PODS, Lab


async def _driver(lab: Lab, name: str, *, slots: int = 0) -> Driver:
    """A driver with a class of its own, for faults that disturb nobody else."""
    full = f"{lab.namespace}-{name}"
    driver = await asyncio.to_thread(lab.add_driver, f"{full}.csi.test", slots=slots)
    lab.create(manifests.storage_class(full, driver.name))
    return driver


def _pod(lab: Lab, name: str, *, node: str = "", driver: str = "", access_mode: str = "ReadWriteOnce") -> Key:
    """A pod with a claim of its own, of the class of a driver; returns the pod's key."""
    storage_class = f"{lab.namespace}-{driver}" if driver else ""
    lab.add_claim(name, storage_class=storage_class, access_mode=access_mode)
    lab.add_pod(name, name, node=node)
    return Key(Kind.POD, lab.namespace, name)


async def test_pods_that_get_no_node_or_no_attachment_are_told_why(lab: Lab) -> None:
    async with diagnosed(lab) as told:
        await asyncio.gather(
            _slots_used_up(lab, told), _one_pod_only(lab, told), _attach_refused(lab, told), _attacher_gone(lab, told)
        )


async def _slots_used_up(lab: Lab, told: Diagnosis) -> None:
    await _driver(lab, "tight", slots=1)
    _pod(lab, "first", node="node-0", driver="tight")
    await asyncio.to_thread(lab.wait_running, "first")
    key = _pod(lab, "second", node="node-0", driver="tight")
    await told.until("sched-max-volume-count", key, "node-0", "1 of 1")
    lab.rest.delete(lab.path(PODS, "first"))
    await told.until_gone("sched-max-volume-count", key)


async def _one_pod_only(lab: Lab, told: Diagnosis) -> None:
    _pod(lab, "alone", access_mode="ReadWriteOncePod")
    await asyncio.to_thread(lab.wait_running, "alone")
    lab.add_pod("rival", "alone")
    await told.until("sched-rwop-conflict", told.pod("rival"), "alone")
    lab.rest.delete(lab.path(PODS, "alone"))
    await told.until_gone("sched-rwop-conflict", told.pod("rival"))


async def _attach_refused(lab: Lab, told: Diagnosis) -> None:
    driver = await _driver(lab, "strict")
    driver.faults.set("ControllerPublishVolume", Code.INTERNAL, "the fabric is down")
    key = _pod(lab, "refused", driver="strict")
    await told.until("attach-error", key, "the fabric is down", driver.name)
    driver.faults.clear()
    await told.until_gone("attach-error", key)


async def _attacher_gone(lab: Lab, told: Diagnosis) -> None:
    driver = await _driver(lab, "deaf")
    driver.stop("csi-attacher")
    key = _pod(lab, "unheard", driver="deaf")
    await told.until("attach-timeout-no-attacher", key, driver.name, within_s=200)
    driver.start("csi-attacher")
    await told.until_gone("attach-timeout-no-attacher", key)


class Failure(NamedTuple):
    """A refusal of the node's part of a driver."""

    name: str
    call: str
    code: Code
    words: str
    expected: str


FAILURES = (
    Failure(
        "broken",
        "NodeStageVolume",
        Code.INTERNAL,
        "mount failed: wrong fs type, bad option, bad superblock on /dev/sdb",
        "mount-fs-mismatch",
    ),
    Failure(
        "unclean",
        "NodeStageVolume",
        Code.INTERNAL,
        "'fsck' found errors on device /dev/sdb but could not correct them: x",
        "mount-fsck",
    ),
    Failure(
        "vanished",
        "NodeStageVolume",
        Code.NOT_FOUND,
        "Failed to find device path /dev/xvdba. no such device",
        "mount-device-not-found",
    ),
    Failure(
        "forbidden",
        "NodePublishVolume",
        Code.PERMISSION_DENIED,
        "mount.nfs: access denied by server while mounting 10.0.0.2:/data",
        "mount-nfs-denied",
    ),
    Failure(
        "unreachable", "NodePublishVolume", Code.INTERNAL, "mount.nfs: Connection timed out", "mount-nfs-unreachable"
    ),
    Failure("other", "NodePublishVolume", Code.INTERNAL, "the moon is full", "mount-failed"),
)


@pytest.mark.timeout(480)
async def test_mounts_that_fail_on_the_node_are_told_by_what_the_driver_says(lab: Lab) -> None:
    async with diagnosed(lab) as told:
        for failure in FAILURES:
            lab.driver.faults.set(failure.call, failure.code, failure.words)
            key = _pod(lab, failure.name)
            await told.until(failure.expected, key, failure.words.rpartition(": ")[2])
            lab.driver.faults.clear()
            await told.until_gone(failure.expected, key)


@pytest.mark.timeout(480)
async def test_a_volume_that_is_held_elsewhere_and_a_driver_that_is_not_there_are_told(lab: Lab) -> None:
    node = await asyncio.to_thread(lab.add_node)
    async with diagnosed(lab) as told:
        await _held_elsewhere(lab, told, node)
        await _shared_by_a_deployment(lab, told, node)
        await _driver_not_there(lab, told, node)


async def _held_elsewhere(lab: Lab, told: Diagnosis, node: str) -> None:
    _pod(lab, "holder", node="node-0")
    await asyncio.to_thread(lab.wait_running, "holder")
    lab.add_pod("waiter", "holder", node=node)
    await told.until("attach-multi-attach-used", told.pod("waiter"), "holder", "node-0", "Ready")
    lab.rest.delete(lab.path(PODS, "holder"))
    await told.until_gone("attach-multi-attach-used", told.pod("waiter"))
    lab.rest.delete(lab.path(PODS, "waiter"))


async def _shared_by_a_deployment(lab: Lab, told: Diagnosis, node: str) -> None:
    lab.add_claim("common")
    labels = {"app": "twins"}
    spec = manifests.pod_spec({"common": "common"}, own=lab.namespace)
    terms = [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["node-0", node]}]}]
    apart = [{"labelSelector": {"matchLabels": labels}, "topologyKey": "kubernetes.io/hostname"}]
    spec["affinity"] = {
        "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}},
        "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": apart},
    }
    lab.create(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"namespace": lab.namespace, "name": "twins"},
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": spec},
            },
        }
    )
    key = Key(Kind.DEPLOYMENT, lab.namespace, "twins")
    finding = await told.until("deploy-rwo-replicas", key, "2 replicas", "common", "for the volume that")
    assert any(one.kind is Kind.POD for one in finding.victims)
    lab.rest.merge(f"/apis/apps/v1/namespaces/{lab.namespace}/deployments/twins", {"spec": {"replicas": 1}})
    await told.until_gone("deploy-rwo-replicas", key)
    lab.rest.delete(f"/apis/apps/v1/namespaces/{lab.namespace}/deployments/twins")


async def _driver_not_there(lab: Lab, told: Diagnosis, node: str) -> None:
    await asyncio.to_thread(lab.driver.unregister, node)
    lab.add_claim("orphan")
    lab.add_pod("maker", "orphan", node="node-0")
    await asyncio.to_thread(lab.wait_running, "maker")
    lab.rest.delete(lab.path(PODS, "maker"))
    spec = manifests.pod_spec({"orphan": "orphan"}, own=lab.namespace) | {"nodeName": node}
    lab.create(manifests.pod(lab.namespace, "lonely", spec))
    key = told.pod("lonely")
    await told.until("attach-csinode-missing-driver", key, node, lab.driver_name)
    await asyncio.to_thread(lab.driver.add_node, lab.cluster.nodes[node])
    await told.until_gone("attach-csinode-missing-driver", key)
