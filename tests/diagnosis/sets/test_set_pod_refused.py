from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.events import Event
from storagetui.model.keys import Kind
from tests.build import claim, event, stateful_set
from tests.diagnosis.sets.crew import crew
from tests.diagnosis.world import codes, only

WEB = stateful_set("shop/web", replicas=2, ready=1)
ANSWER = (
    'pods "web-1" is forbidden: exceeded quota: compute, requested: limits.memory=2Gi, used: limits.memory=6Gi, '
    "limited: limits.memory=7Gi"
)


def refusal(answer: str = ANSWER, name: str = "web-1", verb: str = "create") -> Event:
    return event(WEB, "FailedCreate", f"{verb} Pod {name} in StatefulSet web failed error: {answer}")


def test_the_answer_is_repeated_and_storage_is_cleared() -> None:
    for verb in ("create", "Create"):
        finding = only(WEB, *crew("web", 1), claim("shop/data-web-1"), refusal(verb=verb))
        assert finding.code == "sts-pod-create-failed"
        assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.INFERRED)
        assert finding.title == "The API server refuses pod web-1"
        assert "exceeded quota: compute" in finding.explanation
        assert "It is the pod that is refused, not its volume." in finding.explanation
        assert [key.name for key in finding.victims] == ["web-1"]


def test_a_refused_claim_is_another_state() -> None:
    assert codes(WEB, *crew("web", 1), refusal("failed to create PVC data-web-1: no")) == ["sts-claim-create-failed"]


def test_a_pod_that_exists_by_now_answers_the_event() -> None:
    assert codes(WEB, *crew("web", 2), refusal()) == []


def test_a_pod_that_is_not_wanted_any_more_is_no_trouble() -> None:
    assert codes(WEB, *crew("web", 2), refusal(name="web-2")) == []


def test_it_says_when_pods_cannot_be_listed() -> None:
    finding = only(WEB, refusal(), blind=(Kind.POD,))
    assert "Cannot tell whether web-1 exist by now, because pods cannot be listed." in finding.explanation
