"""The tables beside what kubectl prints of the same objects, in as many states as can be had."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from tests.realcluster import manifests
from tests.realcluster.driver import Code
from tests.realcluster.lab import CLAIMS, PODS, Lab
from tests.realcluster.rest import Manifest
from tests.realcluster.screen import Terminal, table_rows, terminal

Row = dict[str, str]


class Translation(NamedTuple):
    """A table of ours, the resource that kubectl prints, and for each of our titles the one that kubectl has."""

    table: str
    resource: str
    titles: Mapping[str, str]


PODS_TABLE = Translation("#pods-table", "pods", {title: title for title in ("STATUS", "READY", "RESTARTS")})
CLAIMS_TABLE = Translation(
    "#claims-table",
    "persistentvolumeclaims",
    {"STATE": "STATUS", "HAS": "CAPACITY", "VOLUME": "VOLUME", "MODES": "ACCESS MODES", "CLASS": "STORAGECLASS"},
)
VOLUMES_TABLE = Translation(
    "#volumes-table",
    "persistentvolumes",
    {
        "STATE": "STATUS",
        "SIZE": "CAPACITY",
        "CLAIM": "CLAIM",
        "MODES": "ACCESS MODES",
        "CLASS": "STORAGECLASS",
        "RECLAIM": "RECLAIM POLICY",
    },
)

CALM = {"waits for first pod": "Pending", "Bound, growing": "Bound", "Available, reserved": "Available"}
"""Where we say more than kubectl does, what it says."""
WIDE = (240, 40)
"""Room for every column in full."""
HOLD = "storagetui.test/hold"

WAITING = {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "restartCount": 7}
ENDED = {"state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}
FAILED = {"state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}
RUNNING = {"state": {"running": {"startedAt": "2026-01-15T14:02:11Z"}}, "ready": True}

STATUSES: dict[str, Manifest] = {
    "evicted": {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: ephemeral-storage."},
    "looping": {"phase": "Running", "containerStatuses": [WAITING]},
    "done": {"phase": "Succeeded", "containerStatuses": [ENDED]},
    "killed": {"phase": "Failed", "containerStatuses": [FAILED]},
    "fetching": {"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]},
    "init": {"phase": "Pending", "initContainerStatuses": [{"state": {"running": {}}}]},
    "init-failed": {"phase": "Pending", "initContainerStatuses": [FAILED]},
    "lost": {"phase": "Running", "reason": "NodeLost", "containerStatuses": [RUNNING]},
    "unready": {"phase": "Running", "containerStatuses": [RUNNING | {"ready": False}]},
}
"""Pods that no scheduler takes up, so that nobody but the test says how they are."""


async def test_kubectl_says_the_same(lab: Lab) -> None:
    await asyncio.to_thread(_stage, lab)
    try:
        async with terminal(lab.kubeconfig(), screen="pods", namespace=lab.namespace, size=WIDE) as seen:
            await _compare(seen, lab, "5", PODS_TABLE)
            await _compare(seen, lab, "3", CLAIMS_TABLE)
            await _compare(seen, lab, "4", VOLUMES_TABLE)
    finally:
        for name in ("held", "lost"):
            lab.rest.merge(lab.path(PODS, name), {"metadata": {"finalizers": None}})


def _stage(lab: Lab) -> None:
    """Pods, claims and volumes in all states that can be had without breaking a node."""
    lab.add_claim("data", "1536Mi")
    lab.add_pod("reader", "data")
    lab.add_claim("idle")
    lab.add_claim("calm")
    lab.add_claim("homeless", storage_class="no-such-class", access_mode="ReadWriteMany")
    lab.add_pod("dreamer", "homeless")
    lab.wait_running("reader")
    lab.rest.delete(lab.path(CLAIMS, "data"))  # it stays, Terminating, while the pod uses it
    lab.driver.faults.set("ControllerPublishVolume", Code.UNAVAILABLE, "the storage is away")
    lab.add_claim("far", access_mode="ReadWriteOncePod")
    lab.add_pod("waiter", "far")
    for name, status in STATUSES.items():
        _add_told_pod(lab, name, status)
    _add_told_pod(lab, "held", {"phase": "Pending"})
    _add_gated_pod(lab)
    for name in ("held", "lost"):
        lab.rest.merge(lab.path(PODS, name), {"metadata": {"finalizers": [HOLD]}})
        lab.rest.delete(lab.path(PODS, name))
    _add_volumes_by_hand(lab)
    lab.wait_claim("by-hand", lambda claim: claim["status"]["phase"] == "Bound", "Bound")
    lab.wait_claim("orphan", lambda claim: claim["status"]["phase"] == "Lost", "Lost")
    lab.wait_event("waiter", "FailedAttachVolume", "the storage is away")


def _add_told_pod(lab: Lab, name: str, status: Manifest) -> None:
    spec = manifests.pod_spec({"idle": "idle"}) | {"schedulerName": "nobody"}
    if name.startswith("init"):
        spec["initContainers"] = [manifests.container(["idle"]) | {"name": "first"}]
    lab.create(manifests.pod(lab.namespace, name, spec))
    told = {
        key: [_whole(one, key) for one in value] if isinstance(value, list) else value for key, value in status.items()
    }
    lab.rest.merge(f"{lab.path(PODS, name)}/status", {"status": told})


def _whole(status: Manifest, key: str) -> Manifest:
    """A container's status with what the API server wants in it besides."""
    name = "first" if key.startswith("init") else "main"
    return {"name": name, "image": manifests.IMAGE, "imageID": "", "ready": False, "restartCount": 0, **status}


def _add_gated_pod(lab: Lab) -> None:
    spec = manifests.pod_spec({"idle": "idle"}) | {"schedulingGates": [{"name": HOLD}]}
    lab.create(manifests.pod(lab.namespace, "gated", spec))


def _add_volumes_by_hand(lab: Lab) -> None:
    """Volumes that nobody provisions: free, reserved, bound, released, and one that goes away under its claim."""
    for name in ("by-hand", "orphan", "left"):
        _add_volume(lab, name, name)
        lab.add_claim(name, "3Gi", storage_class=_by_hand(lab), access_mode="ReadOnlyMany")
        lab.wait_claim(name, lambda claim: claim["status"].get("phase") == "Bound", "Bound")
    lab.rest.delete(lab.path(CLAIMS, "left"))
    _add_volume(lab, "reserved", "later")
    gone = f"/api/v1/persistentvolumes/{lab.namespace}-orphan"
    lab.rest.delete(gone)
    lab.rest.merge(gone, {"metadata": {"finalizers": None}})


def _by_hand(lab: Lab) -> str:
    return f"{lab.namespace}-by-hand"


def _add_volume(lab: Lab, name: str, claim: str) -> None:
    spec: Manifest = {
        "capacity": {"storage": "5Gi"},
        "accessModes": ["ReadOnlyMany", "ReadWriteMany"],
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": _by_hand(lab),
        "nfs": {"server": "192.0.2.7", "path": "/export"},
        "claimRef": {"namespace": lab.namespace, "name": claim},
    }
    meta = {"name": f"{lab.namespace}-{name}"}
    lab.create({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": meta, "spec": spec})


async def _compare(seen: Terminal, lab: Lab, key: str, ours: Translation) -> None:
    """Go to a table, give it the whole width, and wait until it says what kubectl prints, which moves too."""
    await seen.press(key, "v")
    for _ in range(5):
        told = {row["NAME"]: row for row in await _printed(lab, ours.resource)}
        assert told
        try:
            await seen.until(lambda: _differences(seen, ours, told) == [], within_s=5)  # noqa: B023 - ended before
        except AssertionError:
            continue
        return
    assert _differences(seen, ours, told) == [], seen.text


def _differences(seen: Terminal, ours: Translation, told: dict[str, Row]) -> list[str]:
    """What is not alike, row by row."""
    shown = {row["NAME"]: row for row in seen.rows(ours.table)}
    found = [f"only one has {name}" for name in shown.keys() ^ told.keys()]
    for name in shown.keys() & told.keys():
        for title, theirs in ours.titles.items():
            said, printed = shown[name][title], told[name][theirs]
            if title == "MODES" and not printed:
                continue  # kubectl is silent about claims that have no volume; we say what they ask for
            if not _is_alike(CALM.get(said, said), printed):
                found.append(f"{name}: {title} is {said!r}, {theirs} is {printed!r}")
    return found


def _is_alike(said: str, printed: str) -> bool:
    """Whether a cell says what kubectl prints, but for what either adds: how long ago it was, that it is not there."""
    if said == "–":
        return printed in ("", "0")  # kubectl prints a Lost claim's capacity, which nobody knows, as 0
    return said.removesuffix(" (gone)").removesuffix(" (not there yet)") == printed.partition(" (")[0]


async def _printed(lab: Lab, resource: str) -> list[Row]:
    """What kubectl prints, of volumes those that belong to the namespace."""
    lines = (await lab.kubectl.run("get", resource)).splitlines()
    rows = table_rows([f" {line}" for line in lines])
    return [row for row in rows if row.get("CLAIM", lab.namespace).startswith(lab.namespace)]
