from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from storagetui.model.namespaces import Namespace
from tests.build import Json, build, claim, stamp
from tests.diagnosis.world import after, codes, only


def leaving(ago: float = 60, *conditions: Json) -> Namespace:
    status = {"phase": "Terminating", "conditions": list(conditions)}
    return build(Namespace, "shop", {"status": status}, {"metadata": {"deletionTimestamp": stamp(ago)}})


HELD = claim("shop/data", metadata={"deletionTimestamp": stamp(60), "finalizers": ["kubernetes.io/pvc-protection"]})


def test_claims_are_left_in_a_namespace_that_is_to_go() -> None:
    finding = only(leaving(), HELD, claim("other/data"))
    assert finding.code == "pvc-namespace-terminating"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert finding.title == "Namespace is being deleted, and claim data is left"
    assert "It is held by kubernetes.io/pvc-protection." in finding.explanation
    assert finding.causes == (HELD.key,)


def test_it_is_told_after_a_minute() -> None:
    assert codes(leaving(), HELD, at=after(-0.001)) == []
    assert codes(leaving(), HELD) == ["pvc-namespace-terminating"]


def test_a_namespace_without_claims_is_not_our_trouble() -> None:
    assert codes(leaving(), claim("other/data")) == []
    assert codes(build(Namespace, "shop", {"status": {"phase": "Active"}}, {}), HELD) == []


def test_without_claims_to_read_its_conditions_tell() -> None:
    message = "Some resources are remaining: persistentvolumeclaims. has 2 resource instances"
    condition = {"type": "NamespaceContentRemaining", "status": "True", "reason": "x", "message": message}
    finding = only(leaving(60, condition), blind=(Kind.PERSISTENT_VOLUME_CLAIM,))
    assert f"It says (NamespaceContentRemaining): {message}." in finding.explanation
    assert "Cannot tell which claims are left, because claims cannot be listed." in finding.explanation
    assert codes(leaving(60), blind=(Kind.PERSISTENT_VOLUME_CLAIM,)) == []
