"""Sets: order of start and stop, rollouts, claims from templates, retention, refused claims."""

from typing import Any

from storagetui.sim import objects
from storagetui.sim.cluster import SimCluster
from storagetui.sim.controllers.images import Behavior
from storagetui.sim.facts import being_deleted, labels, phase
from storagetui.sim.wire import Json, dig, name_of
from tests.sim.controllers.stories import (
    CLAIMS,
    SETS,
    apply,
    claim,
    empty_cluster,
    messages,
    pod,
    ready,
    reasons,
    scale,
    until,
)

IMAGE = "registry.example/db:1"


def web(replicas: int = 3, **spec: Any) -> Json:
    templates = [objects.claim_template("data", "10Gi"), objects.claim_template("log", "1Gi")]
    return objects.stateful_set("shop", "web", IMAGE, replicas, templates, **spec)


def status(cluster: SimCluster) -> Json:
    found: Json = cluster.store.get(SETS, "web", "shop")["status"]
    return found


async def test_pods_start_one_after_the_other_each_with_its_own_claims() -> None:
    order: list[str] = []
    async with empty_cluster() as cluster:
        cluster.store.subscribe(lambda event, resource, obj, _: _note(order, event, resource, obj))
        apply(cluster, web())
        await until(cluster, lambda: ready(cluster, "web-0", "web-1", "web-2"))
        assert order == ["created web-0", "ready web-0", "created web-1", "ready web-1", "created web-2", "ready web-2"]
        claims = [name_of(item) for item in cluster.store.list(CLAIMS, "shop")]
        assert claims == [f"{template}-web-{ordinal}" for template in ("data", "log") for ordinal in range(3)]
        assert labels(claim(cluster, "data-web-1")) == {"app": "web"}
        assert "ownerReferences" not in claim(cluster, "data-web-1")["metadata"]
        await until(cluster, lambda: status(cluster).get("readyReplicas") == 3)
        assert status(cluster)["currentRevision"] == status(cluster)["updateRevision"]
        created = messages(cluster, "web", "SuccessfulCreate")
        assert "Create Claim data-web-0 Pod web-0 in StatefulSet web success" in created
        assert "Create Pod web-2 in StatefulSet web successful" in created


def _note(order: list[str], event: str, resource: str, obj: Json) -> None:
    if resource == "pods" and event == "ADDED":
        order.append(f"created {name_of(obj)}")
    line = f"ready {name_of(obj)}"
    states = {item["type"]: item["status"] for item in dig(obj, "status", "conditions", default=[])}
    if resource == "pods" and states.get("Ready") == "True" and line not in order:
        order.append(line)


async def test_pods_have_the_identity_that_their_set_gives_them() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, web(1, ordinals={"start": 5}))
        await until(cluster, lambda: ready(cluster, "web-5"))
        made = pod(cluster, "web-5")
        assert (made["spec"]["hostname"], made["spec"]["subdomain"]) == ("web-5", "web")
        assert labels(made)["apps.kubernetes.io/pod-index"] == "5"
        assert labels(made)["statefulset.kubernetes.io/pod-name"] == "web-5"
        volumes = {item["name"]: item["persistentVolumeClaim"]["claimName"] for item in made["spec"]["volumes"]}
        assert volumes == {"data": "data-web-5", "log": "log-web-5"}


async def test_parallel_sets_do_not_wait() -> None:
    async with empty_cluster() as cluster:
        cluster.images.behave(IMAGE, Behavior(unready=True))
        apply(cluster, web(podManagementPolicy="Parallel"))
        await until(cluster, lambda: all(phase(pod(cluster, f"web-{ordinal}")) == "Running" for ordinal in range(3)))
        assert "readyReplicas" not in status(cluster)


async def test_a_pod_that_is_not_ready_blocks_the_next_one() -> None:
    async with empty_cluster() as cluster:
        cluster.images.behave(IMAGE, Behavior(unready=True))
        apply(cluster, web())
        await until(cluster, lambda: "Unhealthy" in reasons(cluster, "web-0"))
        assert [name_of(item) for item in cluster.store.list("pods", "shop")] == ["web-0"]
        assert status(cluster)["replicas"] == 1


async def test_scaling_down_stops_the_highest_pod_and_leaves_its_claims() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, web())
        await until(cluster, lambda: ready(cluster, "web-0", "web-1", "web-2"))
        scale(cluster, SETS, "web", 2)
        await until(cluster, lambda: cluster.store.find("pods", "web-2", "shop") is None)
        await until(cluster, lambda: status(cluster)["replicas"] == 2)
        assert messages(cluster, "web", "SuccessfulDelete") == ["Delete Pod web-2 in StatefulSet web successful"]
        assert "Killing" in reasons(cluster, "web-2")
        assert [phase(claim(cluster, f"{name}-web-2")) for name in ("data", "log")] == ["Bound", "Bound"]


async def test_scaling_up_again_brings_the_old_volume_back() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, web(2))
        await until(cluster, lambda: ready(cluster, "web-0", "web-1"))
        volume = claim(cluster, "data-web-1")["spec"]["volumeName"]
        scale(cluster, SETS, "web", 1)
        await until(cluster, lambda: cluster.store.find("pods", "web-1", "shop") is None)
        scale(cluster, SETS, "web", 2)
        await until(cluster, lambda: ready(cluster, "web-1"))
        assert claim(cluster, "data-web-1")["spec"]["volumeName"] == volume


async def test_claims_go_with_their_pods_when_the_policy_says_so() -> None:
    async with empty_cluster() as cluster:
        policy = {"whenScaled": "Delete", "whenDeleted": "Retain"}
        apply(cluster, web(2, persistentVolumeClaimRetentionPolicy=policy))
        await until(cluster, lambda: ready(cluster, "web-0", "web-1"))
        scale(cluster, SETS, "web", 1)
        await until(cluster, lambda: len(cluster.store.list(CLAIMS, "shop")) == 2)
        assert [name_of(item) for item in cluster.store.list(CLAIMS, "shop")] == ["data-web-0", "log-web-0"]
        await until(cluster, lambda: len(cluster.store.list("persistentvolumes")) == 2)


async def test_claims_go_with_their_set_when_the_policy_says_so() -> None:
    async with empty_cluster() as cluster:
        policy = {"whenScaled": "Retain", "whenDeleted": "Delete"}
        apply(cluster, web(2, persistentVolumeClaimRetentionPolicy=policy))
        await until(cluster, lambda: ready(cluster, "web-0", "web-1"))
        cluster.store.delete(SETS, "web", "shop")
        await until(cluster, lambda: not cluster.store.list(CLAIMS, "shop"))
        assert not cluster.store.list("pods", "shop")


async def test_a_new_template_is_rolled_out_from_the_highest_pod_down() -> None:
    stopped: list[str] = []
    async with empty_cluster() as cluster:
        apply(cluster, web())
        await until(cluster, lambda: ready(cluster, "web-0", "web-1", "web-2"))
        old = status(cluster)["currentRevision"]

        def note(event: str, resource: str, obj: Json, _: Json | None) -> None:
            if event == "DELETED" and resource == "pods":
                stopped.append(name_of(obj))

        cluster.store.subscribe(note)
        cluster.store.modify(SETS, "web", "shop", lambda obj: _use_image(obj, "registry.example/db:2"))
        await until(cluster, lambda: status(cluster)["currentRevision"] != old)
        assert stopped == ["web-2", "web-1", "web-0"]
        assert status(cluster)["currentRevision"] == status(cluster)["updateRevision"]
        revisions = cluster.store.list("controllerrevisions.apps", "shop")
        assert sorted(item["revision"] for item in revisions) == [1, 2]


def _use_image(obj: Json, image: str) -> None:
    obj["spec"]["template"]["spec"]["containers"][0]["image"] = image


async def test_a_rollout_stands_at_its_first_pod_that_does_not_become_ready() -> None:
    async with empty_cluster() as cluster:
        cluster.images.behave("registry.example/db:bad", Behavior(unready=True))
        apply(cluster, web())
        await until(cluster, lambda: ready(cluster, "web-0", "web-1", "web-2"))
        cluster.store.modify(SETS, "web", "shop", lambda obj: _use_image(obj, "registry.example/db:bad"))
        await until(cluster, lambda: "Unhealthy" in reasons(cluster, "web-2"))
        assert ready(cluster, "web-0", "web-1")
        assert status(cluster)["updatedReplicas"] == 1
        assert status(cluster)["currentRevision"] != status(cluster)["updateRevision"]


async def test_a_partition_holds_the_lower_pods_back() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, web(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}))
        await until(cluster, lambda: ready(cluster, "web-0", "web-1", "web-2"))
        uid = pod(cluster, "web-1")["metadata"]["uid"]
        cluster.store.modify(SETS, "web", "shop", lambda obj: _use_image(obj, "registry.example/db:2"))
        await until(cluster, lambda: status(cluster).get("updatedReplicas") == 1 and ready(cluster, "web-2"))
        assert pod(cluster, "web-1")["metadata"]["uid"] == uid


async def test_deleting_a_set_with_orphans_keeps_its_pods_for_the_next_one() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, web(2))
        await until(cluster, lambda: ready(cluster, "web-0", "web-1"))
        uids = [pod(cluster, name)["metadata"]["uid"] for name in ("web-0", "web-1")]
        cluster.store.delete(SETS, "web", "shop", propagation="Orphan")
        await until(cluster, lambda: cluster.store.find(SETS, "web", "shop") is None)
        assert "ownerReferences" not in pod(cluster, "web-0")["metadata"]
        apply(cluster, web(2))
        await until(cluster, lambda: status(cluster).get("readyReplicas") == 2)
        assert [pod(cluster, name)["metadata"]["uid"] for name in ("web-0", "web-1")] == uids
        owner = pod(cluster, "web-0")["metadata"]["ownerReferences"][0]
        assert owner["uid"] == cluster.store.get(SETS, "web", "shop")["metadata"]["uid"]


async def test_a_quota_that_is_used_up_shows_as_failed_create() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.quota("shop", "storage", requests_storage="25Gi"), web(3))
        await until(cluster, lambda: messages(cluster, "web", "FailedCreate"))
        refused = (
            'persistentvolumeclaims "data-web-2" is forbidden: exceeded quota: storage, requested: '
            "requests.storage=10Gi, used: requests.storage=22Gi, limited: requests.storage=25Gi"
        )
        await until(cluster, lambda: len(messages(cluster, "web", "FailedCreate")) >= 2)
        said = messages(cluster, "web", "FailedCreate")
        assert f"Create Claim data-web-2 for Pod web-2 in StatefulSet web failed error: {refused}" in said
        why = f"failed to create PVC data-web-2: {refused}"
        assert f"Create Pod web-2 in StatefulSet web failed error: {why}" in said
        assert status(cluster)["replicas"] == 2


async def test_a_set_recovers_when_the_quota_is_raised() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.quota("shop", "storage", requests_storage="25Gi"), web(3))
        await until(cluster, lambda: messages(cluster, "web", "FailedCreate"))

        def raise_limit(obj: Json) -> None:
            obj["spec"]["hard"]["requests.storage"] = "50Gi"

        cluster.store.modify("resourcequotas", "storage", "shop", raise_limit)
        await until(cluster, lambda: ready(cluster, "web-2"), within_s=1200)


async def test_a_set_waits_for_a_claim_that_is_being_deleted() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, web(1))
        await until(cluster, lambda: ready(cluster, "web-0"))
        cluster.store.delete(CLAIMS, "data-web-0", "shop")
        assert being_deleted(claim(cluster, "data-web-0"))
        volume = claim(cluster, "data-web-0")["spec"]["volumeName"]
        cluster.store.delete("pods", "web-0", "shop")
        await until(
            cluster, lambda: ready(cluster, "web-0") and dig(claim(cluster, "data-web-0"), "spec", "volumeName")
        )
        await until(cluster, lambda: dig(claim(cluster, "data-web-0"), "spec", "volumeName") not in (None, volume))
