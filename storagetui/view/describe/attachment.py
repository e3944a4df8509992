"""An attachment, described."""

from collections.abc import Iterator
from datetime import datetime

from storagetui.cluster.chains import attachments_of, pods_of
from storagetui.frame import Frame
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.keys import Key, Kind
from storagetui.model.volumes import PersistentVolume
from storagetui.view.attachments_table import attached_claim
from storagetui.view.column import Tone
from storagetui.view.describe.claim import pod_line
from storagetui.view.describe.metadata import metadata_section
from storagetui.view.format import access_modes, access_words, ago_exact
from storagetui.view.knowledge import name_or_unknown, nothing
from storagetui.view.section import Line, Section, fact, listed, optional, section
from storagetui.view.states import attachment_state, node_cell, node_state
from storagetui.view.text import clean


def describe_attachment(attachment: VolumeAttachment, frame: Frame, now: datetime) -> Iterator[Section]:
    """Which volume, where, and what the driver said."""
    volume = frame.cluster.get(PersistentVolume, "", attachment.volume_name) if attachment.volume_name else None
    claim = attached_claim(attachment, frame)
    node = Key(Kind.NODE, "", attachment.node_name)
    others = [one for one in attachments_of(frame.cluster, attachment.volume_name) if one.name != attachment.name]
    modes = volume.access_modes if volume is not None else ()
    facts = [
        fact("State", attachment_state(attachment, frame)),
        fact(
            "Volume",
            name_or_unknown(volume, attachment.volume_name, frame, Kind.PERSISTENT_VOLUME),
            key=volume.key if volume is not None else None,
        ),
        fact("Claim", f"{claim.namespace}/{claim.name}" if claim is not None else "", key=claim),
        fact("Node", attachment.node_name, key=node if frame.cluster.find(node) is not None else None),
        fact("Node state", node_state(attachment.node_name, frame)),
        fact("Driver", attachment.attacher),
        optional("Access", f"{access_modes(modes)}: {access_words(modes)}" if modes else ""),
        *_errors(attachment, now),
        *listed("Also", [line for one in others for line in attachment_lines(one, frame, now)]),
    ]
    yield section("Attachment", facts)
    yield section("Use", _use(claim, frame))
    yield metadata_section(attachment, frame, now)


def attachment_lines(attachment: VolumeAttachment, frame: Frame, now: datetime) -> Iterator[Line]:
    """An attachment as seen from its volume: the node, the state, and the driver's refusal in full."""
    node, state = node_cell(attachment.node_name, frame), attachment_state(attachment, frame)
    tone = node.tone if node.tone is Tone.ERROR else state.tone
    yield Line("", f"{node.text} {state.text.removeprefix('✖ ')}", tone, attachment.key)
    for line in _errors(attachment, now):
        yield line._replace(label="", value=f"{line.label.lower()}: {line.value}")


def _errors(attachment: VolumeAttachment, now: datetime) -> Iterator[Line]:
    said = (
        ("Attach error", attachment.attach_error, attachment.attach_error_time),
        ("Detach error", attachment.detach_error, attachment.detach_error_time),
    )
    for label, message, when in said:
        if message:
            since = f" · {ago_exact(when, now)}" if when is not None else ""
            yield Line(label, clean(message) + since, Tone.ERROR)


def _use(claim: Key | None, frame: Frame) -> list[Line]:
    pods = pods_of(frame.cluster, claim) if claim is not None else []
    if not pods:
        namespace = claim.namespace if claim is not None else ""
        sources = (Kind.POD, Kind.PERSISTENT_VOLUME, Kind.PERSISTENT_VOLUME_CLAIM)
        return [fact("Used by", nothing(frame, *sources, namespace=namespace))]
    return listed("Used by", (pod_line(pod, frame) for pod in pods))
