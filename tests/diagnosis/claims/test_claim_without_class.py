from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from tests.build import claim, pod, storage_class, volume
from tests.diagnosis.world import after, codes, only

DEFAULT = {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}


def nameless(age: float) -> PersistentVolumeClaim:
    return claim("shop/data", phase="Pending", age=age, spec={"storageClassName": None})


def empty(age: float) -> PersistentVolumeClaim:
    return claim("shop/data", phase="Pending", age=age, spec={"storageClassName": ""})


def test_no_class_is_the_default() -> None:
    finding = only(nameless(40), storage_class("fast"))
    assert finding.code == "pvc-no-class-no-pv"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert finding.title == "Claim names no class, and no class is the default"
    assert "There is no unbound volume without a class." in finding.explanation


def test_a_claim_that_wants_no_class_says_so() -> None:
    free = volume("pv-small", size="1Gi", spec={"storageClassName": None})
    finding = only(empty(40), free, storage_class("fast", metadata=DEFAULT))
    assert finding.title == "Claim wants no class, and no volume fits"
    assert "Nearest: pv-small has 1Gi." in finding.explanation


def test_it_is_reported_from_the_threshold_on() -> None:
    assert codes(nameless(30), at=after(-0.001)) == []
    assert codes(nameless(30)) == ["pvc-no-class-no-pv"]


def test_a_default_class_may_still_be_filled_in() -> None:
    assert codes(nameless(10), storage_class("fast", metadata=DEFAULT)) == []
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",))
    finding = only(nameless(40), storage_class("fast", metadata=DEFAULT), waiting)
    assert finding.code == "claim-pending"
    assert "class fast should have been filled in as the default" in finding.explanation.lower()


def test_a_named_class_is_another_story() -> None:
    assert "pvc-no-class-no-pv" not in codes(claim("shop/data", phase="Pending", age=40))


def test_it_does_not_guess_about_the_default_when_classes_cannot_be_listed() -> None:
    finding = only(nameless(40), blind=(Kind.STORAGE_CLASS,))
    assert finding.certainty is Certainty.INFERRED
    assert finding.title == "Claim names no class"
    assert "Cannot tell whether there is a default class, because classes cannot be listed." in finding.explanation
    assert only(empty(40), blind=(Kind.STORAGE_CLASS,)).certainty is Certainty.CONFIRMED
