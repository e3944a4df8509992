import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import attachment, claim, csi_node, event, node, pod, stamp, volume
from tests.diagnosis.world import after, codes, found, only, placed

WAITING = pod("shop/web", phase="Pending", claims=("data",), status=placed(70))
CHAIN = (
    claim("shop/data"),
    volume("pv-data", claim="shop/data"),
    csi_node("node-a", "disk.csi.example"),
    node("node-a"),
)
ERROR = {"attachError": {"message": "rpc error: code = Internal desc = Could not attach", "time": stamp(5)}}
REFUSED = attachment("va", volume="pv-data", node="node-a", attached=False, status=ERROR)


def test_the_attachments_error_is_told() -> None:
    finding = only(WAITING, *CHAIN, REFUSED)
    assert finding.code == "attach-error"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "disk.csi.example cannot attach volume pv-data: Internal"
    assert "It says (last at 2026-01-15T14:02:06Z): Could not attach." in finding.explanation
    assert "The volume is handle-pv-data of disk.csi.example." in finding.explanation
    assert finding.evidence[0].path == "status.attachError.message"


def test_it_is_reported_from_the_threshold_on() -> None:
    waiting = pod("shop/web", phase="Pending", claims=("data",), status=placed(60))
    assert codes(waiting, *CHAIN, REFUSED, at=after(-0.001)) == []
    assert codes(waiting, *CHAIN, REFUSED) == ["attach-error"]


def test_an_error_elsewhere_or_overcome_is_not_this_pods() -> None:
    other = attachment("va", volume="pv-data", node="node-b", attached=False, status=ERROR)
    assert codes(WAITING, *CHAIN, other) == ["attach-silent-timeout"]
    overcome = attachment("va", volume="pv-data", node="node-a", attached=True, status=ERROR)
    assert codes(WAITING, *CHAIN, overcome) == ["attach-silent-timeout"]


def test_events_stand_in_for_attachments_that_cannot_be_read() -> None:
    text = 'AttachVolume.Attach failed for volume "pv-data" : rpc error: code = Internal desc = boom'
    told = event(WAITING, "FailedAttachVolume", text, source="attachdetach-controller")
    finding = only(WAITING, *CHAIN, told, blind=(Kind.VOLUME_ATTACHMENT,))
    assert (finding.code, finding.certainty) == ("attach-error", Certainty.INFERRED)
    assert "The controller says (last at 2026-01-15T14:02:01Z): boom." in finding.explanation
    assert "because attachments cannot be listed" in finding.explanation


def test_an_event_does_not_outweigh_an_attachment_without_error() -> None:
    text = 'AttachVolume.Attach failed for volume "pv-data" : rpc error: code = Internal desc = boom'
    fine = attachment("va", volume="pv-data", node="node-a")
    assert codes(WAITING, *CHAIN, fine, event(WAITING, "FailedAttachVolume", text)) == ["attach-silent-timeout"]


@pytest.mark.parametrize(("ago", "code"), [(299.0, "attach-error"), (300.0, "attach-silent-timeout")])
def test_an_event_tells_of_a_volume_without_attachment_while_it_is_new(ago: float, code: str) -> None:
    text = 'AttachVolume.Attach failed for volume "pv-data" : no such plugin'
    waiting = pod("shop/web", phase="Pending", claims=("data",), status=placed(400))
    assert codes(waiting, *CHAIN, event(waiting, "FailedAttachVolume", text, ago=ago)) == [code]


def test_an_event_from_before_the_pod_had_its_node_is_history() -> None:
    text = 'AttachVolume.Attach failed for volume "pv-data" : no such plugin'
    assert codes(WAITING, *CHAIN, event(WAITING, "FailedAttachVolume", text, ago=80)) == ["attach-silent-timeout"]


def test_each_volume_that_is_refused_is_told() -> None:
    two = pod("shop/web", phase="Pending", claims=("data", "logs"), status=placed(70))
    more = (claim("shop/logs"), volume("pv-logs", claim="shop/logs"))
    other = attachment("vb", volume="pv-logs", node="node-a", attached=False, status=ERROR)
    assert [one.victims[0].name for one in found(two, *CHAIN, REFUSED, *more, other)] == ["data", "logs"]


def test_a_driver_that_is_forbidden_in_the_cluster_is_told_as_such() -> None:
    text = (
        'persistentvolumes "pv-data" is forbidden: User "system:serviceaccount:kube-system:disk-controller" cannot get '
        'resource "persistentvolumes" in API group "" at the cluster scope'
    )
    status = {"attachError": {"message": text, "time": stamp(5)}}
    refused = attachment("va", volume="pv-data", node="node-a", attached=False, status=status)
    finding = only(WAITING, *CHAIN, refused)
    assert finding.code == "driver-rbac-missing"
    assert "Service account disk-controller in namespace kube-system may not get persistentvolumes." in (
        finding.explanation
    )
