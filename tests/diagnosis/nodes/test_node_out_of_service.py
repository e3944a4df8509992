from typing import Any

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from storagetui.model.nodes import Node
from tests.build import node, pod, stamp
from tests.diagnosis.world import codes, only

TAINT = {
    "key": "node.kubernetes.io/out-of-service",
    "value": "nodeshutdown",
    "effect": "NoExecute",
    "timeAdded": stamp(300),
}
POD = pod("shop/db", claims=("data",))


def marked(ready: str, **over: Any) -> Node:
    return node("node-a", ready=ready, spec={"taints": [TAINT]}, **over)


def test_a_taint_that_was_left_on_a_node_that_is_back_is_told() -> None:
    finding = only(marked("True"), POD)
    assert finding.code == "node-oos-taint-left"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Node node-a is Ready and still marked out of service"
    assert "Pod db on it uses volumes." in finding.explanation
    assert "kubectl taint nodes node-a node.kubernetes.io/out-of-service-" in finding.next_step
    assert [key.name for key in finding.victims] == ["db"]


def test_a_node_that_is_off_and_marked_so_is_calm() -> None:
    for ready in ("Unknown", "False"):
        finding = only(marked(ready), POD)
        assert (finding.code, finding.severity) == ("node-oos-taint-active", Severity.INFO)
        assert finding.victims == ()


def test_other_taints_are_no_trouble() -> None:
    other = {**TAINT, "key": "node.kubernetes.io/unschedulable"}
    assert codes(node("node-a", spec={"taints": [other]}), POD) == []
    assert codes(node("node-a"), POD) == []


def test_it_says_when_pods_cannot_be_listed() -> None:
    finding = only(marked("True"), blind=(Kind.POD,))
    assert "Cannot tell which pods with volumes are on it, because pods cannot be listed." in finding.explanation
