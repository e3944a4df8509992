"""The stack itself: what Kubernetes says happens really does, with the true objects and events."""

import asyncio
import http.client
import time

import pytest

from tests.realcluster.cluster import Cluster
from tests.realcluster.driver import SNAPSHOTTER, Code
from tests.realcluster.lab import CLAIMS, Lab
from tests.realcluster.manifests import storage_class
from tests.realcluster.nodes import FIRST_NODES, ZONES, condition
from tests.realcluster.programs import API_SERVER, ETCD, NODE_GRACE_S, SCHEDULER, TOLERATION_S
from tests.realcluster.rest import Refused
from tests.realcluster.waiting import until, wait_until

GI = 1024**3


def test_nodes_are_ready_in_three_zones_with_the_driver(lab: Lab) -> None:
    for name, zone in zip(FIRST_NODES, ZONES, strict=True):
        node = lab.rest.get(f"/api/v1/nodes/{name}")
        assert node is not None
        assert condition(node, "Ready") == "True"
        assert node["metadata"]["labels"]["topology.kubernetes.io/zone"] == zone
        assert lab.driver.registered(name)


def test_a_set_with_two_claim_templates_rolls_out_in_order(lab: Lab) -> None:
    lab.add_set("db", {"data": "1Gi", "logs": "2Gi"})
    lab.wait_running("db-0", "db-1", "db-2")
    started = [lab.wait_pod(f"db-{n}", lambda pod: True, "exists")["metadata"]["creationTimestamp"] for n in range(3)]
    assert started == sorted(started)
    for ordinal in range(3):
        for template, size in (("data", "1Gi"), ("logs", "2Gi")):
            claim = lab.claim(f"{template}-db-{ordinal}")
            assert claim is not None
            assert (claim["status"]["phase"], claim["status"]["capacity"]) == ("Bound", {"storage": size})
    assert {(a["status"]["attached"], a["spec"]["attacher"]) for a in lab.attachments()} == {(True, lab.driver_name)}
    assert len(lab.attachments()) == 6


def test_a_volume_is_made_in_the_zone_of_the_pod(lab: Lab) -> None:
    lab.add_claim("data")
    lab.add_pod("reader", "data", node="node-2")
    lab.wait_running("reader")
    volume = lab.volume_of("data")
    assert volume is not None
    [term] = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["zone-c"]}]


def test_an_expansion_reaches_the_claim_and_says_so(lab: Lab) -> None:
    lab.add_claim("data")
    lab.add_pod("reader", "data")
    lab.wait_running("reader")
    lab.rest.merge(lab.path(CLAIMS, "data"), {"spec": {"resources": {"requests": {"storage": "3Gi"}}}})
    lab.wait_claim("data", lambda claim: claim["status"]["capacity"]["storage"] == "3Gi", "has 3Gi")
    lab.wait_event("data", "FileSystemResizeSuccessful")
    assert [call["request"]["capacity_range"]["required_bytes"] for call in lab.driver.calls("NodeExpandVolume")][
        -1
    ] == 3 * GI


def test_a_refused_attachment_shows_as_an_event_and_heals(lab: Lab) -> None:
    lab.driver.faults.set("ControllerPublishVolume", Code.RESOURCE_EXHAUSTED, "no slot left on this node")
    lab.add_claim("data")
    lab.add_pod("reader", "data")
    lab.wait_event("reader", "FailedAttachVolume", "no slot left on this node")
    assert lab.wait_pod("reader", lambda pod: True, "exists")["status"]["phase"] == "Pending"
    lab.driver.faults.clear()
    lab.wait_running("reader")


def test_a_failing_mount_is_told_by_the_kubelet_of_that_node(lab: Lab) -> None:
    lab.driver.faults.set("NodeStageVolume", Code.INTERNAL, "wrong fs type, bad option, bad superblock", node="node-1")
    lab.add_claim("data")
    lab.add_pod("reader", "data", node="node-1")
    event = lab.wait_event("reader", "FailedMount", "wrong fs type")
    assert event["source"] == {"component": "kubelet", "host": "node-1"}
    lab.driver.faults.clear()
    lab.wait_running("reader")


def test_provisioning_that_hangs_goes_on_when_mended(lab: Lab) -> None:
    lab.driver.faults.set("CreateVolume", Code.OK, seconds=3600)
    lab.add_claim("data")
    lab.add_pod("reader", "data")
    lab.wait_event("data", "ExternalProvisioning", lab.driver_name)
    lab.driver.faults.clear("CreateVolume")
    lab.wait_running("reader")


def test_a_missing_class_is_told_at_the_claim(lab: Lab) -> None:
    lab.add_claim("data", storage_class="no-such-class")
    lab.add_pod("reader", "data")
    lab.wait_event("data", "ProvisioningFailed", 'storageclass.storage.k8s.io "no-such-class" not found')
    assert lab.wait_claim("data", lambda claim: True, "exists")["status"]["phase"] == "Pending"


def test_a_snapshot_is_taken_and_restored(lab: Lab) -> None:
    lab.driver.start(SNAPSHOTTER)
    lab.add_claim("data")
    lab.add_pod("writer", "data")
    lab.wait_running("writer")
    group = "snapshot.storage.k8s.io/v1"
    meta = {"name": lab.namespace}
    lab.kubectl.apply(
        {
            "apiVersion": group,
            "kind": "VolumeSnapshotClass",
            "metadata": meta,
            "driver": lab.driver_name,
            "deletionPolicy": "Delete",
        },
        {
            "apiVersion": group,
            "kind": "VolumeSnapshot",
            "metadata": {"name": "before"},
            "spec": {"volumeSnapshotClassName": lab.namespace, "source": {"persistentVolumeClaimName": "data"}},
        },
    )
    path = f"/apis/{group}/namespaces/{lab.namespace}/volumesnapshots/before"

    def ready() -> bool:
        found = lab.rest.get(path)
        return found is not None and found.get("status", {}).get("readyToUse") is True

    wait_until(ready, 60, lambda: f"snapshot ready; {lab.rest.get(path)}")
    source = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "before"}
    spec = {
        "storageClassName": lab.storage_class,
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        "dataSource": source,
    }
    lab.create(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "again", "namespace": lab.namespace},
            "spec": spec,
        }
    )
    lab.add_pod("reader", "again")
    lab.wait_running("reader")
    lab.rest.delete(path)
    wait_until(lambda: lab.rest.get(path) is None, 60, "snapshot deleted")
    lab.rest.delete(f"/apis/{group}/volumesnapshotclasses/{lab.namespace}")


def test_a_driver_with_little_room_publishes_its_capacity(lab: Lab) -> None:
    name = f"small.{lab.driver_name}"
    lab.add_driver(name, zone_bytes=2 * GI)
    lab.create(storage_class(name, name))

    def published() -> set[str]:
        every = lab.rest.items("/apis/storage.k8s.io/v1/csistoragecapacities")
        return {c["capacity"] for c in every if c["storageClassName"] == name and c.get("capacity")}

    assert wait_until(published, 60, "capacity of the small driver published") == {"2Gi"}
    lab.add_claim("large", "3Gi", storage_class=name)
    lab.add_pod("hungry", "large")
    lab.wait_event("hungry", "FailedScheduling", "did not have enough free storage")


def test_kubelets_tell_how_full_volumes_are(lab: Lab) -> None:
    lab.add_claim("data")
    lab.add_pod("writer", "data", node="node-0")
    lab.wait_running("writer")
    volume = lab.volume_of("data")
    assert volume is not None
    lab.driver.use(volume["metadata"]["name"], GI - 5)

    def available() -> list[int]:
        pods = lab.rest.call("GET", "/api/v1/nodes/node-0/proxy/stats/summary")["pods"] or []
        volumes = [v for pod in pods if pod["podRef"]["namespace"] == lab.namespace for v in pod.get("volume", ())]
        return [
            v["availableBytes"]
            for v in volumes
            if v.get("pvcRef", {}).get("name") == "data" and v["availableBytes"] < 10
        ]

    assert wait_until(available, 60, "the volume nearly full in the kubelet's summary") == [5]


def test_a_driver_taken_from_a_node_leaves_its_csinode(lab: Lab) -> None:
    lab.driver.unregister("node-1")
    assert lab.driver.registered("node-0")
    assert not lab.driver.registered("node-1")


@pytest.mark.parametrize(
    ("user", "path", "allowed"),
    [
        ("viewer", "/api/v1/persistentvolumes", True),
        ("restricted", "/api/v1/persistentvolumes", False),
        ("restricted", "/api/v1/persistentvolumeclaims", True),
        ("tenant", "/api/v1/persistentvolumeclaims", False),
        ("nobody", "/api/v1/pods", False),
    ],
)
def test_users_may_do_what_their_roles_say(cluster: Cluster, user: str, path: str, allowed: bool) -> None:
    rest = cluster.rest_as(user)
    if allowed:
        assert isinstance(rest.items(path), list)
    else:
        with pytest.raises(Refused) as refusal:
            rest.items(path)
        assert refusal.value.status == http.client.FORBIDDEN


def test_a_tenant_writes_in_a_lab_and_a_viewer_does_not(lab: Lab) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "mine", "namespace": lab.namespace},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    with pytest.raises(Refused):
        lab.cluster.rest_as("viewer").create(claim)
    assert lab.cluster.rest_as("tenant").create(claim)["metadata"]["name"] == "mine"


async def test_kubectl_speaks_as_any_user_without_stopping_the_loop(lab: Lab) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    ticking = asyncio.create_task(tick())
    for user in ("admin", "admin-cert", "viewer"):
        assert "node-0" in await lab.cluster.kubectl(user).run("get", "nodes", "-o", "name")
    ticking.cancel()
    assert ticks > 3
    assert "Forbidden" in await _refusal(lab)


async def _refusal(lab: Lab) -> str:
    try:
        return await lab.cluster.kubectl("nobody").run("get", "nodes")
    except RuntimeError as error:
        return str(error)


@pytest.mark.disruptive
async def test_pods_of_a_killed_node_are_terminating_until_it_comes_back(lab: Lab) -> None:
    node = await asyncio.to_thread(lab.add_node)
    lab.add_claim("data")
    lab.add_pod("reader", "data", node=node)
    await asyncio.to_thread(lab.wait_running, "reader")
    lab.cluster.nodes.kill(node)

    async def silent() -> bool:
        found = lab.rest.get(f"/api/v1/nodes/{node}")
        return found is not None and condition(found, "Ready") == "Unknown"

    await until(silent, 60, f"{node} NotReady")
    marked = await asyncio.to_thread(
        lab.wait_pod, "reader", lambda pod: "deletionTimestamp" in pod["metadata"], "Terminating"
    )
    assert marked["spec"]["nodeName"] == node
    await asyncio.to_thread(lab.cluster.nodes.restart, node)
    wait_until(lambda: lab.pod("reader") is None, 60, "the pod gone once its kubelet is back")


@pytest.mark.disruptive
def test_a_restart_after_a_compaction_forgets_old_versions(lab: Lab) -> None:
    claim = lab.add_claim("data")
    old = claim["metadata"]["resourceVersion"]
    for number in range(5):
        lab.rest.merge(lab.path(CLAIMS, "data"), {"metadata": {"labels": {"round": str(number)}}})
    assert lab.cluster.compact() > int(old)
    lab.cluster.stop_api_server()
    assert not lab.cluster.answers()
    lab.cluster.start_api_server()
    query = f"watch=1&timeoutSeconds=5&resourceVersion={old}"
    told = lab.rest.call("GET", f"{lab.path(CLAIMS)}?{query}")
    assert (told["type"], told["object"]["code"], told["object"]["reason"]) == ("ERROR", http.client.GONE, "Expired")
    assert lab.claim("data") is not None
    lab.cluster.nodes.wait_ready()


@pytest.mark.disruptive
def test_a_scheduler_that_hangs_goes_on(lab: Lab) -> None:
    lab.cluster.hang(SCHEDULER)
    lab.add_pod("waiting")
    lab.wait_pod("waiting", lambda pod: "nodeName" not in pod["spec"], "not scheduled")
    lab.cluster.resume(SCHEDULER)
    lab.wait_running("waiting")


@pytest.mark.disruptive
def test_pods_live_through_a_long_absence_of_the_api_server(lab: Lab) -> None:
    lab.add_claim("data")
    before = lab.add_pod("writer", "data")
    lab.wait_running("writer")
    lab.cluster.stop_api_server()
    time.sleep(NODE_GRACE_S + 2 * TOLERATION_S)  # this long is what is tested: every node counts as dead by then
    lab.cluster.start_api_server()
    lab.cluster.nodes.wait_ready()
    after = lab.wait_pod("writer", lambda pod: condition(pod, "Ready") == "True", "Ready")
    assert (after["metadata"]["uid"], after["metadata"].get("deletionTimestamp")) == (before["metadata"]["uid"], None)


@pytest.mark.disruptive
def test_whatever_was_stopped_is_restored(lab: Lab) -> None:
    for program in (SCHEDULER, API_SERVER, ETCD):
        lab.cluster.processes.stop(program)
    lab.cluster.nodes.hang("node-0")
    lab.cluster.restore()
    lab.cluster.nodes.wait_ready(*FIRST_NODES)
    lab.add_pod("after", node="node-0")
    lab.wait_running("after")
