import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.snapshots import VolumeSnapshot
from tests.build import Json, build, claim, event, stamp, storage_class
from tests.diagnosis.world import after, codes, only

IMMEDIATE = storage_class(binding="Immediate")
SNAPSHOT = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "monday"}
CLONE = {"kind": "PersistentVolumeClaim", "name": "other"}


def filled(source: Json = SNAPSHOT) -> PersistentVolumeClaim:
    notes = {"annotations": {"volume.kubernetes.io/storage-provisioner": "disk.csi.example"}}
    return claim("shop/data", phase="Pending", age=30, metadata=notes, spec={"dataSourceRef": source})


def snapshot(ready: bool = True, size: str = "10Gi", **over: Json) -> VolumeSnapshot:
    status = {"readyToUse": ready, "restoreSize": size, "boundVolumeSnapshotContentName": "content-1"}
    return build(VolumeSnapshot, "shop/monday", {"status": status}, over)


def test_the_snapshot_does_not_exist() -> None:
    finding = only(filled(), IMMEDIATE)
    assert finding.code == "pvc-datasource-not-ready"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "VolumeSnapshot monday does not exist"
    assert finding.causes == (Key(Kind.VOLUME_SNAPSHOT, "shop", "monday"),)
    assert codes(filled(), IMMEDIATE, at=after(-0.001)) == ["pvc-provisioning-slow"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (snapshot(ready=False), "is not ready to be used; its content is content-1."),
        (
            snapshot(ready=False, status={"error": {"message": "no room", "time": stamp(5)}}),
            "It says since 2026-01-15T14:02:06Z: no room.",
        ),
        (snapshot(size="20Gi"), "VolumeSnapshot monday needs 20Gi, and the claim asks for 10Gi."),
        (snapshot(metadata={"deletionTimestamp": stamp(5)}), "is being deleted since"),
    ],
)
def test_the_snapshot_cannot_be_used(source: VolumeSnapshot, words: str) -> None:
    finding = only(filled(), IMMEDIATE, source)
    assert finding.code == "pvc-datasource-not-ready"
    assert words in finding.explanation


def test_a_snapshot_that_is_ready_and_fits_is_no_trouble() -> None:
    assert codes(filled(), IMMEDIATE, snapshot()) == ["claim-pending"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (claim("shop/other", phase="Pending"), "Claim other is Pending: it has no volume to copy."),
        (claim("shop/other", size="11Gi"), "Claim other has 11Gi, and a copy must not be smaller"),
        (claim("shop/other", spec={"volumeMode": "Block"}), "a copy keeps the mode"),
    ],
)
def test_the_claim_that_is_to_be_copied_cannot_be(source: PersistentVolumeClaim, words: str) -> None:
    finding = only(filled(CLONE), IMMEDIATE, source)
    assert finding.code == "pvc-datasource-not-ready"
    assert words in finding.explanation
    assert codes(filled(CLONE), IMMEDIATE, claim("shop/other")) == ["claim-pending"]


def test_without_the_objects_the_provisioners_word_counts() -> None:
    asked = filled()
    said = event(asked, "ProvisioningFailed", "snapshot monday is not Ready", source="disk.csi.example_x", ago=5)
    finding = only(asked, IMMEDIATE, said, blind=(Kind.VOLUME_SNAPSHOT,))
    assert (finding.code, finding.certainty) == ("pvc-datasource-not-ready", Certainty.INFERRED)
    assert "The provisioner says: snapshot monday is not Ready." in finding.explanation
    assert codes(asked, IMMEDIATE, blind=(Kind.VOLUME_SNAPSHOT,)) == ["claim-pending"]


def test_a_source_of_a_populator_is_not_judged() -> None:
    assert codes(filled({"apiGroup": "x.example", "kind": "Image", "name": "y"}), IMMEDIATE) == ["claim-pending"]
