from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import claim, event, pod, storage_class
from tests.diagnosis.world import after, codes, only, unscheduled

IMMEDIATE = storage_class(binding="Immediate")
UNBOUND = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."
WAITING = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(UNBOUND, 40))


def test_the_claim_is_the_cause() -> None:
    pending = claim("shop/data", phase="Pending", age=50)
    finding = only(WAITING, pending, IMMEDIATE)
    assert finding.code == "sched-unbound-immediate"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Pod waits for claim data"
    assert finding.causes == (pending.key,)


def test_a_missing_class_binds_nothing_either() -> None:
    assert codes(WAITING, claim("shop/data", phase="Pending", age=50)) == ["sched-unbound-immediate"]


def test_a_lost_claim_is_worse() -> None:
    finding = only(WAITING, claim("shop/data", phase="Lost", volume="pv-7"), IMMEDIATE)
    assert (finding.code, finding.severity) == ("sched-pvc-lost", Severity.CRITICAL)
    assert finding.causes


def test_it_is_reported_from_the_threshold_on_counted_from_the_later_of_the_two() -> None:
    young = claim("shop/data", phase="Pending", age=30)
    assert codes(WAITING, young, IMMEDIATE, at=after(-0.001)) == ["pod-pending"]
    assert codes(WAITING, young, IMMEDIATE) == ["sched-unbound-immediate"]


def test_a_late_binding_claim_does_not_hold_its_pod() -> None:
    assert codes(WAITING, claim("shop/data", phase="Pending"), storage_class("fast")) == ["pod-pending"]


def test_the_schedulers_word_stands_in_for_a_class_that_cannot_be_read() -> None:
    pending = claim("shop/data", phase="Pending")
    assert codes(WAITING, pending, blind=(Kind.STORAGE_CLASS,)) == ["sched-unbound-immediate"]
    other = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled("no cpu", 40))
    assert codes(other, pending, blind=(Kind.STORAGE_CLASS,)) == ["pod-pending"]


def test_a_claim_that_is_being_made_is_waited_for_calmly() -> None:
    asked = {"annotations": {"volume.kubernetes.io/storage-provisioner": "disk.csi.example"}}
    slow = claim("shop/data", phase="Pending", age=599, metadata=asked)
    begun = event(slow, "Provisioning", "External provisioner is ...", warning=False, source="disk.csi.example_pod-1")
    finding = only(WAITING, slow, IMMEDIATE, begun)
    assert (finding.code, finding.severity) == ("sched-unbound-immediate", Severity.INFO)
    assert "The driver is making the volume" in finding.explanation
    assert only(WAITING, slow, IMMEDIATE, begun, at=after(1)).severity is Severity.HIGH
    assert only(WAITING, slow, IMMEDIATE).severity is Severity.HIGH
