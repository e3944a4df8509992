"""An ordered set stands still, because one of its pods is not ready."""

from collections.abc import Iterator
from datetime import datetime

from storagetui.cluster.rollout import REVISION, first_unhealthy, frontier, ordinals_text
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.moments import latest
from storagetui.diagnosis.rule import Context, Rule, State
from storagetui.diagnosis.rules.sets.set_states import MOST, SHORT, pod_key, pods
from storagetui.diagnosis.words import joined, since, verb
from storagetui.model.base import condition, value_of
from storagetui.model.keys import Key
from storagetui.model.pods import Pod
from storagetui.model.workloads import StatefulSet

BLOCKED = State(
    code="sts-ordered-blocked",
    title="One pod that is not Ready blocks the set",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "With the policy OrderedReady the pod of an ordinal is made, or replaced, only once all pods before it run and "
        "are Ready. No event tells so: only the ordinals compared with each other do."
    ),
    remedies=("Look at the pod that is not Ready, and mend that: the set goes on by itself",),
    links=(
        "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#deployment-and-scaling-guarantees",
        "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#orderedready-pod-management",
    ),
)
BROKEN = State(
    code="sts-forced-rollback",
    title="Broken rollout does not heal after the template is changed again",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The controller waits for a broken pod to become Ready before it replaces it, so that a template put right "
        "does not reach it. The pod has to be deleted by hand once the template is good."
    ),
    remedies=(
        "Put the template right, if it is not yet",
        "Then delete the broken pod: it is made from the new template",
    ),
    links=("https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback",),
)

_FAILING_S = 60.0
"""After which a pod that says what is wrong with it counts."""
_STARTING_S = 300.0
"""How long a pod may take from running to Ready before it counts: databases that recover are slow."""


def find(owner: StatefulSet, ctx: Context) -> Iterator[Finding]:
    """Yield when an ordinal has not been healthy for longer than a start takes, and others wait for it."""
    found = pods(owner, ctx)
    ordinal = first_unhealthy(owner, found, MOST) if found is not None else None
    if found is None or ordinal is None:
        return
    pod, place = found.get(ordinal), frontier(owner, found, MOST)
    begun = _unready_since(owner, ordinal, found)
    if not ctx.older_than(begun, _STARTING_S if pod is not None and _is_starting(pod) else _FAILING_S):
        return
    waiting = tuple(one for one in place.waiting if one != ordinal) if place is not None else ()
    if pod is not None and _is_outdated(owner, ordinal, pod):
        yield _broken(owner, pod, waiting, begun)
    elif waiting:
        yield _blocked(owner, pod_key(owner, ordinal), pod, waiting, begun)


def _blocked(
    owner: StatefulSet, name: Key, pod: Pod | None, waiting: tuple[int, ...], begun: datetime | None
) -> Finding:
    how = "does not exist" if pod is None else "is not Ready"
    return BLOCKED.finding(
        owner,
        f"Pod {name.name} {how} and blocks {ordinals_text(waiting)}",
        joined(
            f"The set makes and replaces its pods in order, and pod {name.name} {how}{since(begun)}.",
            _state_words(pod),
            _waiting_words(waiting),
        ),
        begun,
        next_step=f"Look at pod {name.name}: the set goes on by itself once it is Ready."
        if pod is not None
        else "Look at the set's events: they say why the pod cannot be made.",
        evidence=(*_facts(owner, pod),),
        victims=tuple(pod_key(owner, one) for one in waiting),
        causes=(name,),
    )


def _broken(owner: StatefulSet, pod: Pod, waiting: tuple[int, ...], begun: datetime | None) -> Finding:
    revision = value_of(pod.labels, REVISION)
    return BROKEN.finding(
        owner,
        f"Pod {pod.name} is broken and of another revision than wanted, and is not replaced",
        joined(
            f"Pod {pod.name} is of revision {revision} and not Ready{since(begun)}. The set wants "
            f"{owner.update_revision}, but waits for the pod to become Ready before it replaces it.",
            _state_words(pod),
            _waiting_words(waiting),
        ),
        begun,
        next_step=f"If the template is good now, delete pod {pod.name}: it is made again from it.",
        evidence=(
            *_facts(owner, pod),
            Evidence(pod.key, f"metadata.labels[{REVISION}]", revision),
            evidence(owner, "update_revision"),
        ),
        victims=(pod.key, *(pod_key(owner, one) for one in waiting)),
    )


def _waiting_words(waiting: tuple[int, ...]) -> str:
    if not waiting:
        return ""
    nouns = "Ordinal" if len(waiting) == 1 else "Ordinals"
    return f"{nouns} {ordinals_text(waiting)} {verb(len(waiting), 'waits', 'wait')} for it."


def _is_outdated(owner: StatefulSet, ordinal: int, pod: Pod) -> bool:
    """Whether the pod is to be replaced and was made from another revision than the one that is wanted."""
    if owner.update_strategy not in ("", "RollingUpdate") or ordinal < (owner.partition or 0):
        return False
    return bool(owner.update_revision) and value_of(pod.labels, REVISION) not in ("", owner.update_revision)


def _is_starting(pod: Pod) -> bool:
    """Whether all containers run and may only be slow."""
    return pod.phase == "Running" and all(one.started_at is not None or one.exit_code == 0 for one in pod.containers)


def _unready_since(owner: StatefulSet, ordinal: int, found: dict[int, Pod]) -> datetime | None:
    """Since when the ordinal holds the others up, as far as the objects tell."""
    pod = found.get(ordinal)
    if pod is None:
        before = (_turned(one) for number, one in found.items() if number < ordinal)
        return latest((owner.creation_timestamp, *before))
    if pod.deletion_timestamp is not None:
        return pod.deletion_timestamp
    return _turned(pod) or pod.creation_timestamp


def _turned(pod: Pod) -> datetime | None:
    ready = condition(pod.conditions, "Ready")
    return ready.last_transition_time if ready is not None else None


def _state_words(pod: Pod | None) -> str:
    if pod is None:
        return ""
    if pod.deletion_timestamp is not None:
        return "It is to go and is still there."
    waiting = [one for one in (*pod.init_containers, *pod.containers) if one.waiting_reason]
    if waiting:
        return f"Its container {waiting[0].name} waits: {waiting[0].waiting_reason}."
    return "It has no node." if not pod.node_name else f"Its phase is {pod.phase}."


def _facts(owner: StatefulSet, pod: Pod | None) -> Iterator[Evidence]:
    yield evidence(owner, "replicas")
    yield evidence(owner, "ready_replicas", str(owner.ready_replicas or 0))
    if pod is not None:
        yield evidence(pod, "phase")
        ready = condition(pod.conditions, "Ready")
        if ready is not None:
            yield evidence(pod, "conditions", f"Ready={ready.status}{since(ready.last_transition_time)}")


RULE = Rule(SHORT, (BLOCKED, BROKEN), find)
