from storagetui.diagnosis.finding import Severity
from tests.build import Json, claim, event, stamp
from tests.diagnosis.snapshots.test_snapshot_class import SOURCE, content, snapshot
from tests.diagnosis.world import codes, only

SOURCE_OF = "snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection"
CONTENT_OF = "snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection"
BOUND: Json = {"boundVolumeSnapshotContentName": "content", "readyToUse": True}


def going(ago: float = 60, finalizer: str = SOURCE_OF) -> Json:
    return {"deletionTimestamp": stamp(ago), "finalizers": [finalizer]}


def test_snapshot_deletion_stuck_while_a_claim_is_filled_from_it() -> None:
    source = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "nightly"}
    restored = claim("shop/restored", phase="Pending", spec={"dataSourceRef": source})
    about = snapshot(metadata=going(), **BOUND)
    told = event(about, "SnapshotDeletePending", "Snapshot is being used to restore a PVC")
    finding = only(about, restored, told, content(), *SOURCE)
    assert (finding.code, finding.severity) == ("snapshot-deletion-stuck", Severity.MEDIUM)
    assert finding.title == "Snapshot is to go, and claim restored is being filled from it"
    assert finding.causes == (restored.key,)
    assert "deletion policy Delete" in finding.explanation


def test_a_content_that_does_not_go_is_the_cause() -> None:
    stands = content(metadata=going(finalizer=CONTENT_OF), status={"error": {"message": "no credentials"}})
    finding = only(snapshot(metadata=going(), **BOUND), stands, *SOURCE)
    assert finding.causes == (stands.key,)
    assert "The driver says: no credentials." in finding.explanation
    own = only(stands)
    assert own.code == "snapshot-deletion-stuck"
    assert own.title == "disk.csi.example does not delete the snapshot of shop/nightly"
    assert "csi-snapshotter" in own.explanation


def test_a_group_snapshot_holds_its_parts() -> None:
    about = snapshot(metadata=going(), volumeGroupSnapshotName="all", **BOUND)
    assert "It belongs to group snapshot all" in only(about, content(), *SOURCE).explanation


def test_it_waits_a_minute_and_needs_a_finalizer() -> None:
    assert codes(snapshot(metadata=going(59), **BOUND), content(), *SOURCE) == []
    assert codes(snapshot(metadata={"deletionTimestamp": stamp(60)}, **BOUND), content(), *SOURCE) == []
    assert codes(content(metadata=going(59))) == []
    assert codes(content()) == []
