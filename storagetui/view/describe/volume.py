"""A volume, described."""

from collections.abc import Iterator
from datetime import datetime

from storagetui.cluster.chains import attachments_of, claim_of, pods_of
from storagetui.frame import Frame
from storagetui.model.classes import StorageClass
from storagetui.model.keys import Kind
from storagetui.model.volumes import PersistentVolume
from storagetui.view.column import Tone
from storagetui.view.describe.attachment import attachment_lines
from storagetui.view.describe.claim import pod_line
from storagetui.view.describe.metadata import metadata_section
from storagetui.view.format import access_modes, access_words, ago_exact, reclaim_words, size
from storagetui.view.knowledge import nothing
from storagetui.view.section import Line, Section, fact, listed, optional, section
from storagetui.view.states import volume_state
from storagetui.view.text import clean
from storagetui.view.volumes_table import volume_claim, volume_driver


def describe_volume(volume: PersistentVolume, frame: Frame, now: datetime) -> Iterator[Section]:
    """What it is, whose it is, from where it can be reached, and who holds it."""
    yield section("Volume", _facts(volume, frame, now))
    yield section("Storage", _storage(volume))
    if volume.node_affinity:
        yield section("Reachable from nodes where", _affinity(volume))
    yield section("Use", _use(volume, frame, now))
    yield metadata_section(volume, frame, now)


def _facts(volume: PersistentVolume, frame: Frame, now: datetime) -> list[Line | None]:
    claim = claim_of(frame.cluster, volume)
    storage_class = frame.cluster.get(StorageClass, "", volume.storage_class) if volume.storage_class else None
    since = volume.last_phase_transition_time
    why = ": ".join(part for part in (volume.reason, volume.message) if part)
    return [
        fact("State", volume_state(volume, frame)),
        optional("Since", ago_exact(since, now) if since is not None else ""),
        optional("Why", why, Tone.WARN),
        fact("Size", size(volume.capacity)),
        fact("Class", volume.storage_class, key=storage_class.key if storage_class is not None else None),
        fact("Reclaim", reclaim_words(volume.reclaim_policy)),
        fact("Access", f"{access_modes(volume.access_modes)}: {access_words(volume.access_modes)}"),
        optional("Mode", "Block: a raw device, no file system" if volume.volume_mode == "Block" else ""),
        fact("Claim", volume_claim(volume, frame), key=claim.key if claim is not None else None),
        optional("Attributes", volume.attributes_class),
    ]


def _storage(volume: PersistentVolume) -> list[Line | None]:
    return [
        fact("Driver", volume_driver(volume)),
        optional("Handle", volume.volume_handle),
        optional("File system", volume.file_system),
        optional("Path", volume.local_path or volume.host_path),
        optional("Made by", volume.provisioned_by),
        optional("Migrated", "yes: served by a CSI driver in place of the built-in one" if volume.is_migrated else ""),
    ]


def _affinity(volume: PersistentVolume) -> Iterator[Line]:
    """Node selector terms in words; any one of them is enough."""
    for number, term in enumerate(volume.node_affinity):
        for position, one in enumerate(term.expressions):
            label = "or" if number and position == 0 else "and" if position else ""
            yield Line(label, clean(f"{one.key} {one.operator} {', '.join(one.values)}".rstrip()))


def _use(volume: PersistentVolume, frame: Frame, now: datetime) -> list[Line]:
    attachments = attachments_of(frame.cluster, volume.name)
    lines = listed("Attached to", [line for one in attachments for line in attachment_lines(one, frame, now)])
    if not attachments:
        lines = [fact("Attached to", nothing(frame, Kind.VOLUME_ATTACHMENT))]
    claim = claim_of(frame.cluster, volume)
    pods = pods_of(frame.cluster, claim.key) if claim is not None else []
    if not pods:
        return [
            *lines,
            fact("Used by", nothing(frame, Kind.POD, Kind.PERSISTENT_VOLUME_CLAIM, namespace=volume.claim_namespace)),
        ]
    return lines + listed("Used by", (pod_line(pod, frame) for pod in pods))
