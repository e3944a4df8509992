"""The relations between objects that the program follows: named, pure functions from a record to values."""

import re
from collections.abc import Iterable
from typing import cast

from storagetui.cluster.index import Relation
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import Record
from storagetui.model.claims import BOUND, PersistentVolumeClaim
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind, known_kind
from storagetui.model.nodes import Node
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume
from storagetui.model.workloads import ReplicaSet, StatefulSet

_ORDINAL = re.compile(r"(?P<stem>.+)-(?P<ordinal>0|[1-9]\d*)")


def stem_and_ordinal(name: str) -> tuple[str, int] | None:
    """Cut `data-postgres-2` into `data-postgres` and 2; None for a name without an ordinal at its end.

    A set's claim is named `<template>-<set>-<ordinal>` and its pod `<set>-<ordinal>`
    (kubernetes: pkg/controller/statefulset/stateful_set_utils.go), so that the stem is matched as a whole: a claim of
    the set `db-replica` is never credited to the set `db`.
    """
    match = _ORDINAL.fullmatch(name)
    return (match["stem"], int(match["ordinal"])) if match and len(match["ordinal"]) < 10 else None


def _claims_of_pod(record: Record) -> Iterable[Key]:
    return cast("Pod", record).claim_keys


def _node_of_pod(record: Record) -> Iterable[str]:
    return filter(None, (cast("Pod", record).node_name,))


def _wait_of_pod(record: Record) -> Iterable[bool]:
    pod = cast("Pod", record)
    return (bool(pod.node_name),) if pod.phase == "Pending" and pod.claim_keys else ()


def _labels_of(record: Record) -> Iterable[tuple[str, str]]:
    return record.labels


def _namespace_of(record: Record) -> Iterable[str]:
    return (record.namespace,)


def _controller_of(record: Record) -> Iterable[Key]:
    owner = record.controller
    kind = known_kind(owner.kind) if owner is not None else None
    return (Key(kind, record.namespace, owner.name),) if owner is not None and kind is not None else ()


def _stem_of(record: Record) -> Iterable[tuple[str, str]]:
    cut = stem_and_ordinal(record.name)
    return ((record.namespace, cut[0]),) if cut else ()


def _volume_of_claim(record: Record) -> Iterable[str]:
    return filter(None, (cast("PersistentVolumeClaim", record).volume_name,))


def _class_of_claim(record: Record) -> Iterable[str]:
    return filter(None, (cast("PersistentVolumeClaim", record).storage_class,))


def _class_of_unbound_claim(record: Record) -> Iterable[str]:
    claim = cast("PersistentVolumeClaim", record)
    return () if claim.phase == BOUND else (claim.storage_class,)


def _provisioner_of_unbound_claim(record: Record) -> Iterable[str]:
    claim = cast("PersistentVolumeClaim", record)
    return () if claim.phase == BOUND else filter(None, (claim.provisioner,))


def _class_of_free_volume(record: Record) -> Iterable[str]:
    volume = cast("PersistentVolume", record)
    return () if volume.claim_name else (volume.storage_class,)


def _class_of_volume(record: Record) -> Iterable[str]:
    return filter(None, (cast("PersistentVolume", record).storage_class,))


def _claim_of_volume(record: Record) -> Iterable[Key]:
    volume = cast("PersistentVolume", record)
    if not volume.claim_name:
        return ()
    return (Key(Kind.PERSISTENT_VOLUME_CLAIM, volume.claim_namespace, volume.claim_name),)


def _volume_of_attachment(record: Record) -> Iterable[str]:
    return filter(None, (cast("VolumeAttachment", record).volume_name,))


def _node_of_attachment(record: Record) -> Iterable[str]:
    return filter(None, (cast("VolumeAttachment", record).node_name,))


def _service_of_set(record: Record) -> Iterable[tuple[str, str]]:
    owner = cast("StatefulSet", record)
    return ((owner.namespace, owner.service_name),) if owner.service_name else ()


def _involved(record: Record) -> Iterable[str | Key]:
    event = cast("Event", record)
    kind = known_kind(event.involved_kind)
    if event.involved_uid:
        return (event.involved_uid,)
    return (Key(kind, event.involved_namespace, event.involved_name),) if kind is not None else ()


PODS_OF_CLAIM = Relation("pods of a claim", Pod, _claims_of_pod)
PODS_OF_NODE = Relation("pods of a node", Pod, _node_of_pod)
WAITING_PODS = Relation("pods with claims that have not started, by whether they have a node", Pod, _wait_of_pod)
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
VOLUMES_OF_CLAIM = Relation("volumes that name a claim", PersistentVolume, _claim_of_volume)
VOLUMES_OF_CLASS = Relation("volumes of a class", PersistentVolume, _class_of_volume)
FREE_VOLUMES_OF_CLASS = Relation("volumes of a class that name no claim", PersistentVolume, _class_of_free_volume)
ATTACHMENTS_OF_VOLUME = Relation("attachments of a volume", VolumeAttachment, _volume_of_attachment)
ATTACHMENTS_OF_NODE = Relation("attachments of a node", VolumeAttachment, _node_of_attachment)
NODES_OF_LABEL = Relation("nodes that carry a label", Node, _labels_of)
SETS_OF_NAMESPACE = Relation("sets of a namespace", StatefulSet, _namespace_of)
SETS_OF_SERVICE = Relation("sets by namespace and name of their Service", StatefulSet, _service_of_set)
EVENTS_OF_OBJECT = Relation("events by uid of the object, or by its key for want of one", Event, _involved)

ALL_RELATIONS: tuple[Relation, ...] = (
    PODS_OF_CLAIM,
    PODS_OF_NODE,
    WAITING_PODS,
    PODS_OF_CONTROLLER,
    PODS_OF_STEM,
    REPLICA_SETS_OF_CONTROLLER,
    CLAIMS_OF_STEM,
    CLAIMS_OF_VOLUME,
    CLAIMS_OF_CLASS,
    UNBOUND_CLAIMS_OF_CLASS,
    UNBOUND_CLAIMS_OF_PROVISIONER,
    VOLUMES_OF_CLAIM,
    VOLUMES_OF_CLASS,
    FREE_VOLUMES_OF_CLASS,
    ATTACHMENTS_OF_VOLUME,
    ATTACHMENTS_OF_NODE,
    NODES_OF_LABEL,
    SETS_OF_NAMESPACE,
    SETS_OF_SERVICE,
    EVENTS_OF_OBJECT,
)
