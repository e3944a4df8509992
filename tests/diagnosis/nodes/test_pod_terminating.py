from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.pods import Pod
from tests.build import event, node, pod, stamp
from tests.diagnosis.world import after, codes, only

NODE = node("node-a")


def going(ago: float) -> Pod:
    metadata = {"deletionTimestamp": stamp(ago), "deletionGracePeriodSeconds": 30}
    return pod("shop/db-0", claims=("data",), metadata=metadata)


def test_a_pod_does_not_end_on_a_node_that_works() -> None:
    failed = event(going(60), "FailedKillPod", "error killing pod: timed out")
    finding = only(going(60), NODE, failed)
    assert finding.code == "pod-terminating-node-ready"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.INFERRED)
    assert finding.title == "Pod does not end on node node-a"
    assert "Node node-a is Ready." in finding.explanation
    assert "The kubelet says: error killing pod: timed out." in finding.explanation


def test_it_is_reported_as_soon_as_the_grace_period_is_over() -> None:
    assert codes(going(0), NODE, at=after(-0.001)) == []
    assert codes(going(0), NODE) == ["pod-terminating-node-ready"]


def test_a_kubelet_that_is_cleaning_up_is_calm() -> None:
    finding = only(going(29.9), NODE)
    assert (finding.severity, finding.next_step) == (Severity.INFO, "")
    assert "may still be killing and unmounting" in finding.explanation
    assert only(going(30), NODE).severity is Severity.MEDIUM


def test_pods_that_stay_and_pods_without_claims_are_left_alone() -> None:
    assert codes(pod("shop/db-0", claims=("data",)), NODE) == []
    assert codes(pod("shop/web", metadata={"deletionTimestamp": stamp(60)}), NODE) == []
