from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import claim, event, pod, stamp, volume
from tests.diagnosis.world import after, codes, found, only, placed


def test_the_claim_is_not_bound() -> None:
    pending = claim("shop/data", phase="Pending")
    finding = only(pod("shop/web", phase="Pending", claims=("data",), status=placed(70)), pending)
    assert finding.code == "mount-claim-not-usable"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert "data is Pending" in finding.explanation
    assert finding.causes == (pending.key,)


def test_the_claim_is_gone() -> None:
    finding = only(pod("shop/web", phase="Pending", claims=("data",), status=placed(70)))
    assert finding.code == "mount-claim-not-usable"
    assert "data does not exist" in finding.explanation


def test_it_is_reported_from_the_threshold_on() -> None:
    waiting = pod("shop/web", phase="Pending", claims=("data",), status=placed(60))
    assert codes(waiting, at=after(-0.001)) == []
    assert codes(waiting) == ["mount-claim-not-usable"]


def test_bound_claims_are_usable() -> None:
    waiting = pod("shop/web", phase="Pending", claims=("data",), status=placed(70))
    assert "mount-claim-not-usable" not in codes(waiting, claim("shop/data"), volume("pv-data", claim="shop/data"))


def test_it_does_not_guess_when_claims_cannot_be_listed() -> None:
    waiting = pod("shop/web", phase="Pending", claims=("data",), status=placed(70))
    assert codes(waiting, blind=(Kind.PERSISTENT_VOLUME_CLAIM,)) == ["attach-silent-timeout"]


def test_a_claim_that_is_being_deleted_is_refused_once_nothing_protects_it() -> None:
    waiting = pod("shop/web", phase="Pending", claims=("data",), status=placed(70))
    gone = claim("shop/data", metadata={"deletionTimestamp": stamp(80), "finalizers": ["example.com/x"]})
    finding = only(waiting, gone, volume("pv-data", claim="shop/data"))
    assert "data is being deleted since 2026-01-15T14:00:51Z and is no longer protected" in finding.explanation
    held = claim("shop/data", metadata={"deletionTimestamp": stamp(80), "finalizers": ["kubernetes.io/pvc-protection"]})
    assert "mount-claim-not-usable" not in codes(waiting, held, volume("pv-data", claim="shop/data"))


def test_a_claim_that_is_being_deleted_is_refused_by_kubelets_that_say_so() -> None:
    waiting = pod("shop/web", phase="Pending", claims=("data",), status=placed(70))
    going = claim(
        "shop/data", metadata={"deletionTimestamp": stamp(80), "finalizers": ["kubernetes.io/pvc-protection"]}
    )
    text = (
        "Unable to attach or mount volumes: unmounted volumes=[d]: error processing PVC shop/{}: PVC is being deleted"
    )
    bound = volume("pv-data", claim="shop/data")
    told = found(waiting, going, bound, event(waiting, "FailedMount", text.format("data")))
    (finding,) = (one for one in told if one.code == "mount-claim-not-usable")
    assert "data is being deleted since 2026-01-15T14:00:51Z." in finding.explanation
    assert finding.causes == (going.key,)
    assert "mount-claim-not-usable" not in codes(waiting, going, bound, event(waiting, "FailedMount", text.format("b")))
    healthy = claim("shop/data")
    history = event(waiting, "FailedMount", text.format("data"))
    assert "mount-claim-not-usable" not in codes(waiting, healthy, bound, history)


def test_a_volume_that_belongs_to_another_claim_is_refused() -> None:
    waiting = pod("shop/web", phase="Pending", claims=("data",), status=placed(70))
    finding = only(waiting, claim("shop/data"), volume("pv-data", claim="shop/other"))
    assert "data names volume pv-data, which belongs to shop/other" in finding.explanation
    earlier = volume("pv-data", claim="shop/data", spec={"claimRef": {"uid": "before"}})
    assert "belongs to an earlier claim of this name" in only(waiting, claim("shop/data"), earlier).explanation


def test_the_kubelets_word_stands_in_for_claims_that_cannot_be_read() -> None:
    waiting = pod("shop/web", phase="Pending", claims=("data",), status=placed(70))
    told = event(waiting, "FailedMount", "error processing PVC shop/data: PVC is not bound")
    finding = only(waiting, told, blind=(Kind.PERSISTENT_VOLUME_CLAIM,))
    assert (finding.code, finding.certainty) == ("mount-claim-not-usable", Certainty.INFERRED)
    assert [key.name for key in finding.causes] == ["data"]
