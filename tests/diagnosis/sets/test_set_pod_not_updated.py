import msgspec

from storagetui.diagnosis.finding import Certainty, Severity
from tests.build import NOW, event, stateful_set
from tests.diagnosis.sets.crew import crew, member
from tests.diagnosis.world import codes, only

WEB = stateful_set("shop/web", replicas=2, templates=("data", "logs"))
FULL = member("web-0", claims=("data-web-0", "logs-web-0"))
OLD = member("web-1", claims=("data-web-1",))


def test_the_pod_and_the_claim_that_it_lacks_are_named() -> None:
    text = 'update Pod web-1 in StatefulSet web failed error: Pod "web-1" is invalid: spec: Forbidden: pod updates'
    finding = only(WEB, FULL, OLD, event(WEB, "FailedUpdate", text))
    assert finding.code == "sts-adopted-pod-missing-claim"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.INFERRED)
    assert "Pod web-1 has no volume for claim logs-web-1." in finding.explanation
    assert "The controller says: update Pod web-1" in finding.explanation
    assert finding.next_step.startswith("Delete pod web-1 gracefully")


def test_pods_with_all_their_volumes_are_no_trouble() -> None:
    assert codes(WEB, FULL, member("web-1", claims=("logs-web-1", "data-web-1"))) == []
    assert codes(stateful_set("shop/web", replicas=2), *crew("web", 2)) == []


def test_a_pod_that_is_being_replaced_is_no_trouble() -> None:
    owner = stateful_set("shop/web", replicas=1, templates=("data", "logs"))
    going = msgspec.structs.replace(member("web-0"), deletion_timestamp=NOW)
    assert codes(owner, member("web-0")) == ["sts-adopted-pod-missing-claim"]
    assert codes(owner, going) == []
