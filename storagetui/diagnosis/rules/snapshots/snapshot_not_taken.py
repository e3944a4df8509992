"""A snapshot is not ready: it cannot be taken, it takes its time, or nobody works on it."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.copies import PATIENCE_S, WANTED, content, driver, source, told, waiting
from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.drivers import hint
from storagetui.diagnosis.event_text import first_match, grpc_code, message, said, without_rpc
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.plugins import controller_words
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined, moment, quoted
from storagetui.diagnosis.words import since as since_words
from storagetui.model.claims import BOUND
from storagetui.model.keys import Key, Kind
from storagetui.model.snapshots import VolumeSnapshot

_SNAPSHOTS = "https://kubernetes.io/docs/concepts/storage/volume-snapshots/"
_CONTROLLER = "https://kubernetes-csi.github.io/docs/snapshot-controller.html"

FAILED = State(
    code="snapshot-creation-failed",
    title="Snapshot cannot be taken",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The claim is missing or has no volume, the volume is not a CSI driver's, the driver fails, or the provider "
        "has a limit. It is tried again."
    ),
    remedies=(
        "Look at the claim that it is of",
        "Read the log of the driver's controller and of its sidecar csi-snapshotter",
        "Mend what the provider complains of: rights, quota, limits of snapshots",
    ),
    links=(_SNAPSHOTS,),
)
SLOW = State(
    code="snapshot-slow",
    title="Snapshot is being uploaded",
    severity=Severity.INFO,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "It has been cut; the copy to the provider's store may take hours for the first one of a volume. The data is "
        "safe only when it is ready."
    ),
    remedies=("Wait: nothing is wrong yet",),
    links=(_SNAPSHOTS,),
    is_calm=True,
)
NOBODY = State(
    code="snapshot-not-processed",
    title="Nobody works on the snapshot",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Without any status the snapshot controller, of which a cluster has one, is not installed or does not run: the "
        "definitions of the kinds alone do nothing. With a content and no result the driver's sidecar csi-snapshotter "
        "does not."
    ),
    remedies=(
        "Install or restart the snapshot controller",
        "Look at the pods of the driver's controller, for the sidecar csi-snapshotter and its log",
    ),
    links=(_CONTROLLER, _SNAPSHOTS),
)
_SNAPSHOT, _CONTENT = Kind.VOLUME_SNAPSHOT, Kind.VOLUME_SNAPSHOT_CONTENT
PATTERNS = (
    Pattern(
        FAILED.code,
        _SNAPSHOT,
        ("SnapshotContentCreationFailed",),
        re.compile(r"Failed to create snapshot content with error (?P<why>.+)"),
    ),
    Pattern(
        FAILED.code,
        _SNAPSHOT,
        ("SnapshotPVCSourceMissing",),
        re.compile(r"PVC source for snapshot (?P<snap>\S+) is missing"),
    ),
    Pattern(FAILED.code, _CONTENT, ("SnapshotCreationFailed",), re.compile(r"Failed to create snapshot: (?P<why>.+)")),
    Pattern(
        FAILED.code,
        _CONTENT,
        ("SnapshotContentCheckandUpdateFailed",),
        re.compile(r"Failed to check and update snapshot content: (?P<why>.+)"),
    ),
)
_WRAPPING = re.compile(
    r"^(?:Failed to (?:create snapshot(?: content)?|check and update snapshot content)(?: with error|:) )+"
)


def find_failed(snapshot: VolumeSnapshot, ctx: Context) -> Iterator[Finding]:
    """Yield for the error in the snapshot, in its content, or of the latest event."""
    if snapshot.ready_to_use:
        return
    stands = content(snapshot, ctx)
    about = snapshot if stands is None else stands
    reported = first_match(ctx, snapshot, PATTERNS) or (first_match(ctx, about, PATTERNS) if stands else None)
    error = snapshot.error or (stands.error if stands is not None else "")
    if not error and reported is None:
        return
    text = error or (message(reported.event) if reported is not None else "")
    name, code = driver(snapshot, ctx), grpc_code(text)
    claim = source(snapshot, ctx)
    is_unbound = claim is None or claim.phase != BOUND
    when = f", last at {moment(snapshot.error_time)}" if snapshot.error_time is not None else ""
    key = Key(Kind.PERSISTENT_VOLUME_CLAIM, snapshot.namespace, snapshot.claim_name)
    yield FAILED.finding(
        snapshot,
        f"{name or 'The driver'} cannot take the snapshot" + (f": {code}" if code else ""),
        told(
            snapshot,
            ctx,
            f"Taking the snapshot fails{when}: {quoted(without_rpc(_WRAPPING.sub('', text)))}",
            hint(name, Topic.SNAPSHOT),
        ),
        snapshot.error_time or (reported.event.first_seen if reported is not None else snapshot.creation_timestamp),
        certainty=Certainty.CONFIRMED if error else Certainty.INFERRED,
        next_step=f"Look at claim {snapshot.claim_name}: a snapshot needs its volume."
        if is_unbound and snapshot.claim_name and not ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM)
        else f"Read the log of the controller of {name or 'the driver'}, of its container csi-snapshotter first.",
        evidence=(
            *((evidence(snapshot, "error"),) if snapshot.error else ()),
            *((evidence(stands, "error"),) if stands is not None and stands.error else ()),
            *((said(reported.event),) if reported is not None else ()),
        ),
        victims=waiting(snapshot, ctx),
        causes=(key,) if claim is not None and is_unbound else (),
    )


def find_slow(snapshot: VolumeSnapshot, ctx: Context) -> Iterator[Finding]:
    """Yield for a snapshot that was cut and is not ready."""
    if snapshot.ready_to_use or not snapshot.content_name or snapshot.creation_time is None:
        return
    name = driver(snapshot, ctx)
    yield SLOW.finding(
        snapshot,
        "Snapshot has been cut and is being uploaded",
        told(
            snapshot,
            ctx,
            f"It was cut at {moment(snapshot.creation_time)}, and is not ready: the data is safe only then.",
            hint(name, Topic.SNAPSHOT),
        ),
        snapshot.creation_time,
        evidence=(
            evidence(snapshot, "creation_time", moment(snapshot.creation_time)),
            evidence(snapshot, "ready_to_use"),
        ),
        victims=waiting(snapshot, ctx),
    )


def find_nobody(snapshot: VolumeSnapshot, ctx: Context) -> Iterator[Finding]:
    """Yield for a snapshot that shows no trace of the controller, or whose content shows none of the sidecar."""
    if snapshot.ready_to_use or not ctx.older_than(snapshot.creation_timestamp, PATIENCE_S):
        return
    name, since = driver(snapshot, ctx), since_words(snapshot.creation_timestamp)
    if snapshot.content_name:
        title = f"{name or 'The driver'} does not take up the snapshot"
        words = (
            f"The snapshot has waited for {name or 'its driver'}{since}: its content is there, and there is no result."
        )
        step = f"Look at the controller of {name or 'the driver'}, for the sidecar csi-snapshotter and its log."
        more = controller_words(name, "snapshotter", ctx) if name else ""
    else:
        title = "Nobody works on the snapshot"
        words = f"The snapshot has no status{since}: the snapshot controller is not installed or does not run."
        step = "Install the snapshot controller, or look at its pods and their log."
        more = hint(name, Topic.SNAPSHOT)
    yield NOBODY.finding(
        snapshot,
        title,
        told(snapshot, ctx, words, more),
        snapshot.creation_timestamp,
        next_step=step,
        evidence=(evidence(snapshot, "content_name"), evidence(snapshot, "ready_to_use")),
        victims=waiting(snapshot, ctx),
        causes=(Key(Kind.CSI_DRIVER, "", name),) if name and snapshot.content_name else (),
        shared=joined(f"{name} takes up no snapshots.", more) if name and snapshot.content_name else "",
    )


FAILED_RULE = Rule(
    WANTED,
    (FAILED,),
    find_failed,
    heard=(
        Heard(_SNAPSHOT, ("SnapshotContentCreationFailed", "SnapshotPVCSourceMissing")),
        Heard(_CONTENT, ("SnapshotCreationFailed", "SnapshotContentCheckandUpdateFailed")),
    ),
    patterns=PATTERNS,
)
SLOW_RULE = Rule(WANTED, (SLOW,), find_slow)
NOBODY_RULE = Rule(WANTED, (NOBODY,), find_nobody)
