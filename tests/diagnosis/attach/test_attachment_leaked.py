from hashlib import sha256
from typing import Any

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import attachment, claim, csi_node, node, pod, stamp, volume
from tests.diagnosis.world import after, codes, only, placed

UNIQUE = "kubernetes.io/csi/disk.csi.example^handle-pv-data"
OWN = f"csi-{sha256(b'handle-pv-datadisk.csi.examplenode-a').hexdigest()}"
WORLD = (volume("pv-data", claim="shop/data"), claim("shop/data"))
STRANGE = attachment("by-hand", volume="pv-data", node="node-a", age=300)


def holder(**status: Any) -> Any:
    return node("node-a", status=status)


def test_an_attachment_that_no_pod_needs_is_told() -> None:
    finding = only(STRANGE, *WORLD, holder(), csi_node("node-a", "disk.csi.example", slots=25))
    assert finding.code == "va-leaked"
    assert (finding.severity, finding.certainty) == (Severity.LOW, Certainty.CONFIRMED)
    assert finding.title == "Volume pv-data is attached to node node-a, and no pod there uses it"
    assert "not one that the attach/detach controller gives" in finding.explanation
    assert "It takes one of the 25 places that node-a has for disk.csi.example." in finding.explanation


def test_it_is_given_five_minutes() -> None:
    assert codes(STRANGE, *WORLD, holder(), at=after(-0.001)) == []
    assert codes(STRANGE, *WORLD, holder()) == ["va-leaked"]


def test_an_attachment_that_a_pod_or_the_node_uses_is_no_trouble() -> None:
    assert codes(STRANGE, *WORLD, holder(), pod("shop/web", claims=("data",))) == []
    assert codes(STRANGE, *WORLD, holder(volumesInUse=[UNIQUE])) == []
    assert codes(STRANGE, *WORLD, holder(), pod("shop/web", node="node-b", claims=("data",))) == ["va-leaked"]
    assert codes(STRANGE, *WORLD, node("node-a", ready="Unknown")) == []


def test_the_controllers_own_attachment_is_its_business_while_it_knows_of_it() -> None:
    own = attachment(OWN, volume="pv-data", node="node-a")
    assert codes(own, *WORLD, holder(volumesAttached=[{"name": UNIQUE}])) == []
    assert codes(own, *WORLD, holder()) == ["va-leaked"]


def test_a_volume_that_is_to_go_waits_for_it() -> None:
    gone = volume("pv-data", metadata={"deletionTimestamp": stamp(60), "finalizers": ["x"]})
    finding = only(STRANGE, gone, holder())
    assert finding.victims == (gone.key,)


def test_it_does_not_guess_when_pods_cannot_be_listed() -> None:
    assert codes(STRANGE, *WORLD, holder(), blind=(Kind.POD,)) == []


def test_a_pod_that_waits_for_the_volume_elsewhere_tells_more() -> None:
    waiting = pod("shop/web", phase="Pending", node="node-b", claims=("data",), status=placed(70))
    assert codes(STRANGE, *WORLD, holder(), waiting) == []
