"""From one object to the next along the chain: set, ordinal, pod, claim, volume, attachment, node."""

from collections.abc import Iterable, Iterator

from storagetui.cluster.relations import (
    ATTACHMENTS_OF_VOLUME,
    CLAIMS_OF_STEM,
    EVENTS_OF_OBJECT,
    PODS_OF_CLAIM,
    PODS_OF_CONTROLLER,
    VOLUMES_OF_CLAIM,
    stem_and_ordinal,
)
from storagetui.cluster.state import Cluster, R
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import Record
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind, known_kind
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume
from storagetui.model.workloads import ReplicaSet, StatefulSet


def volume_of(cluster: Cluster, claim: PersistentVolumeClaim) -> PersistentVolume | None:
    """The volume that the claim names, if it exists."""
    return cluster.get(PersistentVolume, "", claim.volume_name) if claim.volume_name else None


def claim_of(cluster: Cluster, volume: PersistentVolume) -> PersistentVolumeClaim | None:
    """The claim that the volume names, unless it is another one of the same name."""
    claim = cluster.get(PersistentVolumeClaim, volume.claim_namespace, volume.claim_name) if volume.claim_name else None
    return claim if claim and volume.claim_uid in ("", claim.uid) else None


def pods_of(cluster: Cluster, claim: Key) -> list[Pod]:
    """The pods whose volumes name the claim, by name."""
    return _by_name(cluster.related(Pod, PODS_OF_CLAIM, claim))


def attachments_of(cluster: Cluster, volume_name: str) -> list[VolumeAttachment]:
    """The attachments of a volume, by node."""
    return sorted(cluster.related(VolumeAttachment, ATTACHMENTS_OF_VOLUME, volume_name), key=lambda one: one.node_name)


def volumes_reserved_for(cluster: Cluster, claim: Key) -> list[PersistentVolume]:
    """The volumes that name the claim, bound to it or not."""
    return _by_name(cluster.related(PersistentVolume, VOLUMES_OF_CLAIM, claim))


def events_about(cluster: Cluster, record: Record) -> list[Event]:
    """The events about an object, latest first.

    A kubelet reports about its node under the node's name instead of its uid (kubernetes: pkg/kubelet/kubelet.go). An
    event without any uid is the object's if it is no older: one of that name may have been there before.
    """
    if not has_events(cluster, record):
        return []  # as of most objects, of each of which several rules ask
    nameless = [one for one in cluster.related(Event, EVENTS_OF_OBJECT, record.key) if _is_no_older(one, record)]
    return _latest_first(
        [*_of_uids(cluster, record.uid, *((record.name,) if record.kind is Kind.NODE else ())), *nameless]
    )


def has_events(cluster: Cluster, record: Record) -> bool:
    """Whether there may be events about an object."""
    index = cluster.indexes.get(EVENTS_OF_OBJECT.name)
    return index is not None and (record.uid in index or record.key in index or record.kind is Kind.NODE)


def events_of(cluster: Cluster, *uids: str) -> list[Event]:
    """The events about the object with that uid, latest first."""
    return _latest_first(_of_uids(cluster, *uids))


def _of_uids(cluster: Cluster, *uids: str) -> Iterator[Event]:
    return (event for uid in filter(None, uids) for event in cluster.related(Event, EVENTS_OF_OBJECT, uid))


def _is_no_older(event: Event, record: Record) -> bool:
    seen, made = event.last_seen, record.creation_timestamp
    return made is None or (seen is not None and seen >= made)


def _latest_first(events: Iterable[Event]) -> list[Event]:
    """By when they were last seen, of the same moment by name: reporters put the time of the first into it."""
    some = list(events)
    if len(some) < 2:  # most objects have none, and it is asked often
        return some
    dated = [(event.last_seen, event) for event in sorted(some, key=lambda one: one.key)]
    known = sorted(
        ((seen, event.key, event) for seen, event in dated if seen is not None), key=lambda row: row[:2], reverse=True
    )
    return [row[2] for row in known] + [event for seen, event in dated if seen is None]


def set_of_pod(cluster: Cluster, pod: Pod) -> StatefulSet | None:
    """The set that manages the pod."""
    owner = pod.controller
    if owner is None or owner.kind != Kind.STATEFUL_SET:
        return None
    return cluster.get(StatefulSet, pod.namespace, owner.name)


def pods_of_set(cluster: Cluster, owner: StatefulSet) -> dict[int, Pod]:
    """The pods that the set manages, by ordinal."""
    found = {}
    for pod in cluster.related(Pod, PODS_OF_CONTROLLER, owner.key):
        cut = stem_and_ordinal(pod.name)
        if cut is not None and cut[0] == owner.name:
            found[cut[1]] = pod
    return found


def workload_of(cluster: Cluster, pod: Pod) -> Key | None:
    """What the pod belongs to as people name it: a ReplicaSet counts as its Deployment."""
    owner = pod.controller
    if owner is not None and owner.kind == Kind.REPLICA_SET:
        made_by = cluster.get(ReplicaSet, pod.namespace, owner.name)
        owner = (made_by.controller if made_by else None) or owner
    kind = known_kind(owner.kind) if owner is not None else None
    return Key(kind, pod.namespace, owner.name) if owner is not None and kind is not None else None


def claims_of_set(cluster: Cluster, owner: StatefulSet) -> dict[int, dict[str, PersistentVolumeClaim]]:
    """The claims that the set made or would take over: ordinal -> template name -> claim, beyond its replicas too."""
    found: dict[int, dict[str, PersistentVolumeClaim]] = {}
    for template in owner.claim_templates:
        stem = (owner.namespace, f"{template.name}-{owner.name}")
        for claim in cluster.related(PersistentVolumeClaim, CLAIMS_OF_STEM, stem):
            cut = stem_and_ordinal(claim.name)
            if cut is not None:
                found.setdefault(cut[1], {})[template.name] = claim
    return found


def sets_of_claim(cluster: Cluster, claim: PersistentVolumeClaim) -> Iterator[tuple[StatefulSet, str, int]]:
    """The sets to one of whose templates the claim's name belongs, with the template and the ordinal."""
    cut = stem_and_ordinal(claim.name)
    if cut is None:
        return
    stem, ordinal = cut
    for position, character in enumerate(stem):
        if character != "-":
            continue
        owner = cluster.get(StatefulSet, claim.namespace, stem[position + 1 :])
        if owner is not None and any(template.name == stem[:position] for template in owner.claim_templates):
            yield owner, stem[:position], ordinal


def _by_name(found: Iterable[R]) -> list[R]:
    """In order; nearly always there is one, and it is asked for every object."""
    some = list(found)
    if len(some) > 1:
        some.sort(key=lambda one: one.name)
    return some


def subject_key(event: Event) -> Key | None:
    """The object that an event is about, if its kind is known."""
    kind = known_kind(event.involved_kind)
    return Key(kind, event.involved_namespace, event.involved_name) if kind is not None else None


def name_of(record: Record) -> str:
    """`namespace/name`, or the name alone."""
    return f"{record.namespace}/{record.name}" if record.namespace else record.name
