"""Short builders of records and Frames; every record goes through the JSON decoder that the program uses.

`claim("shop/data-db-0", spec={"volumeName": "pv-1"}, phase="Bound")` starts from a plausible object and lays what is
given over it: `metadata`, `spec`, `status` (and any other top-level field) are merged deeply, None removes a field.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zlib import crc32

import msgspec

from storagetui.cluster.shared_map import Draft
from storagetui.cluster.store import Store
from storagetui.diagnosis.finding import Finding
from storagetui.diagnosis.roots import grouped
from storagetui.frame import Frame
from storagetui.kube.json_shape import shape
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import Record
from storagetui.model.change import Feed, FeedHealth, FeedState, Put
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.classes import StorageClass
from storagetui.model.drivers import CSINode
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind
from storagetui.model.kinds import KINDS
from storagetui.model.nodes import Node
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume
from storagetui.model.workloads import StatefulSet

Json = dict[str, Any]
R = TypeVar("R", bound=Record)

NOW = datetime(2026, 1, 15, 14, 2, 11, tzinfo=UTC)
"""The moment that tests call now."""


def stamp(ago: float = 0.0) -> str:
    """The RFC 3339 time so many seconds before NOW."""
    return (NOW - timedelta(seconds=ago)).isoformat().replace("+00:00", "Z")


def merge(base: Json, over: Json) -> Json:
    """A deep merge: maps are merged, everything else is replaced, None removes."""
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def decode(record: type[R], wire: Json) -> R:
    """The record of a JSON object."""
    how = shape(record)
    made: R = how.flatten(msgspec.json.decode(msgspec.json.encode(wire), type=how.wire))
    return made


def build(record: type[R], name: str, base: Json, over: Json, *, age: float = 86400.0) -> R:
    """A record named `namespace/name` or `name`, from a base and what is laid over it; `age` in seconds."""
    namespace, _, plain = name.rpartition("/")
    metadata: Json = {
        "name": plain,
        "uid": f"uid-{record.kind}-{name}".lower(),
        "resourceVersion": "1",
        "creationTimestamp": stamp(age),
    }
    if namespace:
        metadata["namespace"] = namespace
    return decode(record, merge(merge({"metadata": metadata}, base), over))


def claim(
    name: str, *, phase: str = "Bound", size: str = "10Gi", volume: str = "", age: float = 86400.0, **over: Any
) -> PersistentVolumeClaim:
    """A claim of class `fast`; Bound ones name the volume `pv-<name>` unless told otherwise."""
    bound = phase == "Bound"
    spec: Json = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "volumeMode": "Filesystem",
        "resources": {"requests": {"storage": size}},
    }
    if bound or volume:
        spec["volumeName"] = volume or "pv-" + name.rpartition("/")[2]
    status: Json = {"phase": phase, **({"capacity": {"storage": size}} if bound else {})}
    return build(PersistentVolumeClaim, name, {"spec": spec, "status": status}, over, age=age)


def volume(
    name: str,
    *,
    claim: str = "",
    phase: str = "",
    size: str = "10Gi",
    zone: str = "",
    age: float = 86400.0,
    **over: Any,
) -> PersistentVolume:
    """A volume of class `fast` and driver `disk.csi.example`, bound to the claim `namespace/name` if one is given."""
    spec: Json = {
        "capacity": {"storage": size},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "persistentVolumeReclaimPolicy": "Delete",
        "volumeMode": "Filesystem",
        "csi": {"driver": "disk.csi.example", "volumeHandle": f"handle-{name}"},
    }
    if claim:
        namespace, _, plain = claim.rpartition("/")
        uid = f"uid-persistentvolumeclaim-{claim}".lower()
        spec["claimRef"] = {"namespace": namespace, "name": plain, "uid": uid}
    if zone:
        expression = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}
    status = {"phase": phase or ("Bound" if claim else "Available")}
    return build(PersistentVolume, name, {"spec": spec, "status": status}, over, age=age)


def pod(
    name: str,
    *,
    phase: str = "Running",
    node: str = "node-a",
    claims: tuple[str, ...] = (),
    owner: str = "",
    age: float = 86400.0,
    **over: Any,
) -> Pod:
    """A pod with one container; Running ones are ready. `claims` are claim names, `owner` is `Kind/name`."""
    ready = phase == "Running"
    state: Json = {"running": {"startedAt": stamp(age)}} if ready else {"waiting": {"reason": "ContainerCreating"}}
    conditions = [{"type": "PodScheduled", "status": "True" if node else "False"}]
    conditions.append({"type": "Ready", "status": "True" if ready else "False"})
    status: Json = {"phase": phase, "conditions": conditions, "startTime": stamp(age)}
    if node:
        status["containerStatuses"] = [{"name": "main", "ready": ready, "restartCount": 0, "state": state}]
    volumes = [{"name": f"volume-{n}", "persistentVolumeClaim": {"claimName": one}} for n, one in enumerate(claims)]
    base: Json = {"spec": {"nodeName": node, "volumes": volumes}, "status": status}
    return build(Pod, name, base, merge(_owned(owner), over), age=age)


def stateful_set(
    name: str,
    *,
    replicas: int = 3,
    ready: int | None = None,
    templates: tuple[str, ...] = ("data",),
    size: str = "10Gi",
    age: float = 86400.0,
    **over: Any,
) -> StatefulSet:
    """A set whose governing Service has its own name, with claim templates of class `fast`."""
    plain = name.rpartition("/")[2]
    made = [
        {
            "metadata": {"name": template},
            "spec": {
                "storageClassName": "fast",
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": size}},
            },
        }
        for template in templates
    ]
    spec = {
        "replicas": replicas,
        "serviceName": plain,
        "podManagementPolicy": "OrderedReady",
        "selector": {"matchLabels": {"app": plain}},
        "volumeClaimTemplates": made,
    }
    status = {"replicas": replicas, "readyReplicas": replicas if ready is None else ready}
    return build(StatefulSet, name, {"spec": spec, "status": status}, over, age=age)


def attachment(
    name: str, *, volume: str, node: str, attached: bool = True, age: float = 86400.0, **over: Any
) -> VolumeAttachment:
    """An attachment of a volume to a node by the driver `disk.csi.example`."""
    spec = {"attacher": "disk.csi.example", "nodeName": node, "source": {"persistentVolumeName": volume}}
    return build(VolumeAttachment, name, {"spec": spec, "status": {"attached": attached}}, over, age=age)


def node(name: str, *, ready: str = "True", zone: str = "a", since: float = 3600.0, **over: Any) -> Node:
    """A node in a zone; `ready` is the status of its condition Ready, held for `since` seconds."""
    condition = {"type": "Ready", "status": ready, "reason": "KubeletReady", "lastTransitionTime": stamp(since)}
    if ready != "True":
        condition["reason"] = "NodeStatusUnknown" if ready == "Unknown" else "KubeletNotReady"
    labels = {"topology.kubernetes.io/zone": zone} if zone else {}
    return build(Node, name, {"status": {"conditions": [condition]}}, merge({"metadata": {"labels": labels}}, over))


def csi_node(name: str, *drivers: str, slots: int | None = None) -> CSINode:
    """The drivers registered with a node."""
    limit: Json = {"allocatable": {"count": slots}} if slots is not None else {}
    return build(CSINode, name, {"spec": {"drivers": [{"name": one, "nodeID": name, **limit} for one in drivers]}}, {})


def storage_class(
    name: str = "fast", *, binding: str = "WaitForFirstConsumer", expands: bool = True, **over: Any
) -> StorageClass:
    """A class of the driver `disk.csi.example`."""
    base: Json = {
        "provisioner": "disk.csi.example",
        "reclaimPolicy": "Delete",
        "volumeBindingMode": binding,
        "allowVolumeExpansion": expands,
    }
    return build(StorageClass, name, base, over)


def event(
    about: Record,
    reason: str,
    message: str,
    *,
    warning: bool = True,
    ago: float = 10.0,
    count: int = 1,
    source: str = "kubelet",
    **over: Any,
) -> Event:
    """An event about an object, last seen `ago` seconds before NOW, in the old shape."""
    involved = {"kind": str(about.kind), "namespace": about.namespace, "name": about.name, "uid": about.uid}
    base: Json = {
        "involvedObject": involved,
        "type": "Warning" if warning else "Normal",
        "reason": reason,
        "message": message,
        "source": {"component": source},
        "count": count,
        "firstTimestamp": stamp(ago * count),
        "lastTimestamp": stamp(ago),
    }
    name = f"{about.namespace or 'default'}/{about.name}.{reason.lower()}.{crc32(message.encode()):08x}"
    return build(Event, name, base, over, age=ago * count)


def live_feeds(*but: FeedHealth) -> dict[Feed, FeedHealth]:
    """Every kind live, except what is given."""
    feeds = {
        Feed(kind): FeedHealth(feed=Feed(kind), state=FeedState.LIVE, since=NOW, was_listed=True) for kind in KINDS
    }
    feeds.update({health.feed: health for health in but})
    return feeds


def feed_health(kind: Kind, state: FeedState, message: str = "", *, was_listed: bool = False) -> FeedHealth:
    """The health of the feed of a kind."""
    return FeedHealth(feed=Feed(kind), state=state, message=message, since=NOW, was_listed=was_listed)


def frame_of(
    *records: Record,
    at: datetime = NOW,
    feeds: dict[Feed, FeedHealth] | None = None,
    findings: tuple[Finding, ...] = (),
    number: int = 1,
) -> Frame:
    """A Frame of these records, with all kinds live unless told otherwise, and the findings given."""
    store = Store()
    effect = store.apply([Put(Feed(record.kind), record) for record in records])
    drafts: dict[Key, tuple[Finding, ...]] = {}
    for finding in findings:
        drafts[finding.subject] = (*drafts.get(finding.subject, ()), finding)
    shared: Draft[Key, tuple[Finding, ...]] = Draft()
    for key, group in drafts.items():
        shared.put(key, group)
    cluster = store.publish()
    return Frame(
        number=number,
        cluster_id="test-cluster",
        at=at,
        cluster=cluster,
        findings=shared.publish(),
        feeds=live_feeds() if feeds is None else feeds,
        changed=effect.changed,
        rediagnosed=frozenset(drafts),
        groups=grouped(drafts, cluster),
    )


def _owned(owner: str) -> Json:
    if not owner:
        return {}
    kind, _, name = owner.partition("/")
    reference = {"kind": kind, "name": name, "uid": f"uid-{kind}-{name}".lower(), "controller": True}
    return {"metadata": {"ownerReferences": [reference]}}
