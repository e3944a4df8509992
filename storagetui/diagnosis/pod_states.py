"""What a pod is waiting for, from its record, and the symptoms of pods."""

from datetime import datetime

from storagetui.diagnosis.moments import latest
from storagetui.diagnosis.rule import Symptom
from storagetui.model.base import Condition, condition
from storagetui.model.pods import ContainerStatus, Pod

CREATING = ("ContainerCreating", "PodInitializing")
"""Why containers wait while a pod's volumes are made ready, and for a while after."""
FINISHED = ("Succeeded", "Failed")


def is_over(pod: Pod) -> bool:
    """Whether the pod has run to its end."""
    return pod.phase in FINISHED


def scheduled(pod: Pod) -> Condition | None:
    """What the scheduler said of the pod last."""
    return condition(pod.conditions, "PodScheduled")


def waits_for_node(pod: Pod) -> bool:
    """Whether the pod has claims and no node yet, and nobody holds it back on purpose."""
    if pod.node_name or pod.phase != "Pending" or pod.deletion_timestamp is not None or not pod.claim_keys:
        return False
    verdict = scheduled(pod)
    return verdict is None or verdict.reason != "SchedulingGated"


def waits_for_volumes(pod: Pod) -> bool:
    """Whether the pod has a node, and no container has begun.

    Volumes, those of Secrets and the like included, come before everything else: a pod whose sandbox is ready has them
    (condition PodReadyToStartContainers, Kubernetes 1.29), and so has one whose images are being pulled in vain.
    """
    if not pod.node_name or pod.phase != "Pending" or pod.deletion_timestamp is not None:
        return False
    sandbox = condition(pod.conditions, "PodReadyToStartContainers")
    if sandbox is not None and sandbox.status == "True":
        return False
    return all(one.waiting_reason in CREATING for one in (*pod.init_containers, *pod.containers))


def runs_badly(pod: Pod) -> bool:
    """Whether the pod has begun on its node, is meant to run, and is not Ready."""
    if not pod.node_name or pod.deletion_timestamp is not None or is_over(pod) or pod.is_ready:
        return False
    return not waits_for_volumes(pod)


def not_ready_since(pod: Pod) -> datetime | None:
    """Since when the pod has not been Ready."""
    ready = condition(pod.conditions, "Ready")
    return (ready.last_transition_time if ready is not None else None) or pod.start_time or pod.creation_timestamp


def changed(pod: Pod) -> datetime | None:
    """When a container of the pod began or ended last, or its sandbox became ready: the volumes were there then."""
    sandbox = condition(pod.conditions, "PodReadyToStartContainers")
    moments = [one for status in (*pod.init_containers, *pod.containers) for one in _moments(status)]
    return latest((*moments, sandbox.last_transition_time if sandbox and sandbox.status == "True" else None))


def _moments(status: ContainerStatus) -> tuple[datetime | None, ...]:
    return status.started_at, status.last_finished_at


def is_waiting(pod: Pod) -> bool:
    """Whether the pod has not begun."""
    return waits_for_node(pod) or waits_for_volumes(pod)


def waiting_since(pod: Pod) -> datetime | None:
    """Since when a pod has waited for what it waits for now: a node, or its volumes."""
    verdict = scheduled(pod)
    wanted = "True" if pod.node_name else "False"
    if verdict is not None and verdict.status == wanted and verdict.last_transition_time is not None:
        return verdict.last_transition_time
    return (pod.start_time if pod.node_name else None) or pod.creation_timestamp


def is_terminating(pod: Pod) -> bool:
    """Whether the pod has claims and is to go."""
    return pod.deletion_timestamp is not None and bool(pod.claim_keys)


UNSCHEDULED = Symptom("pod has no node", Pod, waits_for_node)
CREATING_CONTAINERS = Symptom("pod has a node and no container begins", Pod, waits_for_volumes)
RUNNING_BADLY = Symptom("pod has begun and is not Ready", Pod, runs_badly)
TERMINATING = Symptom("pod is to go and is still there", Pod, is_terminating)
