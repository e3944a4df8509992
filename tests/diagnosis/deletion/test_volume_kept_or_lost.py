from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.roots import grouped
from storagetui.model.keys import Key, Kind
from tests.build import claim, event, stamp, storage_class, volume
from tests.diagnosis.world import cluster_of, codes, full_run, only

FREE = {"claimRef": {"namespace": "shop", "name": "data"}}


def test_pv_delete_policy_risk_is_calm() -> None:
    finding = only(volume("pv-1", claim="shop/data"), claim("shop/data", volume="pv-1"))
    assert (finding.code, finding.severity) == ("pv-delete-policy-risk", Severity.INFO)
    assert "Whoever deletes claim shop/data" in finding.explanation
    kept = {"persistentVolumeReclaimPolicy": "Retain"}
    assert codes(volume("pv-1", claim="shop/data", spec=kept)) == []
    assert codes(volume("pv-1")) == []


def test_volumes_of_a_class_are_told_at_the_class_alone() -> None:
    volumes = [volume(f"pv-{number}", claim=f"shop/data-{number}") for number in range(50)]
    finding = only(storage_class("fast"), *volumes)
    assert (finding.code, finding.severity) == ("pv-delete-policy-risk", Severity.INFO)
    assert finding.subject == Key(Kind.STORAGE_CLASS, "", "fast")
    assert finding.title == "Volumes of class fast go with their claims"
    assert codes(*volumes, storage_class("fast")) == []
    retaining = only(storage_class("fast", reclaimPolicy="Retain"), *volumes)
    assert retaining.explanation.endswith("The class says Retain now: that counts for volumes that are yet to be made.")
    assert codes(storage_class("fast")) == []
    kept = {"persistentVolumeReclaimPolicy": "Retain"}
    assert codes(storage_class("fast"), volume("pv-1", claim="shop/data", spec=kept)) == []


def test_volumes_of_a_class_that_is_not_there_are_told_as_one() -> None:
    volumes = [volume(f"pv-{number}", claim=f"shop/data-{number}") for number in range(50)]
    cluster = cluster_of(*volumes)
    (group,) = grouped(full_run(cluster), cluster)
    assert group.finding.subject == Key(Kind.STORAGE_CLASS, "", "fast")
    assert group.finding.title == "Volumes of class fast go with their claims"
    assert group.finding.severity is Severity.INFO
    assert group.finding.explanation.endswith("50 volumes are like that.")


def test_a_claim_that_is_to_go_is_told_by_itself() -> None:
    going = claim("shop/data", volume="pv-1", metadata={"deletionTimestamp": stamp(5), "finalizers": ["x"]})
    finding = only(volume("pv-1", claim="shop/data"), going)
    assert finding.title == "Claim shop/data is to go, and the data goes with it"
    assert finding.causes == ()
    assert finding.severity is Severity.INFO


def test_pv_prebound_waiting_is_calm() -> None:
    finding = only(volume("pv-1", spec=FREE))
    assert (finding.code, finding.severity) == ("pv-prebound-waiting", Severity.INFO)
    assert finding.title == "Volume is reserved for shop/data"
    assert "That claim does not exist." in finding.explanation
    other = only(volume("pv-1", spec=FREE), claim("shop/data", volume="pv-2"))
    assert "That claim is Bound and has volume pv-2 instead." in other.explanation
    blind = only(volume("pv-1", spec=FREE), blind=(Kind.PERSISTENT_VOLUME_CLAIM,))
    assert "Cannot tell whether that claim exists" in blind.explanation
    assert codes(volume("pv-1", spec={"claimRef": {**FREE["claimRef"], "uid": "u"}})) == []


def test_pv_leaked() -> None:
    about = claim("shop/data", phase="Pending", age=5)
    text = "Error cleaning provisioned volume for claim shop/data: backend is down. Please delete manually."
    finding = only(about, event(about, "ProvisioningCleanupFailed", text, source="disk.csi.example_1"))
    assert (finding.code, finding.severity, finding.certainty) == ("pv-leaked", Severity.MEDIUM, Certainty.INFERRED)
    assert "backend is down." in finding.explanation
    assert codes(about, event(about, "ProvisioningCleanupFailed", "something else")) == []
