from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storagetui.sim.clock import rfc3339
from storagetui.sim.printing.column import human_duration
from storagetui.sim.resources import RESOURCES, named
from storagetui.sim.tables import table
from storagetui.sim.wire import Json
from tests.sim.given import claim, pod, stateful_set, volume

NOW = datetime(2026, 1, 15, 14, 2, 11, tzinfo=UTC)
BORN = rfc3339(NOW - timedelta(minutes=5))


def row(resource: str, obj: Json, **status: Any) -> list[Any]:
    obj["metadata"].setdefault("creationTimestamp", BORN)
    if status:
        obj["status"] = status
    cells: list[Any] = table(named(resource), [obj], NOW)["rows"][0]["cells"]
    return cells


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (599, "9m59s"),
        (600, "10m"),
        (10799, "179m"),
        (10800, "3h"),
        (11000, "3h3m"),
        (28800, "8h"),
        (172799, "47h"),
        (172800, "2d"),
        (180000, "2d2h"),
        (691200, "8d"),
        (63072000, "2y"),
        (70000000, "2y80d"),
        (252288000, "8y"),
    ],
)
def test_ages_are_told_as_kubectl_tells_them(seconds: int, text: str) -> None:
    assert human_duration(seconds) == text


@pytest.mark.parametrize("resource", [kind.name for kind in RESOURCES if kind.stored])
def test_every_kind_has_a_row_even_of_a_bare_object(resource: str) -> None:
    bare: Json = {"metadata": {"name": "x", "creationTimestamp": BORN}, "spec": {}, "involvedObject": {}}

    made = table(named(resource), [bare], NOW)

    assert len(made["rows"][0]["cells"]) == len(made["columnDefinitions"])
    assert "x" in str(made["rows"][0]["cells"])


def running(name: str = "app", **more: Any) -> Json:
    return {"name": name, "ready": True, "restartCount": 0, "state": {"running": {}}, **more}


def waiting(reason: str, name: str = "app") -> Json:
    return {"name": name, "ready": False, "restartCount": 0, "state": {"waiting": {"reason": reason}}}


def ended(code: int, reason: str = "", **more: Any) -> Json:
    terminated = {"exitCode": code, **({"reason": reason} if reason else {}), **more}
    return {"name": "app", "ready": False, "restartCount": 0, "state": {"terminated": terminated}}


READY = [{"type": "Ready", "status": "True"}]


@pytest.mark.parametrize(
    ("status", "ready", "word"),
    [
        ({"phase": "Pending"}, "0/1", "Pending"),
        ({"phase": "Running", "containerStatuses": [running()]}, "1/1", "Running"),
        ({"phase": "Pending", "containerStatuses": [waiting("ContainerCreating")]}, "0/1", "ContainerCreating"),
        ({"phase": "Running", "containerStatuses": [waiting("CrashLoopBackOff")]}, "0/1", "CrashLoopBackOff"),
        ({"phase": "Succeeded", "containerStatuses": [ended(0, "Completed")]}, "0/1", "Completed"),
        ({"phase": "Failed", "containerStatuses": [ended(1, "Error")]}, "0/1", "Error"),
        ({"phase": "Failed", "containerStatuses": [ended(137)]}, "0/1", "ExitCode:137"),
        ({"phase": "Failed", "containerStatuses": [ended(9, signal=9)]}, "0/1", "Signal:9"),
        ({"phase": "Failed", "reason": "Evicted"}, "0/1", "Evicted"),
        (
            {"phase": "Pending", "initContainerStatuses": [waiting("ImagePullBackOff", "i")]},
            "0/1",
            "Init:ImagePullBackOff",
        ),
        ({"phase": "Pending", "initContainerStatuses": [running("i")]}, "0/1", "Init:0/1"),
        ({"phase": "Pending", "initContainerStatuses": [ended(2)]}, "0/1", "Init:ExitCode:2"),
        (
            {
                "phase": "Pending",
                "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}],
            },
            "0/1",
            "SchedulingGated",
        ),
    ],
)
def test_a_pods_status_in_a_word(status: Json, ready: str, word: str) -> None:
    obj = pod("p", initContainers=[{"name": "i", "image": "x"}])

    cells = row("pods", obj, **status)

    assert cells[1:3] == [ready, word]


def test_a_pod_with_a_finished_sidecar_is_told_by_what_still_runs() -> None:
    done = {**ended(0, "Completed"), "name": "side"}

    ready = row("pods", pod("p"), phase="Running", conditions=READY, containerStatuses=[done, running()])
    not_ready = row("pods", pod("p"), phase="Running", containerStatuses=[done, running()])

    assert (ready[2], not_ready[2]) == ("Running", "NotReady")


def test_restarts_tell_when() -> None:
    last = {"terminated": {"finishedAt": rfc3339(NOW - timedelta(seconds=90))}}
    status = running(restartCount=3, lastState=last)

    assert row("pods", pod("p"), phase="Running", containerStatuses=[status])[3] == "3 (90s ago)"


def test_a_pod_that_goes_is_terminating_and_one_on_a_lost_node_unknown() -> None:
    going = pod("p")
    going["metadata"]["deletionTimestamp"] = BORN

    assert row("pods", going, phase="Running")[2] == "Terminating"
    assert row("pods", going, phase="Running", reason="NodeLost")[2] == "Unknown"


def test_wide_columns_of_a_pod() -> None:
    placed = pod("p", nodeName="n", readinessGates=[{"conditionType": "Ready"}])

    cells = row("pods", placed, podIPs=[{"ip": "10.0.0.1"}], conditions=READY)

    assert cells[5:] == ["10.0.0.1", "n", "<none>", "1/1"]


def test_claims_and_volumes() -> None:
    bound = claim("data", volumeName="v", volumeMode="Filesystem")
    status = {"phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}
    free = volume("v", claimRef={"namespace": "shop", "name": "data"}, persistentVolumeReclaimPolicy="Retain")

    of_claim = row("persistentvolumeclaims", bound, **status)
    of_volume = row("persistentvolumes", free, phase="Released")

    assert of_claim == ["data", "Bound", "v", "1Gi", "RWO", "fast", "<unset>", "5m", "Filesystem"]
    assert of_volume[:7] == ["v", "1Gi", "RWO", "Retain", "Released", "shop/data", "fast"]
    assert of_volume[7:] == ["<unset>", "", "5m", "<unset>"]
    free["metadata"]["deletionTimestamp"] = BORN
    assert row("persistentvolumes", free, phase="Released")[4] == "Terminating"


def test_workloads_nodes_and_attachments() -> None:
    labels = {"node-role.kubernetes.io/worker": ""}
    node: Json = {"metadata": {"name": "n", "labels": labels}, "spec": {"unschedulable": True}}
    spec = {"attacher": "x", "nodeName": "n", "source": {"persistentVolumeName": "v"}}
    attachment: Json = {"metadata": {"name": "a"}, "spec": spec}
    unknown = [{"type": "Ready", "status": "Unknown"}]

    assert row("statefulsets.apps", stateful_set("db"), readyReplicas=2)[:3] == ["db", "2/3", "5m"]
    assert row("nodes", node, conditions=unknown)[1:4] == ["NotReady,SchedulingDisabled", "worker", "5m"]
    assert row("volumeattachments.storage.k8s.io", attachment, attached=True) == ["a", "x", "v", "n", True, "5m"]


def test_events_of_both_shapes() -> None:
    target = {"kind": "Pod", "name": "p", "fieldPath": "spec.containers{app}"}
    told: Json = {"metadata": {"name": "e"}, "involvedObject": target}
    old = {**told, "type": "Warning", "reason": "FailedMount", "message": " no \n", "count": 4}
    old |= {"source": {"component": "kubelet", "host": "n"}, "firstTimestamp": BORN, "lastTimestamp": rfc3339(NOW)}
    series = {"count": 7, "lastObservedTime": rfc3339(NOW)}
    new = {**told, "reportingComponent": "scheduler", "eventTime": BORN, "series": series}

    of_old, of_new = row("events", old), row("events", new)

    assert of_old[:6] == ["0s", "Warning", "FailedMount", "pod/p", "spec.containers{app}", "kubelet, n"]
    assert of_old[6:] == ["no", "5m", 4, "e"]
    assert of_new[5:9] == ["scheduler", "", "5m", 7]
