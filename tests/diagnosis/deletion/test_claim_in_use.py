from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from storagetui.model.keys import Kind
from tests.build import claim, pod, stamp, volume
from tests.diagnosis.world import codes, only

PROTECTED = "kubernetes.io/pvc-protection"


def going(*finalizers: str, ago: float = 100, name: str = "data") -> Record:
    """A claim that was asked to go so long ago."""
    return claim(f"shop/{name}", metadata={"deletionTimestamp": stamp(ago), "finalizers": list(finalizers)})


CLAIM = going(PROTECTED)


def test_pvc_terminating_in_use() -> None:
    user, done = pod("shop/web-0", claims=("data",)), pod("shop/job-x", phase="Succeeded", claims=("data",))
    finding = only(CLAIM, user, done, volume("pv-data", claim="shop/data"))
    assert (finding.code, finding.severity, finding.certainty) == (
        "pvc-terminating-in-use",
        Severity.HIGH,
        Certainty.CONFIRMED,
    )
    assert finding.title == "Claim is to go, and pod web-0 uses it"
    for part in ("to go since 2026-01-15T14:00:31Z", "web-0 (Running on node-a)", "policy Delete", "the data with it"):
        assert part in finding.explanation
    assert "Retain" in finding.next_step
    assert codes(going(PROTECTED, ago=0), user) == ["pvc-terminating-in-use"]


def test_what_else_holds_it_is_named_too() -> None:
    both = going(PROTECTED, "cns.vmware.com/pvc-protection")
    assert "vSphere's CNS" in only(both, pod("shop/web-0", claims=("data",))).explanation


def test_pods_that_go_with_the_claim_get_their_time() -> None:
    def leaving(ago: float) -> Record:
        return pod("shop/web-0", claims=("data",), metadata={"deletionTimestamp": stamp(ago)})

    assert codes(CLAIM, leaving(29)) == []
    finding = only(CLAIM, leaving(30))
    assert finding.code == "pvc-terminating-in-use"
    assert finding.causes == (leaving(30).key,)
    assert finding.next_step == "Look why web-0 does not end."
    assert codes(CLAIM, leaving(0), pod("shop/other", claims=("data",))) == ["pvc-terminating-in-use"]


def test_pods_without_a_node_and_claims_that_stay_do_not_count() -> None:
    assert codes(CLAIM, pod("shop/web-0", phase="Pending", node="", claims=("data",))) == []
    assert codes(claim("shop/data"), pod("shop/web-0", claims=("data",))) == []
    assert codes(going(), pod("shop/web-0", claims=("data",))) == []


def test_pvc_terminating_finished_pod() -> None:
    done = pod("shop/job-x", phase="Succeeded", claims=("data",))
    failed = pod("shop/job-y", phase="Failed", claims=("data",))
    finding = only(CLAIM, done, failed)
    assert (finding.code, finding.severity) == ("pvc-terminating-finished-pod", Severity.LOW)
    assert "job-x (Succeeded) and job-y (Failed)" in finding.explanation
    assert finding.next_step == "Delete the finished pods job-x and job-y."
    waiting = pod("shop/web-0", phase="Pending", node="", claims=("data",))
    assert only(CLAIM, done, waiting).victims == (waiting.key,)
    assert codes(going(PROTECTED, ago=59), done) == []
    assert codes(going(PROTECTED, ago=60), done) == ["pvc-terminating-finished-pod"]


def test_it_does_not_guess_who_uses_it() -> None:
    finding = only(CLAIM, blind=(Kind.POD,))
    assert (finding.code, finding.certainty) == ("pvc-terminating-in-use", Certainty.INFERRED)
    assert "Cannot tell who uses it, because pods cannot be listed." in finding.explanation
    assert codes(going(PROTECTED, ago=59), blind=(Kind.POD,)) == []
