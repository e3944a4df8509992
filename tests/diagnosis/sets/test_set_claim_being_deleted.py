from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import claim, event, pod, stamp, stateful_set
from tests.diagnosis.sets.crew import crew
from tests.diagnosis.world import after, codes, only

WEB = stateful_set("shop/web", replicas=2, ready=1)
GOING = claim(
    "shop/data-web-1",
    metadata={"deletionTimestamp": stamp(100), "finalizers": ["kubernetes.io/pvc-protection"]},
)


def test_the_claim_who_holds_it_and_what_comes_after_are_told() -> None:
    told = event(
        WEB, "FailedCreate", "create Pod web-1 in StatefulSet web failed error: pvc data-web-1 is being deleted"
    )
    finding = only(WEB, *crew("web", 1), GOING, told, pod("shop/backup", phase="Succeeded", claims=("data-web-1",)))
    assert finding.code == "sts-claim-being-deleted"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Claim data-web-1 is being deleted, so that pod web-1 cannot be made"
    assert "data-web-1 is used by backup (Succeeded)." in finding.explanation
    assert "The set makes a new, empty one once it is gone." in finding.explanation
    assert [key.name for key in finding.causes] == ["data-web-1"]
    assert [key.name for key in finding.victims] == ["web-1"]


def test_without_a_user_the_finalizer_is_named() -> None:
    finding = only(WEB, *crew("web", 1), GOING)
    assert "it is held by finalizer kubernetes.io/pvc-protection" in finding.explanation


def test_a_pod_that_exists_is_another_story() -> None:
    assert codes(WEB, *crew("web", 2), GOING) == []


def test_it_is_told_from_the_moment_of_the_deletion_on() -> None:
    at_once = claim("shop/data-web-1", metadata={"deletionTimestamp": stamp(0)})
    assert codes(WEB, *crew("web", 1), at_once) == ["sts-claim-being-deleted"]
    assert "sts-claim-being-deleted" not in codes(WEB, *crew("web", 1), at_once, at=after(-1))


def test_a_claim_of_an_ordinal_that_is_not_wanted_is_no_trouble() -> None:
    other = claim("shop/data-web-2", metadata={"deletionTimestamp": stamp(100)})
    assert codes(WEB, *crew("web", 2), other) == []


def test_without_pods_or_claims_in_view_nothing_is_told() -> None:
    for blind in (Kind.POD, Kind.PERSISTENT_VOLUME_CLAIM):
        assert "sts-claim-being-deleted" not in codes(WEB, *crew("web", 1), GOING, blind=(blind,))
