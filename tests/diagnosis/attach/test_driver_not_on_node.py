import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Key, Kind
from tests.build import attachment, claim, csi_node, event, node, pod, volume
from tests.diagnosis.world import after, codes, only, placed

WAITING = pod("shop/web", phase="Pending", claims=("data",), status=placed(70))
CHAIN = (claim("shop/data"), volume("pv-data", claim="shop/data"), node("node-a"))


def test_the_node_has_not_registered_the_driver() -> None:
    finding = only(WAITING, *CHAIN, csi_node("node-a", "other.csi.example"))
    assert finding.code == "mount-driver-not-registered"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Node node-a lacks driver disk.csi.example"
    assert "has registered other.csi.example only" in finding.explanation


def test_a_node_without_any_driver_lacks_it_too() -> None:
    assert "has registered no driver" in only(WAITING, *CHAIN).explanation


def test_the_attachers_error_is_the_same_state_seen_from_the_other_side() -> None:
    text = {"attachError": {"message": "CSINode node-a does not contain driver disk.csi.example"}}
    refused = attachment("va", volume="pv-data", node="node-a", attached=False, status=text)
    finding = only(WAITING, *CHAIN, csi_node("node-a"), refused)
    assert (finding.code, finding.severity) == ("attach-csinode-missing-driver", Severity.HIGH)
    assert any(one.path == "status.attachError.message" for one in finding.evidence)


def test_it_is_reported_from_the_threshold_on() -> None:
    waiting = pod("shop/web", phase="Pending", claims=("data",), status=placed(60))
    assert codes(waiting, *CHAIN, at=after(-0.001)) == []
    assert codes(waiting, *CHAIN) == ["mount-driver-not-registered"]


def test_a_registered_driver_and_a_volume_without_one_are_no_trouble() -> None:
    assert codes(WAITING, *CHAIN, csi_node("node-a", "disk.csi.example")) == ["attach-silent-timeout"]
    nfs = volume("pv-data", claim="shop/data", spec={"csi": None, "nfs": {"server": "nas"}})
    assert codes(WAITING, claim("shop/data"), nfs, node("node-a")) == ["attach-silent-timeout"]


def test_it_does_not_guess_when_csi_nodes_cannot_be_listed() -> None:
    assert codes(WAITING, *CHAIN, blind=(Kind.CSI_NODE,)) == ["attach-silent-timeout"]


def test_the_node_is_the_cause_that_pods_share() -> None:
    finding = only(WAITING, *CHAIN, csi_node("node-a", "other.csi.example"))
    assert finding.causes == (Key(Kind.NODE, "", "node-a"),)
    assert finding.shared.startswith("Node node-a has registered other.csi.example only, ")


@pytest.mark.parametrize(
    ("reason", "text", "code"),
    [
        (
            "FailedMount",
            'MountVolume.MountDevice failed for volume "pv-data" : kubernetes.io/csi: attacher.MountDevice failed to '
            "create newCsiDriverClient: driver name disk.csi.example not found in the list of registered CSI drivers",
            "mount-driver-not-registered",
        ),
        (
            "FailedAttachVolume",
            'AttachVolume.Attach failed for volume "pv-data" : CSINode node-a does not contain driver disk.csi.example',
            "attach-csinode-missing-driver",
        ),
    ],
)
def test_what_is_said_stands_in_for_csi_nodes_that_cannot_be_listed(reason: str, text: str, code: str) -> None:
    finding = only(WAITING, *CHAIN, event(WAITING, reason, text), blind=(Kind.CSI_NODE,))
    assert (finding.code, finding.certainty) == (code, Certainty.INFERRED)
    assert finding.title == "Node node-a lacks driver disk.csi.example"


@pytest.mark.parametrize(("ago", "code"), [(179, "mount-driver-not-registered"), (180, "mount-failed")])
def test_the_kubelet_may_not_know_yet_what_the_node_has_registered(ago: float, code: str) -> None:
    waiting = pod("shop/web", phase="Pending", claims=("data",), status=placed(300))
    text = (
        'MountVolume.MountDevice failed for volume "pv-data" : driver name disk.csi.example not found in the list of '
    )
    told = event(waiting, "FailedMount", text + "registered CSI drivers", ago=ago)
    finding = only(waiting, *CHAIN, csi_node("node-a", "disk.csi.example"), told)
    assert finding.code == code
    assert finding.certainty is Certainty.INFERRED
    if code != "mount-failed":
        assert "The node's CSINode lists disk.csi.example" in finding.explanation


def test_a_driver_that_answers_the_kubelet_is_known_to_it() -> None:
    text = 'MountVolume.MountDevice failed for volume "pv-data" : rpc error: code = Internal desc = boom'
    told = event(WAITING, "FailedMount", text)
    assert codes(WAITING, *CHAIN, csi_node("node-a"), told) == ["mount-failed"]


@pytest.mark.parametrize("unread", [Kind.PERSISTENT_VOLUME, Kind.PERSISTENT_VOLUME_CLAIM])
def test_what_is_said_counts_where_the_pods_volumes_cannot_be_read(unread: Kind) -> None:
    told = event(
        WAITING, "FailedAttachVolume", "AttachVolume.Attach failed: CSINode node-a does not contain driver d.x"
    )
    finding = only(WAITING, *CHAIN, csi_node("node-a"), told, blind=(unread,))
    assert (finding.code, finding.certainty) == ("attach-csinode-missing-driver", Certainty.INFERRED)
    assert "The node's CSINode does not list d.x." in finding.explanation


@pytest.mark.parametrize("blind", [(), (Kind.CSI_NODE,)])
def test_the_attachers_error_is_told_though_the_driver_has_come_or_nobody_knows(blind: tuple[Kind, ...]) -> None:
    text = {"attachError": {"message": "CSINode node-a does not contain driver disk.csi.example"}}
    refused = attachment("va", volume="pv-data", node="node-a", attached=False, status=text)
    finding = only(WAITING, *CHAIN, csi_node("node-a", "disk.csi.example"), refused, blind=blind)
    assert (finding.code, finding.certainty) == ("attach-csinode-missing-driver", Certainty.INFERRED)
    assert finding.evidence[1].path == "status.attachError.message"
