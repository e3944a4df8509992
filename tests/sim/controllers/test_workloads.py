"""Deployments, daemon sets, jobs, and what containers do."""

from storagetui.sim import objects
from storagetui.sim.cluster import SimCluster
from storagetui.sim.controllers.images import Behavior
from storagetui.sim.facts import condition, is_running_and_ready, node_of, phase
from storagetui.sim.wire import Json, dig, name_of
from tests.sim.controllers.stories import (
    apply,
    attached_to,
    empty_cluster,
    messages,
    pod,
    ready,
    reasons,
    scale,
    until,
    volume_of,
)

IMAGE = "registry.example/app:1"
DEPLOYMENTS = "deployments.apps"


def running(cluster: SimCluster) -> list[Json]:
    return [item for item in cluster.store.list("pods", "shop") if is_running_and_ready(item)]


def use_image(cluster: SimCluster, image: str) -> None:
    def change(obj: Json) -> None:
        obj["spec"]["template"]["spec"]["containers"][0]["image"] = image

    cluster.store.modify(DEPLOYMENTS, "app", "shop", change)


def status(cluster: SimCluster) -> Json:
    found: Json = cluster.store.get(DEPLOYMENTS, "app", "shop").get("status", {})
    return found


def why(cluster: SimCluster) -> str:
    """The reason of the condition Progressing."""
    return str(dig(condition({"status": status(cluster)}, "Progressing"), "reason"))


async def test_a_deployment_runs_through_a_replica_set() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.deployment("shop", "app", IMAGE, 3))
        await until(cluster, lambda: status(cluster).get("availableReplicas") == 3)
        owned = cluster.store.list("replicasets.apps", "shop")
        assert [name_of(item).startswith("app-") for item in owned] == [True]
        said = f"Scaled up replica set {name_of(owned[0])} from 0 to 3"
        assert messages(cluster, "app", "ScalingReplicaSet") == [said]
        created = messages(cluster, name_of(owned[0]), "SuccessfulCreate")
        assert sorted(created) == [f"Created pod: {name_of(item)}" for item in running(cluster)]
        await until(cluster, lambda: why(cluster) == "NewReplicaSetAvailable")
        assert dig(condition({"status": status(cluster)}, "Available"), "status") == "True"
        assert len({node_of(item) for item in running(cluster)}) == 3


async def test_a_new_template_replaces_pods_without_falling_below_the_minimum() -> None:
    least: list[int] = []
    async with empty_cluster() as cluster:
        apply(cluster, objects.deployment("shop", "app", IMAGE, 4))
        await until(cluster, lambda: status(cluster).get("availableReplicas") == 4)
        stop = cluster.store.subscribe(lambda *_: least.append(len(running(cluster))))
        use_image(cluster, "registry.example/app:2")
        await until(cluster, lambda: why(cluster) != "NewReplicaSetAvailable")
        await until(cluster, lambda: why(cluster) == "NewReplicaSetAvailable")
        stop()
        assert min(least) >= 3
        assert cluster.store.get(DEPLOYMENTS, "app", "shop")["metadata"]["annotations"] == {
            "deployment.kubernetes.io/revision": "2"
        }


async def test_a_rollout_that_does_not_come_on_is_called_late_after_ten_minutes() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.deployment("shop", "app", IMAGE, 2))
        await until(cluster, lambda: status(cluster).get("availableReplicas") == 2)
        cluster.images.behave("registry.example/app:bad", Behavior(unready=True))
        use_image(cluster, "registry.example/app:bad")

        await until(cluster, lambda: why(cluster) == "ProgressDeadlineExceeded", within_s=700)
        assert status(cluster)["availableReplicas"] == 2
        use_image(cluster, IMAGE)
        await until(cluster, lambda: why(cluster) == "NewReplicaSetAvailable")


async def test_recreate_stops_the_old_pods_first() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.claim("shop", "data", "1Gi", "gp3"))
        recreate = {"type": "Recreate"}
        apply(cluster, objects.deployment("shop", "app", IMAGE, 1, claim_name="data", strategy=recreate))
        await until(cluster, lambda: status(cluster).get("availableReplicas") == 1)
        use_image(cluster, "registry.example/app:2")
        await until(cluster, lambda: why(cluster) != "NewReplicaSetAvailable")
        await until(cluster, lambda: why(cluster) == "NewReplicaSetAvailable")
        assert len(cluster.store.list("pods", "shop")) == 1


async def test_replicas_that_share_a_claim_wait_on_other_nodes() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.claim("shop", "data", "1Gi", "gp3"))
        apply(cluster, objects.deployment("shop", "app", IMAGE, 1, claim_name="data"))
        await until(cluster, lambda: len(running(cluster)) == 1)
        first = name_of(running(cluster)[0])
        scale(cluster, DEPLOYMENTS, "app", 2)

        def refused() -> list[str]:
            found = cluster.store.list("events")
            return [item["message"] for item in found if item["reason"] == "FailedAttachVolume"]

        await until(cluster, refused)
        volume = volume_of(cluster, "data")
        said = f'Waiting for detach for volume "{name_of(volume)}" Volume is already used by pod(s) {first}'
        assert refused() == [said]
        assert attached_to(cluster, name_of(volume)) == [node_of(running(cluster)[0])]


async def test_a_container_that_crashes_is_started_again_with_growing_pauses() -> None:
    async with empty_cluster() as cluster:
        cluster.images.behave(IMAGE, Behavior(runs_s=(5.0, 5.0), exit_code=3))
        apply(cluster, objects.pod("shop", "app", IMAGE))
        await until(cluster, lambda: dig(_container(cluster), "restartCount") == 3)
        assert "BackOff" in reasons(cluster, "app")
        uid = pod(cluster, "app")["metadata"]["uid"]
        said = f"Back-off restarting failed container app in pod app_shop({uid})"
        assert messages(cluster, "app", "BackOff") == [said]
        assert _container(cluster)["lastState"]["terminated"]["exitCode"] == 3
        await until(cluster, lambda: dig(_container(cluster), "state", "waiting", "reason") == "CrashLoopBackOff")
        assert phase(pod(cluster, "app")) == "Running"
        assert not ready(cluster, "app")
        count = {item["reason"]: item.get("count") for item in cluster.store.list("events", "shop")}
        assert count["Started"] == 4


def _container(cluster: SimCluster) -> Json:
    found: Json = dig(pod(cluster, "app"), "status", "containerStatuses", 0, default={})
    return found


async def test_a_pod_that_ignores_the_signal_ends_with_its_grace_period() -> None:
    async with empty_cluster() as cluster:
        cluster.images.behave(IMAGE, Behavior(ignores_stop=True))
        apply(cluster, objects.pod("shop", "app", IMAGE, terminationGracePeriodSeconds=60))
        await until(cluster, lambda: ready(cluster, "app"))
        deleted_s = cluster.clock.elapsed_s()
        cluster.store.delete("pods", "app", "shop")
        await until(cluster, lambda: cluster.store.find("pods", "app", "shop") is None)
        assert 60 <= cluster.clock.elapsed_s() - deleted_s < 63


async def test_a_pod_whose_process_hangs_stays_until_it_is_forced_out() -> None:
    async with empty_cluster() as cluster:
        cluster.images.behave(IMAGE, Behavior(hangs=True))
        apply(cluster, objects.pod("shop", "app", IMAGE))
        await until(cluster, lambda: ready(cluster, "app"))
        cluster.store.delete("pods", "app", "shop")
        begun_s = cluster.clock.elapsed_s()
        await until(cluster, lambda: cluster.clock.elapsed_s() - begun_s > 600, within_s=700)
        assert cluster.store.find("pods", "app", "shop") is not None
        cluster.store.delete("pods", "app", "shop", grace_s=0)
        assert cluster.store.find("pods", "app", "shop") is None


async def test_a_job_ends_and_is_cleaned_up() -> None:
    async with empty_cluster() as cluster:
        cluster.images.behave(IMAGE, Behavior(runs_s=(3.0, 3.0)))
        apply(cluster, objects.job("shop", "build", IMAGE, keep_s=60))

        def job() -> Json:
            return cluster.store.find("jobs.batch", "build", "shop") or {}

        await until(cluster, lambda: dig(job(), "status", "succeeded") == 1)
        assert dig(condition(job(), "Complete"), "reason") == "CompletionsReached"
        assert [phase(item) for item in cluster.store.list("pods", "shop")] == ["Succeeded"]
        await until(cluster, lambda: not job() and not cluster.store.list("pods", "shop"))


async def test_a_job_that_fails_gives_up_after_its_limit() -> None:
    async with empty_cluster() as cluster:
        cluster.images.behave(IMAGE, Behavior(runs_s=(1.0, 1.0), exit_code=1))
        build = objects.job("shop", "build", IMAGE)
        build["spec"]["backoffLimit"] = 2
        apply(cluster, build)
        await until(cluster, lambda: condition(cluster.store.get("jobs.batch", "build", "shop"), "Failed"))
        assert len(cluster.store.list("pods", "shop")) == 3


async def test_a_daemon_set_covers_the_nodes_it_selects() -> None:
    async with empty_cluster() as cluster:
        cluster.store.modify("nodes", "worker-b", "", lambda obj: obj["metadata"]["labels"].update(gpu="yes"))
        apply(cluster, objects.daemon_set("shop", "agent", IMAGE))
        apply(cluster, objects.daemon_set("shop", "gpu", IMAGE, {"gpu": "yes"}))
        await until(cluster, lambda: len(running(cluster)) == 7)

        def count() -> int:
            return int(dig(cluster.store.get("daemonsets.apps", "agent", "shop"), "status", "numberReady", default=0))

        await until(cluster, lambda: count() == 6)
        cluster.store.modify("nodes", "worker-c", "", lambda obj: obj["metadata"]["labels"].update(gpu="yes"))
        await until(cluster, lambda: len(running(cluster)) == 8)


async def test_deleting_a_deployment_deletes_what_it_made() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.deployment("shop", "app", IMAGE, 2))
        await until(cluster, lambda: len(running(cluster)) == 2)
        cluster.store.delete(DEPLOYMENTS, "app", "shop", propagation="Foreground")
        await until(cluster, lambda: not cluster.store.list("pods", "shop"))
        await until(cluster, lambda: not cluster.store.list(DEPLOYMENTS, "shop"))
        assert not cluster.store.list("replicasets.apps", "shop")


async def test_a_namespace_that_is_deleted_takes_everything_with_it() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.stateful_set("shop", "db", IMAGE, 2, [objects.claim_template("data", "1Gi")]))
        await until(cluster, lambda: len(running(cluster)) == 2)
        cluster.store.delete("namespaces", "shop")
        await until(cluster, lambda: cluster.store.find("namespaces", "shop") is None)
        assert not cluster.store.list("pods", "shop")
        await until(cluster, lambda: not cluster.store.list("persistentvolumes"))
