import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from tests.build import claim, event
from tests.diagnosis.claims.asking import IMMEDIATE, RPC, asked, failure
from tests.diagnosis.world import after, codes, only


@pytest.mark.parametrize(
    ("text", "code", "why"),
    [
        (RPC + "Internal desc = no luck", "Internal", "It says (Internal): no luck."),
        (RPC + "InvalidArgument desc = bad type", "InvalidArgument", "It says (InvalidArgument): bad type."),
        (
            '(combined from similar events): failed to provision volume with StorageClass "fast": boom',
            "",
            "It says: boom.",
        ),
    ],
)
def test_the_drivers_answer_is_told(text: str, code: str, why: str) -> None:
    finding = only(asked(), IMMEDIATE, failure(asked(), text))
    assert finding.code == "pvc-provisioning-failed"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.INFERRED)
    assert finding.title == "disk.csi.example fails to make the volume" + (f": {code}" if code else "")
    assert why in finding.explanation
    assert "3 times, last at 2026-01-15T14:02:01Z" in finding.explanation
    assert "Stages: created 2026-01-15T14:01:11Z, failed first 2026-01-15T14:01:41Z" in finding.explanation


def test_what_helps_depends_on_the_code() -> None:
    wrong = only(asked(), IMMEDIATE, failure(asked(), RPC + "InvalidArgument desc = x"))
    assert "parameters of the class" in wrong.next_step
    gone = only(asked(), IMMEDIATE, failure(asked(), RPC + "Unavailable desc = x"))
    assert "Wait" in gone.next_step


def test_the_latest_failure_counts() -> None:
    old, new = failure(asked(), "first", ago=50, count=1), failure(asked(), "second", ago=5, count=1)
    assert "It says: second." in only(asked(), IMMEDIATE, old, new).explanation


def test_it_is_reported_from_the_threshold_on() -> None:
    failed = failure(asked(30), "boom")
    assert codes(asked(30), IMMEDIATE, failed, at=after(-0.001)) == ["pvc-provisioning-slow"]
    assert codes(asked(30), IMMEDIATE, failed) == ["pvc-provisioning-failed"]


def test_a_complaint_about_a_class_that_exists_by_now_is_history() -> None:
    past = event(asked(), "ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found', source="pv-controller")
    assert codes(asked(), IMMEDIATE, past) == ["claim-pending"]


def test_events_of_an_earlier_claim_of_that_name_do_not_count() -> None:
    before = claim("shop/data", phase="Pending", metadata={"uid": "another"})
    assert codes(asked(), IMMEDIATE, failure(before, "boom")) == ["claim-pending"]


def test_a_bound_claim_makes_it_history() -> None:
    bound = claim("shop/data")
    assert codes(bound, IMMEDIATE, failure(bound, "boom")) == []
