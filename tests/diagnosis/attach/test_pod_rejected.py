from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from storagetui.model.pods import Pod
from tests.build import attachment, claim, csi_node, node, pod, volume
from tests.diagnosis.world import codes, only

WORLD: tuple[Record, ...] = (
    claim("shop/data"),
    volume("pv-data", claim="shop/data"),
    csi_node("node-a", "disk.csi.example", slots=1),
    node("node-a"),
    attachment("vb", volume="pv-b", node="node-a"),
)


def rejected(reason: str = "VolumeAttachmentLimitExceeded") -> Pod:
    text = "Pod was rejected: Node has reached its volume attachment limit"
    return pod("shop/web", phase="Failed", claims=("data",), status={"reason": reason, "message": text})


def test_a_pod_that_was_turned_away_is_told() -> None:
    finding = only(rejected(), *WORLD)
    assert finding.code == "attach-limit-exceeded"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert "1 attachment of disk.csi.example and a limit of 1." in finding.explanation
    assert "Nobody has taken its place." in finding.explanation


def test_another_pod_that_has_its_claims_and_is_ready_ends_it() -> None:
    later = pod("shop/web-2", phase="Pending", node="", claims=("data",))
    assert "Pod web-2 waits in its place." in only(rejected(), *WORLD, later).explanation
    assert codes(rejected(), *WORLD, pod("shop/web-2", claims=("data",))) == []


def test_other_failures_are_left_alone() -> None:
    assert "attach-limit-exceeded" not in codes(rejected("Evicted"), *WORLD)
