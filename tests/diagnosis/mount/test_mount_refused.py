import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.events import Event
from storagetui.model.pods import Pod
from tests.build import attachment, claim, csi_node, event, node, pod, volume
from tests.diagnosis.world import after, codes, only, placed

CHAIN = (
    claim("shop/data"),
    volume("pv-data", claim="shop/data"),
    csi_node("node-a", "disk.csi.example"),
    node("node-a"),
    attachment("va", volume="pv-data", node="node-a"),
)


def waiting(ago: float = 70) -> Pod:
    return pod("shop/web", phase="Pending", claims=("data",), status=placed(ago))


def failure(text: str, reason: str = "FailedMount") -> Event:
    return event(waiting(), reason, text, count=4, ago=5)


@pytest.mark.parametrize(
    ("reason", "text", "title", "part"),
    [
        (
            "FailedMount",
            'MountVolume.MountDevice failed for volume "pv-data" : rpc error: code = Internal desc = failed to stage',
            "Node node-a cannot mount volume pv-data: Internal",
            "MountDevice of volume pv-data has failed on node node-a 4 times",
        ),
        (
            "FailedMount",
            'MountVolume.NewMounter initialization failed for volume "pv-data" : x',
            "Node node-a cannot mount volume pv-data",
            "The kubelet says: x.",
        ),
        (
            "FailedMapVolume",
            'MapVolume.SetUpDevice failed for volume "pv-data" : rpc error: code = Internal desc = no loop',
            "Node node-a cannot mount volume pv-data: Internal",
            "The kubelet says: no loop.",
        ),
    ],
)
def test_the_failed_step_is_told(reason: str, text: str, title: str, part: str) -> None:
    finding = only(waiting(), *CHAIN, failure(text, reason))
    assert finding.code == "mount-failed"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.INFERRED)
    assert finding.title == title
    assert part in finding.explanation


def test_it_is_reported_from_the_threshold_on() -> None:
    failed = failure('MountVolume.SetUp failed for volume "pv-data" : x')
    assert codes(waiting(60), *CHAIN, failed, at=after(-0.001)) == []
    assert codes(waiting(60), *CHAIN, failed) == ["mount-failed"]


def test_a_timeout_is_no_failed_step() -> None:
    text = "Unable to attach or mount volumes: unmounted volumes=[data]: timed out waiting for the condition"
    assert codes(waiting(), *CHAIN, failure(text)) == ["attach-silent-timeout"]


def test_a_pod_that_runs_makes_it_history() -> None:
    failed = failure('MountVolume.SetUp failed for volume "pv-data" : x')
    assert codes(pod("shop/web", claims=("data",)), *CHAIN, failed) == []
