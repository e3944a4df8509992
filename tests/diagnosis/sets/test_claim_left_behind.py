import msgspec
import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from tests.build import NOW, claim, pod, stateful_set
from tests.diagnosis.world import after, codes, found

WEB = stateful_set("shop/web", replicas=2)
SCALED, DELETED = "sts-orphan-pvc-scaledown", "sts-orphan-pvc-deleted"
BOTH = {SCALED, DELETED}


def told(*records: object, **how: object) -> set[str]:
    return set(codes(*records, **how)) & BOTH  # type: ignore[arg-type]


def test_the_claim_of_an_ordinal_beyond_the_replicas_is_kept_for_a_scale_up() -> None:
    finding = next(one for one in found(claim("shop/data-web-2"), WEB) if one.code == SCALED)
    assert (finding.severity, finding.certainty) == (Severity.INFO, Certainty.CONFIRMED)
    assert finding.title == "Claim of ordinal 2 is left over: set web has ordinals 0 to 1"
    assert [key.name for key in finding.causes] == ["web"]
    assert told(claim("shop/data-web-1"), WEB) == set()


def test_the_claim_of_a_set_that_is_gone_is_told_as_what_it_looks_like() -> None:
    finding = next(one for one in found(claim("shop/data-db-0")) if one.code == DELETED)
    assert (finding.severity, finding.certainty) == (Severity.LOW, Certainty.INFERRED)
    assert "template data, set db, ordinal 0" in finding.explanation
    assert "Only the name tells so." in finding.explanation


@pytest.mark.parametrize("name", ["shop/data", "shop/data-0", "shop/data-web-01"])
def test_other_names_are_no_sets(name: str) -> None:
    assert told(claim(name)) == set()


def test_claims_that_are_used_owned_or_on_their_way_are_no_leftovers() -> None:
    assert told(claim("shop/data-db-0"), pod("shop/reader", claims=("data-db-0",))) == set()
    assert told(claim("shop/data-db-0", metadata={"ownerReferences": [{"kind": "Database", "name": "db"}]})) == set()
    assert told(claim("shop/data-db-0", phase="Pending")) == set()
    going = msgspec.structs.replace(claim("shop/data-db-0"), deletion_timestamp=NOW)
    assert isinstance(going, PersistentVolumeClaim)
    assert told(going) == set()


def test_a_pod_that_is_replaced_is_given_half_a_minute() -> None:
    young = claim("shop/data-web-2", age=30)
    assert told(young, WEB, at=after(-0.001)) == set()
    assert told(young, WEB) == {SCALED}


def test_a_set_that_is_made_again_is_given_five_minutes() -> None:
    young = claim("shop/data-db-0", age=300)
    assert told(young, at=after(-0.001)) == set()
    assert told(young) == {DELETED}


@pytest.mark.parametrize("blind", [Kind.STATEFUL_SET, Kind.POD])
def test_without_sets_and_pods_in_view_nothing_is_inferred(blind: Kind) -> None:
    assert told(claim("shop/data-db-0"), blind=(blind,)) == set()
