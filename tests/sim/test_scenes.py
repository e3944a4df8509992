"""The scenes: what each one shows when it opens, it still shows an hour later; a seed tells the same story twice."""

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import pytest

from storagetui.sim.cluster import SimCluster
from storagetui.sim.controllers.resizing import resize_state
from storagetui.sim.facts import (
    OUT_OF_SERVICE,
    being_deleted,
    condition,
    is_node_ready,
    is_running_and_ready,
    is_true,
    phase,
)
from storagetui.sim.scenes.catalog import SCENES, scene_named
from storagetui.sim.scenes.story import seconds
from storagetui.sim.wire import Json, dig, name_of
from tests.sim.controllers.stories import ATTACHMENTS, CLAIMS, SETS, START, attached_to

Check = Callable[[SimCluster], None]


def find(cluster: SimCluster, resource: str, key: str) -> Json:
    namespace, _, name = key.rpartition("/")
    return cluster.store.get(resource, name, namespace)


def said(cluster: SimCluster, key: str, reason: str) -> str:
    """What the newest event with that reason says about an object, or nothing."""
    namespace, _, name = key.rpartition("/")
    found = [
        item["message"]
        for item in cluster.store.list("events", namespace or "default")
        if item["involvedObject"]["name"].startswith(name) and item["reason"] == reason
    ]
    return str(found[-1]) if found else ""


def unschedulable(cluster: SimCluster, key: str) -> str:
    return str(dig(condition(find(cluster, "pods", key), "PodScheduled"), "message", default=""))


def healthy(cluster: SimCluster) -> None:
    pods = cluster.store.list("pods")
    assert [name_of(item) for item in pods if not is_running_and_ready(item)] == []
    assert all(is_node_ready(item) for item in cluster.store.list("nodes"))


def calm(cluster: SimCluster) -> None:
    healthy(cluster)
    assert find(cluster, SETS, "shop/postgres")["status"]["readyReplicas"] == 3
    assert phase(find(cluster, CLAIMS, "ci/scratch")) == "Pending"


def class_missing(cluster: SimCluster) -> None:
    assert phase(find(cluster, CLAIMS, "shop/data-cache-0")) == "Pending"
    why = 'storageclass.storage.k8s.io "fast-ssd" not found'
    assert said(cluster, "shop/data-cache-0", "ProvisioningFailed") == why
    assert "pod has unbound immediate PersistentVolumeClaims" in unschedulable(cluster, "shop/cache-0")


def quota_used_up(cluster: SimCluster) -> None:
    status = find(cluster, SETS, "analytics/clickhouse")["status"]
    assert (status["replicas"], status["readyReplicas"]) == (2, 2)
    assert "exceeded quota: storage, requested: requests.storage=80Gi" in said(
        cluster, "analytics/clickhouse", "FailedCreate"
    )
    quota = find(cluster, "resourcequotas", "analytics/storage")["status"]
    assert quota["hard"]["requests.storage"] == "200Gi"
    assert cluster.store.find(CLAIMS, "data-clickhouse-2", "analytics") is None


def no_static_fit(cluster: SimCluster) -> None:
    assert "didn't find available persistent volumes to bind" in unschedulable(cluster, "media/archive-0")
    assert phase(find(cluster, CLAIMS, "media/store-archive-0")) == "Pending"
    disks = [find(cluster, "persistentvolumes", f"archive-disk-{number}") for number in (1, 2, 3)]
    assert [(phase(item), item["spec"]["capacity"]["storage"]) for item in disks] == [("Available", "50Gi")] * 3


def waits_for_pod(cluster: SimCluster) -> None:
    assert phase(find(cluster, CLAIMS, "ci/scratch")) == "Pending"
    why = "waiting for first consumer to be created before binding"
    assert said(cluster, "ci/scratch", "WaitForFirstConsumer") == why
    assert not cluster.store.list("pods")


def backend_full(cluster: SimCluster) -> None:
    assert "code = ResourceExhausted" in said(cluster, "shop/index-search-0", "ProvisioningFailed")
    assert phase(find(cluster, CLAIMS, "shop/index-search-0")) == "Pending"


def deleted_in_use(cluster: SimCluster) -> None:
    assert being_deleted(find(cluster, CLAIMS, "shop/data-orders-1"))
    assert is_running_and_ready(find(cluster, "pods", "shop/orders-1"))


def driver_missing(cluster: SimCluster) -> None:
    assert "CSINode worker-d does not contain driver" in said(cluster, "shop/ledger-0", "FailedAttachVolume")
    assert "not found in the list of registered CSI drivers" in said(cluster, "media/packager", "FailedMount")
    assert phase(find(cluster, "pods", "shop/ledger-0")) == "Pending"


def other_zone(cluster: SimCluster) -> None:
    assert "node(s) didn't match PersistentVolume's node affinity" in unschedulable(cluster, "shop/inventory-0")
    assert phase(find(cluster, CLAIMS, "shop/data-inventory-0")) == "Bound"


def held_by_other_node(cluster: SimCluster) -> None:
    volume = find(cluster, CLAIMS, "shop/exports")["spec"]["volumeName"]
    assert attached_to(cluster, volume) == ["worker-a"]
    assert phase(find(cluster, "pods", "shop/export-adhoc")) == "Pending"
    assert is_running_and_ready(find(cluster, "pods", "shop/export-daily"))


def refused(cluster: SimCluster) -> None:
    errors = [item for item in cluster.store.list(ATTACHMENTS) if dig(item, "status", "attachError")]
    assert len(errors) == 1
    assert "UnauthorizedOperation" in said(cluster, "shop/search-1", "FailedAttachVolume")


def node_dead(cluster: SimCluster) -> None:
    dead = [name_of(item) for item in cluster.store.list("nodes") if not is_node_ready(item)]
    assert len(dead) == 1
    pods = [find(cluster, "pods", f"shop/{name}-1") for name in ("postgres", "queue")]
    assert {item["spec"]["nodeName"] for item in pods} == set(dead)
    assert all(cluster.clock.since_s(item["metadata"]["deletionTimestamp"]) > 60 for item in pods)
    held = [item for item in cluster.store.list(ATTACHMENTS) if item["spec"]["nodeName"] == dead[0]]
    assert [item["status"]["attached"] for item in held] == [True] * 3


def class_forbids(cluster: SimCluster) -> None:
    healthy(cluster)
    assert "allowVolumeExpansion" not in find(cluster, "storageclasses.storage.k8s.io", "io2-fixed")
    assert phase(find(cluster, CLAIMS, "finance/data-ledger-2")) == "Bound"


def pending_file_system(cluster: SimCluster) -> None:
    for number in (0, 1):
        claim = find(cluster, CLAIMS, f"monitoring/data-alertmanager-{number}")
        assert is_true(claim, "FileSystemResizePending")
        assert resize_state(claim) == "NodeResizePending"
        assert claim["status"]["capacity"]["storage"] == "10Gi"
    assert cluster.store.find("pods", "alertmanager-0", "monitoring") is None


def node_refuses(cluster: SimCluster) -> None:
    assert is_true(find(cluster, CLAIMS, "monitoring/data-prometheus-1"), "NodeResizeError")
    assert "resize2fs" in said(cluster, "monitoring/prometheus-1", "VolumeResizeFailed")


def driver_refuses(cluster: SimCluster) -> None:
    assert is_true(find(cluster, CLAIMS, "shop/data-orders-0"), "ControllerResizeError")
    assert "VolumeModificationRateExceeded" in said(cluster, "shop/data-orders-0", "VolumeResizeFailed")


def under_way(cluster: SimCluster) -> None:
    claim = find(cluster, CLAIMS, "shop/data-events-1")
    assert is_true(claim, "Resizing")
    assert resize_state(claim) == "ControllerResizeInProgress"


def shares_claim(cluster: SimCluster) -> None:
    pods = cluster.store.list("pods", "analytics")
    assert Counter(phase(item) for item in pods) == {"Running": 1, "Pending": 2}
    assert len({item["spec"]["nodeName"] for item in pods}) == 3


def left_behind(cluster: SimCluster) -> None:
    healthy(cluster)
    claims = [name_of(item) for item in cluster.store.list(CLAIMS, "monitoring")]
    assert [name for name in claims if name.startswith("chunks-loki")] == [f"chunks-loki-{n}" for n in range(5)]
    assert [name_of(item) for item in cluster.store.list(SETS)] == ["loki"]
    assert "data-graphite-1" in claims


def rollout(cluster: SimCluster) -> None:
    status = find(cluster, SETS, "shop/sessions")["status"]
    assert status["currentRevision"] != status["updateRevision"]
    assert (status["readyReplicas"], status["updatedReplicas"]) == (3, 1)
    assert not is_true(find(cluster, "pods", "shop/sessions-3"), "Ready")


def service_missing(cluster: SimCluster) -> None:
    healthy(cluster)
    assert cluster.store.find("services", "registry", "shop") is None
    assert find(cluster, SETS, "shop/registry")["spec"]["serviceName"] == "registry"


def driver_silent(cluster: SimCluster) -> None:
    assert [phase(item) for item in cluster.store.list(CLAIMS, "shop")] == ["Pending"] * 5
    assert "Waiting for a volume to be created" in said(cluster, "shop/export-1", "ExternalProvisioning")


def shares_files(cluster: SimCluster) -> None:
    healthy(cluster)
    assert len(cluster.store.list("pods", "media")) == 3


CHECKS: dict[str, Check] = {
    "calm": calm,
    "empty": healthy,
    "claim-class-missing": class_missing,
    "claim-quota": quota_used_up,
    "claim-no-static-fit": no_static_fit,
    "claim-waits-for-pod": waits_for_pod,
    "claim-backend-full": backend_full,
    "claim-deleted-in-use": deleted_in_use,
    "attach-driver-missing": driver_missing,
    "attach-zone": other_zone,
    "attach-held-by-other-node": held_by_other_node,
    "attach-refused": refused,
    "node-dead": node_dead,
    "expand-class-forbids": class_forbids,
    "expand-pending-filesystem": pending_file_system,
    "expand-node-refuses": node_refuses,
    "expand-driver-refuses": driver_refuses,
    "expand-under-way": under_way,
    "deployment-shares-claim": shares_claim,
    "claim-driver-silent": driver_silent,
    "deployment-shares-files": shares_files,
    "set-left-behind": left_behind,
    "set-rollout": rollout,
    "set-service-missing": service_missing,
}
MOVING = {"attach-after-drain", "busy", "demo", "large", "node-dead-forced"}
"""Scenes with tests of their own."""


def test_every_scene_is_tested_and_says_what_it_shows() -> None:
    assert {scene.name for scene in SCENES} == CHECKS.keys() | MOVING
    assert all(scene.about.endswith(".") for scene in SCENES)
    assert len({scene.name for scene in SCENES}) == len(SCENES)


def test_a_scene_that_does_not_exist_is_refused_with_all_names() -> None:
    with pytest.raises(ValueError, match="choose one of calm, "):
        scene_named("storm")


def test_times_of_a_story() -> None:
    assert seconds("-6m40s") == -400.0
    assert seconds("+1d2h") == 93600.0
    with pytest.raises(ValueError, match="write it as -6m40s"):
        seconds("yesterday")


@pytest.mark.parametrize("name", CHECKS)
async def test_a_scene_shows_what_it_says_and_goes_on_showing_it(name: str) -> None:
    async with SimCluster(name, start=START) as cluster:
        CHECKS[name](cluster)
        await asyncio.sleep(3600)
        CHECKS[name](cluster)


async def test_a_forced_deletion_resolves_itself_six_minutes_later() -> None:
    async with SimCluster("node-dead-forced", start=START) as cluster:
        for name in ("postgres-1", "queue-1"):
            assert phase(find(cluster, "pods", f"shop/{name}")) == "Pending"
            assert "Volume is already exclusively attached" in said(cluster, f"shop/{name}", "FailedAttachVolume")
        await asyncio.sleep(400)
        for name in ("postgres-1", "queue-1"):
            assert is_running_and_ready(find(cluster, "pods", f"shop/{name}"))


async def test_in_the_demo_an_out_of_service_taint_frees_the_pods_of_the_dead_node() -> None:
    async with SimCluster("demo", start=START) as cluster:

        def taint(obj: Json) -> None:
            obj["spec"]["taints"].append({"key": OUT_OF_SERVICE, "value": "nodeshutdown", "effect": "NoExecute"})

        cluster.store.modify("nodes", "worker-g", "", taint)
        await asyncio.sleep(60)
        pods = [find(cluster, "pods", f"shop/{name}-1") for name in ("postgres", "queue")]
        assert all(is_running_and_ready(item) for item in pods)
        assert {item["spec"]["nodeName"] for item in pods} == {"worker-i"}


def contents(cluster: SimCluster) -> list[Json]:
    found: list[Json] = []
    for resource in ("nodes", "pods", CLAIMS, "persistentvolumes", ATTACHMENTS, SETS, "deployments.apps", "events"):
        found += cluster.store.list(resource)
    return found


async def test_a_seed_tells_the_same_story_twice_and_another_seed_another_one() -> None:
    stories: list[list[Json]] = []
    for seed in (3, 3, 4):
        async with SimCluster("demo", seed, START) as cluster:
            await asyncio.sleep(120)
            stories.append(contents(cluster))
    assert stories[0] == stories[1]
    assert stories[0] != stories[2]


async def test_a_past_is_past() -> None:
    async with SimCluster("demo", start=START) as cluster:
        assert cluster.clock.now() == START
        pod = find(cluster, "pods", "shop/postgres-0")
        assert cluster.clock.since_s(pod["metadata"]["creationTimestamp"]) > 20 * 86400
        events = cluster.store.list("events")
        assert all(cluster.clock.since_s(item["metadata"]["creationTimestamp"]) >= 0 for item in events)
        counts = [item["count"] for item in events if item["reason"] == "ProvisioningFailed"]
        assert counts
        assert min(counts) > 20
        leases = {name_of(item): item["spec"]["renewTime"] for item in cluster.store.list("leases.coordination.k8s.io")}
        old = [name for name, renewed in leases.items() if cluster.clock.since_s(renewed) > 60]
        assert old == ["worker-g"]
        assert 500 < cluster.clock.since_s(leases["worker-g"]) < 600


async def test_nothing_but_heartbeats_moves_in_a_calm_cluster() -> None:
    written: Counter[str] = Counter()
    async with SimCluster("calm", start=START) as cluster:
        cluster.store.subscribe(lambda _event, resource, _obj, _old: written.update([resource]))
        await asyncio.sleep(60)
    assert set(written) <= {"leases.coordination.k8s.io", "nodes", "events"}
    assert written["leases.coordination.k8s.io"] <= 21


async def test_the_demo_is_a_living_cluster_with_incidents_that_stay() -> None:
    lively: list[float] = []
    async with SimCluster("demo", start=START) as cluster:
        pods = cluster.store.list("pods")
        assert 55 <= len(pods) <= 85
        assert len({item["metadata"]["namespace"] for item in pods}) >= 6
        stuck = (class_missing, quota_used_up, no_static_fit, other_zone, refused, node_dead, pending_file_system)
        for check in (*stuck, node_refuses, under_way, rollout):
            check(cluster)
        assert "not found in the list of registered CSI drivers" in said(cluster, "media/packager", "FailedMount")

        def note(_event: str, resource: str, _obj: Json, _old: Json | None) -> None:
            if resource in ("pods", CLAIMS, ATTACHMENTS, SETS):
                lively.append(cluster.clock.elapsed_s())

        cluster.store.subscribe(note)
        await asyncio.sleep(1200)
        for check in (*stuck, node_refuses, under_way, rollout):
            check(cluster)
        assert len(cluster.store.list("pods")) <= 90
    pauses = [later - earlier for earlier, later in pairwise(lively)]
    assert max(pauses) < 15


async def test_a_large_cluster_is_all_well_from_the_start() -> None:
    async with SimCluster("large", start=START, controllers=False) as cluster:
        assert len(cluster.store.list("pods")) == 5000
        assert len(cluster.store.list("persistentvolumes")) == 5000
        assert len(cluster.store.list(ATTACHMENTS)) == 5000
        assert len(cluster.store.list("nodes")) == 50


async def test_controllers_find_nothing_to_do_in_a_large_cluster() -> None:
    written: Counter[str] = Counter()
    async with SimCluster("large", start=START) as cluster:
        cluster.store.subscribe(lambda _event, resource, _obj, _old: written.update([resource]))
        await asyncio.sleep(30)
    assert set(written) <= {"leases.coordination.k8s.io", "nodes", "controllerrevisions.apps", SETS}


async def test_a_mistake_in_a_controller_ends_the_cluster() -> None:
    def work(_key: str) -> None:
        raise ZeroDivisionError

    async def live() -> None:
        async with SimCluster("empty", start=START) as cluster:
            cluster.world.agenda.add(work, "key", 5.0)
            await asyncio.sleep(3600)

    with pytest.raises(ZeroDivisionError):
        await live()


async def test_a_cluster_that_is_left_does_nothing_any_more() -> None:
    async with SimCluster("demo", start=START) as cluster:
        pass
    version = cluster.store.version
    await asyncio.sleep(600)
    assert cluster.store.version == version
