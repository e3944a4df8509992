"""A snapshot has no class that its volume's driver could use."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.copies import PATIENCE_S, WANTED, classes, driver, told, waiting
from storagetui.diagnosis.event_text import first_match, said
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, listed, quoted, things
from storagetui.model.keys import Key, Kind
from storagetui.model.snapshots import VolumeSnapshot, VolumeSnapshotClass

PROBLEM = State(
    code="snapshot-class-problem",
    title="No usable VolumeSnapshotClass",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The class that the snapshot names does not exist or is another driver's; or it names none, and none, or more "
        "than one, of its driver's classes is the default. Defaults are counted for each driver."
    ),
    remedies=("Make a VolumeSnapshotClass for the driver", "Mark exactly one class of the driver as default"),
    links=("https://kubernetes.io/docs/concepts/storage/volume-snapshot-classes/",),
)
_ERROR = re.compile(
    r"cannot find default snapshot class|(?P<n>\d+) default snapshot classes were found"
    r"|Failed to get snapshot class with error|Failed to set default snapshot class"
)
PATTERNS = (
    Pattern(PROBLEM.code, Kind.VOLUME_SNAPSHOT, (), _ERROR),
    Pattern(
        PROBLEM.code,
        Kind.VOLUME_SNAPSHOT,
        ("SetDefaultSnapshotClassFailed",),
        re.compile(r"Failed to set default snapshot class with error (?P<why>.+)"),
    ),
    Pattern(
        PROBLEM.code,
        Kind.VOLUME_SNAPSHOT,
        ("GetSnapshotClassFailed",),
        re.compile(r"Failed to get snapshot class with error (?P<why>.+)"),
    ),
)


def find(snapshot: VolumeSnapshot, ctx: Context) -> Iterator[Finding]:
    """Yield by the classes there are, or by what the snapshot's error or the latest event says of them."""
    if snapshot.ready_to_use or snapshot.content_name or snapshot.content_source:
        return
    told_so = _ERROR.search(snapshot.error)
    event = first_match(ctx, snapshot, PATTERNS) if not snapshot.error else None
    blind = ctx.unknown(Kind.VOLUME_SNAPSHOT_CLASS)
    title = "" if blind else _wrong(snapshot, ctx)
    is_due = ctx.older_than(snapshot.creation_timestamp, PATIENCE_S)
    if not (told_so or event) and not (title and is_due and not snapshot.error):
        return
    if event is not None and not title and not blind:
        return  # it has been mended since
    why = snapshot.error or (event.event.message if event is not None else "")
    facts: tuple[Evidence, ...] = (evidence(snapshot, "snapshot_class"),)
    facts += (evidence(snapshot, "error"),) if snapshot.error else ()
    named = Key(Kind.VOLUME_SNAPSHOT_CLASS, "", snapshot.snapshot_class)
    is_missing = bool(snapshot.snapshot_class) and not blind and ctx.cluster.find(named) is None
    yield PROBLEM.finding(
        snapshot,
        title or "The snapshot has no usable class",
        told(
            snapshot,
            ctx,
            f"{title}." if title else cannot_tell("which classes there are", blind),
            _choice(snapshot, ctx),
            f"The snapshot controller says: {quoted(why)}" if why else "",
        ),
        snapshot.error_time or (event.event.first_seen if event is not None else snapshot.creation_timestamp),
        certainty=Certainty.CONFIRMED if title or told_so else Certainty.INFERRED,
        next_step=_step(snapshot, ctx),
        evidence=(*facts, *((said(event.event),) if event is not None else ())),
        victims=waiting(snapshot, ctx),
        causes=(named,) if is_missing else (),
        shared=f"VolumeSnapshotClass {named.name} does not exist." if is_missing else "",
    )


def _wrong(snapshot: VolumeSnapshot, ctx: Context) -> str:
    """What is wrong by the objects, empty when nothing is or it cannot be told."""
    name, of = snapshot.snapshot_class, driver(snapshot, ctx)
    if name:
        found = ctx.cluster.get(VolumeSnapshotClass, "", name)
        if found is None:
            return f"VolumeSnapshotClass {name} does not exist"
        return (
            f"VolumeSnapshotClass {name} is for {found.driver}, and the volume is of {of}"
            if of not in ("", found.driver)
            else ""
        )
    if not of:
        return ""
    defaults = [one.name for one in classes(ctx, of) if one.is_default]
    if len(defaults) == 1:
        return ""
    if not defaults:
        return f"No VolumeSnapshotClass is the default for {of}"
    return f"{len(defaults)} VolumeSnapshotClasses are the default for {of}: {listed(defaults)}"


def _choice(snapshot: VolumeSnapshot, ctx: Context) -> str:
    of = driver(snapshot, ctx)
    if not of or ctx.unknown(Kind.VOLUME_SNAPSHOT_CLASS):
        return ""
    names = [f"{one.name} (default)" if one.is_default else one.name for one in classes(ctx, of)]
    return f"{of} has {things('class', names)}." if names else f"No VolumeSnapshotClass is for {of}."


def _step(snapshot: VolumeSnapshot, ctx: Context) -> str:
    of = driver(snapshot, ctx) or "the volume's driver"
    names = [one.name for one in classes(ctx, of)]
    if not names:
        return f"Make a VolumeSnapshotClass for {of}."
    if snapshot.snapshot_class:
        return f"Take the snapshot again with one of {of}: {listed(names)}."
    return f"Mark exactly one class of {of} as default, or take the snapshot again with a class named."


RULE = Rule(
    WANTED,
    (PROBLEM,),
    find,
    heard=(Heard(Kind.VOLUME_SNAPSHOT, ("SetDefaultSnapshotClassFailed", "GetSnapshotClassFailed")),),
    patterns=PATTERNS,
)
