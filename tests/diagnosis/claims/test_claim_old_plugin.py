from storagetui.diagnosis.finding import Certainty, Severity
from tests.build import claim, event, storage_class
from tests.diagnosis.world import after, codes, only

ASKED = claim("shop/data", phase="Pending", age=30)
CEPH = storage_class(binding="Immediate", provisioner="kubernetes.io/rbd")
DISK = storage_class(binding="Immediate", provisioner="kubernetes.io/aws-ebs")
TOLD = event(ASKED, "ProvisioningFailed", "no volume plugin matched name: kubernetes.io/aws-ebs", ago=5)


def test_the_control_plane_has_no_such_plugin() -> None:
    finding = only(ASKED, DISK, TOLD)
    assert finding.code == "pvc-intree-plugin-gone"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.INFERRED)
    assert "The control plane says: no volume plugin matched name: kubernetes.io/aws-ebs." in finding.explanation


def test_a_plugin_that_nothing_stands_in_for_needs_no_word() -> None:
    finding = only(ASKED, CEPH)
    assert finding.code == "pvc-intree-plugin-gone"
    assert "It is gone since 1.31" in finding.explanation
    assert codes(ASKED, CEPH, at=after(-0.001)) == []


def test_a_plugin_that_a_driver_stands_in_for_is_not_gone() -> None:
    assert "pvc-intree-plugin-gone" not in codes(ASKED, DISK)


def test_the_word_counts_for_such_a_class_alone() -> None:
    assert "pvc-intree-plugin-gone" not in codes(ASKED, storage_class(binding="Immediate"), TOLD)
    by_hand = storage_class(binding="Immediate", provisioner="kubernetes.io/no-provisioner")
    assert codes(ASKED, by_hand, TOLD) == ["pvc-no-matching-pv"]
