"""A pod's volumes are mounted, and its software does not run on them."""

from collections.abc import Iterator

from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import RUNNING_BADLY
from storagetui.diagnosis.rule import Context, Rule, State
from storagetui.diagnosis.rules.health.volume_full import blamed
from storagetui.diagnosis.words import joined, listed, quoted, since
from storagetui.model.base import condition
from storagetui.model.pods import ContainerStatus, Pod

CRASHES = State(
    code="deploy-crash-on-volume",
    title="Pod runs but the software refuses its data",
    severity=Severity.MEDIUM,
    certainty=Certainty.INFERRED,
    meaning=(
        "All volumes are mounted, so that neither attaching nor mounting is at fault. A disk that is "
        "full, a lost+found "
        "folder where an empty one is wanted, the lock file of a previous owner, rights, or a damaged database make "
        "software end at once: its log tells which, if it is the data at all."
    ),
    remedies=(
        "Read the log of the container, of its previous run too",
        "Look at how full the volume is",
        "Mend what the log names: the pod starts again by itself",
    ),
    links=("https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/",),
)
_CRASHING = "CrashLoopBackOff"
_RESTARTS = 2
"""A program may end once while what it needs is coming up."""


def is_crashing(pod: Pod) -> bool:
    """Whether a container of a pod with claims ends again and again."""
    return pod.deletion_timestamp is None and bool(pod.claim_keys) and bool(_crashing(pod))


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield once a container has ended several times with its volumes mounted."""
    if not is_crashing(pod):
        return
    mounted = condition(pod.conditions, "PodReadyToStartContainers")
    if mounted is not None and mounted.status != "True":
        return
    crashing = [one for one in _crashing(pod) if (one.restart_count or 0) >= _RESTARTS]
    if not crashing:
        return
    one = crashing[0]
    claims = [key.name for key in pod.claim_keys]
    how = f"exit code {one.last_exit_code}" if one.last_exit_code is not None else "an error"
    yield CRASHES.finding(
        pod,
        f"Container {one.name} crashes after its volumes were mounted",
        joined(
            f"Container {one.name} has ended {one.restart_count} times{_last(one)}, with {how}; the volumes of "
            f"{listed(claims)} are mounted, so that mounting is not at fault.",
            f"It says: {quoted(_word(one))}" if _word(one) else "",
            "Whether the data is at fault only its log tells.",
        ),
        mounted.last_transition_time if mounted is not None else pod.start_time,
        next_step=f"Read the log: kubectl logs -n {pod.namespace} {pod.name} -c {one.name} --previous",
        evidence=(
            evidence(pod, "containers", f"{one.name}: {one.waiting_reason}, {one.restart_count} restarts"),
            *((evidence(pod, "conditions", "PodReadyToStartContainers=True"),) if mounted is not None else ()),
        ),
        victims=pod.claim_keys,
        causes=blamed(pod, ctx),
    )


def _crashing(pod: Pod) -> list[ContainerStatus]:
    return [one for one in (*pod.init_containers, *pod.containers) if one.waiting_reason == _CRASHING]


def _word(one: ContainerStatus) -> str:
    """What the container left behind, else what is said of it."""
    return one.last_message or one.waiting_message


def _last(one: ContainerStatus) -> str:
    return f", last{since(one.last_finished_at).replace(' since', ' at')}" if one.last_finished_at is not None else ""


RULE = Rule(RUNNING_BADLY, (CRASHES,), find)
