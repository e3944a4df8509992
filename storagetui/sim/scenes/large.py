"""A cluster of any size, written into the store as it is: for tests of scale."""

from collections.abc import Iterator

from storagetui.sim import objects
from storagetui.sim.controllers.attach_detach import attachment_name
from storagetui.sim.controllers.heartbeat import HEALTHY
from storagetui.sim.controllers.revisions import first_revision
from storagetui.sim.controllers.set_identity import (
    POD_INDEX_LABEL,
    POD_NAME_LABEL,
    REVISION_LABEL,
    owner_reference,
)
from storagetui.sim.scenes.ground import BLOCK, ZONES
from storagetui.sim.scenes.scene import Scene
from storagetui.sim.scenes.story import Story
from storagetui.sim.store import ObjectStore
from storagetui.sim.wire import Json, name_of, uid_of

PODS_PER_NODE = 100
PODS_PER_SET = 10
SETS_PER_NAMESPACE = 10


def fill(store: ObjectStore, pods: int, *, attached: bool = True) -> None:
    """Put nodes and healthy sets with that many pods into the store, each pod with claim, volume and attachment."""
    now = store.clock.timestamp()
    nodes = [_node(store, number, now) for number in range(max(1, -(-pods // PODS_PER_NODE)))]
    store.restore("csidrivers.storage.k8s.io", objects.csi_driver(BLOCK))
    store.restore("storageclasses.storage.k8s.io", objects.storage_class("gp3", BLOCK, default=True))
    for first in range(0, pods, PODS_PER_SET):
        number = first // PODS_PER_SET
        namespace = f"team-{number // SETS_PER_NAMESPACE:04d}"
        if number % SETS_PER_NAMESPACE == 0:
            store.restore("namespaces", {**objects.namespace(namespace), "status": {"phase": "Active"}})
        size = min(PODS_PER_SET, pods - first)
        owner = _set(store, namespace, f"db-{number:05d}", size)
        for ordinal in range(size):
            node = nodes[(first + ordinal) % len(nodes)]
            for resource, obj in _member(owner, ordinal, node, now, attached=attached):
                store.restore(resource, obj)


def _node(store: ObjectStore, number: int, now: str) -> Json:
    node = objects.node(f"node-{number:04d}", ZONES[number % 3], number + 1, pods=PODS_PER_NODE + 10)
    node["status"]["conditions"] = [
        {"type": type_, "status": value, "reason": reason, "message": message, "lastHeartbeatTime": now}
        | {"lastTransitionTime": now}
        for type_, (value, reason, message) in HEALTHY.items()
    ]
    store.restore("csinodes.storage.k8s.io", objects.csi_node(name_of(node), {BLOCK: PODS_PER_NODE + 10}))
    return store.restore("nodes", node)


def _set(store: ObjectStore, namespace: str, name: str, size: int) -> Json:
    """A set with its revision; its status is settled once the template is complete, because it names its digest."""
    made = objects.stateful_set(
        namespace, name, "docker.io/library/postgres:17.6", size, [objects.claim_template("data", "10Gi", "gp3")]
    )
    made["metadata"]["generation"] = 1
    made = store.restore("statefulsets.apps", made)
    revision = first_revision(made)
    counts = ("replicas", "readyReplicas", "availableReplicas", "currentReplicas", "updatedReplicas")
    status: Json = {"observedGeneration": 1, "collisionCount": 0, **dict.fromkeys(counts, size)}
    status |= {"currentRevision": name_of(revision), "updateRevision": name_of(revision)}
    store.restore("controllerrevisions.apps", revision)
    return store.restore("statefulsets.apps", {**made, "status": status})


def _member(owner: Json, ordinal: int, node: Json, now: str, *, attached: bool) -> Iterator[tuple[str, Json]]:
    namespace, name = owner["metadata"]["namespace"], name_of(owner)
    uid = f"{uid_of(owner)[:-12]}{ordinal:012x}"
    claim = objects.claim(namespace, f"data-{name}-{ordinal}", "10Gi", "gp3")
    claim["metadata"] |= {"uid": uid, "labels": {"app": name}}
    claim["spec"] |= {"volumeName": f"pvc-{uid}", "volumeMode": "Filesystem"}
    claim["metadata"]["annotations"] = {
        "pv.kubernetes.io/bind-completed": "yes",
        "pv.kubernetes.io/bound-by-controller": "yes",
        "volume.kubernetes.io/storage-provisioner": BLOCK,
    }
    modes, size = ["ReadWriteOnce"], {"storage": "10Gi"}
    claim["status"] = {"phase": "Bound", "accessModes": modes, "capacity": size}
    claim["metadata"]["finalizers"] = ["kubernetes.io/pvc-protection"]
    yield "persistentvolumeclaims", claim
    volume = objects.static_volume(
        f"pvc-{uid}", "10Gi", "gp3", BLOCK, zone=node["metadata"]["labels"]["topology.kubernetes.io/zone"]
    )
    reference = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": namespace}
    volume["spec"] |= {"claimRef": {**reference, "name": name_of(claim), "uid": uid}, "volumeMode": "Filesystem"}
    volume["spec"]["persistentVolumeReclaimPolicy"] = "Delete"
    volume["metadata"] |= {"annotations": {"pv.kubernetes.io/provisioned-by": BLOCK}}
    volume["metadata"]["finalizers"] = ["kubernetes.io/pv-protection"]
    volume["status"] = {"phase": "Bound", "lastPhaseTransitionTime": now}
    yield "persistentvolumes", volume
    if attached:
        source = {"persistentVolumeName": name_of(volume)}
        spec = {"attacher": BLOCK, "nodeName": name_of(node), "source": source}
        metadata = {"name": attachment_name(volume, name_of(node))}
        yield "volumeattachments.storage.k8s.io", {"metadata": metadata, "spec": spec, "status": {"attached": True}}
    yield "pods", _pod(owner, ordinal, node, now)


def _pod(owner: Json, ordinal: int, node: Json, now: str) -> Json:
    name, namespace = name_of(owner), owner["metadata"]["namespace"]
    claims = {"data": f"data-{name}-{ordinal}"}
    pod = objects.pod(namespace, f"{name}-{ordinal}", "docker.io/library/postgres:17.6", claims=claims)
    own = {"app": name, REVISION_LABEL: owner["status"]["updateRevision"], POD_INDEX_LABEL: str(ordinal)}
    own[POD_NAME_LABEL] = f"{name}-{ordinal}"
    pod["metadata"] |= {"labels": own, "ownerReferences": [owner_reference(owner)], "generation": 1}
    pod["metadata"]["generateName"] = f"{name}-"
    pod["spec"] |= {"nodeName": name_of(node), "hostname": f"{name}-{ordinal}", "subdomain": name}
    types = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    container = {"name": pod["spec"]["containers"][0]["name"], "image": "docker.io/library/postgres:17.6"}
    container |= {"imageID": "", "ready": True, "started": True, "restartCount": 0, "lastState": {}}
    pod["status"] = {
        "phase": "Running",
        "startTime": now,
        "podIP": f"10.{128 + ordinal % 100}.0.{ordinal % 250 + 1}",
        "conditions": [{"type": item, "status": "True", "lastTransitionTime": now} for item in types],
        "containerStatuses": [{**container, "state": {"running": {"startedAt": now}}}],
    }
    return pod


def tell(story: Story) -> None:
    """Five thousand pods, all well."""
    fill(story.world.store, 5000)


LARGE = Scene("large", "Five thousand pods with a volume each, all well.", tell, past_s=0.0)
