"""Which rows a change may have changed: the relations of the cluster, followed backwards.

Both the old and the new state are asked, so that a row is touched by what left it too.
"""

from collections.abc import Callable, Iterable

from storagetui.cluster.chains import claims_of_set, sets_of_claim
from storagetui.cluster.relations import (
    ATTACHMENTS_OF_NODE,
    ATTACHMENTS_OF_VOLUME,
    CLAIMS_OF_CLASS,
    CLAIMS_OF_VOLUME,
    PODS_OF_CLAIM,
    PODS_OF_CONTROLLER,
    PODS_OF_NODE,
    SETS_OF_SERVICE,
    VOLUMES_OF_CLAIM,
)
from storagetui.cluster.state import Cluster
from storagetui.frame import Frame
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import Record
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.classes import StorageClass
from storagetui.model.keys import Key, Kind
from storagetui.model.nodes import Node
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume
from storagetui.model.workloads import ReplicaSet, Service, StatefulSet
from storagetui.view.states import node_trouble

Steps = Callable[[Record, Cluster], Iterable[Key]]


def claims_touched(changed: frozenset[Key], before: Frame, now: Frame) -> set[Key]:
    """The claims that a change touches."""
    return _follow(changed, before, now, Kind.PERSISTENT_VOLUME_CLAIM, _claims)


def volumes_touched(changed: frozenset[Key], before: Frame, now: Frame) -> set[Key]:
    """The volumes that a change touches."""
    return _follow(changed, before, now, Kind.PERSISTENT_VOLUME, _volumes)


def pods_touched(changed: frozenset[Key], before: Frame, now: Frame) -> set[Key]:
    """The pods that a change touches."""
    return _follow(changed, before, now, Kind.POD, _pods)


def attachments_touched(changed: frozenset[Key], before: Frame, now: Frame) -> set[Key]:
    """The attachments that a change touches."""
    return _follow(changed, before, now, Kind.VOLUME_ATTACHMENT, _attachments)


def sets_touched(changed: frozenset[Key], before: Frame, now: Frame) -> set[Key]:
    """The sets that a change touches."""
    return _follow(changed, before, now, Kind.STATEFUL_SET, _sets)


def _follow(changed: frozenset[Key], before: Frame, now: Frame, kind: Kind, steps: Steps) -> set[Key]:
    """The rows of a kind that the changed objects, as they were and as they are, lead to."""
    found: set[Key] = set()
    for key in changed:
        if key.kind is kind:
            found.add(key)
        old, new = before.cluster.find(key), now.cluster.find(key)
        if key.kind is not kind and old is not None and new is not None and _means_the_same(old, new):
            continue
        if old is not None:
            found.update(steps(old, before.cluster))
        if new is not None:
            found.update(steps(new, now.cluster))
    return found


def _means_the_same(old: Record, new: Record) -> bool:
    """Whether what other objects' rows show of an object is as it was: heartbeats and counters touch no row."""
    if isinstance(old, Node) and isinstance(new, Node):
        return (node_trouble(old), old.is_unschedulable, old.zone) == (
            node_trouble(new),
            new.is_unschedulable,
            new.zone,
        )
    if isinstance(old, StatefulSet) and isinstance(new, StatefulSet):
        return old.claim_templates == new.claim_templates and old.ordinals == new.ordinals
    if isinstance(old, ReplicaSet) and isinstance(new, ReplicaSet):
        return old.owners == new.owners
    return False


def _claims(record: Record, cluster: Cluster) -> Iterable[Key]:
    if isinstance(record, Pod):
        yield from record.claim_keys
    elif isinstance(record, PersistentVolume):
        yield from cluster.keys_of(CLAIMS_OF_VOLUME, record.name)
    elif isinstance(record, VolumeAttachment):
        yield from cluster.keys_of(CLAIMS_OF_VOLUME, record.volume_name)
    elif isinstance(record, StorageClass):
        yield from cluster.keys_of(CLAIMS_OF_CLASS, record.name)
    elif isinstance(record, StatefulSet):
        for claims in claims_of_set(cluster, record).values():
            yield from (claim.key for claim in claims.values())
    elif isinstance(record, Node):
        for pod in cluster.related(Pod, PODS_OF_NODE, record.name):
            yield from pod.claim_keys
        for attachment in cluster.related(VolumeAttachment, ATTACHMENTS_OF_NODE, record.name):
            yield from cluster.keys_of(CLAIMS_OF_VOLUME, attachment.volume_name)


def _volumes(record: Record, cluster: Cluster) -> Iterable[Key]:
    if isinstance(record, PersistentVolumeClaim):
        yield from cluster.keys_of(VOLUMES_OF_CLAIM, record.key)
        if record.volume_name:
            yield Key(Kind.PERSISTENT_VOLUME, "", record.volume_name)
    elif isinstance(record, VolumeAttachment):
        if record.volume_name:
            yield Key(Kind.PERSISTENT_VOLUME, "", record.volume_name)
    elif isinstance(record, Node):
        for attachment in cluster.related(VolumeAttachment, ATTACHMENTS_OF_NODE, record.name):
            if attachment.volume_name:
                yield Key(Kind.PERSISTENT_VOLUME, "", attachment.volume_name)


def _pods(record: Record, cluster: Cluster) -> Iterable[Key]:
    if isinstance(record, PersistentVolumeClaim):
        yield from cluster.keys_of(PODS_OF_CLAIM, record.key)
    elif isinstance(record, Node):
        yield from cluster.keys_of(PODS_OF_NODE, record.name)
    elif isinstance(record, ReplicaSet):
        yield from cluster.keys_of(PODS_OF_CONTROLLER, record.key)


def _attachments(record: Record, cluster: Cluster) -> Iterable[Key]:
    if isinstance(record, PersistentVolume):
        yield from cluster.keys_of(ATTACHMENTS_OF_VOLUME, record.name)
    elif isinstance(record, PersistentVolumeClaim):
        if record.volume_name:
            yield from cluster.keys_of(ATTACHMENTS_OF_VOLUME, record.volume_name)
    elif isinstance(record, Node):
        yield from cluster.keys_of(ATTACHMENTS_OF_NODE, record.name)


def _sets(record: Record, cluster: Cluster) -> Iterable[Key]:
    if isinstance(record, Pod):
        owner = record.controller
        if owner is not None and owner.kind == Kind.STATEFUL_SET:
            yield Key(Kind.STATEFUL_SET, record.namespace, owner.name)
    elif isinstance(record, PersistentVolumeClaim):
        yield from (owner.key for owner, _, _ in sets_of_claim(cluster, record))
    elif isinstance(record, Service):
        yield from cluster.keys_of(SETS_OF_SERVICE, (record.namespace, record.name))
