"""A claim, described."""

from collections.abc import Iterator
from datetime import datetime

from storagetui.cluster.chains import attachments_of, pods_of, sets_of_claim, volume_of
from storagetui.frame import Frame
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.classes import WAIT_FOR_FIRST_CONSUMER, StorageClass
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from storagetui.view.column import UNKNOWN, Cell, Tone
from storagetui.view.describe.metadata import conditions_section, labels_line, metadata_section
from storagetui.view.drift import drift
from storagetui.view.format import access_modes, access_words, ago_exact, reclaim_words, size
from storagetui.view.knowledge import is_known, name_or_unknown, nothing
from storagetui.view.section import Line, Section, fact, listed, optional, section
from storagetui.view.states import attached_to, claim_state, is_growing, node_cell, pod_state
from storagetui.view.text import clean


def describe_claim(claim: PersistentVolumeClaim, frame: Frame, now: datetime) -> Iterator[Section]:
    """What it asks for and has, who uses it, and where its volume is."""
    yield section("Claim", _facts(claim, frame, now))
    if is_growing(claim):
        yield section("Growing", _growth(claim))
    yield section("Use", [*_users(claim, frame), *_holders(claim, frame)])
    if claim.conditions:
        yield conditions_section(claim.conditions, now)
    yield metadata_section(claim, frame, now)


def _facts(claim: PersistentVolumeClaim, frame: Frame, now: datetime) -> list[Line | None]:
    volume = volume_of(frame.cluster, claim)
    volume_name = name_or_unknown(volume, claim.volume_name, frame, Kind.PERSISTENT_VOLUME)
    unused = claim.unused_since
    return [
        fact("State", claim_state(claim, frame)),
        fact("Asked", size(claim.requested)),
        fact("Has", size(claim.capacity)),
        *_class(claim, frame),
        fact("Access", f"{access_modes(claim.modes)}: {access_words(claim.modes)}"),
        optional("Mode", "Block: a raw device, no file system" if claim.volume_mode == "Block" else ""),
        fact("Volume", volume_name, key=volume.key if volume is not None else None),
        optional("Zone", ", ".join(volume.zones) if volume is not None else ""),
        optional("Reclaim", reclaim_words(volume.reclaim_policy) if volume is not None else ""),
        labels_line("Selector", claim.selector),
        _source(claim),
        optional("Made for", claim.selected_node, key=_existing(frame, Key(Kind.NODE, "", claim.selected_node))),
        optional("Made by", claim.provisioner),
        _attributes(claim),
        *_sets(claim, frame),
        optional("Unused", f"since {ago_exact(unused, now)}" if unused is not None else "", Tone.NOTE),
    ]


def _class(claim: PersistentVolumeClaim, frame: Frame) -> Iterator[Line]:
    if not claim.storage_class:
        none = "none: only a volume without a class fits" if claim.class_is_named else "the default one, once there is"
        yield fact("Class", none, Tone.DIM)
        return
    found = frame.cluster.get(StorageClass, "", claim.storage_class)
    if found is None:
        is_gone = is_known(frame, Kind.STORAGE_CLASS)
        text = f"{clean(claim.storage_class)} {'(does not exist)' if is_gone else UNKNOWN}"
        # A volume made by hand may bear a class name that stands for nothing else.
        yield Line("Class", text, Tone.NOTE if is_gone else Tone.PLAIN)
        return
    delays = found.volume_binding_mode == WAIT_FOR_FIRST_CONSUMER
    words = [
        clean(found.name),
        "waits for the first pod" if delays else "binds at once",
        "can grow" if found.allow_volume_expansion else "cannot grow",
    ]
    yield Line("Class", ", ".join(words), Tone.PLAIN, found.key)


def _source(claim: PersistentVolumeClaim) -> Line | None:
    source = claim.data_source
    if source is None:
        return None
    name = f"{source.namespace}/{source.name}" if source.namespace else source.name
    return optional("Filled from", f"{source.kind} {name}")


def _attributes(claim: PersistentVolumeClaim) -> Line | None:
    wanted, now = claim.attributes_class, claim.current_attributes_class
    if wanted == now:
        return optional("Attributes", wanted)
    return fact("Attributes", f"{now or 'none'}, changing to {wanted or 'none'}", Tone.NOTE)


def _sets(claim: PersistentVolumeClaim, frame: Frame) -> Iterator[Line]:
    for owner, name, ordinal in sets_of_claim(frame.cluster, claim):
        left = "" if ordinal in owner.ordinals else ", left behind: the set has no such ordinal"
        tone = Tone.NOTE if left else Tone.PLAIN
        yield Line("Set", f"{clean(owner.name)} #{ordinal}, template {clean(name)}{left}", tone, owner.key)
        template = next(one for one in owner.claim_templates if one.name == name)
        for word in drift(template, claim):
            yield Line("", f"differs from its template: {word}", Tone.NOTE)


def _growth(claim: PersistentVolumeClaim) -> list[Line | None]:
    return [
        fact("From", size(claim.capacity)),
        fact("To", size(claim.requested)),
        optional("Allocated", size(claim.allocated) if claim.allocated is not None else ""),
        optional("Stage", claim.allocated_status),
    ]


def _users(claim: PersistentVolumeClaim, frame: Frame) -> list[Line]:
    pods = pods_of(frame.cluster, claim.key)
    lines = listed("Used by", (pod_line(pod, frame) for pod in pods))
    if not is_known(frame, Kind.POD, claim.namespace):
        lines.append(fact("" if lines else "Used by", f"{UNKNOWN} (pods are not known)", Tone.NOTE))
    return lines or [fact("Used by", nothing(frame, Kind.POD, namespace=claim.namespace))]


def pod_line(pod: Pod, frame: Frame) -> Line:
    """A pod that uses something: its name, state and node."""
    state, node = pod_state(pod, frame), node_cell(pod.node_name, frame)
    where = f" on {node.text}" if pod.node_name else ""
    ready = " ready" if pod.is_ready else ""
    return Line("", f"{clean(pod.name)} {state.text}{ready}{where}", state.tone, pod.key)


def _holders(claim: PersistentVolumeClaim, frame: Frame) -> list[Line]:
    """Who has the volume now, and which pods wait for it elsewhere."""
    attachments = attachments_of(frame.cluster, claim.volume_name) if claim.volume_name else []
    if not attachments:
        return [fact("Attached to", nothing(frame, Kind.VOLUME_ATTACHMENT))]
    cell: Cell = attached_to(attachments, frame)
    lines = [Line("Attached to", cell.text, cell.tone, attachments[0].key)]
    nodes = {one.node_name for one in attachments}
    waiting = [pod for pod in pods_of(frame.cluster, claim.key) if pod.node_name and pod.node_name not in nodes]
    return lines + listed("Waiting", (pod_line(pod, frame) for pod in waiting))


def _existing(frame: Frame, key: Key) -> Key | None:
    return key if frame.cluster.find(key) is not None else None
