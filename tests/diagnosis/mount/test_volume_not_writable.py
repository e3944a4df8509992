from datetime import datetime
from typing import Any

from storagetui.diagnosis.finding import Certainty, Finding, Severity
from storagetui.model.base import Record
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod
from tests.build import NOW, build, event, pod, stamp
from tests.diagnosis.mount.chain import CHAIN
from tests.diagnosis.world import after, found

NON_ROOT: dict[str, Any] = {"runAsUser": 1000}


def crashing(text: str = "", ago: float = 70, *, context: Any = None, volumes: Any = None) -> Pod:
    """A pod that was never Ready and whose container ends again and again."""
    state = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting failed container"}}
    last = {"terminated": {"exitCode": 1, "reason": "Error", "message": text, "finishedAt": stamp(20)}}
    status = {
        "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": stamp(ago)}],
        "containerStatuses": [{"name": "main", "restartCount": 4, "state": state, "lastState": last}],
    }
    spec: dict[str, Any] = {
        "containers": [{"name": "main"}],
        "securityContext": NON_ROOT if context is None else context,
    }
    if volumes is not None:
        spec["volumes"] = volumes
    return pod("shop/web", claims=("data",), age=ago + 5, spec=spec, status=status)


def denied(*world: Record, at: datetime = NOW, blind: tuple[Kind, ...] = ()) -> list[Finding]:
    """The findings that say so."""
    return [one for one in found(*world, at=at, blind=blind) if one.code == "mount-permission-denied"]


SAID = "mkdir: /data/x: Permission denied"


def test_a_denied_write_of_who_is_not_root_is_told() -> None:
    (finding,) = denied(crashing(SAID), *CHAIN)
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.INFERRED)
    assert "Container main does not run as root, and the pod asks for no fsGroup." in finding.explanation
    assert "mkdir: /data/x: Permission denied." in finding.explanation


def test_it_is_reported_from_the_threshold_on_and_until_the_pod_is_ready() -> None:
    assert not denied(crashing(SAID, ago=60), *CHAIN, at=after(-0.001))
    assert denied(crashing(SAID, ago=60), *CHAIN)
    assert not denied(pod("shop/web", claims=("data",), spec={"securityContext": NON_ROOT}), *CHAIN)


def test_other_reasons_for_ending_are_left_alone() -> None:
    assert not denied(crashing(), *CHAIN)
    assert not denied(crashing("panic: no configuration"), *CHAIN)
    assert not denied(crashing(SAID, context={}), *CHAIN)
    assert not denied(crashing(SAID, context={"runAsUser": 0}), *CHAIN)
    read_only = [{"name": "v", "persistentVolumeClaim": {"claimName": "data", "readOnly": True}}]
    assert not denied(crashing(SAID, volumes=read_only), *CHAIN)


def test_what_the_driver_lets_the_kubelet_do_is_told() -> None:
    driver = build(CSIDriver, "disk.csi.example", {"spec": {"fsGroupPolicy": "None"}}, {})
    assert "fsGroup has no effect on its volumes." in denied(crashing(SAID), *CHAIN, driver)[0].explanation
    (finding,) = denied(crashing(SAID), *CHAIN, blind=(Kind.CSI_DRIVER,))
    assert "Cannot tell whether disk.csi.example lets the kubelet set the group" in finding.explanation


def test_a_group_that_another_pod_has_set_is_told() -> None:
    text = "The requested fsGroup is 3, but the volume pv-data has GID 4. The volume may not be shareable."
    made = crashing("x", context={"fsGroup": 3})
    assert denied(made, *CHAIN, event(made, "AlreadyMountedVolume", text))


def test_a_crash_without_a_word_may_be_one_where_the_driver_leaves_the_files_to_root() -> None:
    driver = build(CSIDriver, "disk.csi.example", {"spec": {"fsGroupPolicy": "ReadWriteOnceWithFSType"}}, {})
    (finding,) = denied(crashing(), *CHAIN, driver)
    assert "its log tells whether that is the reason" in finding.explanation
    grouped = crashing(context={"runAsUser": 1000, "fsGroup": 1000})
    assert not denied(grouped, *CHAIN, driver)
    assert not denied(crashing(context={}), *CHAIN, driver)
    assert not denied(crashing("panic"), *CHAIN, driver)


def test_that_the_pod_crashes_is_not_told_beside_it() -> None:
    assert [one.code for one in found(crashing(SAID), *CHAIN)] == ["mount-permission-denied"]
    assert [one.code for one in found(crashing(), *CHAIN)] == ["deploy-crash-on-volume"]
