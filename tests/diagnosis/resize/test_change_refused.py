import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.patterns import classify
from storagetui.model.keys import Key, Kind
from tests.build import claim, event, stateful_set, storage_class
from tests.diagnosis.world import codes, found, only

CLASS = (
    'persistentvolumeclaims "data-db-0" is forbidden: only dynamically provisioned pvc can be resized and the '
    "storageclass that provisions the pvc must support resize"
)
SHRINK = "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"
SPEC = "spec: Forbidden: spec is immutable after creation except resources.requests for bound claims"
CLAIM, LEDGER = claim("shop/data-db-0"), claim("shop/ledger")
FIXED = storage_class("fast", expands=False)


@pytest.mark.parametrize(
    ("text", "code"),
    [(CLASS, "resize-rejected-class"), (SHRINK, "resize-rejected-shrink"), (SPEC, "pvc-spec-immutable")],
)
def test_an_answer_of_the_server_that_somebody_passes_on(text: str, code: str) -> None:
    told = event(LEDGER, "ExpandFailed", f"cannot expand: {text}", source="some-operator", ago=3599)
    finding = only(LEDGER, told, FIXED)
    assert (finding.code, finding.certainty) == (code, Certainty.INFERRED)
    assert "some-operator wanted to change the claim" in finding.explanation
    assert finding.causes == ((Key(Kind.STORAGE_CLASS, "", "fast"),) if code == "resize-rejected-class" else ())
    assert codes(LEDGER, event(LEDGER, "ExpandFailed", text, ago=3600), FIXED) == []
    assert codes(LEDGER, event(LEDGER, "ExpandFailed", "something else"), FIXED) == []


def test_resize_rejected_not_bound() -> None:
    pending = claim("shop/new", phase="Pending", age=5)
    for text in ("Only bound persistent volume claims can be expanded", SPEC):
        (finding,) = [one for one in found(pending, event(pending, "X", text)) if one.code.startswith("resize")]
        assert (finding.code, finding.severity) == ("resize-rejected-not-bound", Severity.LOW)
    assert codes(LEDGER, event(LEDGER, "X", SPEC)) == ["pvc-spec-immutable"]
    assert codes(pending) == []


def test_a_set_that_asks_for_more_than_the_class_lets_its_claim_grow_to() -> None:
    wants = stateful_set("shop/db", size="20Gi")
    finding = only(CLAIM, wants, FIXED)
    assert (finding.code, finding.severity) == ("resize-rejected-class", Severity.LOW)
    assert finding.title == "Set db wants more than 10Gi, and class fast does not allow expansion"
    assert "template data of set db asks for 20Gi" in finding.explanation
    assert "does not exist" in only(CLAIM, wants).title
    assert codes(CLAIM, wants, storage_class("fast")) == []
    assert codes(CLAIM, stateful_set("shop/db", size="10Gi"), FIXED) == []
    assert codes(CLAIM, wants, FIXED, blind=(Kind.STORAGE_CLASS,)) == []


def test_an_answer_to_a_write_is_known_by_its_text() -> None:
    claims = Kind.PERSISTENT_VOLUME_CLAIM
    assert classify(claims, "", CLASS)[0] == "resize-rejected-class"
    assert classify(claims, "", SHRINK)[0] == "resize-rejected-shrink"
    assert classify(claims, "", SPEC) == ("pvc-spec-immutable", "resize-rejected-not-bound")
