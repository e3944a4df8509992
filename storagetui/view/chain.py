"""The chain of an object: set, ordinal, pod, claim, volume, attachment, node, each link with its state."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from storagetui.cluster.chains import (
    attachments_of,
    claim_of,
    claims_of_set,
    pods_of,
    sets_of_claim,
    volume_of,
    workload_of,
)
from storagetui.cluster.relations import ATTACHMENTS_OF_NODE, CLAIMS_OF_CLASS, CLAIMS_OF_VOLUME, stem_and_ordinal
from storagetui.frame import Frame
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import Record
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.classes import StorageClass
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Key, Kind
from storagetui.model.kinds import KINDS
from storagetui.model.nodes import Node
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume
from storagetui.model.workloads import Deployment, StatefulSet
from storagetui.view.column import UNKNOWN, Cell, Tone
from storagetui.view.format import counted, number, singular, size
from storagetui.view.knowledge import is_known
from storagetui.view.matrix_cells import claim_size
from storagetui.view.sets_table import ready
from storagetui.view.states import attachment_state, claim_state, node_state, pod_state, volume_state
from storagetui.view.text import clean

LIMIT = 20
"""Chains at most, for an object from which many start."""
_SHORT = {
    Kind.STATEFUL_SET: "sts",
    Kind.DEPLOYMENT: "deploy",
    Kind.REPLICA_SET: "rs",
    Kind.POD: "pod",
    Kind.PERSISTENT_VOLUME_CLAIM: "pvc",
    Kind.PERSISTENT_VOLUME: "pv",
    Kind.NODE: "node",
    Kind.STORAGE_CLASS: "class",
    Kind.CSI_DRIVER: "driver",
}
_ATTACHED = {
    "attached": "attached to",
    "attaching": "attaching to",
    "detaching": "detaching from",
    "✖ attach error": "✖ cannot attach to",
    "✖ detach error": "✖ cannot detach from",
}


class Link(NamedTuple):
    """One object of a chain."""

    text: str
    """`pvc data-postgres-1`."""
    state: str
    tone: Tone
    key: Key | None
    """The object, if it exists and can be opened."""
    is_focus: bool = False
    """Whether the chain is that of this object."""


Chain = tuple[Link, ...]


def chains(frame: Frame, key: Key) -> tuple[Chain, ...]:
    """The chains on which an object lies, at most LIMIT; empty when it does not exist."""
    record = frame.cluster.find(key)
    if record is None:
        return ()
    return tuple(
        tuple(link._replace(is_focus=link.key == key) for link in chain)
        for chain in islice(_chains(frame, record), LIMIT)
    )


def _chains(frame: Frame, record: Record) -> Iterator[Chain]:
    cluster = frame.cluster
    if isinstance(record, PersistentVolumeClaim):
        yield from _of_claim(frame, record)
    elif isinstance(record, PersistentVolume):
        yield from _of_volume(frame, record)
    elif isinstance(record, VolumeAttachment):
        volume = cluster.get(PersistentVolume, "", record.volume_name)
        yield from _of_volume(frame, volume) if volume is not None else [_of_attachment(frame, record)]
    elif isinstance(record, Pod):
        yield from _of_pod(frame, record)
    elif isinstance(record, StatefulSet):
        yield from _of_set(frame, record)
    elif isinstance(record, Node):
        yield from _of_node(frame, record)
    elif isinstance(record, StorageClass):
        yield _of_class(frame, record)
    else:
        yield (Link(f"{singular(KINDS[record.kind].noun)} {clean(record.name)}", "", Tone.PLAIN, record.key),)


def _of_claim(frame: Frame, claim: PersistentVolumeClaim) -> Iterator[Chain]:
    pods = pods_of(frame.cluster, claim.key)
    if not pods:
        found = next(sets_of_claim(frame.cluster, claim), None)
        head = [] if found is None else [_set_link(frame, found[0]), _ordinal_link(found[2])]
        unknown = "" if is_known(frame, Kind.POD, claim.namespace) else UNKNOWN
        yield (
            *head,
            Link("no pod" if not unknown else f"pod {unknown}", "", Tone.DIM, None),
            *_below(frame, claim, None),
        )
    for pod in pods:
        yield (*_above(frame, pod), _pod_link(frame, pod), *_below(frame, claim, pod))


def _of_volume(frame: Frame, volume: PersistentVolume) -> Iterator[Chain]:
    claim = claim_of(frame.cluster, volume)
    if claim is not None and claim.volume_name == volume.name:
        yield from _of_claim(frame, claim)
        return
    name = clean(f"{volume.claim_namespace}/{volume.claim_name}") if volume.claim_name else ""
    head = Link(f"pvc {name}" if name else "no claim", "gone" if name else "", Tone.NOTE if name else Tone.DIM, None)
    yield (head, _volume_link(frame, volume), *_attachment_links(frame, volume.name, None))


def _of_attachment(frame: Frame, attachment: VolumeAttachment) -> Chain:
    name = clean(attachment.volume_name) or "inline volume"
    state = "gone" if is_known(frame, Kind.PERSISTENT_VOLUME) and attachment.volume_name else ""
    return (Link(f"pv {name}", state, Tone.WARN if state else Tone.PLAIN, None), *_attached(frame, [attachment]))


def _of_pod(frame: Frame, pod: Pod) -> Iterator[Chain]:
    head = (*_above(frame, pod), _pod_link(frame, pod))
    keys = tuple(dict.fromkeys(pod.claim_keys))
    if not keys:
        yield (*head, Link("no claim", "", Tone.DIM, None), *_node_links(frame, pod.node_name))
    for key in keys:
        claim = frame.cluster.get(PersistentVolumeClaim, key.namespace, key.name)
        if claim is not None:
            yield (*head, *_below(frame, claim, pod))
            continue
        is_gone = is_known(frame, Kind.PERSISTENT_VOLUME_CLAIM, key.namespace)
        missing = Link(f"pvc {clean(key.name)}", "does not exist" if is_gone else UNKNOWN, Tone.ERROR, None)
        yield (*head, missing if is_gone else missing._replace(tone=Tone.NOTE))


def _of_set(frame: Frame, owner: StatefulSet) -> Iterator[Chain]:
    by_ordinal = claims_of_set(frame.cluster, owner)
    if not by_ordinal:
        yield (_set_link(frame, owner),)
    for ordinal in sorted(by_ordinal):
        for _, claim in sorted(by_ordinal[ordinal].items()):
            yield from _of_claim(frame, claim)


def _of_node(frame: Frame, node: Node) -> Iterator[Chain]:
    attachments = sorted(
        frame.cluster.related(VolumeAttachment, ATTACHMENTS_OF_NODE, node.name), key=lambda one: one.volume_name
    )
    if not attachments:
        yield _node_links(frame, node.name)
    for attachment in attachments:
        claims = frame.cluster.related(PersistentVolumeClaim, CLAIMS_OF_VOLUME, attachment.volume_name)
        claim = next(iter(sorted(claims, key=lambda one: one.key)), None)
        if claim is not None:
            yield from _of_claim(frame, claim)
        else:
            yield _of_attachment(frame, attachment)


def _of_class(frame: Frame, storage_class: StorageClass) -> Chain:
    driver = frame.cluster.get(CSIDriver, "", storage_class.provisioner)
    claims = len(frame.cluster.keys_of(CLAIMS_OF_CLASS, storage_class.name))
    driver_state = "" if driver is not None or not is_known(frame, Kind.CSI_DRIVER) else "no CSIDriver"
    return (
        Link(f"class {clean(storage_class.name)}", "", Tone.PLAIN, storage_class.key),
        Link(
            f"driver {clean(storage_class.provisioner)}",
            driver_state,
            Tone.WARN if driver_state else Tone.PLAIN,
            driver.key if driver is not None else None,
        ),
        Link(counted(claims, "claims"), "", Tone.PLAIN, None),
    )


def _above(frame: Frame, pod: Pod) -> list[Link]:
    """What made the pod: a set and the ordinal, or another workload."""
    key = workload_of(frame.cluster, pod)
    if key is None:
        return []
    record = frame.cluster.find(key)
    if isinstance(record, StatefulSet):
        cut = stem_and_ordinal(pod.name)
        ordinal = [_ordinal_link(cut[1])] if cut is not None and cut[0] == record.name else []
        return [_set_link(frame, record), *ordinal]
    state = ""
    if isinstance(record, Deployment):
        wanted = 1 if record.replicas is None else record.replicas
        state = f"{number(record.ready_replicas or 0)}/{number(wanted)} ready"
    word = _SHORT.get(key.kind, str(key.kind).lower())
    return [Link(f"{word} {clean(key.name)}", state, Tone.PLAIN, key if record is not None else None)]


def _below(frame: Frame, claim: PersistentVolumeClaim, pod: Pod | None) -> list[Link]:
    """From a claim down to the node; `pod` is the one whose point of view it is."""
    state = claim_state(claim, frame)
    links = [Link(f"pvc {clean(claim.name)}", f"{state.text} {claim_size(claim).text}", state.tone, claim.key)]
    wanted_on = pod.node_name if pod is not None else ""
    volume = volume_of(frame.cluster, claim)
    if volume is not None:
        links.append(_volume_link(frame, volume))
    elif claim.volume_name:
        is_gone = is_known(frame, Kind.PERSISTENT_VOLUME)
        tone = Tone.ERROR if is_gone else Tone.NOTE
        links.append(Link(f"pv {clean(claim.volume_name)}", "gone" if is_gone else UNKNOWN, tone, None))
    else:
        return [*links, Link("no volume", "", Tone.DIM, None), *_node_links(frame, wanted_on)]
    return [*links, *_attachment_links(frame, claim.volume_name, wanted_on)]


def _attachment_links(frame: Frame, volume_name: str, wanted_on: str | None) -> Sequence[Link]:
    found = attachments_of(frame.cluster, volume_name)
    if not found:
        known = is_known(frame, Kind.VOLUME_ATTACHMENT)
        link = Link("not attached" if known else f"attached {UNKNOWN}", "", Tone.DIM, None)
        return (link, *_node_links(frame, wanted_on or ""))
    links = list(_attached(frame, found))
    if wanted_on and all(one.node_name != wanted_on for one in found):
        state = node_state(wanted_on, frame)
        links.append(Link(f"wanted on {clean(wanted_on)}", state.text, Tone.WARN, _node_key(frame, wanted_on)))
    return links


def _attached(frame: Frame, attachments: Iterable[VolumeAttachment]) -> Iterator[Link]:
    for one in attachments:
        state, node = attachment_state(one, frame), node_state(one.node_name, frame)
        yield Link(f"{_ATTACHED[state.text]} {clean(one.node_name)}", "", state.tone, one.key)
        yield Link(f"node {clean(one.node_name)}", node.text, node.tone, _node_key(frame, one.node_name))


def _node_links(frame: Frame, name: str) -> tuple[Link, ...]:
    if not name:
        return ()
    state = node_state(name, frame)
    return (Link(f"node {clean(name)}", state.text, state.tone, _node_key(frame, name)),)


def _node_key(frame: Frame, name: str) -> Key | None:
    node = frame.cluster.get(Node, "", name)
    return node.key if node is not None else None


def _set_link(frame: Frame, owner: StatefulSet) -> Link:
    state: Cell = ready(owner)
    word = state.text if owner.deletion_timestamp is not None else f"{state.text} ready"
    return Link(f"sts {clean(owner.name)}", word, state.tone, owner.key)


def _ordinal_link(ordinal: int) -> Link:
    return Link(f"#{ordinal}", "", Tone.PLAIN, None)


def _pod_link(frame: Frame, pod: Pod) -> Link:
    state = pod_state(pod, frame)
    return Link(f"pod {clean(pod.name)}", state.text, state.tone, pod.key)


def _volume_link(frame: Frame, volume: PersistentVolume) -> Link:
    state = volume_state(volume, frame)
    zone = f" zone {clean(', '.join(volume.zones))}" if volume.zones else ""
    return Link(f"pv {clean(volume.name)}", f"{state.text} {size(volume.capacity)}{zone}", state.tone, volume.key)
