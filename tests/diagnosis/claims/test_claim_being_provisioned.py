from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.claims import PersistentVolumeClaim
from tests.build import claim, event, pod, storage_class
from tests.diagnosis.world import after, codes, only

IMMEDIATE = storage_class(binding="Immediate")
ASKED = {"volume.kubernetes.io/storage-provisioner": "disk.csi.example"}


def asked(age: float, node: str = "") -> PersistentVolumeClaim:
    notes = ASKED | ({"volume.kubernetes.io/selected-node": node} if node else {})
    return claim("shop/data", phase="Pending", age=age, metadata={"annotations": notes})


def test_a_volume_being_made_for_ten_seconds_is_calm() -> None:
    finding = only(asked(10), IMMEDIATE)
    assert finding.code == "pvc-provisioning-slow"
    assert (finding.severity, finding.certainty) == (Severity.INFO, Certainty.INFERRED)
    assert finding.title == "Volume is being made by disk.csi.example"
    assert "has not failed" in finding.explanation


def test_it_is_calm_up_to_the_threshold() -> None:
    assert codes(asked(30), IMMEDIATE, at=after(-0.001)) == ["pvc-provisioning-slow"]
    assert codes(asked(30), IMMEDIATE) == ["claim-pending"]


def test_before_anybody_was_asked_there_is_nothing_to_say() -> None:
    assert codes(claim("shop/data", phase="Pending", age=1), IMMEDIATE) == []


def test_a_first_failure_is_not_hidden() -> None:
    claimed = asked(10)
    failed = event(claimed, "ProvisioningFailed", "rpc error: code = Internal desc = no", source="disk.csi.example_x")
    finding = only(claimed, IMMEDIATE, failed)
    assert finding.code == "pvc-provisioning-slow"
    assert "has failed so far; it tries again" in finding.explanation


def test_a_late_binding_claim_is_young_from_the_moment_its_node_was_chosen() -> None:
    claimed = asked(86400, node="node-a")
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), age=3600)
    begun = event(claimed, "ExternalProvisioning", "waiting", warning=False, ago=5)
    finding = only(claimed, storage_class("fast"), waiting, begun)
    assert finding.code == "pvc-provisioning-slow"
    assert "for node node-a" in finding.explanation
    assert finding.since == begun.first_seen


def test_a_late_binding_claim_without_a_chosen_node_is_not_being_made() -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), age=5)
    assert codes(asked(86400), storage_class("fast"), waiting) == []
