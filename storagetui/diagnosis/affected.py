"""Which objects a change may matter to: the relations of the cluster, followed backwards.

What an object refers to is followed from its record before the change and from the one after it, so that a pod that is
gone still touches its claims. The cost is that of the objects reached: a node reaches its pods, a class its claims.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from storagetui.cluster.chains import claims_of_set, has_events, sets_of_claim, subject_key
from storagetui.cluster.copy_relations import SNAPSHOTS_OF_CLAIM
from storagetui.cluster.relations import (
    ATTACHMENTS_OF_NODE,
    ATTACHMENTS_OF_VOLUME,
    CLAIMS_OF_CLASS,
    CLAIMS_OF_VOLUME,
    DELETED_WITH_CLAIMS,
    DEPLOYMENTS_OF_CLAIM,
    FEW,
    PODS_FOR_WANT_OF_SLOTS,
    PODS_OF_CLAIM,
    PODS_OF_CONTROLLER,
    PODS_OF_NODE,
    SETS_OF_NAMESPACE,
    SETS_OF_SERVICE,
    UNBOUND_CLAIMS_BY_WANT,
    UNBOUND_CLAIMS_OF_CLASS,
    UNBOUND_CLAIMS_OF_NODE,
    UNBOUND_CLAIMS_OF_PROVISIONER,
    UNBOUND_CLAIMS_OF_SOURCE,
    VOLUMES_OF_CLAIM,
    WAITING_PODS,
)
from storagetui.cluster.state import Cluster
from storagetui.diagnosis.affected_copies import (
    claims_of_event,
    copies_of_claim,
    of_attributes_class,
    of_backup,
    of_content,
    of_location,
    of_restore,
    of_schedule,
    of_snapshot,
    of_snapshot_class,
)
from storagetui.diagnosis.affected_on_nodes import (
    on_nodes_of_attachment,
    on_nodes_of_claim,
    on_nodes_of_csi_node,
    on_nodes_of_driver,
    on_nodes_of_pod,
    on_nodes_of_volume,
    when_registered,
)
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import Record
from storagetui.model.claims import BOUND, SHARED_MODES, PersistentVolumeClaim
from storagetui.model.classes import StorageClass
from storagetui.model.drivers import CSIDriver, CSINode, CSIStorageCapacity
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind, known_kind
from storagetui.model.namespaces import LimitRange, Namespace, ResourceQuota
from storagetui.model.nodes import Node
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume
from storagetui.model.workloads import Deployment, Job, ReplicaSet, Service, StatefulSet

_CORDONED = "node.kubernetes.io/unschedulable"
"""The taint that the control plane puts on a cordoned node (k8s.io/api/core/v1/well_known_taints.go)."""


def affected(cluster: Cluster, changed: Iterable[Key], previous: Mapping[Key, Record | None]) -> set[Key]:
    """The changed objects and those to which the change may matter; `previous` holds the records before it."""
    found: set[Key] = set()
    for key in changed:
        found.update(affected_by(cluster, key, previous.get(key)))
    return found


def affected_by(cluster: Cluster, key: Key, old: Record | None) -> Iterator[Key]:
    """The same for one changed object; keys may come more than once, and of objects that do not exist."""
    new = cluster.find(key)
    if old is not None and new is not None and _says_the_same(old, new):
        return
    yield key
    if isinstance(old, Node) and isinstance(new, Node) and _apart_from_cordon(old) == _apart_from_cordon(new):
        yield from cluster.keys_of(WAITING_PODS, False)
        return
    reach = _REACH.get(key.kind)
    if old is not None and isinstance(new, Node):
        reach = _of_changed_node
    for record in (old, new):
        if record is not None and reach is not None:
            yield from reach(record, cluster)
    if key.kind is Kind.CSI_NODE:
        yield from when_registered(old, new, cluster)
    if key.kind is Kind.NODE and _takes_pods(old) != _takes_pods(new):
        yield from cluster.keys_of(WAITING_PODS, False)
    if key.kind in _FILL_NODES:
        yield from cluster.keys_of(PODS_FOR_WANT_OF_SLOTS, True)
    if old is None or new is None:
        yield from _of_first_or_last(old or new, cluster)


_FILL_NODES = (
    Kind.POD,
    Kind.VOLUME_ATTACHMENT,
    Kind.CSI_NODE,
    Kind.CSI_DRIVER,
    Kind.PERSISTENT_VOLUME_CLAIM,
    Kind.PERSISTENT_VOLUME,
)
"""Kinds that say how full nodes are; who waits for a slot is told that, and few ever do."""


def _of_first_or_last(record: Record | None, cluster: Cluster) -> Iterator[Key]:
    """Whom it matters to that there are volumes made beforehand, or none, bound ones included; and which classes."""
    if isinstance(record, StorageClass):  # a claim whose class is missing is told which there are
        for was_asked in (True, False):
            yield from cluster.keys_of(UNBOUND_CLAIMS_BY_WANT, was_asked)
        yield from cluster.keys_of(DELETED_WITH_CLAIMS, record.name)  # which it tells for all of them, while it exists
    if isinstance(record, PersistentVolume) and record.is_stock:
        for key in cluster.keys_of(UNBOUND_CLAIMS_OF_CLASS, record.class_name):
            yield key
            yield from cluster.keys_of(PODS_OF_CLAIM, key)


def _says_the_same(old: Record, new: Record) -> bool:
    """Whether nothing that is kept differs but the version, as with most heartbeats of nodes."""
    return msgspec.structs.replace(old, resource_version=new.resource_version) == new


def _apart_from_cordon(node: Node) -> Node:
    """The node without what changes when it is cordoned, which matters to pods without a node alone."""
    taints = tuple(one for one in node.taints if one.key != _CORDONED)
    return msgspec.structs.replace(node, resource_version="", is_unschedulable=False, taints=taints)


def _takes_pods(node: Record | None) -> object:
    """What decides whether a pod's volumes let it run on a node."""
    return (node.labels, node.ready, node.is_unschedulable, node.taints) if isinstance(node, Node) else None


def _of_claim(claim: PersistentVolumeClaim, cluster: Cluster) -> Iterator[Key]:
    yield from cluster.keys_of(PODS_OF_CLAIM, claim.key)
    yield from cluster.keys_of(VOLUMES_OF_CLAIM, claim.key)
    if claim.volume_name:
        yield Key(Kind.PERSISTENT_VOLUME, "", claim.volume_name)
    for owner, _, _ in sets_of_claim(cluster, claim):
        yield owner.key
    yield from cluster.keys_of(DEPLOYMENTS_OF_CLAIM, claim.key)
    yield from cluster.keys_of(UNBOUND_CLAIMS_OF_SOURCE, claim.key)
    if Key(Kind.NAMESPACE, "", claim.namespace) in cluster.objects.get(Kind.NAMESPACE, ()):
        yield Key(Kind.NAMESPACE, "", claim.namespace)
    yield from copies_of_claim(claim, cluster)
    yield from on_nodes_of_claim(claim, cluster)


def _of_pod(pod: Pod, cluster: Cluster) -> Iterator[Key]:
    for key in pod.claim_keys:
        yield key
        yield from cluster.keys_of(DEPLOYMENTS_OF_CLAIM, key)
        claim = cluster.get(PersistentVolumeClaim, key.namespace, key.name)
        if claim is not None and claim.deletion_timestamp is not None:
            yield from (owner.key for owner, _, _ in sets_of_claim(cluster, claim))
        if claim is not None and not any(mode in SHARED_MODES for mode in claim.access_modes):
            yield from cluster.keys_of(PODS_OF_CLAIM, key)
    owner = pod.controller
    kind = known_kind(owner.kind) if owner is not None else None
    if owner is not None and kind is Kind.STATEFUL_SET:
        yield Key(kind, pod.namespace, owner.name)
    yield from on_nodes_of_pod(pod, cluster)


def _of_volume(volume: PersistentVolume, cluster: Cluster) -> Iterator[Key]:
    claims = list(cluster.keys_of(CLAIMS_OF_VOLUME, volume.name))
    if volume.claim_name:
        claims.append(Key(Kind.PERSISTENT_VOLUME_CLAIM, volume.claim_namespace, volume.claim_name))
    else:
        claims.extend(cluster.keys_of(UNBOUND_CLAIMS_BY_WANT, False))
    if not volume.claim_name or (volume.is_stock and volume.phase != BOUND):
        claims.extend(cluster.keys_of(UNBOUND_CLAIMS_OF_CLASS, volume.class_name))
    for key in claims:
        yield key
        yield from cluster.keys_of(PODS_OF_CLAIM, key)
        yield from cluster.keys_of(SNAPSHOTS_OF_CLAIM, key)
        claim = cluster.get(PersistentVolumeClaim, key.namespace, key.name)
        yield from (owner.key for owner, _, _ in sets_of_claim(cluster, claim)) if claim is not None else ()
    if volume.class_name:
        yield Key(Kind.STORAGE_CLASS, "", volume.class_name)
        alike = cluster.keys_of(DELETED_WITH_CLAIMS, volume.class_name)
        yield from alike if len(alike) in (FEW, FEW + 1) else ()  # few have become many, or the other way round
    yield from cluster.keys_of(ATTACHMENTS_OF_VOLUME, volume.name)
    yield from on_nodes_of_volume(volume, cluster)


def _of_volume_name(name: str, cluster: Cluster) -> Iterator[Key]:
    """The volume of that name, the claims that name it, and their pods."""
    yield Key(Kind.PERSISTENT_VOLUME, "", name)
    for key in cluster.keys_of(CLAIMS_OF_VOLUME, name):
        yield key
        yield from cluster.keys_of(PODS_OF_CLAIM, key)


def _of_attachment(attachment: VolumeAttachment, cluster: Cluster) -> Iterator[Key]:
    yield Key(Kind.NODE, "", attachment.node_name)
    if attachment.volume_name:
        yield from _of_volume_name(attachment.volume_name, cluster)
    yield from on_nodes_of_attachment(attachment, cluster)


def _of_node(node: Node, cluster: Cluster) -> Iterator[Key]:
    yield from _of_node_name(node.name, cluster)
    for key in cluster.keys_of(UNBOUND_CLAIMS_OF_NODE, node.name):
        yield key
        yield from cluster.keys_of(PODS_OF_CLAIM, key)
    for attachment in cluster.related(VolumeAttachment, ATTACHMENTS_OF_NODE, node.name):
        yield attachment.key
        if attachment.volume_name:
            yield from _of_volume_name(attachment.volume_name, cluster)


def _of_changed_node(node: Node, cluster: Cluster) -> Iterator[Key]:
    """What is told of a node that is there before and after: nothing at volumes, little at claims (health, claims)."""
    for pod in cluster.related(Pod, PODS_OF_NODE, node.name):
        yield pod.key
        for key in pod.claim_keys:
            claim = cluster.find(key)
            if claim is not None and has_events(cluster, claim):
                yield key
    for key in cluster.keys_of(UNBOUND_CLAIMS_OF_NODE, node.name):
        yield key
        yield from cluster.keys_of(PODS_OF_CLAIM, key)
    for attachment in cluster.related(VolumeAttachment, ATTACHMENTS_OF_NODE, node.name):
        yield attachment.key
        for key in cluster.keys_of(CLAIMS_OF_VOLUME, attachment.volume_name):
            yield from cluster.keys_of(PODS_OF_CLAIM, key)


def _of_node_name(name: str, cluster: Cluster) -> Iterator[Key]:
    for pod in cluster.related(Pod, PODS_OF_NODE, name):
        yield pod.key
        yield from pod.claim_keys


def _of_csi_node(csi_node: CSINode, cluster: Cluster) -> Iterator[Key]:
    yield Key(Kind.NODE, "", csi_node.name)
    yield from cluster.keys_of(PODS_OF_NODE, csi_node.name)
    yield from cluster.keys_of(UNBOUND_CLAIMS_OF_NODE, csi_node.name)
    yield from on_nodes_of_csi_node(csi_node, cluster)


def _of_class(storage_class: StorageClass, cluster: Cluster) -> Iterator[Key]:
    yield from cluster.keys_of(CLAIMS_OF_CLASS, storage_class.name)
    for name in (storage_class.name, ""):  # a claim without a class waits for the default one, which this may be
        for key in cluster.keys_of(UNBOUND_CLAIMS_OF_CLASS, name):
            yield key
            yield from cluster.keys_of(PODS_OF_CLAIM, key)
    yield from cluster.objects.get(Kind.STORAGE_CLASS, ())  # several defaults are told at one of them


def _of_driver(driver: CSIDriver, cluster: Cluster) -> Iterator[Key]:
    yield from cluster.keys_of(UNBOUND_CLAIMS_OF_PROVISIONER, driver.name)
    yield from cluster.keys_of(WAITING_PODS, True)
    yield from on_nodes_of_driver(driver, cluster)


def _of_set(owner: StatefulSet, cluster: Cluster) -> Iterator[Key]:
    yield from cluster.keys_of(PODS_OF_CONTROLLER, owner.key)
    for claims in claims_of_set(cluster, owner).values():
        for claim in claims.values():
            yield claim.key
    for one in owner.template_volumes:
        if one.claim_name:
            yield Key(Kind.PERSISTENT_VOLUME_CLAIM, owner.namespace, one.claim_name)


def _of_event(event: Event, cluster: Cluster) -> Iterator[Key]:
    key = subject_key(event)
    if key is not None:
        yield key
        if key.kind is Kind.PERSISTENT_VOLUME_CLAIM:
            yield from cluster.keys_of(PODS_OF_CLAIM, key)
    yield from claims_of_event(event, cluster)


def _of_limit(limit: ResourceQuota | LimitRange, cluster: Cluster) -> Iterable[Key]:
    return cluster.keys_of(SETS_OF_NAMESPACE, limit.namespace)


def _of_capacity(capacity: CSIStorageCapacity, cluster: Cluster) -> Iterator[Key]:
    for key in cluster.keys_of(UNBOUND_CLAIMS_OF_CLASS, capacity.storage_class):
        yield key
        yield from cluster.keys_of(PODS_OF_CLAIM, key)


def _of_workload(owner: Deployment | Job, cluster: Cluster) -> Iterator[Key]:
    for one in owner.template_volumes:
        if one.claim_name:
            key = Key(Kind.PERSISTENT_VOLUME_CLAIM, owner.namespace, one.claim_name)
            yield key
            yield from cluster.keys_of(PODS_OF_CLAIM, key)


def _of_replica_set(owner: ReplicaSet, cluster: Cluster) -> Iterator[Key]:
    """Its pods, and the Deployment that they are found to belong to through it."""
    yield from cluster.keys_of(PODS_OF_CONTROLLER, owner.key)
    maker = owner.controller
    kind = known_kind(maker.kind) if maker is not None else None
    if maker is not None and kind is not None:
        yield Key(kind, owner.namespace, maker.name)


def _of_service(service: Service, cluster: Cluster) -> Iterable[Key]:
    return cluster.keys_of(SETS_OF_SERVICE, (service.namespace, service.name))


def _of_namespace(namespace: Namespace, cluster: Cluster) -> Iterable[Key]:
    return cluster.keys_of(SETS_OF_NAMESPACE, namespace.name)


_REACH: dict[Kind, Callable[[Any, Cluster], Iterable[Key]]] = {
    Kind.PERSISTENT_VOLUME_CLAIM: _of_claim,
    Kind.POD: _of_pod,
    Kind.PERSISTENT_VOLUME: _of_volume,
    Kind.VOLUME_ATTACHMENT: _of_attachment,
    Kind.NODE: _of_node,
    Kind.CSI_NODE: _of_csi_node,
    Kind.STORAGE_CLASS: _of_class,
    Kind.CSI_DRIVER: _of_driver,
    Kind.STATEFUL_SET: _of_set,
    Kind.EVENT: _of_event,
    Kind.RESOURCE_QUOTA: _of_limit,
    Kind.LIMIT_RANGE: _of_limit,
    Kind.VOLUME_SNAPSHOT: of_snapshot,
    Kind.VOLUME_SNAPSHOT_CONTENT: of_content,
    Kind.VOLUME_SNAPSHOT_CLASS: of_snapshot_class,
    Kind.VOLUME_ATTRIBUTES_CLASS: of_attributes_class,
    Kind.BACKUP: of_backup,
    Kind.SCHEDULE: of_schedule,
    Kind.RESTORE: of_restore,
    Kind.BACKUP_STORAGE_LOCATION: of_location,
    Kind.CSI_STORAGE_CAPACITY: _of_capacity,
    Kind.DEPLOYMENT: _of_workload,
    Kind.JOB: _of_workload,
    Kind.REPLICA_SET: _of_replica_set,
    Kind.SERVICE: _of_service,
    Kind.NAMESPACE: _of_namespace,
}
"""For a kind, what its objects lead to, the object itself left out."""
