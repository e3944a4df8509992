"""What goes wrong with stateful workloads, one by one: told with its particulars, and no more once it is mended."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from storagetui.diagnosis.finding import Finding, Severity
from storagetui.diagnosis.group import Group
from storagetui.sim import objects
from storagetui.sim.cluster import SimCluster
from storagetui.sim.refusal import Refusal
from storagetui.sim.scenes.ground import BLOCK, FILES, in_zone
from storagetui.sim.wire import Json
from tests.diagnosis.observed import Observed

START = datetime(2026, 1, 15, 14, 0, tzinfo=UTC)
LOADING_S = 2.0
QUIET = (Severity.INFO, Severity.LOW)

SETS, CLASSES, CSI_NODES = "statefulsets.apps", "storageclasses.storage.k8s.io", "csinodes.storage.k8s.io"


class Lesson(NamedTuple):
    """One failure of a scene, and what puts it right."""

    scene: str
    code: str
    words: tuple[str, ...]
    """Which stand in the title or in the explanation of the root cause."""
    victims: tuple[str, ...]
    """How the names of pods and claims begin that wait because of it."""
    mend: Callable[[SimCluster], object]
    within_s: float = 120.0
    """After which nothing is wrong any more."""


def create_class(cluster: SimCluster) -> None:
    cluster.store.create(CLASSES, objects.storage_class("fast-ssd", BLOCK))


def raise_quota(cluster: SimCluster) -> None:
    change(
        cluster,
        "resourcequotas",
        "analytics/storage",
        lambda obj: obj["spec"]["hard"].update({"requests.storage": "1Ti"}),
    )


def make_volume(cluster: SimCluster) -> None:
    made = objects.static_volume("archive-disk-4", "100Gi", "local-static", BLOCK, zone="eu-west-1b")
    cluster.store.create("persistentvolumes", made)


def register_drivers(cluster: SimCluster) -> None:
    drivers = objects.csi_node("worker-d", {BLOCK: 26, FILES: None})["spec"]["drivers"]
    change(cluster, CSI_NODES, "worker-d", lambda obj: obj["spec"].update(drivers=drivers))


def move_back(cluster: SimCluster) -> None:
    def unpin(obj: Json) -> None:
        obj["spec"]["template"]["spec"]["nodeSelector"] = in_zone("a")

    change(cluster, SETS, "shop/inventory", unpin)
    cluster.store.delete("pods", "inventory-0", "shop", grace_s=0)


def end_pod(name: str) -> Callable[[SimCluster], object]:
    return lambda cluster: cluster.store.delete("pods", name, "shop")


def force_old_pod(cluster: SimCluster) -> None:
    """As in an emergency: what the lesson says to do when waiting is no option."""
    for pod in cluster.store.list("pods", "shop"):
        if "deletionTimestamp" in pod["metadata"]:
            cluster.store.delete("pods", pod["metadata"]["name"], "shop", grace_s=0)


def scale(resource: str, key: str, replicas: int) -> Callable[[SimCluster], object]:
    return lambda cluster: change(cluster, resource, key, lambda obj: obj["spec"].update(replicas=replicas))


def roll_back(cluster: SimCluster) -> None:
    """The template of before, and the pod of the broken one deleted: the set does not replace it by itself."""

    def downgrade(obj: Json) -> None:
        obj["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/shop/sessions:2.9"

    change(cluster, SETS, "shop/sessions", downgrade)
    cluster.store.delete("pods", "sessions-3", "shop")


def make_service(cluster: SimCluster) -> None:
    cluster.store.create("services", objects.service("shop", "registry", headless=True))


def change(cluster: SimCluster, resource: str, key: str, how: Callable[[Json], None]) -> None:
    namespace, _, name = key.rpartition("/")
    cluster.store.modify(resource, name, namespace, how)


LESSONS = (
    Lesson(
        "claim-class-missing",
        "pvc-storageclass-missing",
        ("Class fast-ssd does not exist", "20Gi", "gp3"),
        ("cache-0", "cache-1", "cache-2"),
        create_class,
    ),
    Lesson(
        "claim-quota",
        "pvc-quota-exceeded",
        ("Quota storage", "160Gi", "200Gi", "80Gi", "data-clickhouse-2"),
        (),
        raise_quota,
        within_s=1200.0,
    ),
    Lesson(
        "claim-no-static-fit",
        "sched-no-matching-pv",
        ("100Gi", "archive-disk-1", "50Gi"),
        ("store-archive-0",),
        make_volume,
        400.0,
    ),
    Lesson(
        "claim-backend-full",
        "pvc-backend-full",
        ("no room", "500Gi", "ResourceExhausted", "not enough capacity left"),
        ("search-0",),
        lambda cluster: cluster.drivers.heal(BLOCK),
        within_s=900.0,
    ),
    Lesson(
        "claim-driver-silent",
        "pvc-provisioner-silent",
        (f"{BLOCK} does not answer", "5 claims"),
        tuple(f"export-{number}" for number in range(1, 6)),
        lambda cluster: cluster.drivers.start(BLOCK),
        within_s=400.0,
    ),
    Lesson(
        "attach-driver-missing",
        "csi-node-plugin-missing",
        (f"Driver {BLOCK} is not on node worker-d", "ledger-0", "worker-a"),
        ("ledger-0", "data-ledger-0"),
        register_drivers,
        within_s=400.0,
    ),
    Lesson(
        "attach-zone",
        "sched-node-affinity-conflict",
        ("zone eu-west-1a", "worker-a", "worker-d", "data-inventory-0"),
        ("data-inventory-0",),
        move_back,
    ),
    Lesson(
        "attach-held-by-other-node",
        "attach-multi-attach-used",
        ("export-daily", "worker-a", "worker-d", "Node worker-a is Ready"),
        ("exports",),
        end_pod("export-daily"),
        within_s=400.0,
    ),
    Lesson(
        "attach-after-drain",
        "attach-multi-attach-used",
        ("is being ended, and has until 2026-01-15T14:26:00Z", "worker-a", "worker-d"),
        ("catalog",),
        force_old_pod,
        within_s=600.0,
    ),
    Lesson(
        "attach-refused",
        "attach-denied",
        ("UnauthorizedOperation", "worker-"),
        ("index-search-1",),
        lambda cluster: cluster.drivers.heal(BLOCK),
        600.0,
    ),
    Lesson(
        "node-dead",
        "pod-terminating-node-unreachable",
        ("Node worker-d does not answer", "Ready=Unknown since 2026-01-15T13:51:50Z"),
        ("postgres-1", "queue-1", "data-postgres-1", "log-postgres-1", "data-queue-1"),
        lambda cluster: cluster.node_returns("worker-d"),
        within_s=300.0,
    ),
    Lesson(
        "deployment-shares-claim",
        "deploy-rwo-replicas",
        ("3 replicas", "ReadWriteOnce", "worker-a"),
        ("reports",),
        scale("deployments.apps", "analytics/reports", 1),
        within_s=300.0,
    ),
    Lesson(
        "set-rollout", "sts-ordered-blocked", ("sessions-3", "#0–#2"), ("sessions-0", "sessions-2"), roll_back, 300.0
    ),
    Lesson(
        "set-service-missing", "sts-headless-service-missing", ("Service registry does not exist",), (), make_service
    ),
)


@asynccontextmanager
async def opened(scene: str) -> AsyncIterator[tuple[SimCluster, Observed]]:
    async with SimCluster(scene, start=START) as cluster:
        view = Observed(cluster)

        async def watch() -> None:
            async for _ in view.changed():
                pass

        watching = asyncio.create_task(watch())
        try:
            await asyncio.sleep(LOADING_S)
            yield cluster, view
            assert not watching.done()
        finally:
            watching.cancel()
            await asyncio.wait([watching])


def troubles(view: Observed) -> list[Group]:
    return [group for group in view.groups if group.severity not in QUIET]


def said(finding: Finding) -> str:
    return f"{finding.title} {finding.explanation} {finding.next_step}"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.scene)
async def test_it_is_told_with_its_particulars_and_goes_away_when_it_is_mended(lesson: Lesson) -> None:
    async with opened(lesson.scene) as (cluster, view):
        told = [group for group in troubles(view) if all(word in said(group.finding) for word in lesson.words)]
        assert [group.finding.code for group in told] == [lesson.code], [said(one.finding) for one in troubles(view)]
        names = [key.name for key in told[0].victims]
        assert all(any(name.startswith(victim) for name in names) for victim in lesson.victims), names
        lesson.mend(cluster)
        await asyncio.sleep(lesson.within_s)
        assert [(one.finding.code, said(one.finding)) for one in troubles(view)] == []


async def test_a_claim_that_waits_for_its_first_pod_is_calm() -> None:
    async with opened("claim-waits-for-pod") as (_, view):
        assert "pvc-wait-for-first-consumer" in [group.finding.code for group in view.groups]
        assert troubles(view) == []


async def test_several_writers_of_one_file_system_are_no_failure() -> None:
    async with opened("deployment-shares-files") as (_, view):
        assert troubles(view) == []


async def test_a_class_may_forbid_growing_and_a_template_cannot_be_changed() -> None:
    async with opened("expand-class-forbids") as (cluster, view):

        def grow(obj: Json) -> None:
            obj["spec"]["resources"]["requests"]["storage"] = "200Gi"

        def template(obj: Json) -> None:
            grow(obj["spec"]["volumeClaimTemplates"][0])

        with pytest.raises(Refusal):
            change(cluster, "persistentvolumeclaims", "finance/data-ledger-0", grow)
        with pytest.raises(Refusal):
            change(cluster, SETS, "finance/ledger", template)
        await asyncio.sleep(LOADING_S)
        assert troubles(view) == []


async def test_pods_that_are_forced_off_a_dead_node_wait_for_the_controller_and_say_until_when() -> None:
    async with opened("node-dead-forced") as (_, view):
        (group,) = troubles(view)
        assert group.finding.code == "node-lost-volumes-in-use"
        assert all("2026-01-15T14:05:00Z" in said(one) for one in group.parts)
        assert "worker-d" in said(group.finding)
        await asyncio.sleep(900.0)
        assert troubles(view) == []
