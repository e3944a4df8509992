"""A snapshot, or what stands behind it, is to go and is still there."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.copies import CONTENT_GOING, SNAPSHOT_GOING, content, source_words, waiting
from storagetui.diagnosis.event_text import first_match, message, said
from storagetui.diagnosis.finalizers import words
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.goings import going_since
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined, quoted, things
from storagetui.model.keys import Kind
from storagetui.model.snapshots import VolumeSnapshot, VolumeSnapshotContent

STUCK = State(
    code="snapshot-deletion-stuck",
    title="Snapshot cannot be deleted",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "A claim is being filled from it, it belongs to a group snapshot, the credentials to delete it are gone, or "
        "the provider refuses."
    ),
    remedies=(
        "Wait, while a claim is being filled from it",
        "Read the log of the snapshot controller, and of the driver's sidecar csi-snapshotter",
        "Look at the snapshot in the storage system",
        "Take the finalizer off by hand, as the last resort: the provider's snapshot then stays behind",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/storage/volume-snapshots/",
        "https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/",
    ),
)
PATIENCE_S = 60.0
"""How long a provider may take."""
_SNAPSHOT, _CONTENT = Kind.VOLUME_SNAPSHOT, Kind.VOLUME_SNAPSHOT_CONTENT
PATTERNS = (
    Pattern(STUCK.code, _SNAPSHOT, ("SnapshotDeletePending",), re.compile("Snapshot is being used to restore a PVC")),
    Pattern(
        STUCK.code,
        _SNAPSHOT,
        ("SnapshotContentObjectDeleteError",),
        re.compile("Failed to delete snapshot content API object"),
    ),
    Pattern(
        STUCK.code,
        _CONTENT,
        ("SnapshotDeleteError",),
        re.compile(r"Failed to (?:delete snapshot|get snapshot credentials|clear content status)"),
    ),
)


def find(snapshot: VolumeSnapshot, ctx: Context) -> Iterator[Finding]:
    """Yield for a snapshot after a minute, with who holds it."""
    if not ctx.older_than(snapshot.deletion_timestamp, PATIENCE_S):
        return
    restores = waiting(snapshot, ctx)
    stands = content(snapshot, ctx)
    reported = first_match(ctx, snapshot, PATTERNS) or (first_match(ctx, stands, PATTERNS) if stands else None)
    names = [key.name for key in restores]
    fate = ""
    if stands is not None:
        fate = f"Its content {stands.name} has deletion policy {stands.deletion_policy}"
        fate += f" and is to go{going_since(stands)}." if stands.deletion_timestamp is not None else "."
    error = stands.error if stands is not None else ""
    yield STUCK.finding(
        snapshot,
        f"Snapshot is to go, and {things('claim', names)} {'is' if len(names) == 1 else 'are'} being filled from it"
        if names
        else "Snapshot is to go and is still there",
        joined(
            f"The snapshot is to go{going_since(snapshot)}.",
            f"{things('Claim', names)} {'waits' if len(names) == 1 else 'wait'} to be filled from it." if names else "",
            f"It belongs to group snapshot {snapshot.group_name}, with which alone it is deleted."
            if snapshot.group_name
            else "",
            fate,
            f"The driver says: {quoted(error)}" if error else "",
            f"Reported last: {quoted(message(reported.event))}" if reported is not None else "",
            words(snapshot.finalizers),
            source_words(snapshot, ctx),
        ),
        snapshot.deletion_timestamp,
        next_step=f"Wait for {names[0]}, or delete it if it is not wanted."
        if names
        else "Read the log of the snapshot controller, and of the driver's sidecar csi-snapshotter.",
        evidence=(
            evidence(snapshot, "finalizers", ", ".join(snapshot.finalizers)),
            *((said(reported.event),) if reported is not None else ()),
        ),
        causes=restores or ((stands.key,) if stands is not None and stands.deletion_timestamp is not None else ()),
    )


def find_content(stands: VolumeSnapshotContent, ctx: Context) -> Iterator[Finding]:
    """Yield for a content after a minute, with what the driver says."""
    if not ctx.older_than(stands.deletion_timestamp, PATIENCE_S):
        return
    reported = first_match(ctx, stands, PATTERNS)
    text = stands.error or (message(reported.event) if reported is not None else "")
    name = f"{stands.snapshot_namespace}/{stands.snapshot_name}"
    yield STUCK.finding(
        stands,
        f"{stands.driver} does not delete the snapshot of {name}",
        joined(
            f"The content of snapshot {name} is to go{going_since(stands)}; its deletion policy is "
            f"{stands.deletion_policy}, its handle {stands.snapshot_handle or stands.source_handle or 'not known'}.",
            f"It says: {quoted(text)}" if text else "",
            words(stands.finalizers),
        ),
        stands.deletion_timestamp,
        next_step=f"Look for it in the storage system, and read the log of csi-snapshotter of {stands.driver}.",
        evidence=(
            evidence(stands, "finalizers", ", ".join(stands.finalizers)),
            *((evidence(stands, "error"),) if stands.error else ()),
            *((said(reported.event),) if reported is not None else ()),
        ),
    )


RULE = Rule(
    SNAPSHOT_GOING,
    (STUCK,),
    find,
    heard=(
        Heard(_SNAPSHOT, ("SnapshotDeletePending", "SnapshotContentObjectDeleteError")),
        Heard(_CONTENT, ("SnapshotDeleteError",)),
    ),
    patterns=PATTERNS,
)
CONTENT_RULE = Rule(CONTENT_GOING, (), find_content)
