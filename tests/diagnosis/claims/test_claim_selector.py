from storagetui.diagnosis.finding import Certainty, Severity
from tests.build import claim, storage_class, volume
from tests.diagnosis.world import after, codes, only

SELECTOR = {"selector": {"matchLabels": {"tier": "gold"}}}
PICKY = claim("shop/data", phase="Pending", age=30, spec=SELECTOR)
IMMEDIATE = storage_class(binding="Immediate")


def test_a_claim_that_selects_is_not_provisioned() -> None:
    finding = only(PICKY, IMMEDIATE)
    assert finding.code == "pvc-selector-unsupported"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert "10Gi RWO class fast with labels tier=gold" in finding.explanation
    assert codes(PICKY, IMMEDIATE, at=after(-0.001)) == []


def test_expressions_count_as_well() -> None:
    selector = {"selector": {"matchExpressions": [{"key": "tier", "operator": "In", "values": ["gold", "silver"]}]}}
    finding = only(claim("shop/data", phase="Pending", spec=selector), IMMEDIATE)
    assert finding.code == "pvc-selector-unsupported"
    assert "tier In gold, silver" in finding.explanation


def test_a_volume_with_the_labels_is_awaited() -> None:
    gold = volume("pv-7", metadata={"labels": {"tier": "gold"}})
    assert "pvc-selector-unsupported" not in codes(PICKY, IMMEDIATE, gold)


def test_a_late_claim_is_not_refused_before_its_node_is_chosen() -> None:
    assert codes(PICKY, storage_class("fast")) == ["pvc-wait-for-first-consumer"]


def test_a_class_without_a_provisioner_takes_selectors() -> None:
    by_hand = storage_class(binding="Immediate", provisioner="kubernetes.io/no-provisioner")
    assert codes(PICKY, by_hand) == ["pvc-no-matching-pv"]
