import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import Json, claim, event
from tests.diagnosis.snapshots.test_snapshot_class import SOURCE, content, snapshot, snapshot_class
from tests.diagnosis.world import codes, only

BOUND: Json = {"boundVolumeSnapshotContentName": "content", "readyToUse": True}
REST = (*SOURCE, snapshot_class(default=True))


def test_snapshot_content_missing() -> None:
    waits = claim(
        "shop/restored",
        phase="Pending",
        age=5,
        spec={"dataSourceRef": {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "nightly"}},
    )
    finding = only(snapshot(**BOUND), *REST, waits)
    assert (finding.code, finding.severity, finding.certainty) == (
        "snapshot-content-missing",
        Severity.HIGH,
        Certainty.CONFIRMED,
    )
    assert finding.title == "VolumeSnapshotContent content does not exist"
    assert finding.victims == (waits.key,)
    assert codes(snapshot(**BOUND, age=29), *REST) == []
    assert codes(snapshot(**BOUND, age=30), *REST) == ["snapshot-content-missing"]
    assert codes(snapshot(**BOUND), *REST, content()) == []


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"spec": {"volumeSnapshotRef": {"name": "other"}}}, "belongs to snapshot shop/other"),
        ({"spec": {"volumeSnapshotRef": {"uid": "before"}}}, "belongs to an earlier snapshot of that name"),
        ({"spec": {"source": {"snapshotHandle": "snap-7"}}}, "was made by hand, and the snapshot is of a claim"),
    ],
)
def test_a_content_of_another(over: Json, words: str) -> None:
    assert words in only(snapshot(**BOUND), *REST, content(**over)).title


def test_contents_that_cannot_be_listed() -> None:
    about = snapshot(boundVolumeSnapshotContentName="content", readyToUse=False)
    told = event(about, "SnapshotContentMissing", "VolumeSnapshotContent is missing")
    finding = only(about, told, *REST, blind=(Kind.VOLUME_SNAPSHOT_CONTENT,))
    assert (finding.code, finding.certainty) == ("snapshot-content-missing", Certainty.INFERRED)
    assert codes(snapshot(**BOUND), *REST, blind=(Kind.VOLUME_SNAPSHOT_CONTENT,)) == []
