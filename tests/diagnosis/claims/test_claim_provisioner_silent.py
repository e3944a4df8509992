from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.drivers import CSIDriver
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind
from tests.build import build, claim, event, storage_class
from tests.diagnosis.world import after, codes, only

IMMEDIATE = storage_class(binding="Immediate")
DRIVER = build(CSIDriver, "disk.csi.example", {"spec": {"attachRequired": True}}, {})


def asked(age: float = 60) -> PersistentVolumeClaim:
    notes = {"volume.kubernetes.io/storage-provisioner": "disk.csi.example"}
    return claim("shop/data", phase="Pending", age=age, metadata={"annotations": notes})


def handed_over(about: PersistentVolumeClaim) -> Event:
    text = "Waiting for a volume to be created either by the external provisioner 'disk.csi.example'"
    return event(about, "ExternalProvisioning", text, warning=False, source="persistentvolume-controller", ago=5)


def test_the_provisioner_has_said_nothing() -> None:
    finding = only(asked(), IMMEDIATE, handed_over(asked()), DRIVER)
    assert finding.code == "pvc-provisioner-silent"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.INFERRED)
    assert finding.title == "disk.csi.example does not answer"
    assert "leader lease" in finding.explanation
    assert "handed to disk.csi.example 2026-01-15T14:02:06Z." in finding.explanation
    assert finding.causes == (Key(Kind.CSI_DRIVER, "", "disk.csi.example"),)


def test_a_driver_that_is_not_installed_is_named_as_such() -> None:
    finding = only(asked(), IMMEDIATE, handed_over(asked()))
    assert "not installed" in finding.explanation
    assert finding.next_step == "Install disk.csi.example."
    blind = only(asked(), IMMEDIATE, handed_over(asked()), blind=(Kind.CSI_DRIVER,))
    assert "not installed" not in blind.explanation


def test_it_is_reported_from_the_threshold_on() -> None:
    said = handed_over(asked(30))
    assert codes(asked(30), IMMEDIATE, said, at=after(-0.001)) == ["pvc-provisioning-slow"]
    assert codes(asked(30), IMMEDIATE, said) == ["pvc-provisioner-silent"]


def test_any_word_of_the_driver_breaks_the_silence() -> None:
    at_it = event(
        asked(), "Provisioning", "External provisioner is ...", warning=False, source="disk.csi.example_pod-1"
    )
    finding = only(asked(), IMMEDIATE, handed_over(asked()), at_it)
    assert finding.code == "pvc-provisioning-slow"
    assert "provisioning begun 2026-01-15T14:02:01Z." in finding.explanation


def test_it_does_not_guess_when_events_cannot_be_listed() -> None:
    finding = only(asked(), IMMEDIATE, blind=(Kind.EVENT,))
    assert (finding.code, finding.severity) == ("claim-pending", Severity.LOW)
    assert "Cannot tell whether it has answered, because events cannot be listed." in finding.explanation
