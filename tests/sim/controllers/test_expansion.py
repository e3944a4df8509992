"""Expansions: from the wish to the grown file system, and every way to get stuck."""

from storagetui.sim import objects
from storagetui.sim.cluster import SimCluster
from storagetui.sim.controllers.drivers import EXPAND, EXPAND_ON_NODE
from storagetui.sim.controllers.resizing import resize_state
from storagetui.sim.facts import condition, is_true, phase
from storagetui.sim.scenes.ground import BLOCK
from storagetui.sim.wire import Json, dig, name_of
from tests.sim.controllers.stories import (
    apply,
    ask_for,
    claim,
    empty_cluster,
    message_of,
    messages,
    ready,
    reasons,
    until,
    volume_of,
)

IMAGE = "registry.example/app:1"
WAITING = "Waiting for user to (re-)start a pod to finish file system resize of volume on node."


def capacity(cluster: SimCluster) -> str:
    return str(dig(claim(cluster, "data"), "status", "capacity", "storage"))


async def with_running_pod(cluster: SimCluster) -> None:
    apply(cluster, objects.claim("shop", "data", "10Gi", "gp3"))
    apply(cluster, objects.pod("shop", "app", IMAGE, claims={"data": "data"}))
    await until(cluster, lambda: ready(cluster, "app"))


async def test_an_expansion_goes_through_driver_and_node() -> None:
    seen: list[tuple[str, tuple[str, ...]]] = []

    def note(_event: str, resource: str, obj: Json, _old: Json | None) -> None:
        state = (resize_state(obj), tuple(item["type"] for item in dig(obj, "status", "conditions", default=[])))
        if resource == "persistentvolumeclaims" and state not in seen:
            seen.append(state)

    async with empty_cluster() as cluster:
        await with_running_pod(cluster)
        cluster.store.subscribe(note)
        ask_for(cluster, "data", "20Gi")
        await until(cluster, lambda: capacity(cluster) == "20Gi")
        assert seen == [
            ("", ()),
            ("ControllerResizeInProgress", ("Resizing",)),
            ("NodeResizePending", ("Resizing", "FileSystemResizePending")),
            ("NodeResizeInProgress", ("Resizing", "FileSystemResizePending")),
        ]
        assert reasons(cluster, "data")[-4:] == [
            "ExternalExpanding",
            "Resizing",
            "FileSystemResizeRequired",
            "FileSystemResizeSuccessful",
        ]
        status = claim(cluster, "data")["status"]
        assert "conditions" not in status
        assert "allocatedResourceStatuses" not in status
        assert status["allocatedResources"] == {"storage": "20Gi"}
        volume = volume_of(cluster, "data")
        assert volume["spec"]["capacity"] == {"storage": "20Gi"}
        assert "volume.alpha.kubernetes.io/pre-resize-capacity" not in volume["metadata"]["annotations"]


async def test_the_words_of_an_expansion() -> None:
    async with empty_cluster() as cluster:
        await with_running_pod(cluster)
        ask_for(cluster, "data", "20Gi")
        await until(cluster, lambda: capacity(cluster) == "20Gi")
        name = name_of(volume_of(cluster, "data"))
        node = cluster.store.get("pods", "app", "shop")["spec"]["nodeName"]
        said = "waiting for an external controller to expand this PVC"
        assert messages(cluster, "data", "ExternalExpanding") == [said]
        assert messages(cluster, "data", "Resizing") == [f"External resizer is resizing volume {name}"]
        assert messages(cluster, "data", "FileSystemResizeRequired") == ["Require file system resize of volume on node"]
        done = f'MountVolume.NodeExpandVolume succeeded for volume "{name}" {node}'
        assert messages(cluster, "app", "FileSystemResizeSuccessful") == [done]


async def test_without_a_pod_the_file_system_waits() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.claim("shop", "data", "10Gi", "gp3-immediate"))
        await until(cluster, lambda: phase(claim(cluster, "data")) == "Bound")
        ask_for(cluster, "data", "20Gi")
        await until(cluster, lambda: is_true(claim(cluster, "data"), "FileSystemResizePending"))
        assert message_of(claim(cluster, "data"), "FileSystemResizePending") == WAITING
        assert volume_of(cluster, "data")["spec"]["capacity"] == {"storage": "20Gi"}
        started = cluster.clock.elapsed_s()
        await until(cluster, lambda: cluster.clock.elapsed_s() - started > 3600, within_s=3700)
        assert capacity(cluster) == "10Gi"
        apply(cluster, objects.pod("shop", "app", IMAGE, claims={"data": "data"}))
        await until(cluster, lambda: capacity(cluster) == "20Gi")


async def test_a_driver_that_refuses_for_now_is_asked_again() -> None:
    busy = "rpc error: code = Internal desc = volume in OPTIMIZING state, cannot currently modify"
    async with empty_cluster() as cluster:
        await with_running_pod(cluster)
        cluster.drivers.fail(BLOCK, EXPAND, busy)
        ask_for(cluster, "data", "20Gi")
        await until(cluster, lambda: messages(cluster, "data", "VolumeResizeFailed"))
        name = name_of(volume_of(cluster, "data"))
        said = f'resize volume "{name}" by resizer "{BLOCK}" failed: {busy}'
        assert messages(cluster, "data", "VolumeResizeFailed") == [said]
        error = condition(claim(cluster, "data"), "ControllerResizeError") or {}
        assert error["message"] == f"failed to expand pvc with {busy}"
        assert resize_state(claim(cluster, "data")) == "ControllerResizeInProgress"
        cluster.drivers.heal(BLOCK)
        await until(cluster, lambda: capacity(cluster) == "20Gi", within_s=300)


async def test_a_size_that_can_never_be_reached_is_infeasible_until_the_wish_is_lowered() -> None:
    never = "rpc error: code = OutOfRange desc = volumes of this type end at 16Ti"
    async with empty_cluster() as cluster:
        await with_running_pod(cluster)
        cluster.drivers.fail(BLOCK, EXPAND, never)
        ask_for(cluster, "data", "20Ti")
        await until(cluster, lambda: resize_state(claim(cluster, "data")) == "ControllerResizeInfeasible")
        cluster.drivers.heal(BLOCK)
        ask_for(cluster, "data", "15Gi")
        await until(cluster, lambda: capacity(cluster) == "15Gi", within_s=30)


async def test_a_node_that_cannot_grow_the_file_system_says_so_on_the_pod() -> None:
    broken = "rpc error: code = Internal desc = resize2fs failed"
    async with empty_cluster() as cluster:
        await with_running_pod(cluster)
        cluster.drivers.fail(BLOCK, EXPAND_ON_NODE, broken)
        ask_for(cluster, "data", "20Gi")
        await until(cluster, lambda: messages(cluster, "app", "VolumeResizeFailed"))
        name = name_of(volume_of(cluster, "data"))
        why = f"Expander.NodeExpand failed to expand the volume : {broken}"
        said = f'NodeExpandVolume.NodeExpandVolume failed for volume "{name}" : {why}'
        assert messages(cluster, "app", "VolumeResizeFailed") == [said]
        assert is_true(claim(cluster, "data"), "NodeResizeError")
        assert resize_state(claim(cluster, "data")) == "NodeResizePending"
        cluster.drivers.heal(BLOCK)
        await until(cluster, lambda: capacity(cluster) == "20Gi", within_s=300)
        assert "conditions" not in claim(cluster, "data")["status"]


async def test_a_block_volume_needs_no_node() -> None:
    async with empty_cluster() as cluster:
        apply(cluster, objects.claim("shop", "data", "10Gi", "gp3-immediate", volumeMode="Block"))
        await until(cluster, lambda: phase(claim(cluster, "data")) == "Bound")
        ask_for(cluster, "data", "20Gi")
        await until(cluster, lambda: capacity(cluster) == "20Gi")
        assert messages(cluster, "data", "VolumeResizeSuccessful") == ["Resize volume succeeded"]


async def test_without_a_resizer_nothing_happens() -> None:
    async with empty_cluster() as cluster:
        await with_running_pod(cluster)
        cluster.drivers.stop(BLOCK)
        ask_for(cluster, "data", "20Gi")
        started = cluster.clock.elapsed_s()
        await until(cluster, lambda: cluster.clock.elapsed_s() - started > 600, within_s=700)
        assert reasons(cluster, "data")[-1] == "ExternalExpanding"
        assert resize_state(claim(cluster, "data")) == ""
        cluster.drivers.start(BLOCK)
        await until(cluster, lambda: capacity(cluster) == "20Gi")
