from typing import Any

import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import Record
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from tests.build import attachment, claim, csi_node, event, node, pod, stamp, volume
from tests.diagnosis.world import after, codes, only, placed

CHAIN: tuple[Record, ...] = (
    claim("shop/data"),
    volume("pv-data", claim="shop/data"),
    csi_node("node-a", "disk.csi.example"),
    node("node-a"),
)


def waiting(ago: float = 150) -> Pod:
    return pod("shop/web", phase="Pending", claims=("data",), status=placed(ago))


def attaching(age: float = 120, **metadata: Any) -> VolumeAttachment:
    return attachment("va", volume="pv-data", node="node-a", attached=False, age=age, metadata=metadata)


def test_an_attachment_that_nobody_takes_up_is_told() -> None:
    finding = only(waiting(), *CHAIN, attaching())
    assert finding.code == "attach-timeout-no-attacher"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert "since 2026-01-15T14:00:11Z. No attacher of disk.csi.example has taken it up" in finding.explanation
    assert finding.causes == (Key(Kind.CSI_DRIVER, "", "disk.csi.example"),)
    assert finding.shared.startswith("No attacher of disk.csi.example answers. ")


def test_it_is_given_two_minutes() -> None:
    assert codes(waiting(), *CHAIN, attaching(), at=after(-0.001)) == ["attach-silent-timeout"]
    assert codes(waiting(), *CHAIN, attaching()) == ["attach-timeout-no-attacher"]


def test_an_attacher_that_is_at_work_is_no_silent_one() -> None:
    at_work = attaching(finalizers=["external-attacher/disk-csi-example"])
    assert codes(waiting(), *CHAIN, at_work) == ["attach-silent-timeout"]


def test_the_pod_that_the_attacher_looks_to_be_in_is_told() -> None:
    waits = {"name": "csi-attacher", "restartCount": 7, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    controller = pod(
        "kube-system/example-disk-controller-0",
        phase="Pending",
        node="node-c",
        spec={"containers": [{"name": "csi-attacher"}, {"name": "disk-plugin"}]},
        status={"containerStatuses": [waits]},
    )
    finding = only(waiting(), *CHAIN, attaching(), controller)
    assert "in pod kube-system/example-disk-controller-0 on node-c, which is Pending and not Ready" in (
        finding.explanation
    )
    assert "container csi-attacher waits: CrashLoopBackOff; its containers were restarted 7 times." in (
        finding.explanation
    )
    assert "No pod of the cluster looks like" in only(waiting(), *CHAIN, attaching()).explanation


def test_an_attachment_that_is_on_its_way_out_is_waited_for() -> None:
    going = attaching(deletionTimestamp=stamp(90), finalizers=["external-attacher/disk-csi-example"])
    finding = only(waiting(), *CHAIN, going)
    assert finding.code == "attach-va-being-deleted"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert finding.causes == (going.key,)
    assert "being detached since 2026-01-15T14:00:41Z" in finding.explanation


def test_it_is_reported_from_the_threshold_on() -> None:
    going = attaching(deletionTimestamp=stamp(90))
    assert codes(waiting(60), *CHAIN, going, at=after(-0.001)) == []
    assert codes(waiting(60), *CHAIN, going) == ["attach-va-being-deleted"]
    elsewhere = attachment("vb", volume="pv-data", node="node-a")
    assert codes(waiting(60), *CHAIN, elsewhere) == ["attach-silent-timeout"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            'AttachVolume.Attach failed for volume "pv-data" : timed out waiting for external-attacher of '
            "disk.csi.example CSI driver to attach volume h",
            "attach-timeout-no-attacher",
        ),
        (
            'AttachVolume.Attach failed for volume "pv-data" : volume attachment is being deleted',
            "attach-va-being-deleted",
        ),
    ],
)
def test_events_stand_in_for_attachments_that_cannot_be_read(text: str, code: str) -> None:
    told = event(waiting(), "FailedAttachVolume", text)
    finding = only(waiting(), *CHAIN, told, blind=(Kind.VOLUME_ATTACHMENT,))
    assert (finding.code, finding.certainty) == (code, Certainty.INFERRED)
    assert "Cannot tell whether that is still so, because attachments cannot be listed." in finding.explanation


def test_an_attachment_that_the_kubelet_relied_on_was_attached_before() -> None:
    text = 'MountVolume.WaitForAttach failed for volume "pv-data" : volume h is not attached for volume attachment va'
    assert codes(waiting(), *CHAIN, attaching(), event(waiting(), "FailedMount", text)) == ["mount-va-not-visible"]
