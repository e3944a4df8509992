from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import claim, pod, volume
from tests.diagnosis.world import after, codes, only, placed


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
    found = codes(waiting, claim("shop/data"), volume("pv-data", claim="shop/data"))
    assert "mount-claim-not-usable" not in found


def test_it_does_not_guess_when_claims_cannot_be_listed() -> None:
    waiting = pod("shop/web", phase="Pending", claims=("data",), status=placed(70))
    assert codes(waiting, blind=(Kind.PERSISTENT_VOLUME_CLAIM,)) == ["attach-silent-timeout"]
