"""Attachments: one node at a time, refusals, missing drivers, limits, force detach."""

from storagetui.sim import objects
from storagetui.sim.cluster import SimCluster
from storagetui.sim.controllers.drivers import ATTACH, DETACH, MOUNT
from storagetui.sim.facts import being_deleted, unique_name
from storagetui.sim.scenes.ground import BLOCK, FILES, in_zone, on_node
from storagetui.sim.wire import Json, dig, name_of
from tests.sim.controllers.stories import (
    ATTACHMENTS,
    apply,
    attached_to,
    claim,
    empty_cluster,
    message_of,
    messages,
    pod,
    ready,
    reasons,
    until,
    volume_of,
)

IMAGE = "registry.example/app:1"
REFUSAL = "rpc error: code = Internal desc = the storage system says no"


def app(name: str, node: str, claim_name: str = "data") -> Json:
    return objects.pod("shop", name, IMAGE, claims={"data": claim_name}, nodeSelector=on_node(node))


async def with_running_pod(cluster: SimCluster) -> Json:
    """A claim of shop and a pod that uses it on worker-a; returns the volume."""
    apply(cluster, objects.claim("shop", "data", "1Gi", "gp3"), app("first", "worker-a"))
    await until(cluster, lambda: ready(cluster, "first"))
    return volume_of(cluster, "data")


async def test_a_volume_is_attached_mounted_and_listed_on_the_node() -> None:
    async with empty_cluster() as cluster:
        volume = await with_running_pod(cluster)
        assert reasons(cluster, "first") == [
            "Scheduled",
            "SuccessfulAttachVolume",
            "Pulling",
            "Pulled",
            "Created",
            "Started",
        ]
        said = f'AttachVolume.Attach succeeded for volume "{name_of(volume)}" '
        assert messages(cluster, "first", "SuccessfulAttachVolume") == [said]
        assert attached_to(cluster, name_of(volume)) == ["worker-a"]
        attachment = cluster.store.list(ATTACHMENTS)[0]
        assert attachment["metadata"]["finalizers"] == ["external-attacher/ebs-csi-aws-com"]
        assert attachment["metadata"]["annotations"] == {"csi.alpha.kubernetes.io/node-id": "ebs-worker-a"}
        assert "external-attacher/ebs-csi-aws-com" in volume_of(cluster, "data")["metadata"]["finalizers"]
        status = cluster.store.get("nodes", "worker-a")["status"]
        assert status["volumesInUse"] == [unique_name(volume)]
        assert status["volumesAttached"] == [{"name": unique_name(volume), "devicePath": ""}]


async def test_a_volume_is_detached_when_its_pod_is_gone_and_unmounted() -> None:
    async with empty_cluster() as cluster:
        await with_running_pod(cluster)
        cluster.store.delete("pods", "first", "shop")
        await until(cluster, lambda: not cluster.store.list(ATTACHMENTS))
        status = cluster.store.get("nodes", "worker-a")["status"]
        assert "volumesInUse" not in status
        assert "volumesAttached" not in status


async def test_a_second_node_has_to_wait_for_the_first() -> None:
    async with empty_cluster() as cluster:
        volume = await with_running_pod(cluster)
        apply(cluster, app("second", "worker-d"))
        await until(cluster, lambda: messages(cluster, "second", "FailedAttachVolume"))
        why = "Volume is already used by pod(s) first"
        said = f'Waiting for detach for volume "{name_of(volume)}" {why}'
        assert messages(cluster, "second", "FailedAttachVolume") == [said]
        cluster.store.delete("pods", "first", "shop")
        await until(cluster, lambda: ready(cluster, "second"))
        assert attached_to(cluster, name_of(volume)) == ["worker-d"]


async def test_two_pods_on_one_node_share_a_volume() -> None:
    async with empty_cluster() as cluster:
        volume = await with_running_pod(cluster)
        apply(cluster, app("second", "worker-a"))
        await until(cluster, lambda: ready(cluster, "second"))
        cluster.store.delete("pods", "first", "shop")
        await until(cluster, lambda: cluster.store.find("pods", "first", "shop") is None)
        await until(
            cluster, lambda: cluster.clock.since_s(pod(cluster, "second")["metadata"]["creationTimestamp"]) > 60
        )
        assert attached_to(cluster, name_of(volume)) == ["worker-a"]


async def test_a_refused_attachment_shows_on_pod_and_attachment_and_heals() -> None:
    async with empty_cluster() as cluster:
        cluster.drivers.fail(BLOCK, ATTACH, REFUSAL, only="data")
        apply(cluster, objects.claim("shop", "data", "1Gi", "gp3"), app("first", "worker-a"))
        await until(cluster, lambda: messages(cluster, "first", "FailedAttachVolume"))
        volume = volume_of(cluster, "data")
        said = f'AttachVolume.Attach failed for volume "{name_of(volume)}" : {REFUSAL}'
        assert messages(cluster, "first", "FailedAttachVolume") == [said]
        attachment = cluster.store.list(ATTACHMENTS)[0]
        assert attachment["status"]["attachError"]["message"] == REFUSAL
        state = pod(cluster, "first")["status"]["containerStatuses"][0]["state"]
        assert state == {"waiting": {"reason": "ContainerCreating"}}
        cluster.drivers.heal(BLOCK)
        await until(cluster, lambda: ready(cluster, "first"), within_s=700)
        assert "attachError" not in cluster.store.list(ATTACHMENTS)[0]["status"]


async def test_a_silent_attacher_shows_after_two_minutes() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.claim("shop", "data", "1Gi", "gp3-immediate"))
        await until(cluster, lambda: "spec" in volume_of(cluster, "data"))
        cluster.drivers.stop(BLOCK)
        apply(cluster, objects.pod("shop", "first", IMAGE, claims={"data": "data"}))
        await until(cluster, lambda: messages(cluster, "first", "FailedAttachVolume"), within_s=300)
        handle = volume_of(cluster, "data")["spec"]["csi"]["volumeHandle"]
        why = f"timed out waiting for external-attacher of {BLOCK} CSI driver to attach volume {handle}"
        assert messages(cluster, "first", "FailedAttachVolume")[0].endswith(why)


async def test_a_node_without_the_disk_driver_cannot_attach() -> None:
    async with empty_cluster() as cluster:
        cluster.store.modify("csinodes.storage.k8s.io", "worker-a", "", lambda obj: _unregister(obj, BLOCK))
        apply(cluster, objects.claim("shop", "data", "1Gi", "gp3"), app("first", "worker-a"))
        await until(cluster, lambda: messages(cluster, "first", "FailedAttachVolume"))
        why = f"CSINode worker-a does not contain driver {BLOCK}"
        assert messages(cluster, "first", "FailedAttachVolume")[0].endswith(why)


async def test_a_node_without_the_file_driver_cannot_mount() -> None:
    async with empty_cluster() as cluster:
        cluster.store.modify("csinodes.storage.k8s.io", "worker-a", "", lambda obj: _unregister(obj, FILES))
        apply(cluster, objects.claim("shop", "data", "1Gi", "efs", modes=("ReadWriteMany",)), app("first", "worker-a"))
        await until(cluster, lambda: messages(cluster, "first", "FailedMount"))
        volume = volume_of(cluster, "data")
        said = (
            f'MountVolume.MountDevice failed for volume "{name_of(volume)}" : kubernetes.io/csi: attacher.MountDevice '
            f"failed to create newCsiDriverClient: driver name {FILES} not found in the list of registered CSI drivers"
        )
        assert messages(cluster, "first", "FailedMount") == [said]
        assert not cluster.store.list(ATTACHMENTS)
        drivers = {BLOCK: 26, FILES: None}
        cluster.store.delete("csinodes.storage.k8s.io", "worker-a")
        apply(cluster, objects.csi_node("worker-a", drivers))
        await until(cluster, lambda: ready(cluster, "first"), within_s=300)


def _unregister(obj: Json, driver: str) -> None:
    obj["spec"]["drivers"] = [item for item in obj["spec"]["drivers"] if item["name"] != driver]


async def test_a_mount_that_fails_is_tried_again() -> None:
    async with empty_cluster() as cluster:
        cluster.drivers.fail(BLOCK, MOUNT, "rpc error: code = Internal desc = fsck found errors")
        apply(cluster, objects.claim("shop", "data", "1Gi", "gp3"), app("first", "worker-a"))

        def count() -> int:
            found = [item for item in cluster.store.list("events", "shop") if item["reason"] == "FailedMount"]
            return max((item["count"] for item in found), default=0)

        await until(cluster, lambda: count() >= 5)
        cluster.drivers.heal(BLOCK)
        await until(cluster, lambda: ready(cluster, "first"), within_s=200)


async def test_a_full_node_takes_no_more_volumes() -> None:
    async with empty_cluster() as cluster:
        for name in ("worker-a", "worker-d"):
            cluster.store.delete("csinodes.storage.k8s.io", name)
            apply(cluster, objects.csi_node(name, {BLOCK: 1, FILES: None}))
        names = ("one", "two", "three")
        apply(cluster, *(objects.claim("shop", name, "1Gi", "gp3") for name in names))
        selector = in_zone("a")
        apply(cluster, *(objects.pod("shop", name, IMAGE, claims={"x": name}, nodeSelector=selector) for name in names))
        await until(cluster, lambda: any("exceed max volume count" in item for item in _unschedulable(cluster)))
        said = "0/6 nodes are available: 2 node(s) exceed max volume count, 4 node(s) didn't match Pod's node affinity"
        assert _unschedulable(cluster)[0].startswith(said)
        assert "2 No preemption victims found for incoming pod" in _unschedulable(cluster)[0]


def _unschedulable(cluster: SimCluster) -> list[str]:
    found = [message_of(item, "PodScheduled") for item in cluster.store.list("pods", "shop")]
    return [message for message in found if message]


async def test_a_pod_that_may_run_only_in_another_zone_is_unschedulable() -> None:
    async with empty_cluster() as cluster:
        await with_running_pod(cluster)
        cluster.store.delete("pods", "first", "shop")
        await until(cluster, lambda: cluster.store.find("pods", "first", "shop") is None)
        apply(cluster, app("second", "worker-b"))
        await until(cluster, lambda: messages(cluster, "second", "FailedScheduling"))
        said = (
            "0/6 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity, 5 node(s) didn't match "
            "Pod's node affinity/selector. no new claims to deallocate, preemption: 0/6 nodes are available: "
            "6 Preemption is not helpful for scheduling."
        )
        assert messages(cluster, "second", "FailedScheduling") == [said]
        event = next(item for item in cluster.store.list("events", "shop") if item["reason"] == "FailedScheduling")
        assert (event["reportingComponent"], event["source"]) == ("default-scheduler", {})
        assert "eventTime" in event


async def test_a_detach_that_fails_stays_on_the_attachment() -> None:
    async with empty_cluster() as cluster:
        await with_running_pod(cluster)
        cluster.drivers.fail(BLOCK, DETACH, REFUSAL)
        cluster.store.delete("pods", "first", "shop")
        await until(
            cluster, lambda: any(dig(item, "status", "detachError") for item in cluster.store.list(ATTACHMENTS))
        )
        attachment = cluster.store.list(ATTACHMENTS)[0]
        assert being_deleted(attachment)
        assert attachment["status"] == {**attachment["status"], "attached": True}
        cluster.drivers.heal(BLOCK)
        await until(cluster, lambda: not cluster.store.list(ATTACHMENTS), within_s=400)


async def test_a_volume_marked_for_deletion_is_not_attached_again() -> None:
    async with empty_cluster() as cluster:
        volume = await with_running_pod(cluster)
        cluster.store.delete("pods", "first", "shop")
        await until(cluster, lambda: not cluster.store.list(ATTACHMENTS))
        cluster.store.delete("persistentvolumes", name_of(volume))
        apply(cluster, app("second", "worker-a"))
        await until(cluster, lambda: messages(cluster, "second", "FailedAttachVolume"))
        why = f'PersistentVolume "{name_of(volume)}" is marked for deletion'
        assert messages(cluster, "second", "FailedAttachVolume")[0].endswith(why)
        assert dig(claim(cluster, "data"), "status", "phase") == "Bound"
