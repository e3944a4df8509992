from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Key, Kind
from tests.build import claim, event, node, pod, storage_class
from tests.diagnosis.world import after, codes, only

NOTES = {
    "volume.kubernetes.io/selected-node": "node-x",
    "volume.kubernetes.io/storage-provisioner": "disk.csi.example",
}
CHOSEN = claim("shop/data", phase="Pending", age=30, metadata={"annotations": NOTES})
WAITING = pod("shop/web", phase="Pending", node="", claims=("data",), age=30, status={"conditions": None})
TOLD = event(CHOSEN, "ProvisioningFailed", 'node "node-x" not found', source="disk.csi.example_x", ago=5)


def test_the_chosen_node_is_gone() -> None:
    finding = only(CHOSEN, storage_class(), WAITING, TOLD, node("node-a"))
    assert finding.code == "pvc-selected-node-gone"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Node node-x, chosen for the claim, is gone"
    assert 'The provisioner says: node "node-x" not found.' in finding.explanation
    assert finding.causes == (Key(Kind.NODE, "", "node-x"),)
    assert finding.victims == (WAITING.key,)


def test_it_is_reported_from_the_threshold_on() -> None:
    assert "pvc-selected-node-gone" not in codes(CHOSEN, storage_class(), WAITING, at=after(-0.001))
    assert codes(CHOSEN, storage_class(), WAITING) == ["pvc-selected-node-gone"]


def test_a_node_that_is_there_is_not_gone_whatever_was_said() -> None:
    assert "pvc-selected-node-gone" not in codes(CHOSEN, storage_class(), WAITING, TOLD, node("node-x"))


def test_without_nodes_the_provisioners_word_counts() -> None:
    finding = only(CHOSEN, storage_class(), WAITING, TOLD, blind=(Kind.NODE,))
    assert (finding.code, finding.certainty) == ("pvc-selected-node-gone", Certainty.INFERRED)
    assert "Cannot tell whether node-x still exists, because nodes cannot be listed." in finding.explanation
    assert "pvc-selected-node-gone" not in codes(CHOSEN, storage_class(), WAITING, blind=(Kind.NODE,))
