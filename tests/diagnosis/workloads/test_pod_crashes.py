from typing import Any

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.pods import Pod
from tests.build import pod, stamp
from tests.diagnosis.world import codes, only


def crashing(
    restarts: int = 3, *, mounted: str = "True", claims: tuple[str, ...] = ("data",), words: str = "", **over: Any
) -> Pod:
    status = {
        "conditions": [
            {"type": "PodScheduled", "status": "True", "lastTransitionTime": stamp(600)},
            {"type": "PodReadyToStartContainers", "status": mounted, "lastTransitionTime": stamp(590)},
        ],
        "containerStatuses": [
            {
                "name": "db",
                "restartCount": restarts,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 2m40s restarting"}},
                "lastState": {"terminated": {"exitCode": 1, "finishedAt": stamp(30), "message": words}},
            }
        ],
    }
    return pod("shop/db", claims=claims, status=status, **over)


def test_the_container_its_exit_code_and_the_log_to_read_are_told() -> None:
    finding = only(crashing())
    assert finding.code == "deploy-crash-on-volume"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.INFERRED)
    assert "Container db has ended 3 times" in finding.explanation
    assert "exit code 1" in finding.explanation
    assert "mounting is not at fault" in finding.explanation
    assert "back-off 2m40s restarting" in finding.explanation
    assert finding.next_step == "Read the log: kubectl logs -n shop db -c db --previous"


def test_its_last_words_are_told_before_what_is_said_of_it() -> None:
    told = only(crashing(words="FATAL: data directory has wrong ownership"))
    assert "It says: FATAL: data directory has wrong ownership." in told.explanation
    assert "FATAL" not in only(crashing()).explanation


def test_a_single_restart_is_no_crash_loop() -> None:
    assert codes(crashing(2)) == ["deploy-crash-on-volume"]
    assert codes(crashing(1)) == []


def test_where_the_volumes_are_not_mounted_or_there_are_none_it_is_another_story() -> None:
    assert "deploy-crash-on-volume" not in codes(crashing(mounted="False"))
    assert codes(crashing(claims=())) == []
    assert "deploy-crash-on-volume" not in codes(crashing(metadata={"deletionTimestamp": stamp(-30)}))
