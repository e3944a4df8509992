import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Key, Kind
from tests.build import claim, csi_node, node, pod, stamp, volume
from tests.diagnosis.mount.chain import CHAIN, failure, mount, ready, waiting
from tests.diagnosis.world import after, codes, only, placed


@pytest.mark.parametrize(
    ("reason", "text", "title", "part"),
    [
        (
            "FailedMount",
            mount("rpc error: code = Internal desc = failed to stage", "MountDevice"),
            "Node node-a cannot mount volume pv-data: Internal",
            "MountDevice of volume pv-data of claim data has failed on node node-a 4 times",
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
        (
            "FailedMount",
            mount("rpc error: code = InvalidArgument desc = bad share"),
            "Node node-a cannot mount volume pv-data: InvalidArgument",
            "trying again does not help",
        ),
    ],
)
def test_the_failed_step_is_told(reason: str, text: str, title: str, part: str) -> None:
    finding = only(waiting(), *CHAIN, failure(text, reason))
    assert finding.code == "mount-failed"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.INFERRED)
    assert finding.title == title
    assert part in finding.explanation
    assert "last at 2026-01-15T14:02:06Z" in finding.explanation


def test_it_is_reported_from_the_threshold_on() -> None:
    failed = failure(mount("x"))
    assert codes(waiting(60), *CHAIN, failed, at=after(-0.001)) == []
    assert codes(waiting(60), *CHAIN, failed) == ["mount-failed"]


def test_a_timeout_is_no_failed_step() -> None:
    text = "Unable to attach or mount volumes: unmounted volumes=[data]: timed out waiting for the condition"
    assert codes(waiting(), *CHAIN, failure(text)) == ["attach-silent-timeout"]


def test_a_pod_that_runs_makes_it_history() -> None:
    assert codes(ready(), *CHAIN, failure(mount("x"))) == []


def test_what_was_said_before_the_pod_had_its_node_is_history() -> None:
    assert codes(waiting(70), *CHAIN, failure(mount("x"), ago=80, count=1)) == ["attach-silent-timeout"]


def test_refused_repetitions_do_not_hide_the_error_that_came_first() -> None:
    first = failure(mount("mount failed: wrong fs type, bad option, bad superblock on /dev/sdb"), ago=60)
    again = failure(mount("rpc error: code = Aborted desc = An operation with the given Volume ID v already exists"))
    assert codes(waiting(100), *CHAIN, first, again) == ["mount-fs-mismatch"]
    assert codes(waiting(100), *CHAIN, again) == ["mount-operation-in-progress"]


def test_what_was_said_long_ago_does_not_hide_what_is_said_now() -> None:
    first = failure(mount("mount failed: wrong fs type, bad option, bad superblock on /dev/sdb"), ago=306, count=1)
    assert codes(waiting(400), *CHAIN, first, failure(mount("x"))) == ["mount-failed"]
    assert codes(waiting(400), *CHAIN, first, failure(mount("x"), ago=6)) == ["mount-fs-mismatch"]


def test_a_pod_without_claims_is_told_of_too() -> None:
    config = pod("shop/web", phase="Pending", status=placed(70))
    told = failure('MountVolume.SetUp failed for volume "cfg" : configmap "app" not found')
    assert codes(config, node("node-a"), told) == ["mount-configmap-secret-missing"]
    assert codes(config, node("node-a")) == []


def restarted(ago: float, **state: object) -> dict[str, object]:
    """The status of a pod that ran until its node was restarted."""
    conditions = [{"type": "Ready", "status": "False", "lastTransitionTime": stamp(ago)}]
    waits = {"name": "main", "state": {"waiting": {"reason": "ContainerCreating"}}, **state}
    return {"phase": "Running", "conditions": conditions, "containerStatuses": [waits]}


def test_volumes_that_do_not_come_back_after_a_restart_of_the_node_are_told_of() -> None:
    back = pod("shop/web", claims=("data",), status=restarted(60))
    assert codes(back, *CHAIN, failure(mount("x"))) == ["mount-failed"]
    assert codes(back, *CHAIN, failure(mount("x")), at=after(-0.001)) == []
    assert codes(back, *CHAIN, failure(mount("x"), ago=100, count=1)) == []
    running = pod("shop/web", claims=("data",), status=restarted(60, state={"running": {"startedAt": stamp(2)}}))
    assert codes(running, *CHAIN, failure(mount("x"))) == []


def test_the_claim_is_found_by_the_name_of_the_pods_volume() -> None:
    told = failure('MountVolume.SetUp failed for volume "volume-0" : x')
    finding = only(waiting(), *CHAIN, told)
    assert finding.victims == (Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "data"),)


def test_of_two_volumes_the_one_that_is_meant_is_named() -> None:
    two = pod("shop/web", phase="Pending", claims=("data", "logs"), status=placed(70))
    more = (claim("shop/logs"), volume("pv-logs", claim="shop/logs"), csi_node("node-a", "disk.csi.example"))
    finding = only(two, *CHAIN, *more, failure('MountVolume.SetUp failed for volume "pv-logs" : x'))
    assert "volume pv-logs of claim logs" in finding.explanation


def test_a_node_that_does_not_answer_any_more_is_the_cause() -> None:
    chain = [one for one in CHAIN if one.kind is not Kind.NODE]
    finding = only(waiting(), *chain, node("node-a", ready="Unknown"), failure(mount("x")))
    assert finding.causes == (Key(Kind.NODE, "", "node-a"),)
    assert "Node node-a does not answer" in finding.explanation
    assert only(waiting(), *CHAIN, failure(mount("x"))).causes == ()
