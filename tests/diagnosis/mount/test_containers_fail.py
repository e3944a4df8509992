from typing import Any

import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.pods import Pod
from tests.build import event, pod, stamp
from tests.diagnosis.mount.chain import CHAIN
from tests.diagnosis.world import after, codes, only

SUBPATH = 'failed to create subPath directory for volumeMount "data" of container "main"'
STALE = "failed to generate spec: stat /var/lib/kubelet/pods/1/mount: transport endpoint is not connected"
READ_ONLY = "touch: /data/x: Read-only file system"


def failing(text: str, ago: float = 70, *, where: str = "waiting", **over: Any) -> Pod:
    """A pod that was Ready for a day and has not been for `ago` seconds; a container's state has the text."""
    reason = "CreateContainerConfigError" if where == "waiting" else "Error"
    status = {
        "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": stamp(ago)}],
        "containerStatuses": [{"name": "main", "state": {where: {"reason": reason, "message": text}}}],
    }
    return pod("shop/web", claims=("data",), status=status, **over)


@pytest.mark.parametrize(
    ("code", "made", "severity", "certainty"),
    [
        ("mount-subpath", failing(SUBPATH), Severity.HIGH, Certainty.CONFIRMED),
        ("mount-stale", failing(STALE), Severity.HIGH, Certainty.INFERRED),
        ("mount-readonly-fs", failing(READ_ONLY, where="terminated"), Severity.CRITICAL, Certainty.INFERRED),
    ],
)
def test_what_a_container_says_is_told(code: str, made: Pod, severity: Severity, certainty: Certainty) -> None:
    finding = only(made, *CHAIN)
    assert (finding.code, finding.severity) == (code, severity)
    assert finding.certainty is (certainty if code == "mount-subpath" else Certainty.INFERRED)
    assert finding.evidence[0].path == "status.containerStatuses"


@pytest.mark.parametrize(
    ("code", "text"), [("mount-subpath", SUBPATH), ("mount-stale", STALE), ("mount-readonly-fs", READ_ONLY)]
)
def test_it_is_reported_from_the_threshold_on_and_until_the_pod_is_ready(code: str, text: str) -> None:
    assert codes(failing(text, 60), *CHAIN, at=after(-0.001)) == []
    assert codes(failing(text, 60), *CHAIN) == [code]
    assert codes(pod("shop/web", claims=("data",)), *CHAIN, event(failing(text), "Failed", f"Error: {text}")) == []


def test_a_probes_word_tells_of_a_dead_mount() -> None:
    quiet = failing("back-off", where="waiting")
    probe = event(quiet, "Unhealthy", "Readiness probe failed: ls: /data: Stale file handle")
    assert codes(quiet, *CHAIN, probe) == ["mount-stale"]
    earlier = event(quiet, "Unhealthy", "Readiness probe failed: ls: /data: Stale file handle", ago=100)
    assert codes(quiet, *CHAIN, earlier) == []


def test_an_event_of_the_kubelet_tells_of_a_subpath() -> None:
    quiet = failing("x")
    finding = only(quiet, *CHAIN, event(quiet, "Failed", f"Error: {SUBPATH}"))
    assert (finding.code, finding.certainty) == ("mount-subpath", Certainty.INFERRED)


def test_what_was_asked_to_be_read_only_has_not_become_so() -> None:
    root = {"containers": [{"name": "main", "securityContext": {"readOnlyRootFilesystem": True}}]}
    assert codes(failing(READ_ONLY, spec=root), *CHAIN) == []
    claims = {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data", "readOnly": True}}]}
    assert codes(failing(READ_ONLY, spec=claims), *CHAIN) == []


def test_a_pod_that_was_never_ready_does_not_tell_of_a_volume_that_became_read_only() -> None:
    assert codes(failing(READ_ONLY, 70, age=75), *CHAIN) == []
