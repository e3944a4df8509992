import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind
from storagetui.model.namespaces import LimitRange, ResourceQuota
from tests.build import build, claim, event, stateful_set
from tests.diagnosis.sets.crew import crew, member
from tests.diagnosis.world import codes, found, only

WEB = stateful_set("shop/web", replicas=3, ready=2)
CREW = crew("web", 3)
ANSWER = (
    'persistentvolumeclaims "data-web-2" is forbidden: exceeded quota: storage, requested: requests.storage=10Gi, '
    "used: requests.storage=20Gi, limited: requests.storage=25Gi"
)


def refusal(name: str, answer: str, verb: str = "create") -> Event:
    ordinal = name.rpartition("-")[2]
    text = f"{verb} Claim {name} for Pod web-{ordinal} in StatefulSet web failed error: {answer}"
    return event(WEB, "FailedCreate", text, source="statefulset-controller")


@pytest.mark.parametrize("verb", ["create", "Create"])
def test_a_quota_refuses_the_claim(verb: str) -> None:
    status = {
        "hard": {"requests.storage": "25Gi", "pods": "10"},
        "used": {"requests.storage": "20Gi", "pods": "2"},
    }
    quota = build(ResourceQuota, "shop/storage", {"status": status}, {})
    finding = only(WEB, refusal("data-web-2", ANSWER, verb), quota)
    assert finding.code == "pvc-quota-exceeded"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Quota storage refuses claim data-web-2"
    assert (
        "Quota storage of namespace shop: Of storage (requests.storage), 20Gi of 25Gi are used, and 10Gi more are "
        "asked for."
    ) in finding.explanation
    assert finding.causes == (quota.key,)
    facts = {(one.path, one.value) for one in finding.evidence if one.key == quota.key}
    assert facts == {("status.hard", "requests.storage=25Gi"), ("status.used", "requests.storage=20Gi")}


def test_any_other_answer_is_repeated() -> None:
    finding = only(WEB, refusal("data-web-2", "admission webhook says no"))
    assert finding.code == "sts-claim-create-failed"
    assert finding.severity is Severity.HIGH
    assert "The answer is: admission webhook says no." in finding.explanation


def test_the_answer_may_stand_in_the_event_about_the_pod() -> None:
    text = f"create Pod web-2 in StatefulSet web failed error: failed to create PVC data-web-2: {ANSWER}"
    assert codes(WEB, event(WEB, "FailedCreate", text)) == ["pvc-quota-exceeded"]


def test_several_claims_are_one_finding() -> None:
    owner = stateful_set("shop/web", replicas=3, templates=("data", "logs"))
    finding = only(owner, refusal("data-web-2", ANSWER), refusal("logs-web-2", ANSWER))
    assert "data-web-2" in finding.title
    assert "logs-web-2" in finding.title


def test_a_claim_that_exists_answers_the_event() -> None:
    assert codes(WEB, refusal("data-web-2", ANSWER), claim("shop/data-web-2", phase="Pending"), *CREW) == []


def test_a_claim_that_is_no_longer_wanted_is_no_trouble() -> None:
    assert codes(stateful_set("shop/web", replicas=2), refusal("data-web-2", ANSWER), *CREW) == []
    assert codes(stateful_set("shop/web", replicas=3), refusal("data-web-3", ANSWER), *CREW) == []


def test_it_says_when_claims_cannot_be_listed() -> None:
    finding = only(WEB, refusal("data-web-2", ANSWER), blind=(Kind.PERSISTENT_VOLUME_CLAIM,))
    assert "because claims cannot be listed" in finding.explanation


def test_a_limit_range_refuses_the_size() -> None:
    answer = (
        'persistentvolumeclaims "data-web-2" is forbidden: maximum storage usage per PersistentVolumeClaim is 10Gi, '
        "but request is 50Gi"
    )
    finding = only(WEB, refusal("data-web-2", answer), *CREW)
    assert finding.code == "pvc-limitrange"
    assert finding.title == "A LimitRange refuses claim data-web-2"


def test_a_namespace_that_is_to_go_takes_nothing_new() -> None:
    answer = "unable to create new content in namespace shop because it is being terminated"
    finding = only(WEB, refusal("data-web-2", answer), *CREW)
    assert finding.code == "sts-claim-create-failed"
    assert finding.causes == (Key(Kind.NAMESPACE, "", "shop"),)


TWO = (*crew("web", 2), claim("shop/data-web-0"), claim("shop/data-web-1"))


def quota_of(used: str) -> ResourceQuota:
    status = {"hard": {"fast.storageclass.storage.k8s.io/requests.storage": "30Gi"}}
    status["used"] = {"fast.storageclass.storage.k8s.io/requests.storage": used}
    return build(ResourceQuota, "shop/storage", {"status": status}, {})


def test_where_answers_cannot_be_read_the_limits_tell() -> None:
    quota = quota_of("25Gi")
    finding = next(one for one in found(WEB, quota, *TWO, blind=(Kind.EVENT,)) if one.subject == WEB.key)
    assert (finding.code, finding.certainty) == ("pvc-quota-exceeded", Certainty.INFERRED)
    assert finding.title == "Quota storage does not allow claim data-web-2"
    assert "25Gi of 30Gi are used, and 10Gi more are asked for." in finding.explanation
    assert "Cannot tell what the API server answered, because events cannot be listed." in finding.explanation
    assert (finding.causes, finding.victims) == ((quota.key,), (Key(Kind.POD, "shop", "web-2"),))


@pytest.mark.parametrize(
    ("bounds", "is_told"),
    [({"max": {"storage": "9Gi"}}, True), ({"min": {"storage": "11Gi"}}, True), ({"max": {"storage": "10Gi"}}, False)],
)
def test_a_limit_range_tells_as_well(bounds: dict[str, dict[str, str]], is_told: bool) -> None:
    row = {"type": "PersistentVolumeClaim", **bounds}
    limits = build(LimitRange, "shop/sizes", {"spec": {"limits": [row]}}, {})
    told = [one.code for one in found(WEB, limits, *TWO, blind=(Kind.EVENT,)) if one.subject == WEB.key]
    assert told == (["pvc-limitrange"] if is_told else [])


def test_limits_are_not_asked_where_they_say_nothing() -> None:
    def told(*things: Record, blind: tuple[Kind, ...] = (Kind.EVENT,)) -> list[str]:
        return [one.code for one in found(WEB, *things, blind=blind) if one.code == "pvc-quota-exceeded"]

    assert told(quota_of("20Gi"), *TWO) == []
    assert told(quota_of("25Gi"), *TWO, blind=()) == []
    assert told(quota_of("25Gi"), *TWO, blind=(Kind.EVENT, Kind.RESOURCE_QUOTA)) == []
    assert told(quota_of("25Gi"), *TWO, claim("shop/data-web-2")) == []
    assert told(quota_of("25Gi"), member("web-0"), member("web-1", ready=False), *TWO[2:]) == []
