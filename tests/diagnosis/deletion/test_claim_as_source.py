from storagetui.diagnosis.finding import Severity
from storagetui.model.base import Record
from storagetui.model.keys import Kind
from storagetui.model.snapshots import VolumeSnapshot
from tests.build import build, claim
from tests.diagnosis.deletion.test_claim_in_use import going
from tests.diagnosis.world import codes, only

SNAPSHOT, CLONE = (
    "snapshot.storage.kubernetes.io/pvc-as-source-protection",
    "provisioner.storage.kubernetes.io/cloning-protection",
)


def snapshot(name: str, ready: bool, **status: object) -> Record:
    spec = {"source": {"persistentVolumeClaimName": "data"}}
    return build(VolumeSnapshot, f"shop/{name}", {"spec": spec, "status": {"readyToUse": ready, **status}}, {})


def test_pvc_terminating_snapshot() -> None:
    making = snapshot("nightly", False, error={"message": "quota of the provider"})
    finding = only(going(SNAPSHOT), making, snapshot("old", True))
    assert (finding.code, finding.severity) == ("pvc-terminating-snapshot", Severity.MEDIUM)
    assert finding.title == "Claim is to go, and snapshot nightly of it is in the making"
    assert "nightly says: quota of the provider." in finding.explanation
    assert "the snapshot controller, until no snapshot" in finding.explanation
    assert finding.causes == (making.key,)


def test_a_snapshot_that_is_ready_is_not_in_the_making() -> None:
    finding = only(going(SNAPSHOT), snapshot("old", True))
    assert "No snapshot of it is in the making any more." in finding.explanation
    assert finding.causes == ()
    blind = only(going(SNAPSHOT), blind=(Kind.VOLUME_SNAPSHOT,))
    assert "Cannot tell which snapshot it is, because snapshots cannot be listed." in blind.explanation


def test_pvc_terminating_clone() -> None:
    source = {"dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "data"}}
    clone = claim("shop/copy", phase="Pending", spec=source)
    finding = only(going(CLONE), clone)
    assert (finding.code, finding.severity) == ("pvc-terminating-clone", Severity.MEDIUM)
    assert finding.title == "Claim is to go, and clone copy of it is in the making"
    assert finding.causes == (clone.key,)
    assert "No clone of it is in the making any more" in only(going(CLONE), claim("shop/copy", spec=source)).explanation


def test_what_is_in_the_making_gets_a_minute() -> None:
    for finalizer in (SNAPSHOT, CLONE):
        assert codes(going(finalizer, ago=59)) == []
        assert len(codes(going(finalizer, ago=60))) == 1
    assert codes(claim("shop/data", metadata={"finalizers": [SNAPSHOT, CLONE]})) == []
