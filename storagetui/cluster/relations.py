"""The relations between objects that the program follows: named, pure functions from a record to values."""

from collections.abc import Collection
from functools import lru_cache
from typing import cast

from storagetui.cluster.copy_relations import COPY_RELATIONS
from storagetui.cluster.index import Relation
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import Record, condition
from storagetui.model.claims import BOUND, PersistentVolumeClaim
from storagetui.model.drivers import CSINode, CSIStorageCapacity
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind, known_kind
from storagetui.model.namespaces import LimitRange
from storagetui.model.nodes import Node
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume
from storagetui.model.workloads import Deployment, Job, ReplicaSet, StatefulSet

_LONGEST = 9
"""Digits of an ordinal: it is a number of 32 bits."""


def stem_and_ordinal(name: str) -> tuple[str, int] | None:
    """Cut `data-postgres-2` into `data-postgres` and 2; None for a name without an ordinal at its end.

    A set's claim is named `<template>-<set>-<ordinal>` and its pod `<set>-<ordinal>`
    (kubernetes: pkg/controller/statefulset/stateful_set_utils.go), so that the stem is matched as a whole: a claim of
    the set `db-replica` is never credited to the set `db`.
    """
    stem, _, ordinal = name.rpartition("-")
    if not stem or not (ordinal.isascii() and ordinal.isdecimal()) or len(ordinal) > _LONGEST:
        return None
    return (stem, int(ordinal)) if ordinal[0] != "0" or ordinal == "0" else None


def _claims_of_pod(record: Record) -> Collection[Key]:
    return cast("Pod", record).claim_keys


def _node_of_pod(record: Record) -> Collection[str]:
    name = cast("Pod", record).node_name
    return (name,) if name else ()


def _node_of_held_up_pod(record: Record) -> Collection[str]:
    pod = cast("Pod", record)
    return (pod.node_name,) if pod.phase in ("Pending", "Failed") and pod.node_name else ()


def _has_volumes(pod: Pod) -> bool:
    return any(one.claim_name or one.is_ephemeral or one.inline_driver for one in pod.volumes)


def _wait_of_pod(record: Record) -> Collection[bool]:
    pod = cast("Pod", record)
    return (bool(pod.node_name),) if pod.phase == "Pending" and _has_volumes(pod) else ()


def _unready(record: Record) -> Collection[bool]:
    pod = cast("Pod", record)
    if not pod.node_name or pod.phase == "Succeeded" or (pod.phase != "Failed" and pod.is_ready):
        return ()
    return (True,) if _has_volumes(pod) else ()


def _claims_of_failed_pod(record: Record) -> Collection[Key]:
    pod = cast("Pod", record)
    return pod.claim_keys if pod.phase == "Failed" else ()


SIDECARS = ("attacher", "provisioner", "resizer", "snapshotter", "registrar")
"""What the names of the containers have in common that CSI drivers bring along (kubernetes-csi.github.io)."""


def sidecars_of(pod: Pod) -> tuple[str, ...]:
    """Which of the sidecars of CSI drivers a pod runs."""
    found = [role for spec in pod.container_specs for role in _roles(spec.name)]
    return tuple(sorted(set(found), key=SIDECARS.index)) if found else ()


@lru_cache(maxsize=4096)
def _roles(container: str) -> tuple[str, ...]:
    """The roles that the name of a container tells of; most pods have one of few names."""
    return tuple(role for role in SIDECARS if role in container)


def _sidecars(record: Record) -> Collection[str]:
    return sidecars_of(cast("Pod", record))


def _drivers_of_node(record: Record) -> Collection[str]:
    return [driver.name for driver in cast("CSINode", record).drivers]


_FOR_WANT = ("exceed max volume count", "CSI driver is not installed")
"""What the scheduler says where nodes lack a slot for a volume, or its driver (nodevolumelimits/csi.go)."""


def _want_of_pod(record: Record) -> Collection[bool]:
    pod = cast("Pod", record)
    if pod.node_name or pod.phase != "Pending" or not pod.claim_keys:
        return ()
    told = condition(pod.conditions, "PodScheduled")
    return (True,) if told is not None and any(one in told.message for one in _FOR_WANT) else ()


def _labels_of(record: Record) -> Collection[tuple[str, str]]:
    return record.labels


def _namespace_of(record: Record) -> Collection[str]:
    return (record.namespace,)


def _controller_of(record: Record) -> Collection[Key]:
    owner = record.controller
    if owner is None or (kind := known_kind(owner.kind)) is None:
        return ()
    return (Key(kind, record.namespace, owner.name),)


def _stem_of(record: Record) -> Collection[tuple[str, str]]:
    cut = stem_and_ordinal(record.name)
    return ((record.namespace, cut[0]),) if cut else ()


def _volume_of_claim(record: Record) -> Collection[str]:
    name = cast("PersistentVolumeClaim", record).volume_name
    return (name,) if name else ()


def _class_of_claim(record: Record) -> Collection[str]:
    name = cast("PersistentVolumeClaim", record).class_name
    return (name,) if name else ()


def _class_of_unbound_claim(record: Record) -> Collection[str]:
    claim = cast("PersistentVolumeClaim", record)
    return () if claim.phase == BOUND else (claim.class_name,)


def _provisioner_of_unbound_claim(record: Record) -> Collection[str]:
    claim = cast("PersistentVolumeClaim", record)
    return (claim.provisioner,) if claim.phase != BOUND and claim.provisioner else ()


def _want_of_unbound_claim(record: Record) -> Collection[bool]:
    claim = cast("PersistentVolumeClaim", record)
    return () if claim.phase == BOUND else (bool(claim.provisioner),)


def _source_of_unbound_claim(record: Record) -> Collection[Key]:
    claim = cast("PersistentVolumeClaim", record)
    source = claim.data_source if claim.phase != BOUND else None
    kind = known_kind(source.kind) if source is not None else None
    return (Key(kind, source.namespace or claim.namespace, source.name),) if source is not None and kind else ()


def _choice_of_unbound_claim(record: Record) -> Collection[str]:
    claim = cast("PersistentVolumeClaim", record)
    return (claim.selected_node,) if claim.phase != BOUND and claim.selected_node else ()


def _class_of_free_volume(record: Record) -> Collection[str]:
    volume = cast("PersistentVolume", record)
    return () if volume.claim_name else (volume.class_name,)


def _class_of_stock(record: Record) -> Collection[str]:
    volume = cast("PersistentVolume", record)
    return (volume.class_name,) if volume.is_stock else ()


def _class_of_loose_stock(record: Record) -> Collection[str]:
    volume = cast("PersistentVolume", record)
    return (volume.class_name,) if volume.is_stock and volume.phase != BOUND else ()


def _use_of_volume(record: Record) -> Collection[bool]:
    return () if cast("PersistentVolume", record).claim_name else (True,)


def is_deleted_with_claim(volume: PersistentVolume) -> bool:
    """Whether whoever deletes the claim deletes the volume, and with it the data."""
    return volume.phase == BOUND and volume.reclaim_policy == "Delete" and volume.deletion_timestamp is None


def _class_if_deleted_with_claim(record: Record) -> Collection[str]:
    volume = cast("PersistentVolume", record)
    return (volume.class_name,) if is_deleted_with_claim(volume) else ()


def _class_of_volume(record: Record) -> Collection[str]:
    name = cast("PersistentVolume", record).class_name
    return (name,) if name else ()


def _class_of_capacity(record: Record) -> Collection[str]:
    name = cast("CSIStorageCapacity", record).storage_class
    return (name,) if name else ()


def _claims_of_template(record: Record) -> Collection[Key]:
    owner = cast("Deployment | Job | StatefulSet", record)
    return [
        Key(Kind.PERSISTENT_VOLUME_CLAIM, owner.namespace, one.claim_name)
        for one in owner.template_volumes
        if one.claim_name
    ]


def _claim_of_volume(record: Record) -> Collection[Key]:
    volume = cast("PersistentVolume", record)
    if not volume.claim_name:
        return ()
    return (Key(Kind.PERSISTENT_VOLUME_CLAIM, volume.claim_namespace, volume.claim_name),)


def _volume_of_attachment(record: Record) -> Collection[str]:
    name = cast("VolumeAttachment", record).volume_name
    return (name,) if name else ()


def _unsettled(record: Record) -> Collection[bool]:
    attachment = cast("VolumeAttachment", record)
    return (True,) if attachment.deletion_timestamp is not None or not attachment.is_attached else ()


def _node_of_attachment(record: Record) -> Collection[str]:
    name = cast("VolumeAttachment", record).node_name
    return (name,) if name else ()


def _service_of_set(record: Record) -> Collection[tuple[str, str]]:
    owner = cast("StatefulSet", record)
    return ((owner.namespace, owner.service_name),) if owner.service_name else ()


def _involved(record: Record) -> Collection[str | Key]:
    event = cast("Event", record)
    kind = known_kind(event.involved_kind)
    if event.involved_uid:
        return (event.involved_uid,)
    return (Key(kind, event.involved_namespace, event.involved_name),) if kind is not None else ()


PODS_OF_CLAIM = Relation("pods of a claim", Pod, _claims_of_pod)
PODS_OF_NODE = Relation("pods of a node", Pod, _node_of_pod)
HELD_UP_PODS_OF_NODE = Relation("pods of a node that are Pending or Failed", Pod, _node_of_held_up_pod)
WAITING_PODS = Relation("pods with claims that have not started, by whether they have a node", Pod, _wait_of_pod)
UNREADY_PODS = Relation("pods with volumes and a node that are not Ready", Pod, _unready)
FAILED_PODS_OF_CLAIM = Relation("failed pods of a claim", Pod, _claims_of_failed_pod)
PODS_OF_SIDECAR = Relation("pods of CSI drivers, by the sidecars in them", Pod, _sidecars)
PODS_FOR_WANT_OF_SLOTS = Relation("pods without a node for want of slots or of a driver", Pod, _want_of_pod)
PODS_OF_CONTROLLER = Relation("pods of a controller", Pod, _controller_of)
PODS_OF_STEM = Relation("pods by namespace and name without ordinal", Pod, _stem_of)
REPLICA_SETS_OF_CONTROLLER = Relation("replica sets of a controller", ReplicaSet, _controller_of)
CLAIMS_OF_STEM = Relation("claims by namespace and name without ordinal", PersistentVolumeClaim, _stem_of)
CLAIMS_OF_VOLUME = Relation("claims that name a volume", PersistentVolumeClaim, _volume_of_claim)
CLAIMS_OF_CLASS = Relation("claims of a class", PersistentVolumeClaim, _class_of_claim)
UNBOUND_CLAIMS_OF_CLASS = Relation(
    "unbound claims of a class or of none", PersistentVolumeClaim, _class_of_unbound_claim
)
UNBOUND_CLAIMS_OF_PROVISIONER = Relation(
    "unbound claims of a provisioner", PersistentVolumeClaim, _provisioner_of_unbound_claim
)
UNBOUND_CLAIMS_BY_WANT = Relation(
    "unbound claims by whether a provisioner was asked", PersistentVolumeClaim, _want_of_unbound_claim
)
UNBOUND_CLAIMS_OF_SOURCE = Relation(
    "unbound claims to be filled from an object", PersistentVolumeClaim, _source_of_unbound_claim
)
UNBOUND_CLAIMS_OF_NODE = Relation(
    "unbound claims that a node was chosen for", PersistentVolumeClaim, _choice_of_unbound_claim
)
CLAIMS_OF_NAMESPACE = Relation("claims of a namespace", PersistentVolumeClaim, _namespace_of)
VOLUMES_OF_CLAIM = Relation("volumes that name a claim", PersistentVolume, _claim_of_volume)
VOLUMES_OF_CLASS = Relation("volumes of a class", PersistentVolume, _class_of_volume)
FREE_VOLUMES_OF_CLASS = Relation("volumes of a class that name no claim", PersistentVolume, _class_of_free_volume)
FREE_VOLUMES = Relation("volumes that name no claim", PersistentVolume, _use_of_volume)
STOCK_OF_CLASS = Relation("volumes of a class or of none made beforehand", PersistentVolume, _class_of_stock)
LOOSE_STOCK_OF_CLASS = Relation(
    "volumes of a class or of none made beforehand and not bound", PersistentVolume, _class_of_loose_stock
)
FEW = 20
"""Volumes of a class up to which each is told of by itself."""
DELETED_WITH_CLAIMS = Relation(
    "volumes of a class or of none that go with their claims", PersistentVolume, _class_if_deleted_with_claim
)
CAPACITIES_OF_CLASS = Relation("storage capacities of a class", CSIStorageCapacity, _class_of_capacity)
DEPLOYMENTS_OF_CLAIM = Relation("deployments that name a claim", Deployment, _claims_of_template)
JOBS_OF_CLAIM = Relation("jobs that name a claim", Job, _claims_of_template)
SETS_OF_CLAIM = Relation("sets whose pods name a claim", StatefulSet, _claims_of_template)
LIMITS_OF_NAMESPACE = Relation("limit ranges of a namespace", LimitRange, _namespace_of)
ATTACHMENTS_OF_VOLUME = Relation("attachments of a volume", VolumeAttachment, _volume_of_attachment)
ATTACHMENTS_OF_NODE = Relation("attachments of a node", VolumeAttachment, _node_of_attachment)
UNSETTLED_ATTACHMENTS = Relation("attachments that are to change", VolumeAttachment, _unsettled)
CSI_NODES_OF_DRIVER = Relation("nodes with which a driver is registered", CSINode, _drivers_of_node)
NODES_OF_LABEL = Relation("nodes that carry a label", Node, _labels_of)
SETS_OF_NAMESPACE = Relation("sets of a namespace", StatefulSet, _namespace_of)
SETS_OF_SERVICE = Relation("sets by namespace and name of their Service", StatefulSet, _service_of_set)
EVENTS_OF_OBJECT = Relation("events by uid of the object, or by its key for want of one", Event, _involved)

ALL_RELATIONS: tuple[Relation, ...] = (
    PODS_OF_CLAIM,
    PODS_OF_NODE,
    HELD_UP_PODS_OF_NODE,
    WAITING_PODS,
    UNREADY_PODS,
    FAILED_PODS_OF_CLAIM,
    PODS_OF_SIDECAR,
    PODS_FOR_WANT_OF_SLOTS,
    PODS_OF_CONTROLLER,
    PODS_OF_STEM,
    REPLICA_SETS_OF_CONTROLLER,
    CLAIMS_OF_STEM,
    CLAIMS_OF_VOLUME,
    CLAIMS_OF_CLASS,
    UNBOUND_CLAIMS_OF_CLASS,
    UNBOUND_CLAIMS_OF_PROVISIONER,
    UNBOUND_CLAIMS_BY_WANT,
    UNBOUND_CLAIMS_OF_SOURCE,
    UNBOUND_CLAIMS_OF_NODE,
    CLAIMS_OF_NAMESPACE,
    VOLUMES_OF_CLAIM,
    VOLUMES_OF_CLASS,
    FREE_VOLUMES,
    STOCK_OF_CLASS,
    LOOSE_STOCK_OF_CLASS,
    DELETED_WITH_CLAIMS,
    CAPACITIES_OF_CLASS,
    DEPLOYMENTS_OF_CLAIM,
    JOBS_OF_CLAIM,
    SETS_OF_CLAIM,
    LIMITS_OF_NAMESPACE,
    FREE_VOLUMES_OF_CLASS,
    ATTACHMENTS_OF_VOLUME,
    ATTACHMENTS_OF_NODE,
    UNSETTLED_ATTACHMENTS,
    CSI_NODES_OF_DRIVER,
    NODES_OF_LABEL,
    SETS_OF_NAMESPACE,
    SETS_OF_SERVICE,
    *COPY_RELATIONS,
    EVENTS_OF_OBJECT,
)
