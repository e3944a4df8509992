from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import claim, pod
from tests.diagnosis.world import after, codes, only, unscheduled

NOT_FOUND = 'persistentvolumeclaim "data" not found'


def test_the_claim_does_not_exist() -> None:
    finding = only(pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(NOT_FOUND, 40)))
    assert finding.code == "sched-pvc-not-found"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Claim data does not exist"
    assert "namespace shop has no such claim" in finding.explanation
    assert [key.name for key in finding.causes] == ["data"]


def test_it_is_reported_from_the_threshold_on() -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(NOT_FOUND, 30))
    assert codes(waiting, at=after(-0.001)) == []
    assert codes(waiting) == ["sched-pvc-not-found"]


def test_a_claim_that_exists_is_not_missing() -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled("?", 40))
    assert codes(waiting, claim("shop/data")) == ["pod-pending"]


def test_the_claim_of_an_ephemeral_volume_is_made_by_itself() -> None:
    volumes = [{"name": "tmp", "ephemeral": {"volumeClaimTemplate": {}}}]
    waiting = pod("shop/web", phase="Pending", node="", spec={"volumes": volumes}, status=unscheduled("waiting", 40))
    assert codes(waiting) == ["pod-pending"]


def test_it_does_not_guess_when_claims_cannot_be_listed() -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled("no room", 40))
    finding = only(waiting, blind=(Kind.PERSISTENT_VOLUME_CLAIM,))
    assert finding.code == "pod-pending"
    assert "Cannot tell whether its claims are bound, because claims cannot be listed." in finding.explanation
