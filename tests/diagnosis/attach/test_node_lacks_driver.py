from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod
from tests.build import claim, csi_node, node, pod, volume
from tests.diagnosis.world import after, codes, found, only, placed

NODE = node("node-a")
CLAIMED: tuple[Record, ...] = (claim("shop/data"), volume("pv-data", claim="shop/data"))


def waiting(name: str = "web", ago: float = 120) -> Pod:
    return pod(f"shop/{name}", phase="Pending", claims=("data",), status=placed(ago))


def test_the_driver_is_told_once_for_the_node() -> None:
    finding = only(NODE, *CLAIMED, csi_node("node-a", "other.csi.example"), waiting(), waiting("api"))
    assert finding.code == "csi-node-plugin-missing"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Driver disk.csi.example is not on node node-a"
    assert "Pods api and web wait on node node-a" in finding.explanation
    assert [key.name for key in finding.victims] == ["api", "web"]


def test_a_node_is_given_two_minutes_to_register_a_driver() -> None:
    assert codes(NODE, *CLAIMED, waiting(), at=after(-0.001)) == []
    assert codes(NODE, *CLAIMED, waiting()) == ["csi-node-plugin-missing"]


def test_a_registered_driver_and_pods_that_run_are_no_trouble() -> None:
    assert codes(NODE, *CLAIMED, csi_node("node-a", "disk.csi.example"), waiting()) == []
    assert codes(NODE, *CLAIMED, pod("shop/web", claims=("data",))) == []


def test_an_inline_volume_needs_its_driver_too() -> None:
    inline = {"volumes": [{"name": "x", "csi": {"driver": "inline.csi.example"}}]}
    made = pod("shop/web", phase="Pending", spec=inline, status=placed(120))
    assert codes(NODE, made) == ["csi-node-plugin-missing"]


def test_the_node_plugin_that_is_seen_there_is_told() -> None:
    waits = {"name": "disk-plugin", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
    containers = [{"name": "node-driver-registrar"}, {"name": "disk-plugin"}]
    plugin = pod(
        "storage/example-disk-node-x1",
        phase="Pending",
        spec={"containers": containers},
        status={"containerStatuses": [waits]},
    )
    finding = only(NODE, *CLAIMED, waiting(), plugin)
    assert "Its node plugin there is pod storage/example-disk-node-x1 on node-a, which is Pending" in (
        finding.explanation
    )
    assert "disk-plugin waits: ImagePullBackOff. It says: no such image." in finding.explanation
    assert "No pod on node-a looks like its node plugin." in only(NODE, *CLAIMED, waiting()).explanation


def test_which_nodes_have_it_and_what_is_nearest_is_told() -> None:
    finding = only(
        NODE, *CLAIMED, waiting(), csi_node("node-a", "disks.csi.example"), csi_node("b", "disk.csi.example")
    )
    assert "1 other node has it: b." in finding.explanation
    assert "The nearest name that node-a knows is disks.csi.example." in finding.explanation
    assert "No node of the cluster has it." in only(NODE, *CLAIMED, waiting()).explanation


def test_it_does_not_guess_when_pods_or_csi_nodes_cannot_be_listed() -> None:
    assert found(NODE, *CLAIMED, waiting(), blind=(Kind.POD,)) == []
    assert found(NODE, *CLAIMED, waiting(), blind=(Kind.CSI_NODE,)) == []
