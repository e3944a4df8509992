"""How far an ordered set has come: which ordinal holds up which.

With OrderedReady the controller makes and updates one pod at a time, and goes no further while any pod is not Running
and Ready (kubernetes: pkg/controller/statefulset/stateful_set_control.go, processReplica and updateStatefulSet).
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from storagetui.model.base import value_of
from storagetui.model.pods import Pod
from storagetui.model.workloads import StatefulSet

PARALLEL = "Parallel"
REVISION = "controller-revision-hash"
"""Label with the revision that a pod was made from."""


class Frontier(NamedTuple):
    """The ordinal that has to become ready first, and those that wait for it."""

    ordinal: int
    waiting: tuple[int, ...]
    """In order, never empty."""


def is_healthy(pod: Pod | None) -> bool:
    """Whether the controller takes the pod for done: Running, Ready and not on its way out."""
    return pod is not None and pod.phase == "Running" and pod.is_ready and pod.deletion_timestamp is None


def first_unhealthy(owner: StatefulSet, pods: Mapping[int, Pod], limit: int) -> int | None:
    """The ordinal that has to become ready before an ordered set goes any further; None where all are, or it is not so.

    Looks at `limit` ordinals.
    """
    if owner.pod_management_policy == PARALLEL or owner.deletion_timestamp is not None:
        return None
    return next((ordinal for ordinal in owner.ordinals[:limit] if not is_healthy(pods.get(ordinal))), None)


def frontier(owner: StatefulSet, pods: Mapping[int, Pod], limit: int) -> Frontier | None:
    """Where the rollout stands still; None where nothing waits. Looks at `limit` ordinals."""
    first = first_unhealthy(owner, pods, limit)
    if first is None:
        return None
    ordinals = tuple(islice(owner.ordinals, limit))
    waiting = tuple(
        ordinal
        for ordinal in ordinals
        if ordinal != first
        and ((ordinal > first and ordinal not in pods) or is_outdated(owner, ordinal, pods.get(ordinal)))
    )
    return Frontier(first, waiting) if waiting else None


def is_outdated(owner: StatefulSet, ordinal: int, pod: Pod | None) -> bool:
    """Whether a rolling update has yet to replace the pod."""
    if pod is None or owner.update_strategy not in ("", "RollingUpdate") or not owner.update_revision:
        return False
    if owner.current_revision == owner.update_revision or ordinal < (owner.partition or 0):
        return False
    return value_of(pod.labels, REVISION) not in ("", owner.update_revision)


def ordinals_text(ordinals: Sequence[int]) -> str:
    """Ordinals with runs put together: `#2`, `#2–#4, #7`."""
    runs: list[list[int]] = []
    for ordinal in sorted(ordinals):
        if runs and runs[-1][-1] == ordinal - 1:
            runs[-1][1:] = [ordinal]
        else:
            runs.append([ordinal])
    return ", ".join("–".join(f"#{ordinal}" for ordinal in run) for run in runs)
