from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Key, Kind
from tests.build import claim, event, pod, storage_class, volume
from tests.diagnosis.world import after, codes, only


def test_a_claim_names_a_class_that_is_not_there() -> None:
    waiting = pod("shop/web-0", phase="Pending", node="", claims=("data",), age=40)
    finding = only(claim("shop/data", phase="Pending", age=40), waiting, storage_class("other"))
    assert finding.code == "pvc-storageclass-missing"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Class fast does not exist"
    assert "10Gi RWO class fast" in finding.explanation
    assert "There is class other." in finding.explanation
    assert finding.victims == (waiting.key,)
    assert finding.causes == (Key(Kind.STORAGE_CLASS, "", "fast"),)
    assert finding.shared.startswith("Class fast does not exist.")
    assert {(one.path, one.value) for one in finding.evidence} >= {("spec.storageClassName", "fast")}


def test_it_is_reported_from_the_threshold_on() -> None:
    young = claim("shop/data", phase="Pending", age=30)
    assert codes(young, at=after(-0.001)) == []
    assert codes(young) == ["pvc-storageclass-missing"]


def test_a_class_that_exists_is_not_missing() -> None:
    assert "pvc-storageclass-missing" not in codes(claim("shop/data", phase="Pending", age=40), storage_class("fast"))


def test_a_bound_claim_needs_its_class_no_more() -> None:
    assert codes(claim("shop/data"), volume("pv-data", claim="shop/data")) == []


def test_a_free_volume_that_bears_the_name_needs_no_class() -> None:
    finding = only(claim("shop/data", phase="Pending", age=40), volume("pv-1"))
    assert finding.code == "claim-pending"
    assert "Free and fitting: pv-1; the controller has not bound one yet." in finding.explanation


def test_the_annotation_of_old_counts_as_the_class() -> None:
    notes = {"annotations": {"volume.beta.kubernetes.io/storage-class": "ancient"}}
    old = claim("shop/data", phase="Pending", age=40, metadata=notes, spec={"storageClassName": None})
    assert only(old, storage_class("fast")).title == "Class ancient does not exist"


def test_nothing_is_said_of_classes_that_cannot_be_listed() -> None:
    finding = only(claim("shop/data", phase="Pending", age=40), blind=(Kind.STORAGE_CLASS,))
    assert (finding.code, finding.severity) == ("claim-pending", Severity.LOW)
    assert "Cannot tell whether class fast exists" in finding.explanation
    assert "because classes cannot be listed." in finding.explanation


def test_what_the_control_plane_says_stands_in_for_classes_that_cannot_be_listed() -> None:
    about = claim("shop/data", phase="Pending", age=40)
    text = 'storageclass.storage.k8s.io "fast" not found'
    finding = only(about, event(about, "ProvisioningFailed", text, ago=10), blind=(Kind.STORAGE_CLASS,))
    assert (finding.code, finding.certainty) == ("pvc-storageclass-missing", Certainty.INFERRED)
    assert "Cannot tell whether class fast has been made since" in finding.explanation
    old = claim("shop/data", phase="Pending", age=4000)
    for said in (
        event(old, "ProvisioningFailed", text, ago=900),
        event(old, "ProvisioningFailed", text.replace("fast", "slow"), ago=10),
    ):
        assert only(old, said, blind=(Kind.STORAGE_CLASS,)).code == "claim-pending"
