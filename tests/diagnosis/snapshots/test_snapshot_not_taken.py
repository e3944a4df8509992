from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Key, Kind
from tests.build import Json, claim, event, stamp
from tests.diagnosis.snapshots.test_snapshot_class import SOURCE, content, snapshot, snapshot_class
from tests.diagnosis.world import codes, only

REST = (*SOURCE, snapshot_class(default=True))
BOUND: Json = {"boundVolumeSnapshotContentName": "content", "readyToUse": False}
QUOTA = "Failed to create snapshot: rpc error: code = ResourceExhausted desc = too many snapshots"


def test_snapshot_creation_failed_by_the_snapshots_error() -> None:
    about = snapshot(**BOUND, error={"message": QUOTA, "time": stamp(30)})
    finding = only(about, *REST, content())
    assert (finding.code, finding.severity, finding.certainty) == (
        "snapshot-creation-failed",
        Severity.HIGH,
        Certainty.CONFIRMED,
    )
    assert finding.title == "disk.csi.example cannot take the snapshot: ResourceExhausted"
    for part in (
        "last at 2026-01-15T14:01:41Z: too many snapshots.",
        "claim data (10Gi, volume pv-data of disk.csi.example)",
        "content is content of disk.csi.example, handle snap-1",
    ):
        assert part in finding.explanation
    assert codes(snapshot(**{**BOUND, "readyToUse": True}, error={"message": QUOTA}), *REST, content()) == []


def test_snapshot_creation_failed_by_an_event_about_it_or_its_content() -> None:
    about = snapshot(age=5)
    text = "Failed to create snapshot content with error the PVC data is not yet bound to a PV"
    finding = only(about, *REST, event(about, "SnapshotContentCreationFailed", text))
    assert (finding.code, finding.certainty) == ("snapshot-creation-failed", Certainty.INFERRED)
    bound, stands = snapshot(**BOUND, age=5), content()
    assert codes(bound, *REST, stands, event(stands, "SnapshotCreationFailed", QUOTA)) == ["snapshot-creation-failed"]


def test_a_claim_that_is_not_bound_is_the_cause() -> None:
    pending = claim("shop/data", phase="Pending", age=5)
    about = snapshot(error={"message": "the PVC data is not yet bound to a PV, will not attempt to take a snapshot"})
    finding = only(about, pending)
    assert finding.causes == (pending.key,)
    assert "which is Pending: there is no volume to take it of." in finding.explanation
    gone = only(about)
    assert "claim data, which does not exist" in gone.explanation
    assert gone.causes == ()
    blind = only(about, blind=(Kind.PERSISTENT_VOLUME_CLAIM,))
    assert "Cannot tell how claim data is, because claims cannot be listed." in blind.explanation


def test_snapshot_slow_is_calm() -> None:
    about = snapshot(**BOUND, creationTime=stamp(7200), age=7300)
    finding = only(about, *REST, content())
    assert (finding.code, finding.severity) == ("snapshot-slow", Severity.INFO)
    assert "It was cut at 2026-01-15T12:02:11Z, and is not ready" in finding.explanation
    assert codes(snapshot(**{**BOUND, "readyToUse": True}, creationTime=stamp(7200)), *REST, content()) == []


def test_snapshot_not_processed_after_a_minute() -> None:
    assert codes(snapshot(age=59), *REST) == []
    finding = only(snapshot(age=60), *REST)
    assert (finding.code, finding.severity) == ("snapshot-not-processed", Severity.HIGH)
    assert "the snapshot controller is not installed or does not run" in finding.explanation
    bound = only(snapshot(**BOUND), *REST, content())
    assert bound.code == "snapshot-not-processed"
    assert bound.title == "disk.csi.example does not take up the snapshot"
    assert "No pod of the cluster looks like the snapshotter of disk.csi.example." in bound.explanation
    assert bound.causes == (Key(Kind.CSI_DRIVER, "", "disk.csi.example"),)
    assert bound.shared.startswith("disk.csi.example takes up no snapshots.")
    assert finding.causes == ()
