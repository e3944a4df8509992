from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.drivers import CSIStorageCapacity
from storagetui.model.keys import Key, Kind
from tests.build import build, claim, pod, storage_class
from tests.diagnosis.world import after, codes, only, unscheduled

TEXT = "0/3 nodes are available: 3 node(s) did not have enough free storage."
WAITING = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(TEXT, 30))
ASKED = claim("shop/data", phase="Pending", size="100Gi")
TOPOLVM = storage_class(provisioner="topolvm.io")


def capacity(name: str, capacity: str, largest: str | None, host: str) -> CSIStorageCapacity:
    base = {"storageClassName": "fast", "capacity": capacity, "maximumVolumeSize": largest}
    base |= {"nodeTopology": {"matchLabels": {"topology.topolvm.io/node": host}}}  # type: ignore[dict-item]  # JSON
    return build(CSIStorageCapacity, f"csi/{name}", base, {})


def test_the_largest_volume_that_can_be_made_is_told_by_place() -> None:
    places = (capacity("a", "200Gi", "80Gi", "n1"), capacity("b", "90Gi", None, "n2"))
    finding = only(WAITING, ASKED, TOPOLVM, *places)
    assert finding.code == "sched-storage-capacity"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert "Reported as the largest volume: 90Gi in node=n2 and 80Gi in node=n1." in finding.explanation
    assert "100Gi RWO class fast" in finding.explanation
    assert "spare-gb" in finding.explanation
    assert finding.victims == (ASKED.key,)
    assert finding.causes == (Key(Kind.STORAGE_CLASS, "", "fast"),)
    assert finding.shared == "No place has enough free storage for claims of class fast."
    assert codes(WAITING, ASKED, TOPOLVM, *places, at=after(-0.001)) == []


def test_a_class_without_any_capacity_is_told_as_such() -> None:
    assert "reports no free space of class fast for any place" in only(WAITING, ASKED, TOPOLVM).explanation


def test_capacities_that_have_grown_or_cannot_be_read_leave_it_to_the_words() -> None:
    grown = only(WAITING, ASKED, TOPOLVM, capacity("a", "200Gi", None, "n1"))
    assert grown.certainty is Certainty.INFERRED
    blind = only(WAITING, ASKED, TOPOLVM, blind=(Kind.CSI_STORAGE_CAPACITY,))
    assert "Cannot tell how much is free where, because storage capacities cannot be listed." in blind.explanation


def test_other_words_are_about_something_else() -> None:
    other = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled("no cpu", 30))
    assert codes(other, ASKED, TOPOLVM) == ["pod-pending"]
