"""A pod's status in a word, its ready count and its restarts, as `kubectl get pods` prints them.

The rules are those of printPod (kubernetes: pkg/printers/internalversion/printers.go); where the kubelet leaves
something unsaid, so do they.
"""

from datetime import datetime
from typing import NamedTuple

from storagetui.model.base import condition
from storagetui.model.pods import ContainerStatus, Pod

NODE_LOST = "NodeLost"
"""Reason that the node controller gives to pods on a node that it cannot reach."""


class PodStatus(NamedTuple):
    """What kubectl's columns READY, STATUS and RESTARTS say."""

    word: str
    ready: int
    containers: int
    restarts: int
    restarted_at: datetime | None


class _Count(NamedTuple):
    ready: int = 0
    restarts: int = 0
    restarted_at: datetime | None = None

    def add(self, container: ContainerStatus, *, is_ready: bool = False) -> "_Count":
        moments = [moment for moment in (self.restarted_at, container.last_finished_at) if moment is not None]
        return _Count(
            self.ready + is_ready, self.restarts + (container.restart_count or 0), max(moments) if moments else None
        )


def pod_status(pod: Pod) -> PodStatus:
    """The status of a pod as kubectl computes it."""
    sidecars = frozenset(spec.name for spec in pod.init_container_specs if spec.restart_policy == "Always")
    word, all_inits, only_sidecars = _initializing(pod, sidecars)
    count = all_inits
    if not word or _holds(pod, "Initialized"):
        word, count = _running(pod, word or _first_word(pod), only_sidecars)
    if pod.deletion_timestamp is not None:
        if pod.reason == NODE_LOST:
            word = "Unknown"
        elif pod.phase not in ("Failed", "Succeeded"):
            word = "Terminating"
    total = (len(pod.container_specs) or len(pod.containers)) + len(sidecars)
    return PodStatus(word, count.ready, total, count.restarts, count.restarted_at)


def _first_word(pod: Pod) -> str:
    scheduled = condition(pod.conditions, "PodScheduled")
    if scheduled is not None and scheduled.reason == "SchedulingGated":
        return scheduled.reason
    return pod.reason or pod.phase


def _initializing(pod: Pod, sidecars: frozenset[str]) -> tuple[str, _Count, _Count]:
    """How far the init containers are, empty when they are through; counts of all of them, and of sidecars alone."""
    everyone, alone = _Count(), _Count()
    for position, container in enumerate(pod.init_containers):
        is_sidecar = container.name in sidecars
        is_through = container.exit_code == 0
        is_up = is_sidecar and container.is_started and not is_through
        everyone = everyone.add(container, is_ready=is_up and container.is_ready)
        if is_sidecar:
            alone = alone.add(container)
        if not is_through and not is_up:
            return f"Init:{_init_word(pod, container, position)}", everyone, alone._replace(ready=everyone.ready)
    return "", everyone, alone._replace(ready=everyone.ready)


def _init_word(pod: Pod, container: ContainerStatus, position: int) -> str:
    if container.exit_code is not None:
        return _end_word(container)
    if container.waiting_reason not in ("", "PodInitializing"):
        return container.waiting_reason
    return f"{position}/{len(pod.init_container_specs) or len(pod.init_containers)}"


def _running(pod: Pod, word: str, count: _Count) -> tuple[str, _Count]:
    """The word and the counts once the init containers are through; the first container has the last say."""
    has_running, error = False, ""
    for container in reversed(pod.containers):
        is_running = container.is_ready and container.started_at is not None
        if container.waiting_reason:
            word, is_running = container.waiting_reason, False
        elif container.exit_code is not None:
            word, is_running = _end_word(container), False
            error = word if container.exit_code != 0 else error
        has_running = has_running or is_running
        count = count.add(container, is_ready=is_running)
    if word == "Completed":
        if has_running and _holds(pod, "Ready"):
            word = "Running"
        elif error or has_running:
            word = error or "NotReady"
    return word, count


def _end_word(container: ContainerStatus) -> str:
    if container.terminated_reason:
        return container.terminated_reason
    return f"Signal:{container.signal}" if container.signal else f"ExitCode:{container.exit_code}"


def _holds(pod: Pod, type_: str) -> bool:
    found = condition(pod.conditions, type_)
    return found is not None and found.status == "True"
