from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.roots import grouped
from storagetui.model.base import Record
from storagetui.model.keys import Key, Kind
from tests.build import claim, event, stamp, storage_class, volume
from tests.diagnosis.world import cluster_of, codes, full_run, only

SMALL, BIG = volume("pv-data", claim="shop/data"), volume("pv-data", claim="shop/data", size="20Gi")
WAITING = "waiting for an external controller to expand this PVC"


def wanting(written: float | None = None, name: str = "data", **more: object) -> Record:
    """A claim that asks for more than it has, written so long ago."""
    metadata = {}
    if written is not None:
        metadata["managedFields"] = [
            {"manager": "kubectl", "time": stamp(written)},
            {"manager": "kube-controller-manager", "time": stamp(1), "subresource": "status"},
        ]
    return claim(f"shop/{name}", size="20Gi", metadata=metadata, status={"capacity": {"storage": "10Gi"}, **more})


def test_resize_no_resizer_some_minutes_after_the_wish() -> None:
    assert codes(wanting(179), SMALL) == []
    finding = only(wanting(180), SMALL, storage_class("fast"))
    assert (finding.code, finding.severity, finding.certainty) == (
        "resize-no-resizer",
        Severity.HIGH,
        Certainty.INFERRED,
    )
    assert finding.title == "Nobody grows the volume to 20Gi"
    assert "disk.csi.example has not begun since 2026-01-15T13:59:11Z" in finding.explanation
    assert "No pod of the cluster looks like the resizer of disk.csi.example." in finding.explanation
    assert "Class fast allows expansion." in finding.explanation
    assert finding.shared.startswith("Nobody grows volumes of disk.csi.example. No pod of the cluster looks like")


def test_the_controllers_word_dates_the_wish_as_well() -> None:
    about = wanting()
    assert codes(about, event(about, "ExternalExpanding", WAITING, warning=False, ago=179), SMALL) == []
    finding = only(about, event(about, "ExternalExpanding", WAITING, warning=False, ago=180), SMALL)
    assert finding.code == "resize-no-resizer"
    assert "status.capacity[storage]" in {one.path for one in finding.evidence}


def test_a_label_that_is_written_later_is_no_new_wish() -> None:
    about = wanting(10)
    assert codes(about, event(about, "ExternalExpanding", WAITING, warning=False, ago=900), SMALL) == [
        "resize-no-resizer"
    ]


def test_what_was_saved_without_times_is_taken_for_old() -> None:
    finding = only(wanting(), SMALL)
    assert finding.code == "resize-no-resizer"
    assert finding.since is None


def test_somebody_who_works_on_it_is_somebody() -> None:
    assert "resize-no-resizer" not in codes(
        wanting(900, allocatedResourceStatuses={"storage": "ControllerResizeInProgress"}), SMALL
    )


def test_two_claims_of_one_driver_have_one_root() -> None:
    claims = [wanting(900, name) for name in ("data", "more")]
    cluster = cluster_of(*claims, SMALL, volume("pv-more", claim="shop/more"))
    (group,) = [one for one in grouped(full_run(cluster), cluster) if one.finding.code == "resize-no-resizer"]
    assert group.finding.subject == Key(Kind.CSI_DRIVER, "", "disk.csi.example")


def test_resize_pv_edited() -> None:
    finding = only(wanting(900), BIG)
    assert (finding.code, finding.severity, finding.certainty) == (
        "resize-pv-edited",
        Severity.HIGH,
        Certainty.INFERRED,
    )
    assert finding.title == "Volume pv-data says 20Gi and was never grown"
    assert "handle-pv-data of disk.csi.example" in finding.explanation
    assert codes(wanting(179), BIG) == []


def test_a_volume_that_the_driver_has_grown_was_not_edited() -> None:
    mark = {"annotations": {"volume.alpha.kubernetes.io/pre-resize-capacity": "10Gi"}}
    grown = volume("pv-data", claim="shop/data", size="20Gi", metadata=mark)
    assert codes(wanting(900), grown) == ["resize-no-resizer"]
    assert codes(wanting(900), BIG, blind=(Kind.PERSISTENT_VOLUME,)) == ["resize-no-resizer"]
