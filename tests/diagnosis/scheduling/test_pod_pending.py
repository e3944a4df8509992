from storagetui.diagnosis.finding import Certainty, Severity
from tests.build import claim, pod, storage_class, volume
from tests.diagnosis.world import after, codes, only, unscheduled

BOUND = (claim("shop/data"), volume("pv-data", claim="shop/data"))
NO_CPU = "0/3 nodes are available: 3 Insufficient cpu."


def test_the_schedulers_words_are_told() -> None:
    finding = only(pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(NO_CPU, 40)), *BOUND)
    assert finding.code == "pod-pending"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert f"The scheduler says: {NO_CPU}" in finding.explanation


def test_a_scheduler_that_says_nothing_is_told_too() -> None:
    silent = pod("shop/web", phase="Pending", node="", claims=("data",), status={"conditions": None}, age=40)
    assert "has not said why" in only(silent, *BOUND).explanation


def test_it_is_reported_from_the_threshold_on() -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(NO_CPU, 30), age=500)
    assert codes(waiting, *BOUND, at=after(-0.001)) == []
    assert codes(waiting, *BOUND) == ["pod-pending"]


def test_a_pod_whose_node_is_chosen_waits_for_its_volume() -> None:
    chosen = {"annotations": {"volume.kubernetes.io/selected-node": "node-b"}}
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled("", 40))
    finding = only(waiting, claim("shop/data", phase="Pending", metadata=chosen), storage_class("fast"))
    assert finding.title == "Pod waits for claim data to be made"
    assert "Node node-b was chosen for the pod" in finding.explanation
    assert [key.name for key in finding.causes] == ["data"]


def test_pods_that_are_held_back_on_purpose_or_have_no_claims_are_left_alone() -> None:
    gated = unscheduled("", 40, reason="SchedulingGated")
    assert codes(pod("shop/web", phase="Pending", node="", claims=("data",), status=gated), *BOUND) == []
    assert codes(pod("shop/web", phase="Pending", node="", status=unscheduled(NO_CPU, 40))) == []
