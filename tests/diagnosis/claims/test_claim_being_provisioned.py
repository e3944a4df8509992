from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.events import Event
from storagetui.model.snapshots import VolumeSnapshot
from tests.build import build, claim, event, node, pod, storage_class
from tests.diagnosis.world import after, codes, only

IMMEDIATE = storage_class(binding="Immediate")
ASKED = {"volume.kubernetes.io/storage-provisioner": "disk.csi.example"}


def asked(age: float, chosen: str = "") -> PersistentVolumeClaim:
    notes = ASKED | ({"volume.kubernetes.io/selected-node": chosen} if chosen else {})
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
    claimed = asked(86400, chosen="node-a")
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), age=3600)
    begun = event(claimed, "ExternalProvisioning", "waiting", warning=False, ago=5)
    finding = only(claimed, storage_class("fast"), waiting, begun, node("node-a"))
    assert finding.code == "pvc-provisioning-slow"
    assert "for node node-a" in finding.explanation
    assert finding.since == begun.first_seen


def test_a_late_binding_claim_without_a_chosen_node_is_not_being_made() -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), age=5)
    assert codes(asked(86400), storage_class("fast"), waiting) == []


def begun(about: PersistentVolumeClaim, ago: float = 5, count: int = 1) -> Event:
    text = 'External provisioner is provisioning volume for claim "shop/data"'
    return event(about, "Provisioning", text, warning=False, source="disk.csi.example_pod-1", ago=ago, count=count)


def test_a_driver_that_has_begun_may_take_ten_minutes() -> None:
    slow = asked(600)
    finding = only(slow, IMMEDIATE, begun(slow, 300), at=after(-0.001))
    assert (finding.code, finding.severity) == ("pvc-provisioning-slow", Severity.INFO)
    assert "provisioning begun 2026-01-15T13:57:11Z." in finding.explanation
    assert codes(slow, IMMEDIATE, begun(slow, 300)) == ["claim-pending"]


def test_a_copy_may_take_an_hour() -> None:
    source = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "monday"}
    notes = {"annotations": ASKED}
    filled = claim("shop/data", phase="Pending", age=3600, metadata=notes, spec={"dataSourceRef": source})
    ready = build(VolumeSnapshot, "shop/monday", {"status": {"readyToUse": True}}, {})
    assert codes(filled, IMMEDIATE, ready, begun(filled), at=after(-0.001)) == ["pvc-provisioning-slow"]
    assert codes(filled, IMMEDIATE, ready, begun(filled)) == ["claim-pending"]


def test_a_call_that_ended_while_the_driver_goes_on_is_no_failure_yet() -> None:
    slow = asked(599)
    late = event(slow, "ProvisioningFailed", "rpc error: code = DeadlineExceeded desc = x", source="disk.csi.example_p")
    finding = only(slow, IMMEDIATE, late)
    assert finding.code == "pvc-provisioning-slow"
    assert "is still at it: a call ended with DeadlineExceeded" in finding.explanation
    assert codes(slow, IMMEDIATE, late, at=after(1)) == ["pvc-provisioning-failed"]
