from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import claim, pod, storage_class
from tests.diagnosis.world import after, codes, only

ASKED = claim("shop/data", phase="Pending")
STUBBORN = pod("shop/web", phase="Pending", node="node-a", claims=("data",), age=30)


def test_a_pod_with_a_node_of_its_own_choice_passes_the_scheduler_by() -> None:
    finding = only(ASKED, storage_class(), STUBBORN)
    assert finding.code == "pvc-nodename-bypasses-scheduler"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Pod web passes the scheduler by"
    assert "has a node (node-a) without one having been chosen" in finding.explanation
    assert finding.victims == (STUBBORN.key,)


def test_it_is_reported_from_the_threshold_on() -> None:
    assert codes(ASKED, storage_class(), STUBBORN, at=after(-0.001)) == []
    assert codes(ASKED, storage_class(), STUBBORN) == ["pvc-nodename-bypasses-scheduler"]


def test_once_a_node_was_chosen_or_where_binding_is_not_late_it_is_something_else() -> None:
    chosen = {"annotations": {"volume.kubernetes.io/selected-node": "node-a"}}
    asked = claim("shop/data", phase="Pending", metadata=chosen)
    assert "pvc-nodename-bypasses-scheduler" not in codes(asked, storage_class(), STUBBORN)
    assert "pvc-nodename-bypasses-scheduler" not in codes(ASKED, storage_class(binding="Immediate"), STUBBORN)
    assert "pvc-nodename-bypasses-scheduler" not in codes(ASKED, storage_class(), STUBBORN, blind=(Kind.POD,))
