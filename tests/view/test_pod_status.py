"""A pod's status is what kubectl prints.

`pods_as_kubectl.jsonl` holds pods of every status there is, each with the cells that printPod of Kubernetes 1.37.2
makes of it: READY, STATUS, RESTARTS, and whether it says when the last restart was.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from storagetui.model.pods import Pod
from storagetui.view.pod_status import pod_status
from tests.build import decode, merge, pod, stamp

RECORDED = [
    msgspec.json.decode(line) for line in Path(__file__).with_name("pods_as_kubectl.jsonl").read_bytes().splitlines()
]


@pytest.mark.parametrize("case", RECORDED, ids=[f"{n}-{case['status']}" for n, case in enumerate(RECORDED)])
def test_every_pod_reads_as_kubectl_prints_it(case: dict[str, Any]) -> None:
    status = pod_status(decode(Pod, case["pod"]))

    assert f"{status.ready}/{status.containers}" == case["ready"]
    assert status.word == case["status"]
    assert status.restarts == case["restarts"]
    assert (status.restarts > 0 and status.restarted_at is not None) is case["dated"]


def test_the_recorded_pods_cover_what_an_incident_shows() -> None:
    words = {case["status"] for case in RECORDED}

    assert {"ContainerCreating", "CrashLoopBackOff", "Init:0/1", "Terminating", "Pending", "Running"} <= words
    assert len(words) > 30


WAITING = {"name": "main", "state": {"waiting": {"reason": "ContainerCreating"}}}


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"status": {"phase": "Pending", "containerStatuses": None}}, "Pending"),
        ({"status": {"phase": "Pending", "containerStatuses": [WAITING]}}, "ContainerCreating"),
        ({"metadata": {"deletionTimestamp": stamp(5)}}, "Terminating"),
        ({"metadata": {"deletionTimestamp": stamp(5)}, "status": {"reason": "NodeLost"}}, "Unknown"),
        ({"metadata": {"deletionTimestamp": stamp(5)}, "status": {"phase": "Failed"}}, "Failed"),
        ({"status": {"phase": "Odd", "containerStatuses": None}}, "Odd"),
    ],
)
def test_the_words_of_an_incident(over: dict[str, Any], expected: str) -> None:
    assert pod_status(pod("shop/web-0", **over)).word == expected


def test_a_sidecar_that_runs_does_not_hold_up_initialization() -> None:
    over: dict[str, Any] = {
        "spec": {
            "containers": [{"name": "main"}],
            "initContainers": [{"name": "mesh", "restartPolicy": "Always"}, {"name": "schema"}],
        },
        "status": {
            "phase": "Pending",
            "initContainerStatuses": [
                {"name": "mesh", "ready": True, "started": True, "restartCount": 2, "state": {"running": {}}},
                {"name": "schema", "restartCount": 1, "state": {"waiting": {"reason": "PodInitializing"}}},
            ],
            "containerStatuses": [merge(WAITING, {"state": {"waiting": {"reason": "PodInitializing"}}})],
        },
    }

    assert pod_status(pod("shop/web-0", **over))[:4] == ("Init:1/2", 1, 2, 3)
