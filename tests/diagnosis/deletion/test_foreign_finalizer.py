import pytest

from storagetui.diagnosis.finalizers import owner
from storagetui.diagnosis.finding import Severity
from tests.build import claim, stamp, volume
from tests.diagnosis.deletion.test_claim_in_use import PROTECTED, going
from tests.diagnosis.world import codes, only


def test_pvc_terminating_foreign_finalizer_of_a_claim() -> None:
    finding = only(going("replication.storage.openshift.io/pvc-protection"), volume("pv-data", claim="shop/data"))
    assert (finding.code, finding.severity) == ("pvc-terminating-foreign-finalizer", Severity.MEDIUM)
    assert "CSI-Addons" in finding.explanation
    assert "policy Delete" in finding.explanation
    strange = only(going("operator.example/keep"))
    assert strange.title == "Claim is to go, and finalizer operator.example/keep holds it"
    assert "look for what calls itself operator.example." in strange.explanation


def test_it_waits_a_minute_and_leaves_the_clusters_own_alone() -> None:
    assert codes(going("operator.example/keep", ago=59)) == []
    assert codes(going("operator.example/keep", ago=60)) == ["pvc-terminating-foreign-finalizer"]
    assert codes(going(PROTECTED)) == []
    assert codes(claim("shop/data", metadata={"finalizers": ["operator.example/keep"]})) == []


def test_pvc_terminating_foreign_finalizer_of_a_volume() -> None:
    held = {"deletionTimestamp": stamp(60), "finalizers": ["operator.example/keep", "kubernetes.io/pv-protection"]}
    finding = only(volume("pv-1", metadata=held))
    assert finding.code == "pvc-terminating-foreign-finalizer"
    assert finding.title == "Volume is to go, and finalizer operator.example/keep holds it"
    for name in ("kubernetes.io/pv-protection", "external-attacher/disk-csi-example"):
        held = {"deletionTimestamp": stamp(60), "finalizers": [name]}
        assert "pvc-terminating-foreign-finalizer" not in codes(volume("pv-1", metadata=held))


@pytest.mark.parametrize(
    ("finalizer", "words"),
    [
        ("kubernetes.io/pvc-protection", "Kubernetes, until no pod"),
        ("external-attacher/ebs-csi-aws-com", "the driver's attacher"),
        ("volumereplicationgroups.ramendr.openshift.io/pvc-vr-protection", "Ramen"),
        ("who.knows/what", ""),
    ],
)
def test_the_table_of_finalizers(finalizer: str, words: str) -> None:
    assert owner(finalizer).startswith(words)
    assert bool(owner(finalizer)) == bool(words)
