import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod
from tests.build import attachment, claim, event, node, pod, stamp, volume
from tests.diagnosis.world import after, codes, only, placed

CHAIN = (claim("shop/data"), volume("pv-data", claim="shop/data"), attachment("va", volume="pv-data", node="node-a"))


def going(ago: float = 10, finalizers: tuple[str, ...] = ()) -> Pod:
    metadata = {"deletionTimestamp": stamp(ago), "deletionGracePeriodSeconds": 30, "finalizers": list(finalizers)}
    return pod("shop/db-0", claims=("data",), metadata=metadata)


@pytest.mark.parametrize(("ready", "words"), [("Unknown", "does not answer"), ("False", "is not Ready")])
def test_the_node_does_not_answer(ready: str, words: str) -> None:
    replacement = pod("shop/other", phase="Pending", node="node-b", claims=("data",), status=placed(5))
    finding = only(going(), *CHAIN, node("node-a", ready=ready), replacement)
    assert finding.code == "pod-terminating-node-unreachable"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == f"Pod cannot end: node node-a {words}"
    assert "Volume pv-data stays attached to node-a." in finding.explanation
    assert finding.victims == (CHAIN[0].key, replacement.key)
    assert finding.since == going().deletion_timestamp


def test_the_node_is_gone() -> None:
    finding = only(going(), *CHAIN)
    assert finding.title == "Pod cannot end: node node-a no longer exists"


def test_it_is_reported_as_soon_as_the_grace_period_is_over() -> None:
    dead = node("node-a", ready="Unknown")
    assert codes(going(0), *CHAIN, dead, at=after(-0.001)) == []
    assert codes(going(0), *CHAIN, dead) == ["pod-terminating-node-unreachable"]


def test_pods_that_are_not_to_go_or_are_held_by_something_else_are_other_stories() -> None:
    dead = node("node-a", ready="Unknown")
    assert codes(pod("shop/db-0", claims=("data",)), *CHAIN, dead) == []
    assert codes(going(10, ("example.com/x",)), *CHAIN, dead) == ["pod-terminating-finalizer"]


def test_an_out_of_service_node_is_left_to_the_controller() -> None:
    taints = {"taints": [{"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"}]}
    assert only(going(), *CHAIN, node("node-a", ready="Unknown", spec=taints)).next_step.startswith("Wait")


def test_it_does_not_guess_about_nodes_that_cannot_be_listed() -> None:
    told = event(going(60), "NodeNotReady", "Node is not ready")
    unread = only(going(60), told, *CHAIN, blind=(Kind.NODE,))
    assert (unread.code, unread.certainty) == ("pod-terminating-node-unreachable", Certainty.INFERRED)
    assert "Cannot tell whether node-a answers by now, because" in unread.explanation
    finding = only(going(60), *CHAIN, blind=(Kind.NODE,))
    assert finding.code == "pod-terminating-node-ready"
    assert "Cannot tell whether node node-a answers, because nodes cannot be listed." in finding.explanation
