"""A pod names a claim that does not exist."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import UNSCHEDULED, waiting_since
from storagetui.diagnosis.pod_volumes import missing_claims
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import things, verb
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

MISSING = State(
    code="sched-pvc-not-found",
    title="Pod names a claim that does not exist",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "A typo, the wrong namespace, or the claim has been deleted: the scheduler does not place the pod without it. "
        "A StatefulSet makes missing claims of Pending pods again (Kubernetes 1.27)."
    ),
    remedies=("Make the claim, or correct its name in the pod's template",),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/",),
)


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when claims were read and one that the pod names is not among them."""
    missing = missing_claims(pod, ctx)
    since = waiting_since(pod)
    if not missing or not ctx.older_than(since, ctx.thresholds.pod_pending_s):
        return
    names = [key.name for key in missing]
    is_are = verb(len(names), "does", "do")
    yield MISSING.finding(
        pod,
        f"{things('Claim', names)} {is_are} not exist",
        f"The pod uses {things('claim', names)}, and namespace {pod.namespace} has no such "
        f"{verb(len(names), 'claim', 'claims')}. The scheduler gives the pod no node without.",
        since,
        next_step=f"Make {things('claim', names)}, or correct the name where the pod is declared.",
        evidence=(evidence(pod, "phase"), evidence(pod, "volumes", ", ".join(names))),
        causes=tuple(missing),
        shared=f"{things('Claim', names)} {is_are} not exist. Pods in namespace {pod.namespace} that name "
        f"{verb(len(names), 'it', 'them')} get no node.",
    )


PATTERNS = (
    Pattern(
        MISSING.code, Kind.POD, ("FailedScheduling",), re.compile(r'persistentvolumeclaim "(?P<claim>[^"]+)" not found')
    ),
)

RULE = Rule(
    UNSCHEDULED,
    (MISSING,),
    find,
    heard=(Heard(Kind.POD, ("FailedScheduling",)),),
    patterns=PATTERNS,
)
