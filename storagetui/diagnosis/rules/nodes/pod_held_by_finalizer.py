"""A pod is held by a finalizer."""

from collections.abc import Iterator

from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import TERMINATING
from storagetui.diagnosis.rule import Context, Rule, State
from storagetui.diagnosis.words import joined, since, things, verb
from storagetui.model.pods import Pod

HELD = State(
    code="pod-terminating-finalizer",
    title="Pod is held by a finalizer",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The pod stays until whoever set the finalizer takes it off; deleting by force does not help. "
        "`batch.kubernetes.io/job-tracking` is the Job controller's and comes off by itself."
    ),
    remedies=(
        "Look at who set the finalizer, and why it is not taken off",
        "Take it off, if its owner is gone for good",
    ),
    links=("https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/",),
)

_JOB_TRACKING = "batch.kubernetes.io/job-tracking"
JOB_GRACE_S = 30.0
"""How long the Job controller may take over it."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when the pod is past its time and has finalizers."""
    if not pod.finalizers or not ctx.older_than(pod.deletion_timestamp, ctx.thresholds.terminating_s):
        return
    is_job = set(pod.finalizers) == {_JOB_TRACKING}
    is_calm = is_job and not ctx.older_than(pod.deletion_timestamp, ctx.thresholds.terminating_s + JOB_GRACE_S)
    count = len(pod.finalizers)
    yield HELD.finding(
        pod,
        f"Pod is held by {things('finalizer', pod.finalizers)}",
        joined(
            f"The pod is to go{since(pod.deletion_timestamp)} and stays until {things('finalizer', pod.finalizers)} "
            f"{verb(count, 'is', 'are')} taken off; deleting it by force does not help.",
            "That is the Job controller's, and comes off by itself." if is_job else "",
        ),
        pod.deletion_timestamp,
        severity=Severity.INFO if is_calm else HELD.severity,
        next_step="Wait: it comes off by itself." if is_job else "Look at the controller that set it.",
        evidence=(evidence(pod, "finalizers", ", ".join(pod.finalizers)),),
        victims=pod.claim_keys,
    )


RULE = Rule(TERMINATING, (HELD,), find)
