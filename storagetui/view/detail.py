"""The live description of any object, in sections of lines."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.keys import Key, Kind
from storagetui.model.kinds import KINDS
from storagetui.view.column import Tone
from storagetui.view.describe.attachment import describe_attachment
from storagetui.view.describe.claim import describe_claim
from storagetui.view.describe.driver import describe_driver
from storagetui.view.describe.generic import describe_any
from storagetui.view.describe.node import describe_node
from storagetui.view.describe.pod import describe_pod
from storagetui.view.describe.stateful_set import describe_set
from storagetui.view.describe.storage_class import describe_class
from storagetui.view.describe.volume import describe_volume
from storagetui.view.format import singular
from storagetui.view.header import feed_lines
from storagetui.view.knowledge import is_known
from storagetui.view.section import Line, Section, section
from storagetui.view.text import clean
from storagetui.view.worst import GLYPHS, severity_tone

_DESCRIBE: dict[Kind, Callable[[Any, Frame, datetime], Iterator[Section]]] = {
    Kind.PERSISTENT_VOLUME_CLAIM: describe_claim,
    Kind.PERSISTENT_VOLUME: describe_volume,
    Kind.POD: describe_pod,
    Kind.VOLUME_ATTACHMENT: describe_attachment,
    Kind.STATEFUL_SET: describe_set,
    Kind.NODE: describe_node,
    Kind.STORAGE_CLASS: describe_class,
    Kind.CSI_DRIVER: describe_driver,
}


def describe(frame: Frame, key: Key, now: datetime) -> tuple[Section, ...]:
    """All that is known of an object: its findings first, then what it is, then its metadata.

    An object that is not there gives one section that says whether it is gone or merely not known.
    """
    record = frame.cluster.find(key)
    if record is None:
        return (_absence(frame, key, now),)
    made = _DESCRIBE.get(record.kind, describe_any)(record, frame, now)
    return tuple(one for one in (_findings(frame, record), *made) if one.lines)


def title(key: Key) -> str:
    """What the object is called over its description: `claim shop/data-postgres-1`."""
    name = f"{key.namespace}/{key.name}" if key.namespace else key.name
    return clean(f"{singular(KINDS[key.kind].noun)} {name}")


def _findings(frame: Frame, record: Record) -> Section:
    found = sorted(frame.findings.get(record.key) or (), key=lambda one: one.severity.rank)
    lines = []
    for finding in found:
        tone = severity_tone(finding.severity)
        lines.append(Line(f"{GLYPHS[finding.severity]} {finding.severity}", clean(finding.title), tone))
        if finding.next_step:
            lines.append(Line("", clean(finding.next_step)))
    return Section("Findings", tuple(lines))


def _absence(frame: Frame, key: Key, now: datetime) -> Section:
    if is_known(frame, key.kind, key.namespace):
        return section("Gone", [Line("", f"There is no {title(key)} any more.", Tone.WARN)])
    lines = [Line("", f"Nothing is known of {title(key)}.", Tone.NOTE)]
    for line in feed_lines(frame, now, (key.kind,)):
        lines += [Line("", line.text, line.tone), Line("", line.next_step)]
    return section("Not known", [line for line in lines if line.value])
