from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.pods import Pod
from tests.build import node, pod, stamp
from tests.diagnosis.world import after, codes, only

NODE = node("node-a")


def held(ago: float, *finalizers: str) -> Pod:
    metadata = {"deletionTimestamp": stamp(ago), "finalizers": list(finalizers)}
    return pod("shop/db-0", claims=("data",), metadata=metadata)


def test_the_finalizer_is_named() -> None:
    finding = only(held(10, "example.com/guard"), NODE)
    assert finding.code == "pod-terminating-finalizer"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert finding.title == "Pod is held by finalizer example.com/guard"
    assert "by force does not help" in finding.explanation


def test_it_is_reported_as_soon_as_the_grace_period_is_over() -> None:
    assert codes(held(0, "example.com/guard"), NODE, at=after(-0.001)) == []
    assert codes(held(0, "example.com/guard"), NODE) == ["pod-terminating-finalizer"]


def test_the_job_controller_is_given_time() -> None:
    tracking = "batch.kubernetes.io/job-tracking"
    assert only(held(29.9, tracking), NODE).severity is Severity.INFO
    assert only(held(30, tracking), NODE).severity is Severity.MEDIUM
    assert only(held(10, tracking, "example.com/guard"), NODE).severity is Severity.MEDIUM


def test_a_pod_without_finalizers_is_held_by_something_else() -> None:
    assert codes(held(40), NODE) == ["pod-terminating-node-ready"]
