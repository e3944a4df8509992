from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from tests.build import attachment, claim, event, stamp, volume
from tests.diagnosis.world import after, codes, only

MADE = {"annotations": {"pv.kubernetes.io/provisioned-by": "disk.csi.example"}}


def released(policy: str, ago: float | None = 600, *, phase: str = "Released", made: bool = True) -> Record:
    status = {"lastPhaseTransitionTime": stamp(ago)} if ago is not None else {}
    return volume(
        "pv-1",
        claim="shop/data",
        phase=phase,
        metadata=MADE if made else {},
        spec={"persistentVolumeReclaimPolicy": policy},
        status=status,
    )


def test_pv_released_retain_is_calm() -> None:
    finding = only(released("Retain"))
    assert (finding.code, finding.severity) == ("pv-released-retain", Severity.LOW)
    assert finding.title == "Volume is kept for shop/data, which is gone"
    assert "kept since 2026-01-15T13:52:11Z: its policy is Retain." in finding.explanation
    again = only(released("Retain"), claim("shop/data", volume="pv-2"))
    assert "A claim of that name exists again (Bound, volume pv-2)." in again.explanation
    assert "pv-released-retain" not in codes(volume("pv-1", claim="shop/data"))


def test_pv_released_delete_stuck() -> None:
    about = released("Delete")
    failed = event(about, "VolumeFailedDelete", "rpc error: code = Internal desc = has dependent snapshots", count=9)
    finding = only(about, failed)
    assert (finding.code, finding.severity, finding.certainty) == (
        "pv-released-delete-stuck",
        Severity.MEDIUM,
        Certainty.CONFIRMED,
    )
    assert finding.title == "disk.csi.example does not delete the volume: Internal"
    assert "failed to delete it 9 times" in finding.explanation
    assert "has dependent snapshots" in finding.explanation
    assert codes(released("Delete", 179)) == []
    assert codes(released("Delete", 180)) == ["pv-released-delete-stuck"]


def test_a_failure_that_is_reported_counts_after_half_a_minute() -> None:
    about = volume("pv-1", claim="shop/data", phase="Released", status={"lastPhaseTransitionTime": stamp(40)})
    failed = event(about, "VolumeFailedDelete", "rpc error: code = Internal desc = busy", ago=30)
    assert codes(about, failed) == ["pv-released-delete-stuck"]
    assert codes(about, failed, at=after(-0.001)) == []


def test_a_volume_that_is_still_attached_is_not_deleted() -> None:
    about, held = released("Delete"), attachment("va", volume="pv-1", node="node-b")
    text = "persistentvolume pv-1 is still attached to node node-b"
    finding = only(about, held, event(about, "VolumeFailedDelete", text))
    assert finding.title == "Volume is still attached to node-b and is not deleted"
    assert finding.causes == (held.key,)


def test_nobody_deletes_what_was_made_by_hand() -> None:
    assert "It was made by hand" in only(released("Delete", made=False)).explanation
    assert "looks like the provisioner" in only(released("Delete")).explanation


def test_before_moments_were_kept_it_is_taken_for_old() -> None:
    assert codes(released("Delete", None)) == ["pv-released-delete-stuck"]
    young = volume("pv-1", claim="shop/data", phase="Released", age=179)
    assert codes(young) == []


def test_pv_failed() -> None:
    about = volume(
        "pv-1", claim="shop/data", phase="Failed", status={"reason": "VolumeFailedDelete", "message": "no plugin"}
    )
    finding = only(about)
    assert (finding.code, finding.severity) == ("pv-failed", Severity.MEDIUM)
    assert "It says: no plugin." in finding.explanation
    assert "disk.csi.example acts on volumes that are Released alone" in finding.explanation
    bare = volume("pv-1", claim="shop/data", phase="Failed")
    told = event(bare, "VolumeFailedRecycle", "No recycler plugin found for the volume!")
    assert "No recycler plugin found" in only(bare, told).explanation
    assert codes(volume("pv-1")) == []
