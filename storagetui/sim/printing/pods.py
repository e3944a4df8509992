"""A pod's row: its status in one word, as computed from phase, conditions and containers.

Source: printPod in kubernetes/pkg/printers/internalversion/printers.go.
"""

from datetime import datetime
from typing import Any

from storagetui.sim.printing.column import Printer, age, columns, since
from storagetui.sim.wire import Json, dig


class _Tally:
    """What is counted over a pod's containers."""

    def __init__(self) -> None:
        self.restarts = 0
        self.ready = 0
        self.last_restart = ""

    def count(self, status: Json) -> None:
        self.restarts += status.get("restartCount", 0)
        self.last_restart = max(self.last_restart, dig(status, "lastState", "terminated", "finishedAt", default=""))


def pod_cells(pod: Json, now: datetime) -> list[Any]:
    """The cells of a pod's row."""
    spec, status = pod.get("spec", {}), pod.get("status", {})
    sidecars = {item["name"] for item in spec.get("initContainers", ()) if item.get("restartPolicy") == "Always"}
    reason, tally = _status(pod, sidecars)
    restarts = str(tally.restarts)
    if tally.restarts and tally.last_restart:
        restarts = f"{tally.restarts} ({since(tally.last_restart, now)} ago)"
    gates = [gate["conditionType"] for gate in spec.get("readinessGates", ())]
    true = {item["type"] for item in status.get("conditions", ()) if item.get("status") == "True"}
    return [
        pod["metadata"]["name"],
        f"{tally.ready}/{len(spec.get('containers', ())) + len(sidecars)}",
        reason,
        restarts,
        age(pod, now),
        dig(status, "podIPs", 0, "ip", default="") or status.get("podIP") or "<none>",
        spec.get("nodeName") or "<none>",
        status.get("nominatedNodeName") or "<none>",
        f"{len(true.intersection(gates))}/{len(gates)}" if gates else "<none>",
    ]


def _status(pod: Json, sidecars: set[str]) -> tuple[str, _Tally]:
    """The word under STATUS, and what was counted on the way."""
    status, spec = pod.get("status", {}), pod.get("spec", {})
    phase = status.get("phase", "")
    reason = status.get("reason") or phase
    conditions = {item["type"]: item for item in status.get("conditions", ())}
    if dig(conditions, "PodScheduled", "reason") == "SchedulingGated":
        reason = "SchedulingGated"
    tally, sidecar_tally = _Tally(), _Tally()
    initializing = ""
    for index, container in enumerate(status.get("initContainerStatuses", ())):
        tally.count(container)
        sidecar = container["name"] in sidecars
        if sidecar:
            sidecar_tally.count(container)
        if dig(container, "state", "terminated", "exitCode") == 0:
            continue
        if sidecar and container.get("started"):
            sidecar_tally.ready += bool(container.get("ready"))
            continue
        initializing = _init_reason(container, index, len(spec.get("initContainers", ())))
        break
    if initializing and dig(conditions, "Initialized", "status") != "True":
        reason = initializing
        tally.ready = sidecar_tally.ready
    else:
        reason, tally = _container_reason(status, initializing or reason, sidecar_tally), sidecar_tally
    if "deletionTimestamp" in pod["metadata"]:
        if status.get("reason") == "NodeLost":
            reason = "Unknown"
        elif phase not in ("Succeeded", "Failed"):
            reason = "Terminating"
    return reason, tally


def _init_reason(container: Json, index: int, total: int) -> str:
    terminated, waiting = dig(container, "state", "terminated"), dig(container, "state", "waiting", "reason")
    if terminated is not None:
        return f"Init:{_end(terminated)}"
    if waiting and waiting != "PodInitializing":
        return f"Init:{waiting}"
    return f"Init:{index}/{total}"


def _container_reason(status: Json, reason: str, tally: _Tally) -> str:
    running, failed = False, ""
    for container in reversed(status.get("containerStatuses", ())):
        tally.count(container)
        waiting, terminated = dig(container, "state", "waiting", "reason"), dig(container, "state", "terminated")
        if waiting:
            reason = waiting
        elif terminated is not None:
            reason = _end(terminated)
            failed = reason if terminated.get("exitCode") else failed
        elif container.get("ready") and dig(container, "state", "running") is not None:
            running = True
            tally.ready += 1
    if reason != "Completed":
        return reason
    ready = any(item["type"] == "Ready" and item["status"] == "True" for item in status.get("conditions", ()))
    if running and ready:
        return "Running"
    return failed or ("NotReady" if running else reason)


def _end(terminated: Json) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    signal = terminated.get("signal")
    return f"Signal:{signal}" if signal else f"ExitCode:{terminated.get('exitCode', 0)}"


PODS = Printer(
    columns(
        "Name",
        "Ready",
        "Status",
        "Restarts",
        "Age",
        wide=("IP", "Node", "Nominated Node", "Readiness Gates"),
    ),
    pod_cells,
)
