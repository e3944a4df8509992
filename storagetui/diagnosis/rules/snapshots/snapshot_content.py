"""A snapshot has lost what stands behind it."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.copies import WANTED, content, source_words, waiting
from storagetui.diagnosis.event_text import first_match, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined, quoted
from storagetui.model.keys import Kind
from storagetui.model.snapshots import VolumeSnapshot, VolumeSnapshotContent

MISSING = State(
    code="snapshot-content-missing",
    title="Snapshot lost its content object",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The content was deleted by force, or the snapshot was restored without it. The provider's snapshot may still "
        "exist: a content that is made by hand with its handle brings it back."
    ),
    remedies=(
        "Look for the snapshot in the storage system",
        "Make a VolumeSnapshotContent with its handle, and a snapshot that names it as its source",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/volume-snapshots/",),
)
PATIENCE_S = 30.0
"""How long content and snapshot may take to be seen together."""
_SNAPSHOT = Kind.VOLUME_SNAPSHOT
PATTERNS = (
    Pattern(MISSING.code, _SNAPSHOT, ("SnapshotContentMissing",), re.compile("VolumeSnapshotContent is missing")),
    Pattern(
        MISSING.code,
        _SNAPSHOT,
        ("SnapshotMisbound",),
        re.compile("VolumeSnapshotContent is not bound to the VolumeSnapshot correctly"),
    ),
    Pattern(
        MISSING.code,
        _SNAPSHOT,
        ("SnapshotContentMismatch",),
        re.compile(r"VolumeSnapshotContent .*is (?:dynamically |pre-)provisioned while expecting"),
    ),
)


def find(snapshot: VolumeSnapshot, ctx: Context) -> Iterator[Finding]:
    """Yield when the content that the snapshot names is gone or is another's; else by the controller's word."""
    name = snapshot.content_name or snapshot.content_source
    if not name:
        return
    blind, found = ctx.unknown(Kind.VOLUME_SNAPSHOT_CONTENT), content(snapshot, ctx)
    reported = first_match(ctx, snapshot, PATTERNS) if not snapshot.ready_to_use else None
    title = "" if blind else _wrong(snapshot, name, found)
    if not (title and ctx.older_than(snapshot.creation_timestamp, PATIENCE_S)) and not (reported and (blind or title)):
        return
    yield MISSING.finding(
        snapshot,
        title or f"Something is wrong with content {name}",
        joined(
            f"The snapshot rests on VolumeSnapshotContent {name}. {title}." if title else "",
            f"The snapshot controller says: {quoted(reported.event.message)}" if reported is not None else "",
            source_words(snapshot, ctx),
            "The provider's snapshot may still exist; nothing can be restored from this one.",
        ),
        reported.event.first_seen if reported is not None else None,
        certainty=Certainty.CONFIRMED if title else Certainty.INFERRED,
        next_step="Look for the snapshot in the storage system; if it is there, make a VolumeSnapshotContent with its "
        "handle.",
        evidence=(
            evidence(snapshot, "content_name" if snapshot.content_name else "content_source"),
            *((evidence(found, "snapshot_name"),) if found is not None else ()),
            *((said(reported.event),) if reported is not None else ()),
        ),
        victims=waiting(snapshot, ctx),
    )


def _wrong(snapshot: VolumeSnapshot, name: str, found: VolumeSnapshotContent | None) -> str:
    if found is None:
        return f"VolumeSnapshotContent {name} does not exist"
    other = f"{found.snapshot_namespace}/{found.snapshot_name}"
    if other != f"{snapshot.namespace}/{snapshot.name}":
        return f"VolumeSnapshotContent {name} belongs to snapshot {other}"
    if found.snapshot_uid not in ("", snapshot.uid):
        return f"VolumeSnapshotContent {name} belongs to an earlier snapshot of that name"
    if snapshot.claim_name and found.source_handle:
        return f"VolumeSnapshotContent {name} was made by hand, and the snapshot is of a claim"
    if snapshot.content_source and not found.source_handle:
        return f"VolumeSnapshotContent {name} was made for a claim, and the snapshot names it as its source"
    return ""


RULE = Rule(
    WANTED,
    (MISSING,),
    find,
    heard=(Heard(_SNAPSHOT, ("SnapshotContentMissing", "SnapshotMisbound", "SnapshotContentMismatch")),),
    patterns=PATTERNS,
)
