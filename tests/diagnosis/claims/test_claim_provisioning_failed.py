import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.events import Event
from tests.build import claim, event, storage_class
from tests.diagnosis.world import after, codes, only

IMMEDIATE = storage_class(binding="Immediate")


def asked(age: float = 60) -> PersistentVolumeClaim:
    notes = {"volume.kubernetes.io/storage-provisioner": "disk.csi.example"}
    return claim("shop/data", phase="Pending", age=age, metadata={"annotations": notes})


def failure(about: PersistentVolumeClaim, text: str, ago: float = 10, count: int = 3) -> Event:
    return event(about, "ProvisioningFailed", text, source="disk.csi.example_pod-1", ago=ago, count=count)


@pytest.mark.parametrize(
    ("text", "code", "why"),
    [
        (
            'failed to provision volume with StorageClass "fast": rpc error: code = ResourceExhausted desc = no room',
            "ResourceExhausted",
            "It says: no room.",
        ),
        ("rpc error: code = InvalidArgument desc = bad type", "InvalidArgument", "It says: bad type."),
        (
            '(combined from similar events): failed to provision volume with StorageClass "fast": boom',
            "",
            "It says: boom.",
        ),
        ('node "gone" not found', "", 'It says: node "gone" not found.'),
    ],
)
def test_the_drivers_answer_is_told(text: str, code: str, why: str) -> None:
    finding = only(asked(), IMMEDIATE, failure(asked(), text))
    assert finding.code == "pvc-provisioning-failed"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.INFERRED)
    assert finding.title == "disk.csi.example fails to make the volume" + (f": {code}" if code else "")
    assert why in finding.explanation
    assert "3 times" in finding.explanation


def test_what_helps_depends_on_the_code() -> None:
    full = only(asked(), IMMEDIATE, failure(asked(), "rpc error: code = ResourceExhausted desc = x"))
    wrong = only(asked(), IMMEDIATE, failure(asked(), "rpc error: code = InvalidArgument desc = x"))
    assert "Make room" in full.next_step
    assert "parameters of the class" in wrong.next_step


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
