from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import claim, pod, stamp, volume
from tests.diagnosis.world import after, codes, only, unscheduled

TEXT = 'persistentvolumeclaim "data" is being deleted'
GOING = claim("shop/data", metadata={"deletionTimestamp": stamp(30), "finalizers": ["kubernetes.io/pvc-protection"]})
WAITING = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(TEXT, 30))


def test_the_claim_is_being_deleted() -> None:
    user = pod("shop/old", node="node-a", claims=("data",))
    finding = only(WAITING, GOING, volume("pv-data", claim="shop/data"), user)
    assert finding.code == "sched-pvc-deleting"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Claim data is being deleted"
    assert "Claim data is being deleted since 2026-01-15T14:01:41Z. It is used by old." in finding.explanation
    assert "Volume pv-data has policy Delete." in finding.explanation
    assert finding.causes == (GOING.key,)


def test_it_is_reported_from_the_threshold_on() -> None:
    assert codes(WAITING, GOING, at=after(-0.001)) == []
    assert codes(WAITING, GOING) == ["sched-pvc-deleting"]


def test_a_claim_that_stays_is_another_matter_and_one_that_cannot_be_read_is_inferred() -> None:
    assert codes(WAITING, claim("shop/data")) == ["pod-pending"]
    finding = only(WAITING, GOING, blind=(Kind.PERSISTENT_VOLUME_CLAIM,))
    assert (finding.code, finding.certainty) == ("sched-pvc-deleting", Certainty.INFERRED)
