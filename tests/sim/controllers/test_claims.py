"""Claims: static matching, late binding, provisioning and its failures, release, loss, protection."""

from storagetui.sim import objects
from storagetui.sim.controllers.drivers import PROVISION
from storagetui.sim.facts import BIND_COMPLETED, PROVISIONED_BY, SELECTED_NODE, annotation, being_deleted, phase
from storagetui.sim.scenes.ground import BLOCK, in_zone
from storagetui.sim.wire import Json, dig, name_of
from tests.sim.controllers.stories import (
    CLAIMS,
    VOLUMES,
    apply,
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

WAITING = (
    "Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually by the system "
    "administrator. If volume creation is delayed, please verify that the provisioner is running and correctly "
    "registered."
)
IMAGE = "registry.example/app:1"


async def test_an_immediate_claim_is_provisioned_and_bound() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.claim("shop", "data", "1500Mi", "gp3-immediate"))
        await until(cluster, lambda: phase(claim(cluster, "data")) == "Bound")
        assert reasons(cluster, "data") == ["ExternalProvisioning", "Provisioning", "ProvisioningSucceeded"]
        assert messages(cluster, "data", "ExternalProvisioning") == [WAITING]
        said = 'External provisioner is provisioning volume for claim "shop/data"'
        assert messages(cluster, "data", "Provisioning") == [said]
        volume = volume_of(cluster, "data")
        assert messages(cluster, "data", "ProvisioningSucceeded") == [
            f"Successfully provisioned volume {name_of(volume)}"
        ]
        assert name_of(volume) == f"pvc-{claim(cluster, 'data')['metadata']['uid']}"
        assert volume["spec"]["capacity"] == {"storage": "2Gi"} == claim(cluster, "data")["status"]["capacity"]
        assert annotation(volume, PROVISIONED_BY) == BLOCK
        assert annotation(claim(cluster, "data"), BIND_COMPLETED) == "yes"
        await until(cluster, lambda: phase(volume_of(cluster, "data")) == "Bound")
        assert "lastPhaseTransitionTime" in volume_of(cluster, "data")["status"]


async def test_the_provisioner_reports_under_its_drivers_name() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.claim("shop", "data", "1Gi", "gp3-immediate"))
        await until(cluster, lambda: "ProvisioningSucceeded" in reasons(cluster, "data"))
        sources = {item["reason"]: item["source"]["component"] for item in cluster.store.list("events", "shop")}
        assert sources["ExternalProvisioning"] == "persistentvolume-controller"
        assert sources["Provisioning"].startswith("ebs.csi.aws.com_")


async def test_a_late_claim_waits_for_its_first_pod_and_goes_where_that_goes() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.claim("shop", "data", "1Gi", "gp3"))
        await until(cluster, lambda: reasons(cluster, "data") == ["WaitForFirstConsumer"])
        said = "waiting for first consumer to be created before binding"
        assert messages(cluster, "data", "WaitForFirstConsumer") == [said]
        apply(cluster, objects.pod("shop", "app", IMAGE, claims={"data": "data"}, nodeSelector=in_zone("b")))
        await until(cluster, lambda: ready(cluster, "app"))
        node = pod(cluster, "app")["spec"]["nodeName"]
        assert node in ("worker-b", "worker-e")
        assert annotation(claim(cluster, "data"), SELECTED_NODE) == node
        terms = volume_of(cluster, "data")["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
        assert terms[0]["matchExpressions"][0]["values"] == ["eu-west-1b"]


async def test_a_late_claim_whose_pod_cannot_be_scheduled_says_so() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.claim("shop", "data", "1Gi", "gp3"))
        apply(cluster, objects.pod("shop", "app", IMAGE, claims={"data": "data"}, nodeSelector={"gpu": "yes"}))
        await until(cluster, lambda: "WaitForPodScheduled" in reasons(cluster, "data"))
        assert messages(cluster, "data", "WaitForPodScheduled") == ["waiting for pod app to be scheduled"]


async def test_a_missing_class_is_reported_again_and_again() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.claim("shop", "data", "1Gi", "fast-ssd"))

        def count() -> int:
            events = cluster.store.list("events", "shop")
            return max((item["count"] for item in events if item["reason"] == "ProvisioningFailed"), default=0)

        await until(cluster, lambda: count() >= 4)
        assert messages(cluster, "data", "ProvisioningFailed") == ['storageclass.storage.k8s.io "fast-ssd" not found']
        apply(cluster, objects.storage_class("fast-ssd", BLOCK, late=False))
        await until(cluster, lambda: phase(claim(cluster, "data")) == "Bound", within_s=10)


async def test_a_claim_without_class_and_volume_says_so_and_takes_a_default_class_later() -> None:
    async with empty_cluster() as cluster:
        cluster.store.delete("storageclasses.storage.k8s.io", "gp3")
        apply(cluster, objects.claim("shop", "data", "1Gi"), objects.claim("shop", "none", "1Gi", ""))
        said = ["no persistent volumes available for this claim and no storage class is set"]
        await until(cluster, lambda: messages(cluster, "data", "FailedBinding") == said)
        await until(cluster, lambda: messages(cluster, "none", "FailedBinding") == said)
        apply(cluster, objects.storage_class("standard", BLOCK, late=False, default=True))
        await until(cluster, lambda: phase(claim(cluster, "data")) == "Bound")
        assert claim(cluster, "data")["spec"]["storageClassName"] == "standard"
        assert phase(claim(cluster, "none")) == "Pending"


async def test_the_smallest_volume_that_fits_is_taken() -> None:
    async with empty_cluster() as cluster:
        sizes = {"small": "50Gi", "fitting": "120Gi", "large": "500Gi"}
        apply(cluster, *(objects.static_volume(name, size, "by-hand", BLOCK) for name, size in sizes.items()))
        apply(cluster, objects.claim("shop", "data", "100Gi", "by-hand"))
        await until(cluster, lambda: phase(claim(cluster, "data")) == "Bound")
        assert name_of(volume_of(cluster, "data")) == "fitting"
        assert claim(cluster, "data")["status"]["capacity"] == {"storage": "120Gi"}


async def test_a_volume_of_another_mode_or_too_small_does_not_serve() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.static_volume("disk", "50Gi", "by-hand", BLOCK))
        apply(cluster, objects.claim("shop", "large", "100Gi", "by-hand", volumeName="disk"))
        await until(cluster, lambda: messages(cluster, "large", "VolumeMismatch"))
        said = 'Cannot bind to requested volume "disk": requested PV is too small'
        assert messages(cluster, "large", "VolumeMismatch") == [said]
        apply(cluster, objects.claim("shop", "raw", "10Gi", "by-hand", volumeName="disk", volumeMode="Block"))
        await until(cluster, lambda: messages(cluster, "raw", "VolumeMismatch"))
        assert messages(cluster, "raw", "VolumeMismatch")[0].endswith("incompatible volumeMode")


async def test_a_pod_with_no_static_volume_for_it_is_unschedulable() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, *(objects.static_volume(f"disk-{n}", "50Gi", "local-static", BLOCK) for n in range(3)))
        apply(cluster, objects.claim("shop", "data", "100Gi", "local-static"))
        apply(cluster, objects.pod("shop", "app", IMAGE, claims={"data": "data"}))
        await until(cluster, lambda: messages(cluster, "app", "FailedScheduling"))
        said = "0/6 nodes are available: 6 node(s) didn't find available persistent volumes to bind."
        assert messages(cluster, "app", "FailedScheduling")[0].startswith(said)
        assert message_of(pod(cluster, "app"), "PodScheduled").startswith(said)
        apply(cluster, objects.static_volume("disk-9", "100Gi", "local-static", BLOCK, zone="eu-west-1c"))
        await until(cluster, lambda: ready(cluster, "app"))
        assert pod(cluster, "app")["spec"]["nodeName"] in ("worker-c", "worker-f")


async def test_a_driver_without_room_makes_the_scheduler_choose_again() -> None:
    full = "rpc error: code = ResourceExhausted desc = not enough space"
    async with empty_cluster() as cluster:
        cluster.drivers.fail(BLOCK, PROVISION, full, only="eu-west-1a")
        apply(cluster, objects.claim("shop", "data", "1Gi", "gp3"))
        apply(cluster, objects.pod("shop", "app", IMAGE, claims={"data": "data"}))
        await until(cluster, lambda: messages(cluster, "data", "ProvisioningFailed"))
        said = f'failed to provision volume with StorageClass "gp3": {full}'
        assert messages(cluster, "data", "ProvisioningFailed") == [said]
        why = 'running PreBind plugin "VolumeBinding": binding volumes: selectedNode annotation reset for PVC "data"'
        await until(cluster, lambda: why in messages(cluster, "app", "FailedScheduling"))
        cluster.drivers.heal(BLOCK, PROVISION)
        await until(cluster, lambda: ready(cluster, "app"), within_s=600)


async def test_a_driver_whose_controller_is_down_is_silent_until_it_returns() -> None:
    async with empty_cluster() as cluster:
        cluster.drivers.stop(BLOCK)
        apply(cluster, objects.claim("shop", "data", "1Gi", "gp3-immediate"))
        events = cluster.store.list
        await until(cluster, lambda: any(item.get("count", 0) >= 3 for item in events("events", "shop")))
        assert set(reasons(cluster, "data")) == {"ExternalProvisioning"}
        cluster.drivers.start(BLOCK)
        await until(cluster, lambda: phase(claim(cluster, "data")) == "Bound", within_s=15)


async def test_deleting_a_claim_deletes_its_volume_and_the_disk_behind_it() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.claim("shop", "data", "1Gi", "gp3-immediate"))
        await until(cluster, lambda: phase(volume_of(cluster, "data")) == "Bound")
        cluster.store.delete(CLAIMS, "data", "shop")
        await until(cluster, lambda: any(phase(item) == "Released" for item in cluster.store.list(VOLUMES)))
        await until(cluster, lambda: not cluster.store.list(VOLUMES))


async def test_a_volume_to_be_retained_stays_released() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.storage_class("kept", BLOCK, late=False, reclaim="Retain"))
        apply(cluster, objects.claim("shop", "data", "1Gi", "kept"))
        await until(cluster, lambda: phase(volume_of(cluster, "data")) == "Bound")
        name = name_of(volume_of(cluster, "data"))
        cluster.store.delete(CLAIMS, "data", "shop")
        await until(cluster, lambda: phase(cluster.store.get(VOLUMES, name)) == "Released")

        def free(obj: Json) -> None:
            del obj["spec"]["claimRef"]["uid"]

        cluster.store.modify(VOLUMES, name, "", free)
        await until(cluster, lambda: phase(cluster.store.get(VOLUMES, name)) == "Available")
        apply(cluster, objects.claim("shop", "data", "1Gi", "kept"))
        await until(cluster, lambda: name_of(volume_of(cluster, "data")) == name)


async def test_a_claim_whose_volume_vanishes_is_lost() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.claim("shop", "data", "1Gi", "gp3-immediate"))
        await until(cluster, lambda: phase(volume_of(cluster, "data")) == "Bound")
        name = name_of(volume_of(cluster, "data"))
        cluster.store.delete(VOLUMES, name)
        assert being_deleted(cluster.store.get(VOLUMES, name))

        def force(obj: Json) -> None:
            obj["metadata"]["finalizers"] = []

        cluster.store.modify(VOLUMES, name, "", force)
        await until(cluster, lambda: phase(claim(cluster, "data")) == "Lost")
        said = ["Bound claim has lost its PersistentVolume. Data on the volume is lost!"]
        assert messages(cluster, "data", "ClaimLost") == said


async def test_a_claim_in_use_stays_until_its_last_pod_is_gone() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.claim("shop", "data", "1Gi", "gp3"))
        apply(cluster, objects.pod("shop", "app", IMAGE, claims={"data": "data"}))
        await until(cluster, lambda: ready(cluster, "app"))
        cluster.store.delete(CLAIMS, "data", "shop")
        assert claim(cluster, "data")["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
        cluster.store.delete("pods", "app", "shop")
        await until(cluster, lambda: cluster.store.find(CLAIMS, "data", "shop") is None)
        assert dig(pod(cluster, "app"), "spec") is None


async def test_a_generic_ephemeral_volume_lives_and_dies_with_its_pod() -> None:
    async with empty_cluster() as cluster:
        app = objects.pod("shop", "app", IMAGE)
        template = {"spec": objects.claim("", "x", "5Gi", "gp3")["spec"]}
        app["spec"]["volumes"] = [{"name": "work", "ephemeral": {"volumeClaimTemplate": template}}]
        apply(cluster, app)
        await until(cluster, lambda: ready(cluster, "app"))
        assert claim(cluster, "app-work")["metadata"]["ownerReferences"][0]["kind"] == "Pod"
        cluster.store.delete("pods", "app", "shop")
        await until(cluster, lambda: not cluster.store.list(CLAIMS) and not cluster.store.list(VOLUMES))


async def test_an_ephemeral_volume_does_not_take_over_somebody_elses_claim() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.claim("shop", "app-work", "1Gi", "gp3"))
        app = objects.pod("shop", "app", IMAGE)
        template = {"spec": objects.claim("", "x", "5Gi", "gp3")["spec"]}
        app["spec"]["volumes"] = [{"name": "work", "ephemeral": {"volumeClaimTemplate": template}}]
        apply(cluster, app)
        await until(cluster, lambda: messages(cluster, "app", "FailedBinding"))
        said = "ephemeral volume work: PVC shop/app-work was not created for pod shop/app (pod is not owner)"
        assert messages(cluster, "app", "FailedBinding") == [said]
