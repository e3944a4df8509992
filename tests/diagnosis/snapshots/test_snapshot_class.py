import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from storagetui.model.keys import Key, Kind
from storagetui.model.snapshots import VolumeSnapshot, VolumeSnapshotClass, VolumeSnapshotContent
from tests.build import Json, build, claim, event, volume
from tests.diagnosis.world import codes, only

DRIVER = "disk.csi.example"
SOURCE = (claim("shop/data"), volume("pv-data", claim="shop/data"))
GOOD = "good"


def snapshot(
    *, age: float = 60, of_class: str = "", of: str = "data", metadata: Json | None = None, **status: object
) -> Record:
    spec: Json = {"source": {"persistentVolumeClaimName": of}}
    if of_class:
        spec["volumeSnapshotClassName"] = of_class
    return build(
        VolumeSnapshot, "shop/nightly", {"spec": spec, "status": status}, {"metadata": metadata or {}}, age=age
    )


def content(name: str = "content", ref: str = "shop/nightly", **over: object) -> Record:
    namespace, _, plain = ref.partition("/")
    uid = f"uid-volumesnapshot-{ref}"
    spec = {"driver": DRIVER, "deletionPolicy": "Delete", "source": {"volumeHandle": "handle-pv-data"}}
    spec["volumeSnapshotRef"] = {"namespace": namespace, "name": plain, "uid": uid}
    return build(VolumeSnapshotContent, name, {"spec": spec, "status": {"snapshotHandle": "snap-1"}}, dict(over))


def snapshot_class(name: str = GOOD, driver: str = DRIVER, default: bool = False) -> Record:
    notes = {"snapshot.storage.kubernetes.io/is-default-class": "true"} if default else {}
    return build(VolumeSnapshotClass, name, {"driver": driver}, {"metadata": {"annotations": notes}})


def test_snapshot_class_problem_of_a_class_that_is_missing() -> None:
    finding = only(snapshot(of_class="gone"), *SOURCE, snapshot_class())
    assert (finding.code, finding.severity, finding.certainty) == (
        "snapshot-class-problem",
        Severity.MEDIUM,
        Certainty.CONFIRMED,
    )
    assert finding.title == "VolumeSnapshotClass gone does not exist"
    assert finding.causes == (Key(Kind.VOLUME_SNAPSHOT_CLASS, "", "gone"),)
    assert "disk.csi.example has class good." in finding.explanation
    assert finding.next_step == "Take the snapshot again with one of disk.csi.example: good."
    assert codes(snapshot(of_class="gone", age=59), *SOURCE) == []


def test_a_class_of_another_driver() -> None:
    finding = only(snapshot(of_class="theirs"), *SOURCE, snapshot_class("theirs", "other.example"))
    assert finding.title == "VolumeSnapshotClass theirs is for other.example, and the volume is of disk.csi.example"


def test_no_default_and_too_many() -> None:
    assert only(snapshot(), *SOURCE).title == "No VolumeSnapshotClass is the default for disk.csi.example"
    both = (snapshot_class("a", default=True), snapshot_class("b", default=True))
    assert "2 VolumeSnapshotClasses are the default" in only(snapshot(), *SOURCE, *both).title
    theirs = snapshot_class("theirs", "other.example", default=True)
    assert "snapshot-class-problem" not in codes(snapshot(), *SOURCE, snapshot_class(default=True), theirs)


@pytest.mark.parametrize(
    "text",
    [
        "Failed to set default snapshot class with error cannot find default snapshot class",
        "Failed to get snapshot class with error volumesnapshotclass x not found",
    ],
)
def test_the_snapshots_error_tells(text: str) -> None:
    about = snapshot(age=1, of_class=GOOD, error={"message": text})
    finding = only(about, *SOURCE, snapshot_class())
    assert (finding.code, finding.certainty) == ("snapshot-class-problem", Certainty.CONFIRMED)
    assert codes(snapshot(age=1, error={"message": "quota"}), *SOURCE) == ["snapshot-creation-failed"]


def test_classes_that_cannot_be_listed() -> None:
    about = snapshot(of_class=GOOD)
    told = event(about, "GetSnapshotClassFailed", "Failed to get snapshot class with error not found")
    finding = only(about, told, *SOURCE, blind=(Kind.VOLUME_SNAPSHOT_CLASS,))
    assert (finding.code, finding.certainty) == ("snapshot-class-problem", Certainty.INFERRED)
    assert "Cannot tell which classes there are, because snapshot classes cannot be listed." in finding.explanation
    assert codes(about, told, *SOURCE, snapshot_class()) == ["snapshot-not-processed"]
