"""What every object has: its age, its owners, and what keeps it from going."""

from collections.abc import Iterable
from datetime import datetime

from storagetui.frame import Frame
from storagetui.model.base import Condition, Record
from storagetui.model.keys import Key, known_kind
from storagetui.model.pods import Pod
from storagetui.view.column import Tone
from storagetui.view.format import ago_exact, duration
from storagetui.view.lasting import passed
from storagetui.view.section import Line, Section, fact, listed, optional, section
from storagetui.view.text import clean

_FINALIZERS = {
    "kubernetes.io/pvc-protection": "stays until no pod uses the claim",
    "kubernetes.io/pv-protection": "stays until no claim is bound to the volume",
    "external-provisioner.volume.kubernetes.io/finalizer": "stays until the driver has deleted the storage behind it",
    "kubernetes.io/pv-controller": "stays until the storage behind it is deleted",
    "foregroundDeletion": "stays until what it owns is gone",
    "orphan": "what it owns is kept",
    "batch.kubernetes.io/job-tracking": "stays until the Job has counted it",
    "snapshot.storage.kubernetes.io/pvc-as-source-protection": "stays while a snapshot is taken of it",
    "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection": "stays until its content is gone",
    "snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection": "stays until its snapshot is gone",
    "snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection": "stays while a volume is made from it",
}
_ATTACHER = "external-attacher/"


def metadata_section(record: Record, frame: Frame, now: datetime) -> Section:
    """Age, deletion, finalizers with their meaning, owners and labels."""
    lines = [
        fact("Created", ago_exact(record.creation_timestamp, now)),
        None if isinstance(record, Pod) else deletion_line(record, now),  # a pod says it with its grace period
        *listed("Finalizers", (Line("", finalizer_words(name)) for name in record.finalizers)),
        *listed("Owners", (_owner(record, frame, owner.kind, owner.name) for owner in record.owners)),
        *listed("Labels", (Line("", clean(f"{key}={value}"), Tone.DIM) for key, value in record.labels)),
        fact("UID", record.uid, Tone.DIM),
    ]
    return section("Metadata", lines)


def deletion_line(record: Record, now: datetime) -> Line | None:
    """Since when the object is being deleted, and what it waits for; None when nobody deletes it."""
    if record.deletion_timestamp is None:
        return None
    late = passed(record.deletion_timestamp, now).total_seconds()
    when = f"due in {duration(-late)}" if late < -1 else f"for {duration(late)}"
    waits = f", waits for {', '.join(map(clean, record.finalizers))}" if record.finalizers else ""
    return Line("Deleting", f"{when}{waits}", Tone.WARN)


def finalizer_words(name: str) -> str:
    """A finalizer and what it waits for, where that is known."""
    if name.startswith(_ATTACHER):
        return clean(f"{name}: stays until {name.removeprefix(_ATTACHER)} has detached the volume")
    return clean(f"{name}: {_FINALIZERS[name]}" if name in _FINALIZERS else name)


def conditions_section(conditions: Iterable[Condition], now: datetime) -> Section:
    """The conditions, each with since when, its reason and its message in full."""
    return section("Conditions", [line for one in conditions for line in _condition(one, now)])


def _condition(one: Condition, now: datetime) -> Iterable[Line]:
    since = f" since {ago_exact(one.last_transition_time, now)}" if one.last_transition_time is not None else ""
    reason = f", {one.reason}" if one.reason else ""
    yield Line(clean(one.type), clean(f"{one.status}{since}{reason}"))
    if one.message:
        yield Line("", clean(one.message), Tone.DIM)


def _owner(record: Record, frame: Frame, kind: str, name: str) -> Line:
    known = known_kind(kind)
    for namespace in (record.namespace, ""):
        key = Key(known, namespace, name) if known is not None else None
        if key is not None and frame.cluster.find(key) is not None:
            return Line("", clean(f"{kind} {name}"), Tone.PLAIN, key)
    return Line("", clean(f"{kind} {name}"))


def labels_line(label: str, pairs: Iterable[tuple[str, str]]) -> Line | None:
    """Pairs as `a=b, c=d`."""
    return optional(label, ", ".join(f"{key}={value}" for key, value in pairs))
