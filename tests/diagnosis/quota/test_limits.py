import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.events import Event
from storagetui.model.keys import Kind
from storagetui.model.namespaces import LimitRange, ResourceQuota
from tests.build import Json, build, event, stateful_set
from tests.diagnosis.world import only

WEB = stateful_set("shop/web", replicas=1, ready=0)
GOLD = "gold.storageclass.storage.k8s.io/requests.storage"


def refused(answer: str) -> Event:
    text = f"create Claim data-web-0 for Pod web-0 in StatefulSet web failed error: {answer}"
    return event(WEB, "FailedCreate", text, source="statefulset-controller")


def quota(hard: Json, used: Json) -> ResourceQuota:
    return build(ResourceQuota, "shop/q", {"status": {"hard": hard, "used": used}}, {})


def exceeded(asked: str, used: str, hard: str) -> Event:
    return refused(f"exceeded quota: q, requested: {asked}, used: {used}, limited: {hard}")


def test_a_quota_of_a_class_is_told_by_the_class() -> None:
    full = quota({GOLD: "10Gi"}, {GOLD: "8Gi"})
    finding = only(WEB, exceeded(f"{GOLD}=5Gi", f"{GOLD}=8Gi", f"{GOLD}=10Gi"), full)
    assert finding.code == "pvc-quota-exceeded"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert (
        f"Of storage of class gold ({GOLD}), 8Gi of 10Gi are used, and 5Gi more are asked for." in finding.explanation
    )
    assert finding.causes == (full.key,)
    assert finding.shared.startswith("Quota q of namespace shop refuses claims.")


def test_several_resources_are_told_one_by_one() -> None:
    both = exceeded(
        "persistentvolumeclaims=1,requests.storage=5Gi",
        "persistentvolumeclaims=3,requests.storage=8Gi",
        "persistentvolumeclaims=3,requests.storage=10Gi",
    )
    text = only(WEB, both).explanation
    assert "Of claims (persistentvolumeclaims), 3 of 3 are used, and 1 more are asked for." in text
    assert "Of storage (requests.storage), 8Gi of 10Gi are used, and 5Gi more are asked for." in text


@pytest.mark.parametrize(("hard", "certainty"), [("12Gi", Certainty.CONFIRMED), ("13Gi", Certainty.INFERRED)])
def test_a_quota_that_has_room_by_now_is_told_as_such(hard: str, certainty: Certainty) -> None:
    now = quota({"requests.storage": hard}, {"requests.storage": "8Gi"})
    finding = only(WEB, exceeded("requests.storage=5Gi", "requests.storage=8Gi", "requests.storage=10Gi"), now)
    assert finding.certainty is certainty
    assert ("By now the quota has room" in finding.explanation) is (certainty is Certainty.INFERRED)


def test_a_quota_that_cannot_be_read_or_is_gone() -> None:
    over = exceeded("requests.storage=5Gi", "requests.storage=8Gi", "requests.storage=10Gi")
    assert "There is no quota q any more" in only(WEB, over).explanation
    blind = only(WEB, over, blind=(Kind.RESOURCE_QUOTA,))
    assert blind.certainty is Certainty.INFERRED
    assert "Cannot tell whether the quota has room by now, because quotas cannot be listed." in blind.explanation


def test_a_quota_that_counts_what_the_claim_does_not_state() -> None:
    finding = only(WEB, refused("insufficient quota to consume: requests.storage"))
    assert finding.code == "pvc-quota-exceeded"
    assert "counts requests.storage" in finding.explanation


def limits(**bounds: Json) -> LimitRange:
    return build(LimitRange, "shop/sizes", {"spec": {"limits": [{"type": "PersistentVolumeClaim", **bounds}]}}, {})


def test_a_limit_range_bounds_the_size() -> None:
    over = refused("maximum storage usage per PersistentVolumeClaim is 10Gi, but request is 50Gi")
    finding = only(WEB, over, limits(max={"storage": "10Gi"}))
    assert finding.code == "pvc-limitrange"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert finding.title == "LimitRange sizes refuses claim data-web-0"
    assert "The maximum for one claim in namespace shop is 10Gi, and 50Gi is asked for." in finding.explanation


def test_a_limit_range_that_says_otherwise_by_now_is_history() -> None:
    under = refused("minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 100Mi")
    assert only(WEB, under, limits(min={"storage": "1Gi"})).certainty is Certainty.CONFIRMED
    by_now = only(WEB, under, limits(max={"storage": "1Gi"}))
    assert by_now.certainty is Certainty.INFERRED
    assert "No LimitRange says so any more" in by_now.explanation
    blind = only(WEB, under, blind=(Kind.LIMIT_RANGE,))
    assert "because limit ranges cannot be listed" in blind.explanation


def test_another_answer_is_about_no_limit() -> None:
    assert only(WEB, refused("admission webhook says no")).code == "sts-claim-create-failed"
