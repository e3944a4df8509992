from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind
from storagetui.model.namespaces import ResourceQuota
from storagetui.model.pods import Pod
from tests.build import Json, build, claim, event, pod, stamp
from tests.diagnosis.world import after, codes, only, unscheduled

WAITS = 'waiting for ephemeral volume controller to create the persistentvolumeclaim "web-tmp"'
VOLUMES = {"volumes": [{"name": "tmp", "ephemeral": {"volumeClaimTemplate": {}}}]}
OWN = [{"kind": "Pod", "name": "web", "uid": "uid-pod-shop/web", "controller": True}]


def waiting(ago: float = 30, message: str = WAITS) -> Pod:
    return pod("shop/web", phase="Pending", node="", spec=VOLUMES, status=unscheduled(message, ago), age=ago)


def refused(why: str) -> Event:
    return event(
        waiting(), "FailedBinding", f"ephemeral volume tmp: create PVC web-tmp: {why}", source="ephemeral_volume"
    )


def test_a_claim_of_that_name_is_not_the_pods_own() -> None:
    strange = claim("shop/web-tmp")
    finding = only(waiting(), strange)
    assert finding.code == "ephemeral-pvc-conflict"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert finding.title == "Claim web-tmp exists and is not the pod's own"
    assert "and it has no owner. It is Bound." in finding.explanation
    assert finding.causes == (strange.key,)
    assert codes(waiting(), strange, at=after(-0.001)) == []


def test_an_earlier_pods_claim_goes_by_itself() -> None:
    owner = [{"kind": "Pod", "name": "web", "uid": "before", "controller": True}]
    left: Json = {"ownerReferences": owner, "deletionTimestamp": stamp(5)}
    finding = only(waiting(), claim("shop/web-tmp", metadata=left))
    assert "belongs to an earlier pod of this name. It is Bound, and is being deleted." in finding.explanation
    assert finding.next_step == "Wait until the old claim is gone."


def test_the_pods_own_claim_is_no_conflict() -> None:
    own = claim("shop/web-tmp", metadata={"ownerReferences": OWN})
    assert codes(waiting(message="no cpu"), own) == ["pod-pending"]


def test_a_claim_that_is_about_to_be_made_is_calm_for_a_while() -> None:
    finding = only(waiting(29))
    assert finding.code == "sched-ephemeral-wait"
    assert (finding.severity, finding.certainty) == (Severity.INFO, Certainty.INFERRED)
    assert codes(waiting(30)) == ["pod-pending"]
    assert codes(waiting(29), claim("shop/web-tmp", metadata={"ownerReferences": OWN})) == []


def test_claims_that_cannot_be_listed_are_not_guessed_at() -> None:
    assert codes(waiting(29), blind=(Kind.PERSISTENT_VOLUME_CLAIM,)) == ["sched-ephemeral-wait"]
    assert codes(waiting(29, "no cpu"), blind=(Kind.PERSISTENT_VOLUME_CLAIM,)) == []


def test_a_quota_or_a_limit_refuses_the_claim() -> None:
    over = refused(
        'persistentvolumeclaims "web-tmp" is forbidden: exceeded quota: q, requested: requests.storage=1Gi, '
        "used: requests.storage=9Gi, limited: requests.storage=9Gi"
    )
    full = {"requests.storage": "9Gi"}
    quota = build(ResourceQuota, "shop/q", {"status": {"hard": full, "used": full}}, {})
    finding = only(waiting(), over, quota)
    assert (finding.code, finding.certainty) == ("pvc-quota-exceeded", Certainty.CONFIRMED)
    assert "9Gi of 9Gi are used, and 1Gi more are asked for." in finding.explanation
    assert finding.causes == (quota.key,)
    size = refused("maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi")
    assert codes(waiting(), size) == ["pvc-limitrange"]


def test_another_refusal_is_quoted() -> None:
    finding = only(waiting(), refused("namespace shop because it is being terminated"))
    assert (finding.code, finding.certainty) == ("ephemeral-pvc-conflict", Certainty.INFERRED)
    assert finding.causes == (Key(Kind.NAMESPACE, "", "shop"),)
    own = claim("shop/web-tmp", metadata={"ownerReferences": OWN})
    assert codes(waiting(message="no cpu"), refused("x"), own) == ["pod-pending"]
