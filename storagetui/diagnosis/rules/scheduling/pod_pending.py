"""A pod with claims gets no node, and none of the particular rules says why."""

from collections.abc import Iterator

from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import UNSCHEDULED, scheduled, waiting_since
from storagetui.diagnosis.pod_volumes import unbound_claims
from storagetui.diagnosis.rule import Context, Heard, Rule, State
from storagetui.diagnosis.rules.claims.claim_being_provisioned import is_under_way
from storagetui.diagnosis.words import cannot_tell, joined, quoted, things, verb
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

PENDING = State(
    code="pod-pending",
    title="Pod with volumes gets no node",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "No node was found for the pod within the threshold `pod_pending_s`. What the scheduler says stands in the "
        "pod's condition PodScheduled; often it is about something else than storage."
    ),
    remedies=("Read what the scheduler says", "Make room on a node that the pod may run on"),
    links=("https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/#my-pod-stays-pending",),
)


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield what is known when a pod has waited for a node for too long."""
    since = waiting_since(pod)
    if not ctx.older_than(since, ctx.thresholds.pod_pending_s):
        return
    verdict = scheduled(pod)
    chosen = [claim for claim in unbound_claims(pod, ctx) if claim.selected_node]
    facts = [evidence(pod, "phase")]
    if verdict is not None:
        facts.append(evidence(pod, "conditions", f"PodScheduled={verdict.status}, {verdict.reason}"))
    if verdict is not None and verdict.message:
        said = f"The scheduler says: {quoted(verdict.message)}"
    else:
        said = "The scheduler has not said why; it may not have looked at the pod at all."
    names = [claim.name for claim in chosen]
    is_calm = bool(chosen) and all(is_under_way(claim, ctx) for claim in chosen)
    yield PENDING.finding(
        pod,
        f"Pod waits for {things('claim', names)} to be made" if chosen else "Pod has no node yet",
        joined(
            _chosen(chosen) or said,
            cannot_tell("whether its claims are bound", ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM)),
        ),
        since,
        severity=Severity.INFO if is_calm else Severity.MEDIUM,
        next_step=f"Look at claim {names[0]}." if chosen else "Do what the scheduler's words ask for.",
        evidence=tuple(facts),
        victims=pod.claim_keys,
        causes=tuple(claim.key for claim in chosen),
    )


def _chosen(claims: list[PersistentVolumeClaim]) -> str:
    """A pod whose node is chosen waits there until the volumes are made."""
    if not claims:
        return ""
    names = [claim.name for claim in claims]
    return (
        f"Node {claims[0].selected_node} was chosen for the pod, and it is given the node once "
        f"{things('claim', names)} {verb(len(names), 'has a volume', 'have volumes')} there."
    )


RULE = Rule(
    UNSCHEDULED,
    (PENDING,),
    find,
    heard=(Heard(Kind.POD, ("FailedScheduling",)),),
)
