"""Volumes that do not grow, and claims and volumes that do not go, told with their particulars, and mended."""

import asyncio

import pytest

from storagetui.diagnosis.finding import Severity
from storagetui.model.keys import Key, Kind
from tests.realcluster import manifests
from tests.realcluster.diagnosing import Diagnosis, diagnosed
from tests.realcluster.driver import Code
from tests.realcluster.lab import CLAIMS, PODS, Lab

GROWN = {"spec": {"resources": {"requests": {"storage": "2Gi"}}}}


def bound(lab: Lab, name: str, storage_class: str = "") -> None:
    """A claim that a running pod uses."""
    lab.add_claim(name, storage_class=storage_class)
    lab.add_pod(f"user-of-{name}", name)
    lab.wait_running(f"user-of-{name}")


def grow(lab: Lab, name: str) -> None:
    """Ask for more, as kubectl does."""
    lab.rest.merge(lab.path(CLAIMS, name), GROWN)


@pytest.mark.timeout(480)
async def test_a_volume_that_does_not_grow_is_told_with_the_stage_that_fails(lab: Lab) -> None:
    async with diagnosed(lab) as told:
        await asyncio.gather(_refused_growth(lab, told), _resizer_gone(lab, told))


async def _refused_growth(lab: Lab, told: Diagnosis) -> None:
    """One after the other: a call of the driver has one fault at a time."""
    await _grow_fails(lab, told, "controller", "ControllerExpandVolume", "resize-controller-error")
    await _grow_fails(lab, told, "node", "NodeExpandVolume", "resize-node-error")
    await _grow_infeasible(lab, told)


async def _grow_fails(lab: Lab, told: Diagnosis, name: str, call: str, code: str) -> None:
    await asyncio.to_thread(bound, lab, name)
    lab.driver.faults.set(call, Code.INTERNAL, "the disk is stubborn")
    grow(lab, name)
    await told.until(code, told.claim(name), "the disk is stubborn", "2Gi", within_s=150)
    lab.driver.faults.clear()
    await told.until_gone(code, told.claim(name), within_s=200)


async def _grow_infeasible(lab: Lab, told: Diagnosis) -> None:
    await asyncio.to_thread(bound, lab, "endless")
    lab.driver.faults.set("ControllerExpandVolume", Code.OUT_OF_RANGE, "no disk is that large")
    grow(lab, "endless")
    await told.until("resize-controller-infeasible", told.claim("endless"), "no disk is that large")
    lab.driver.faults.clear()
    # What can never work is tried again but seldom: less is asked for, which is more than there is.
    lab.rest.merge(lab.path(CLAIMS, "endless"), {"spec": {"resources": {"requests": {"storage": "1500Mi"}}}})
    await told.until_gone("resize-controller-infeasible", told.claim("endless"), within_s=200)


async def _resizer_gone(lab: Lab, told: Diagnosis) -> None:
    driver = await asyncio.to_thread(lab.add_driver, f"{lab.namespace}-deaf.csi.test")
    lab.create(manifests.storage_class(f"{lab.namespace}-deaf", driver.name))
    await asyncio.to_thread(bound, lab, "unheard", f"{lab.namespace}-deaf")
    driver.stop("csi-resizer")
    grow(lab, "unheard")
    await told.until("resize-no-resizer", told.claim("unheard"), driver.name, within_s=260)
    driver.start("csi-resizer")
    await told.until_gone("resize-no-resizer", told.claim("unheard"))


async def test_what_is_to_go_and_stays_is_told_with_who_holds_it(lab: Lab) -> None:
    async with diagnosed(lab) as told:
        await asyncio.gather(_claim_in_use(lab, told), _volume_released(lab, told), _volume_not_deleted(lab, told))


async def _claim_in_use(lab: Lab, told: Diagnosis) -> None:
    await asyncio.to_thread(bound, lab, "needed")
    lab.rest.delete(lab.path(CLAIMS, "needed"))
    await told.until("pvc-terminating-in-use", told.claim("needed"), "user-of-needed")
    lab.rest.delete(lab.path(PODS, "user-of-needed"))
    await told.until_gone("pvc-terminating-in-use", told.claim("needed"))


async def _volume_released(lab: Lab, told: Diagnosis) -> None:
    kept = f"{lab.namespace}-kept"
    lab.create(manifests.storage_class(kept, lab.driver_name, reclaimPolicy="Retain"))
    await asyncio.to_thread(bound, lab, "leaver", kept)
    key = _volume_key(lab, "leaver")
    lab.rest.delete(lab.path(PODS, "user-of-leaver"))
    lab.rest.delete(lab.path(CLAIMS, "leaver"))
    calm = await told.until("pv-released-retain", key, f"{lab.namespace}/leaver")
    assert calm.severity is Severity.LOW
    lab.rest.merge(f"/api/v1/persistentvolumes/{key.name}", {"spec": {"persistentVolumeReclaimPolicy": "Delete"}})
    await told.until_gone("pv-released-retain", key)


async def _volume_not_deleted(lab: Lab, told: Diagnosis) -> None:
    driver = await asyncio.to_thread(lab.add_driver, f"{lab.namespace}-keeper.csi.test")
    keeper = f"{lab.namespace}-keeper"
    lab.create(manifests.storage_class(keeper, driver.name))
    await asyncio.to_thread(bound, lab, "doomed", keeper)
    key = _volume_key(lab, "doomed")
    driver.faults.set("DeleteVolume", Code.INTERNAL, "the disk has a snapshot")
    lab.rest.delete(lab.path(PODS, "user-of-doomed"))
    lab.rest.delete(lab.path(CLAIMS, "doomed"))
    failed = ("pv-failed", "pv-released-delete-stuck", "pv-terminating-provisioner")
    code = await _any(told, failed, key, "the disk has a snapshot")
    driver.faults.clear()
    await told.until_gone(code, key)


async def _any(told: Diagnosis, codes: tuple[str, ...], key: Key, words: str) -> str:
    """The code of the first of these findings that is made."""
    waits = [asyncio.create_task(told.until(code, key, words)) for code in codes]
    done, rest = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    return done.pop().result().code


def _volume_key(lab: Lab, claim: str) -> Key:
    volume = lab.volume_of(claim)
    assert volume is not None
    return Key(Kind.PERSISTENT_VOLUME, "", volume["metadata"]["name"])
