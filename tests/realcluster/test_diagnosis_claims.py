"""Claims and sets that genuine controllers leave stuck, told with their particulars, and no longer once mended."""

import asyncio
from typing import Any

import pytest

from storagetui.diagnosis.finding import Severity
from storagetui.diagnosis.patterns import classify
from storagetui.model.keys import Kind
from tests.realcluster import manifests
from tests.realcluster.diagnosing import Diagnosis, diagnosed
from tests.realcluster.driver import Code
from tests.realcluster.kubectl import KubectlFailed
from tests.realcluster.lab import CLAIMS, PODS, Lab
from tests.realcluster.rest import Manifest

NO_PROVISIONER = "kubernetes.io/no-provisioner"


def volume(lab: Lab, name: str, storage_class: str, size: str, **spec: Any) -> Manifest:
    """A volume made by hand, of the lab's driver, that is kept."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"{lab.namespace}-{name}"},
        "spec": {
            "capacity": {"storage": size},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": storage_class,
            "csi": {"driver": lab.driver_name, "volumeHandle": f"{lab.namespace}-{name}"},
            **spec,
        },
    }


async def test_claims_that_nothing_fits_are_told_with_what_is_nearest(lab: Lab) -> None:
    async with diagnosed(lab) as told:
        await asyncio.gather(
            _class_missing(lab, told),
            _no_default_class(lab, told),
            _no_static_fit(lab, told),
            _first_consumer(lab, told),
        )


async def _class_missing(lab: Lab, told: Diagnosis) -> None:
    missing = f"{lab.namespace}-late"
    lab.add_claim("homeless", "3Gi", storage_class=missing)
    lab.add_pod("dreamer", "homeless")
    key = told.claim("homeless")
    await told.until("pvc-storageclass-missing", key, "3Gi", missing)
    waiting = await told.until("sched-unbound-immediate", told.pod("dreamer"), "homeless")
    assert waiting.causes == (key,)
    lab.create(manifests.storage_class(missing, lab.driver_name, volumeBindingMode="Immediate"))
    await told.until_gone("pvc-storageclass-missing", key)
    await told.until_gone("sched-unbound-immediate", told.pod("dreamer"))


async def _no_default_class(lab: Lab, told: Diagnosis) -> None:
    lab.add_claim("plain", "7Gi", storage_class=None)
    lab.add_pod("waiter", "plain")
    key = told.claim("plain")
    await told.until("pvc-no-class-no-pv", key, "7Gi")
    made = volume(lab, "plain", "", "7Gi")
    made["spec"]["claimRef"] = {"namespace": lab.namespace, "name": "plain"}
    lab.create(made)
    await told.until_gone("pvc-no-class-no-pv", key)


async def _no_static_fit(lab: Lab, told: Diagnosis) -> None:
    """By size, by access mode, and by class; each says what is nearest and what it lacks."""
    static, other = f"{lab.namespace}-static", f"{lab.namespace}-other"
    for name in (static, other):
        lab.create(manifests.storage_class(name, NO_PROVISIONER, volumeBindingMode="Immediate"))
    lab.create(volume(lab, "small", static, "1Gi"))
    lab.add_claim("large", "50Gi", storage_class=static)
    lab.add_claim("shared", "1Gi", storage_class=static, access_mode="ReadWriteMany")
    lab.add_claim("elsewhere", "1Gi", storage_class=other)
    for name in ("large", "shared", "elsewhere"):
        lab.add_pod(f"user-of-{name}", name)
    await told.until("pvc-no-matching-pv", told.claim("large"), "50Gi", f"{lab.namespace}-small", "1Gi")
    await told.until("pvc-no-matching-pv", told.claim("shared"), f"{lab.namespace}-small", "RWX")
    await told.until("pvc-no-matching-pv", told.claim("elsewhere"), other)
    lab.create(volume(lab, "large", static, "60Gi"))
    await told.until_gone("pvc-no-matching-pv", told.claim("large"))
    lab.create(volume(lab, "shared", static, "1Gi", accessModes=["ReadWriteMany"]))
    await told.until_gone("pvc-no-matching-pv", told.claim("shared"))
    lab.create(volume(lab, "elsewhere", other, "1Gi"))
    await told.until_gone("pvc-no-matching-pv", told.claim("elsewhere"))


async def _first_consumer(lab: Lab, told: Diagnosis) -> None:
    lab.add_claim("patient")
    key = told.claim("patient")
    calm = await told.until("pvc-wait-for-first-consumer", key)
    assert calm.severity is Severity.INFO
    lab.add_pod("nowhere", "patient", node="no-such-node")
    await told.until("pvc-wait-for-pod-scheduled", key, "nowhere")
    lab.rest.delete(lab.path(PODS, "nowhere"))
    await told.until("pvc-wait-for-first-consumer", key)


async def test_what_a_namespace_refuses_is_told_at_the_set(lab: Lab) -> None:
    async with diagnosed(lab) as told:
        await asyncio.gather(_quota(lab, told), _limit_range(lab, told))


async def _quota(lab: Lab, told: Diagnosis) -> None:
    place = f"{lab.namespace}-q"
    lab.create(manifests.namespace(place))
    await asyncio.to_thread(lab.cluster.wait_account, place)
    lab.create(manifests.quota(place, "storage", {"requests.storage": "5Gi"}))
    _add_set(lab, place, "4Gi")
    key = told.owner("db", place)
    await told.until("pvc-quota-exceeded", key, "storage", "4Gi", "5Gi")
    lab.rest.merge(
        f"/api/v1/namespaces/{place}/resourcequotas/storage", {"spec": {"hard": {"requests.storage": "9Gi"}}}
    )
    await told.until_gone("pvc-quota-exceeded", key, within_s=150)
    lab.rest.delete(f"/api/v1/namespaces/{place}")


async def _limit_range(lab: Lab, told: Diagnosis) -> None:
    place = f"{lab.namespace}-l"
    lab.create(manifests.namespace(place))
    await asyncio.to_thread(lab.cluster.wait_account, place)
    limits = [{"type": "PersistentVolumeClaim", "max": {"storage": "1Gi"}}]
    metadata = {"namespace": place, "name": "sizes"}
    lab.create({"apiVersion": "v1", "kind": "LimitRange", "metadata": metadata, "spec": {"limits": limits}})
    _add_set(lab, place, "2Gi")
    key = told.owner("db", place)
    await told.until("pvc-limitrange", key, "1Gi", "2Gi")
    lab.rest.delete(f"/api/v1/namespaces/{place}/limitranges/sizes")
    await told.until_gone("pvc-limitrange", key, within_s=150)
    lab.rest.delete(f"/api/v1/namespaces/{place}")


def _add_set(lab: Lab, place: str, size: str) -> None:
    claims = {"data": manifests.claim_spec(lab.storage_class, size)}
    lab.create(manifests.headless_service(place, "db"))
    lab.create(manifests.stateful_set(place, "db", claims, replicas=2))


async def test_what_the_driver_refuses_is_told_in_its_words(lab: Lab) -> None:
    async with diagnosed(lab) as told:
        await _create_refused(
            lab, told, "wrong", Code.INVALID_ARGUMENT, "unknown parameter colour", "pvc-class-parameter-wrong"
        )
        await _create_refused(lab, told, "full", Code.RESOURCE_EXHAUSTED, "not enough free space", "pvc-backend-full")
        await _create_slow(lab, told)
        await _provisioner_gone(lab, told)


async def _create_refused(lab: Lab, told: Diagnosis, name: str, code: Code, words: str, expected: str) -> None:
    lab.driver.faults.set("CreateVolume", code, words)
    lab.add_claim(name)
    lab.add_pod(f"user-of-{name}", name)
    await told.until(expected, told.claim(name), words)
    lab.driver.faults.clear()
    if code is Code.INVALID_ARGUMENT:  # what can never work is tried again but seldom: the claim is made anew
        lab.rest.delete(lab.path(PODS, f"user-of-{name}"))
        lab.rest.delete(lab.path(CLAIMS, name))
    await told.until_gone(expected, told.claim(name))


async def _create_slow(lab: Lab, told: Diagnosis) -> None:
    lab.driver.faults.set("CreateVolume", Code.OK, seconds=120)
    lab.add_claim("slow")
    lab.add_pod("user-of-slow", "slow")
    calm = await told.until("pvc-provisioning-slow", told.claim("slow"))
    assert calm.severity is Severity.INFO
    lab.driver.faults.clear()
    await told.until_gone("pvc-provisioning-slow", told.claim("slow"))


async def _provisioner_gone(lab: Lab, told: Diagnosis) -> None:
    lab.driver.stop("csi-provisioner")
    lab.add_claim("unheard")
    lab.add_pod("user-of-unheard", "unheard")
    await told.until("pvc-provisioner-silent", told.claim("unheard"), lab.driver_name)
    lab.driver.start("csi-provisioner")
    await told.until_gone("pvc-provisioner-silent", told.claim("unheard"))


async def test_what_holds_a_set_up_or_is_left_of_it_is_told(lab: Lab) -> None:
    async with diagnosed(lab) as told:
        await asyncio.gather(_ordinal_blocked(lab, told), _left_behind(lab, told), _no_service(lab, told))


async def _ordinal_blocked(lab: Lab, told: Diagnosis) -> None:
    """Its first pod finds no node, so that the second one is not made."""
    lab.add_set("blocked", {"data": "1Gi"}, replicas=2, template=_nowhere("blocked"))
    key = told.owner("blocked")
    finding = await told.until("sts-ordered-blocked", key, "blocked-0", "#1", within_s=150)
    assert finding.causes == (told.pod("blocked-0"),)
    path = f"/apis/apps/v1/namespaces/{lab.namespace}/statefulsets/blocked"
    lab.rest.merge(path, {"spec": {"template": {"spec": {"nodeSelector": None}}}})
    lab.rest.delete(lab.path(PODS, "blocked-0"), gracePeriodSeconds=0)
    await told.until_gone("sts-ordered-blocked", key)


def _nowhere(name: str) -> Manifest:
    spec = manifests.pod_spec({}, node="no-such-node") | {"containers": [manifests.container(["data"])]}
    return {"metadata": {"labels": {"app": name}}, "spec": spec}


async def _left_behind(lab: Lab, told: Diagnosis) -> None:
    lab.add_set("shrunk", {"data": "1Gi"}, replicas=2)
    await asyncio.to_thread(lab.wait_running, "shrunk-0", "shrunk-1")
    path = f"/apis/apps/v1/namespaces/{lab.namespace}/statefulsets/shrunk"
    lab.rest.merge(path, {"spec": {"replicas": 1}})
    key = told.claim("data-shrunk-1")
    finding = await told.until("sts-orphan-pvc-scaledown", key, "shrunk", within_s=120)
    assert finding.severity is Severity.INFO
    lab.rest.merge(path, {"spec": {"replicas": 2}})
    await told.until_gone("sts-orphan-pvc-scaledown", key)


async def _no_service(lab: Lab, told: Diagnosis) -> None:
    claims = {"data": manifests.claim_spec(lab.storage_class, "1Gi")}
    lab.create(manifests.stateful_set(lab.namespace, "nameless", claims, replicas=1))
    key = told.owner("nameless")
    await told.until("sts-headless-service-missing", key, "nameless")
    lab.create(manifests.headless_service(lab.namespace, "nameless"))
    await told.until_gone("sts-headless-service-missing", key)


async def test_a_volume_in_another_zone_keeps_its_pod_from_a_node(lab: Lab) -> None:
    lab.add_claim("data")
    lab.add_pod("first", "data", node="node-0")
    await asyncio.to_thread(lab.wait_running, "first")
    lab.rest.delete(lab.path(PODS, "first"))
    async with diagnosed(lab) as told:
        lab.add_pod("second", "data", node="node-1")
        await told.until("sched-node-affinity-conflict", told.pod("second"), "zone-a")
        lab.rest.delete(lab.path(PODS, "second"))
        await told.until_gone("sched-node-affinity-conflict", told.pod("second"))


async def test_what_may_not_be_changed_in_a_set_and_made_smaller_is_refused_in_words_that_are_known(lab: Lab) -> None:
    lab.add_set("db", {"data": "1Gi"}, replicas=1)
    await asyncio.to_thread(lab.wait_running, "db-0")
    answer = await _refused(lab, "sts", "db", "--type=json", "-p", _template_patch("2Gi"))
    assert classify(Kind.STATEFUL_SET, "", answer)[:1] == ("sts-update-forbidden",)
    shrink = '{"spec":{"resources":{"requests":{"storage":"512Mi"}}}}'
    answer = await _refused(lab, CLAIMS, "data-db-0", "-p", shrink)
    assert classify(Kind.PERSISTENT_VOLUME_CLAIM, "", answer)[:1] == ("resize-rejected-shrink",)
    fixed = f"{lab.namespace}-fixed"
    lab.create(manifests.storage_class(fixed, lab.driver_name, allowVolumeExpansion=False))
    lab.add_claim("rigid", storage_class=fixed)
    lab.add_pod("user-of-rigid", "rigid")
    await asyncio.to_thread(lab.wait_running, "user-of-rigid")
    answer = await _refused(lab, CLAIMS, "rigid", "-p", '{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}')
    assert classify(Kind.PERSISTENT_VOLUME_CLAIM, "", answer)[:1] == ("resize-rejected-class",)


async def _refused(lab: Lab, *patch: str) -> str:
    """What the API server answers to a patch that it refuses."""
    with pytest.raises(KubectlFailed) as refused:
        await lab.kubectl.run("patch", *patch)
    return str(refused.value)


def _template_patch(size: str) -> str:
    path = "/spec/volumeClaimTemplates/0/spec/resources/requests/storage"
    return f'[{{"op":"replace","path":"{path}","value":"{size}"}}]'
