from typing import Any

import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod
from tests.build import attachment, build, claim, csi_node, event, node, pod, stamp, volume
from tests.diagnosis.world import after, codes, only, placed

CHAIN = (
    claim("shop/data"),
    volume("pv-data", claim="shop/data"),
    csi_node("node-a", "disk.csi.example"),
    node("node-a"),
)

SCHEDULED = {"type": "PodScheduled", "status": "True", "lastTransitionTime": stamp(70)}
TAKEN_UP = {"finalizers": ["external-attacher/disk-csi-example"]}


def waiting(ago: float = 70, **status: Any) -> Pod:
    return pod("shop/web", phase="Pending", claims=("data",), status={**placed(ago), **status})


def test_the_objects_are_followed() -> None:
    finding = only(waiting(), *CHAIN)
    assert finding.code == "attach-silent-timeout"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.INFERRED)
    assert "Volume pv-data has no attachment to the node" in finding.explanation
    trying = attachment("va", volume="pv-data", node="node-a", attached=False, metadata=TAKEN_UP)
    assert "that is not attached" in only(waiting(), *CHAIN, trying).explanation
    done = attachment("va", volume="pv-data", node="node-a")
    assert "is attached; the node has not finished mounting it" in only(waiting(), *CHAIN, done).explanation


def test_a_driver_that_attaches_nothing_is_not_asked_to() -> None:
    driver = build(CSIDriver, "disk.csi.example", {"spec": {"attachRequired": False}}, {})
    assert "needs no attachment" in only(waiting(), *CHAIN, driver).explanation
    unread = only(waiting(), *CHAIN, driver, blind=(Kind.VOLUME_ATTACHMENT,)).explanation
    assert "needs no attachment" in unread
    assert "Cannot tell how far" not in unread
    assert "Cannot tell how far" in only(waiting(), *CHAIN, blind=(Kind.VOLUME_ATTACHMENT,)).explanation


def test_the_kubelet_may_be_changing_the_owner_of_what_is_attached() -> None:
    done = attachment("va", volume="pv-data", node="node-a")

    def told(**security: object) -> str:
        about = pod(
            "shop/web", phase="Pending", claims=("data",), status=placed(400), spec={"securityContext": security}
        )
        return only(about, *CHAIN, done).explanation

    assert "The pod asks for fsGroup 33: at every mount the kubelet may set the group" in told(fsGroup=33)
    assert "fsGroup" not in told(fsGroup=33, fsGroupChangePolicy="OnRootMismatch")
    assert "fsGroup" not in told()
    assert "fsGroup" not in only(waiting(), *CHAIN).explanation


def test_the_next_step_is_at_whose_turn_it_is() -> None:
    assert "kube-controller-manager for pv-data" in only(waiting(), *CHAIN).next_step
    done = attachment("va", volume="pv-data", node="node-a")
    assert "node plugin on node-a" in only(waiting(), *CHAIN, done).next_step


def test_it_is_reported_from_the_threshold_on() -> None:
    assert codes(waiting(60), *CHAIN, at=after(-0.001)) == []
    assert codes(waiting(60), *CHAIN) == ["attach-silent-timeout"]


def test_an_attachment_that_has_just_been_made_is_progress() -> None:
    trying = attachment("va", volume="pv-data", node="node-a", attached=False, age=60)
    assert codes(waiting(400), *CHAIN, trying, at=after(-0.001)) == []
    finding = only(waiting(400), *CHAIN, trying)
    assert finding.since == after(-400)


def test_a_node_that_does_not_answer_is_told() -> None:
    chain = (*CHAIN[:3], node("node-a", ready="Unknown"))
    finding = only(waiting(), *chain)
    assert "Node node-a does not answer" in finding.explanation
    assert finding.causes == (chain[3].key,)


def test_a_long_pull_of_images_is_no_trouble() -> None:
    attached = attachment("va", volume="pv-data", node="node-a")
    pulling = event(waiting(), "Pulling", 'Pulling image "x"', warning=False, ago=50)
    assert codes(waiting(), *CHAIN, attached, pulling) == []
    earlier = event(waiting(), "Pulling", 'Pulling image "x"', warning=False, ago=71)
    assert codes(waiting(), *CHAIN, attached, earlier) == ["attach-silent-timeout"]


def test_where_nobody_tells_a_pull_from_a_mount_it_waits_longer() -> None:
    attached = attachment("va", volume="pv-data", node="node-a", age=400)
    assert codes(waiting(299), *CHAIN, attached, blind=(Kind.EVENT,)) == []
    assert codes(waiting(300), *CHAIN, attached, blind=(Kind.EVENT,)) == ["attach-silent-timeout"]
    told = [{"type": "PodReadyToStartContainers", "status": "False"}, SCHEDULED]
    assert codes(waiting(conditions=told), *CHAIN, attached, blind=(Kind.EVENT,)) == ["attach-silent-timeout"]


def test_what_the_node_has_in_use_is_told() -> None:
    in_use = {"volumesInUse": ["kubernetes.io/csi/disk.csi.example^handle-pv-data"]}
    attached = attachment("va", volume="pv-data", node="node-a")
    finding = only(waiting(), *CHAIN[:3], node("node-a", status=in_use), attached)
    assert "The node's kubelet works on volume pv-data." in finding.explanation


@pytest.mark.parametrize(
    "status",
    [
        {"containerStatuses": [{"name": "main", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]},
        {"containerStatuses": [{"name": "main", "state": {"running": {"startedAt": stamp(5)}}}]},
        {
            "conditions": [
                {"type": "PodScheduled", "status": "True", "lastTransitionTime": stamp(70)},
                {"type": "PodReadyToStartContainers", "status": "True"},
            ]
        },
    ],
)
def test_a_pod_whose_volumes_are_mounted_waits_for_something_else(status: dict[str, Any]) -> None:
    assert codes(waiting(**status), *CHAIN) == []


def test_a_sandbox_that_fails_has_its_volumes() -> None:
    assert codes(waiting(), *CHAIN, event(waiting(), "FailedCreatePodSandBox", "network plugin")) == []


def test_pods_without_claims_are_left_alone() -> None:
    assert codes(pod("shop/web", phase="Pending", status=placed(70)), *CHAIN) == []


def test_it_says_what_it_cannot_tell() -> None:
    finding = only(waiting(), *CHAIN, blind=(Kind.VOLUME_ATTACHMENT, Kind.EVENT))
    assert "Cannot tell how far its volumes are, because attachments cannot be listed." in finding.explanation
    assert "Cannot tell whether its kubelet complains, because events cannot be listed." in finding.explanation


def test_how_the_part_of_the_driver_is_whose_turn_it_is_is_told() -> None:
    trying = attachment("va", volume="pv-data", node="node-a", attached=False, metadata=TAKEN_UP)
    assert "No pod of the cluster looks like the attacher of disk.csi.example." in (
        only(waiting(), *CHAIN, trying).explanation
    )
    done = attachment("va", volume="pv-data", node="node-a")
    plugin = pod("storage/disk-node", spec={"containers": [{"name": "node-driver-registrar"}]})
    finding = only(waiting(), *CHAIN, done, plugin)
    assert "Its node plugin there is pod storage/disk-node on node-a, which is Running and Ready." in (
        finding.explanation
    )
