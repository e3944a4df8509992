from storagetui.diagnosis.finding import Certainty, Severity
from tests.build import claim, pod, storage_class
from tests.diagnosis.world import after, codes, found, only, unscheduled

LATE = storage_class("fast")
NO_CPU = "0/3 nodes are available: 3 Insufficient cpu."


def test_the_claim_follows_a_pod_without_a_node() -> None:
    refused = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(NO_CPU, 40), age=50)
    finding = only(claim("shop/data", phase="Pending"), LATE, refused)
    assert finding.code == "pvc-wait-for-pod-scheduled"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert finding.title == "Claim waits for pod web, which has no node"
    assert finding.causes == finding.victims == (refused.key,)


def test_it_is_reported_from_the_threshold_on_counted_from_the_refusal() -> None:
    refused = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(NO_CPU, 30), age=500)
    assert codes(claim("shop/data", phase="Pending"), LATE, refused, at=after(-0.001)) == ["claim-pending"]
    assert codes(claim("shop/data", phase="Pending"), LATE, refused) == ["pvc-wait-for-pod-scheduled"]


def test_a_pod_that_the_scheduler_has_not_refused_is_not_the_reason() -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status={"conditions": None}, age=10)
    assert codes(claim("shop/data", phase="Pending"), LATE, waiting) == []


def test_an_immediate_claim_does_not_follow_its_pod() -> None:
    refused = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(NO_CPU, 40))
    told = codes(claim("shop/data", phase="Pending"), storage_class(binding="Immediate"), refused)
    assert told == ["claim-pending"]


def test_a_pod_that_is_held_back_on_purpose_is_no_trouble() -> None:
    status = unscheduled("Scheduling is blocked due to non-empty scheduling gates", 400, "SchedulingGated")
    gated = pod("shop/web", phase="Pending", node="", claims=("data",), status=status)
    finding = only(claim("shop/data", phase="Pending"), LATE, gated)
    assert (finding.code, finding.severity) == ("pvc-wait-for-pod-scheduled", Severity.INFO)
    assert finding.title == "Claim waits for pod web, which is held back on purpose"
    refused = pod("shop/web-2", phase="Pending", node="", claims=("data",), status=unscheduled(NO_CPU, 40), age=50)
    told = next(one for one in found(claim("shop/data", phase="Pending"), LATE, gated, refused) if "Claim" in one.title)
    assert (told.title, told.severity) == ("Claim waits for pod web-2, which has no node", Severity.MEDIUM)
