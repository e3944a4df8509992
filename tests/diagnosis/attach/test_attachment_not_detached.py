from typing import Any

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.keys import Key, Kind
from tests.build import attachment, claim, node, pod, stamp, volume
from tests.diagnosis.world import after, codes, only, placed

WORLD = (node("node-a"), volume("pv-data", claim="shop/data"), claim("shop/data"))
HELD = ["external-attacher/disk-csi-example"]


def going(ago: float = 180, error: str = "", **metadata: Any) -> VolumeAttachment:
    metadata = {"deletionTimestamp": stamp(ago), "finalizers": HELD, **metadata}
    status: dict[str, Any] = {"detachError": {"message": error, "time": stamp(5)}} if error else {}
    return attachment("va", volume="pv-data", node="node-a", metadata=metadata, status=status)


def test_a_detach_that_fails_is_told_with_the_drivers_words() -> None:
    finding = only(going(1, "rpc error: code = Internal desc = device busy"), *WORLD)
    assert finding.code == "va-detach-stuck"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "disk.csi.example cannot detach volume pv-data from node node-a: Internal"
    assert "disk.csi.example says (last at 2026-01-15T14:02:06Z): device busy." in finding.explanation
    assert "Node node-a is Ready." in finding.explanation


def test_a_detach_that_nobody_works_on_is_told() -> None:
    finding = only(going(), *WORLD)
    assert finding.code == "va-terminating-no-attacher"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.causes == (Key(Kind.CSI_DRIVER, "", "disk.csi.example"),)
    assert "No pod of the cluster looks like the attacher of disk.csi.example." in finding.explanation


def test_it_is_given_three_minutes() -> None:
    assert codes(going(180), *WORLD, at=after(-0.001)) == []
    assert codes(going(180), *WORLD) == ["va-terminating-no-attacher"]
    assert codes(going(180, finalizers=["example.com/mine"]), *WORLD) == []


def test_an_error_of_an_attachment_that_is_to_stay_is_history() -> None:
    stays = attachment("va", volume="pv-data", node="node-a", age=60, status={"detachError": {"message": "busy"}})
    assert codes(stays, *WORLD) == []


def test_the_pods_that_wait_for_the_volume_are_its_victims() -> None:
    waits = pod("shop/web", phase="Pending", node="node-b", claims=("data",), status=placed(30))
    finding = only(going(), *WORLD, waits)
    assert finding.victims == (waits.key,)
    assert "Pod web waits for it." in finding.explanation
