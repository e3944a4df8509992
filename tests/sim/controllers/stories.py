"""Looking at a simulated cluster from tests: waiting for a state, reading events, applying objects."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from storagetui.sim.cluster import SimCluster
from storagetui.sim.facts import condition, is_running_and_ready
from storagetui.sim.objects import resource_of
from storagetui.sim.wire import Json, dig, name_of

START = datetime(2026, 1, 15, 14, 2, 11, tzinfo=UTC)
CLAIMS = "persistentvolumeclaims"
VOLUMES = "persistentvolumes"
ATTACHMENTS = "volumeattachments.storage.k8s.io"
SETS = "statefulsets.apps"


def empty_cluster(seed: int = 7) -> SimCluster:
    """Six workers in three zones, drivers, classes, the namespace shop, and nothing else."""
    return SimCluster("empty", seed, START)


def apply(cluster: SimCluster, *objects: Json) -> None:
    """Create objects."""
    for obj in objects:
        cluster.store.create(resource_of(obj), obj)


async def until(cluster: SimCluster, holds: Callable[[], object], within_s: float = 120.0) -> None:
    """Wait until it holds, by the world's time; raises TimeoutError with the last events when it never does."""
    changed = asyncio.Event()
    stop = cluster.store.subscribe(lambda *_: changed.set())
    try:
        async with asyncio.timeout(within_s):
            while not holds():
                changed.clear()
                await changed.wait()
    except TimeoutError:
        said = [f"{name_of(item)} {item['reason']}: {item['message']}" for item in cluster.store.list("events")]
        raise TimeoutError(f"not within {within_s} s; the last events:\n" + "\n".join(said[-15:])) from None
    finally:
        stop()


def pod(cluster: SimCluster, name: str) -> Json:
    """A pod of shop, or an empty object."""
    return cluster.store.find("pods", name, "shop") or {"metadata": {}}


def claim(cluster: SimCluster, name: str) -> Json:
    """A claim of shop, or an empty object."""
    return cluster.store.find(CLAIMS, name, "shop") or {"metadata": {}}


def volume_of(cluster: SimCluster, name: str) -> Json:
    """The volume of a claim of shop, or an empty object."""
    return cluster.store.find(VOLUMES, dig(claim(cluster, name), "spec", "volumeName", default="")) or {"metadata": {}}


def ready(cluster: SimCluster, *names: str) -> bool:
    """Whether all these pods of shop are Running and Ready."""
    return all(is_running_and_ready(pod(cluster, name)) for name in names)


def messages(cluster: SimCluster, name: str, reason: str, namespace: str = "shop") -> list[str]:
    """What events with that reason say about an object."""
    return [
        item["message"]
        for item in cluster.store.list("events", namespace)
        if item["involvedObject"]["name"] == name and item["reason"] == reason
    ]


def events(cluster: SimCluster, name: str, namespace: str = "shop") -> list[Json]:
    """All events about an object, in the order of their first writing."""
    found = [item for item in cluster.store.list("events", namespace) if item["involvedObject"]["name"] == name]
    return sorted(found, key=lambda item: int(name_of(item).rpartition(".")[2], 16))


def reasons(cluster: SimCluster, name: str, namespace: str = "shop") -> list[str]:
    """The reasons of all events about an object, in order."""
    return [item["reason"] for item in events(cluster, name, namespace)]


def attached_to(cluster: SimCluster, volume: str) -> list[str]:
    """The nodes a volume is attached to, deletions under way included."""
    return sorted(
        dig(item, "spec", "nodeName")
        for item in cluster.store.list(ATTACHMENTS)
        if dig(item, "spec", "source", "persistentVolumeName") == volume and dig(item, "status", "attached")
    )


def scale(cluster: SimCluster, resource: str, name: str, replicas: int) -> None:
    """Scale a workload of shop."""

    def resize(obj: Json) -> None:
        obj["spec"]["replicas"] = replicas

    cluster.store.modify(resource, name, "shop", resize)


def ask_for(cluster: SimCluster, name: str, size: str) -> None:
    """Let a claim of shop ask for another size."""

    def ask(obj: Json) -> None:
        obj["spec"]["resources"]["requests"]["storage"] = size

    cluster.store.modify(CLAIMS, name, "shop", ask)


def message_of(obj: Json, type_: str) -> str:
    """The message of a condition, or nothing."""
    return str(dig(condition(obj, type_), "message", default=""))
