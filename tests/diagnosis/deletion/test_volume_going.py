from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from storagetui.model.keys import Kind
from tests.build import attachment, claim, event, stamp, volume
from tests.diagnosis.world import codes, only

ATTACHER, PROVISIONER = "external-attacher/disk-csi-example", "external-provisioner.volume.kubernetes.io/finalizer"
PROTECTED = "kubernetes.io/pv-protection"


def going(*finalizers: str, ago: float = 100, phase: str = "Released") -> Record:
    held = {"deletionTimestamp": stamp(ago), "finalizers": [*finalizers]}
    return volume("pv-1", claim="shop/data", phase=phase, metadata=held)


def test_pv_terminating_bound() -> None:
    user = claim("shop/data", volume="pv-1")
    finding = only(going(PROTECTED, ago=0, phase="Bound"), user)
    assert (finding.code, finding.severity, finding.certainty) == (
        "pv-terminating-bound",
        Severity.CRITICAL,
        Certainty.CONFIRMED,
    )
    assert finding.title == "Volume is to go, and is bound to shop/data"
    for part in ("policy Delete", "handle-pv-1 of disk.csi.example", "New attachments of it are refused"):
        assert part in finding.explanation
    assert finding.victims == (user.key,)
    assert "pv-terminating-bound" not in codes(going(PROTECTED))
    assert "pv-terminating-bound" not in codes(volume("pv-1", claim="shop/data"))


def test_pv_terminating_attached() -> None:
    held = attachment("va", volume="pv-1", node="node-b", status={"detachError": {"message": "busy"}})
    finding = only(going(ATTACHER, PROVISIONER), held)
    assert (finding.code, finding.severity) == ("pv-terminating-attached", Severity.MEDIUM)
    assert finding.title == "Volume is to go, and is attached to node-b"
    assert "Detaching fails: busy." in finding.explanation
    assert finding.causes == (held.key,)
    assert "No VolumeAttachment names it any more." in only(going(ATTACHER)).explanation
    blind = only(going(ATTACHER), blind=(Kind.VOLUME_ATTACHMENT,))
    assert "Cannot tell whether it is still attached, because attachments cannot be listed." in blind.explanation


def test_pv_terminating_provisioner() -> None:
    finding = only(going(PROVISIONER))
    assert (finding.code, finding.severity) == ("pv-terminating-provisioner", Severity.HIGH)
    assert finding.title == "Volume is to go, and disk.csi.example has not deleted it"
    assert "No event tells that deleting it has failed." in finding.explanation
    assert codes(going("kubernetes.io/pv-controller")) == ["pv-terminating-provisioner"]


def test_the_drivers_word_makes_it_another_state() -> None:
    about = going(PROVISIONER)
    failed = event(about, "VolumeFailedDelete", "rpc error: code = Internal desc = snapshot depends")
    finding = only(about, failed)
    assert finding.code == "pv-released-delete-stuck"
    assert "snapshot depends" in finding.explanation


def test_it_waits_a_minute() -> None:
    for finalizer in (ATTACHER, PROVISIONER):
        assert codes(going(finalizer, ago=59)) == []
        assert len(codes(going(finalizer, ago=60))) == 1
    assert codes(going(PROTECTED)) == []
