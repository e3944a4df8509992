from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import claim, event, pod, volume
from tests.diagnosis.world import codes, only

LOST = claim("shop/data", phase="Lost", volume="pv-7")


def test_the_volume_is_gone() -> None:
    user = pod("shop/db-0", claims=("data",))
    told = event(LOST, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!", ago=100)
    finding = only(LOST, user, told)
    assert finding.code == "pvc-lost"
    assert (finding.severity, finding.certainty) == (Severity.CRITICAL, Certainty.CONFIRMED)
    assert finding.title == "Claim lost its volume pv-7"
    assert "Volume pv-7 no longer exists." in finding.explanation
    assert finding.since == told.first_seen
    assert finding.victims == (user.key,)


def test_the_volume_belongs_to_another_claim() -> None:
    finding = only(LOST, volume("pv-7", claim="shop/other"))
    assert finding.code == "pvc-misbound"
    assert (finding.severity, finding.certainty) == (Severity.CRITICAL, Certainty.CONFIRMED)
    assert "bound to shop/other" in finding.explanation


def test_a_volume_made_again_is_not_taken_for_anothers() -> None:
    finding = only(LOST, volume("pv-7", claim="shop/data"))
    assert finding.code == "pvc-lost"
    assert "exists again" in finding.explanation


def test_a_bound_claim_is_not_lost() -> None:
    assert codes(claim("shop/data", volume="pv-7")) == []


def test_it_does_not_guess_what_became_of_volumes_that_cannot_be_listed() -> None:
    finding = only(LOST, blind=(Kind.PERSISTENT_VOLUME,))
    assert finding.certainty is Certainty.INFERRED
    assert "Cannot tell whether pv-7 still exists, because volumes cannot be listed." in finding.explanation
