"""Nodes: heartbeats, death, eviction, what stays and what follows, return, out of service."""

from storagetui.sim import objects
from storagetui.sim.controllers.heartbeat import LEASE_NAMESPACE, LEASES
from storagetui.sim.facts import OUT_OF_SERVICE, being_deleted, condition, has_taint, is_node_ready, is_true
from storagetui.sim.scenes.ground import in_zone
from storagetui.sim.wire import Json, dig, name_of
from tests.sim.controllers.stories import (
    ATTACHMENTS,
    apply,
    attached_to,
    empty_cluster,
    messages,
    pod,
    ready,
    until,
    volume_of,
)

IMAGE = "registry.example/db:1"
UNREACHABLE = "node.kubernetes.io/unreachable"


def database() -> Json:
    """One pod that may run on two nodes of zone a."""
    claims = [objects.claim_template("data", "10Gi")]
    return objects.stateful_set("shop", "db", IMAGE, 1, claims, pod={"nodeSelector": in_zone("a")})


async def test_living_nodes_renew_their_leases_and_stay_ready() -> None:
    async with empty_cluster() as cluster:
        first = cluster.store.get(LEASES, "worker-a", LEASE_NAMESPACE)["spec"]["renewTime"]
        assert cluster.clock.since_s(first) < 12

        def renewed() -> bool:
            return cluster.clock.since_s(first) > 600

        await until(cluster, renewed, within_s=700)
        lease = cluster.store.get(LEASES, "worker-a", LEASE_NAMESPACE)["spec"]
        assert cluster.clock.since_s(lease["renewTime"]) < 12
        node = cluster.store.get("nodes", "worker-a")
        assert is_node_ready(node)
        assert cluster.clock.since_s(dig(condition(node, "Ready"), "lastHeartbeatTime")) < 320
        assert cluster.clock.since_s(dig(condition(node, "Ready"), "lastTransitionTime")) > 38 * 86400


async def test_a_dead_node_becomes_unknown_and_its_pods_cannot_end() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, database())
        await until(cluster, lambda: ready(cluster, "db-0"))
        node, volume = pod(cluster, "db-0")["spec"]["nodeName"], name_of(volume_of(cluster, "data-db-0"))
        died_s = cluster.clock.elapsed_s()
        cluster.node_dies(node)
        await until(cluster, lambda: not is_node_ready(cluster.store.get("nodes", node)))
        assert 40 < cluster.clock.elapsed_s() - died_s < 60
        found = condition(cluster.store.get("nodes", node), "Ready") or {}
        assert (found["status"], found["reason"]) == ("Unknown", "NodeStatusUnknown")
        assert found["message"] == "Kubelet stopped posting node status."
        await until(cluster, lambda: not is_true(pod(cluster, "db-0"), "Ready"), within_s=2)
        assert has_taint(cluster.store.get("nodes", node), UNREACHABLE, "NoExecute")
        assert messages(cluster, node, "NodeNotReady", "default") == [f"Node {node} status is now: NodeNotReady"]
        assert messages(cluster, "db-0", "NodeNotReady") == ["Node is not ready"]
        await until(cluster, lambda: being_deleted(pod(cluster, "db-0")), within_s=400)
        assert 340 < cluster.clock.elapsed_s() - died_s < 370
        assert messages(cluster, "db-0", "TaintManagerEviction") == ["Marking for deletion Pod shop/db-0"]
        assert dig(condition(pod(cluster, "db-0"), "DisruptionTarget"), "reason") == "DeletionByTaintManager"
        await until(cluster, lambda: cluster.clock.elapsed_s() - died_s > 3600, within_s=3700)
        assert being_deleted(pod(cluster, "db-0"))
        assert attached_to(cluster, volume) == [node]


async def test_a_forced_deletion_frees_the_volume_after_six_minutes() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, database())
        await until(cluster, lambda: ready(cluster, "db-0"))
        node, volume = pod(cluster, "db-0")["spec"]["nodeName"], name_of(volume_of(cluster, "data-db-0"))
        cluster.node_dies(node)
        await until(cluster, lambda: being_deleted(pod(cluster, "db-0")), within_s=400)
        forced_s = cluster.clock.elapsed_s()
        cluster.store.delete("pods", "db-0", "shop", grace_s=0)
        await until(cluster, lambda: messages(cluster, "db-0", "FailedAttachVolume"))
        why = (
            "Volume is already exclusively attached to one node, waiting on detach before it can be attached to "
            "another node"
        )
        said = f'Waiting for detach for volume "{volume}" {why}'
        assert messages(cluster, "db-0", "FailedAttachVolume") == [said]
        await until(cluster, lambda: ready(cluster, "db-0"), within_s=400)
        assert 360 < cluster.clock.elapsed_s() - forced_s < 390
        assert attached_to(cluster, volume) == [pod(cluster, "db-0")["spec"]["nodeName"]] != [node]


async def test_out_of_service_frees_pod_and_volume_at_once() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, database())
        await until(cluster, lambda: ready(cluster, "db-0"))
        node = pod(cluster, "db-0")["spec"]["nodeName"]
        cluster.node_dies(node)
        await until(cluster, lambda: being_deleted(pod(cluster, "db-0")), within_s=400)

        def taint(obj: Json) -> None:
            obj["spec"]["taints"].append({"key": OUT_OF_SERVICE, "value": "nodeshutdown", "effect": "NoExecute"})

        cluster.store.modify("nodes", node, "", taint)
        await until(cluster, lambda: ready(cluster, "db-0"), within_s=60)
        assert pod(cluster, "db-0")["spec"]["nodeName"] != node


async def test_a_node_that_returns_ends_its_pods_and_is_ready_again() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, database())
        await until(cluster, lambda: ready(cluster, "db-0"))
        node, uid = pod(cluster, "db-0")["spec"]["nodeName"], pod(cluster, "db-0")["metadata"]["uid"]
        cluster.node_dies(node)
        await until(cluster, lambda: being_deleted(pod(cluster, "db-0")), within_s=400)
        cluster.node_returns(node)
        await until(cluster, lambda: is_node_ready(cluster.store.get("nodes", node)), within_s=10)
        await until(cluster, lambda: ready(cluster, "db-0") and pod(cluster, "db-0")["metadata"]["uid"] != uid)
        assert not has_taint(cluster.store.get("nodes", node), UNREACHABLE)
        assert messages(cluster, node, "NodeReady", "default") == [f"Node {node} status is now: NodeReady"]
        assert len(cluster.store.list(ATTACHMENTS)) == 1


async def test_a_short_absence_cancels_the_eviction() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, database())
        await until(cluster, lambda: ready(cluster, "db-0"))
        node = pod(cluster, "db-0")["spec"]["nodeName"]
        cluster.node_dies(node)
        await until(cluster, lambda: not is_node_ready(cluster.store.get("nodes", node)))
        cluster.node_returns(node)
        said = ["Cancelling deletion of Pod shop/db-0"]
        await until(cluster, lambda: messages(cluster, "db-0", "TaintManagerEviction") == said)
        await until(cluster, lambda: ready(cluster, "db-0"))


async def test_pods_of_a_node_that_is_deleted_are_collected() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, database())
        await until(cluster, lambda: ready(cluster, "db-0"))
        node, uid = pod(cluster, "db-0")["spec"]["nodeName"], pod(cluster, "db-0")["metadata"]["uid"]
        cluster.node_dies(node)
        cluster.store.delete("nodes", node)
        await until(cluster, lambda: dig(pod(cluster, "db-0"), "metadata", "uid") not in (None, uid))
        await until(cluster, lambda: ready(cluster, "db-0"), within_s=500)


async def test_a_cordoned_node_takes_no_pods() -> None:
    async with empty_cluster() as cluster:
        for name in ("worker-a", "worker-d"):
            cluster.store.modify("nodes", name, "", lambda obj: obj["spec"].update(unschedulable=True))
        apply(cluster, database())
        await until(cluster, lambda: messages(cluster, "db-0", "FailedScheduling"))
        said = "0/6 nodes are available: 2 node(s) were unschedulable, 4 node(s) didn't match Pod's node affinity"
        assert messages(cluster, "db-0", "FailedScheduling")[0].startswith(said)
        cluster.store.modify("nodes", "worker-d", "", lambda obj: obj["spec"].pop("unschedulable"))
        await until(cluster, lambda: ready(cluster, "db-0"))
