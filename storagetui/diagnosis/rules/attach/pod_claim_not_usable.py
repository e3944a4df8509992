"""A pod has a node, but a claim of it is not bound."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, waiting_since
from storagetui.diagnosis.pod_volumes import missing_claims, unbound_claims
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined, listed, things, verb
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

NOT_USABLE = State(
    code="mount-claim-not-usable",
    title="Kubelet refuses the claim",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning="The pod reached a node, but its claim is unbound or gone; the kubelet mounts nothing before that changes.",
    remedies=("Look at the claim", "Look at who uses it"),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding",),
)


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when a claim of a pod that has a node is missing or not Bound."""
    unbound, missing = list(unbound_claims(pod, ctx)), missing_claims(pod, ctx)
    since = waiting_since(pod)
    if not (unbound or missing) or not ctx.older_than(since, ctx.thresholds.container_creating_s):
        return
    names = [*(claim.name for claim in unbound), *(key.name for key in missing)]
    states = [f"{claim.name} is {claim.phase or 'without a phase'}" for claim in unbound]
    states += [f"{key.name} does not exist" for key in missing]
    yield NOT_USABLE.finding(
        pod,
        f"Pod cannot use {things('claim', names)}",
        joined(
            f"The pod is on node {pod.node_name}, but of its claims {listed(states)}.",
            f"Its kubelet mounts nothing before {verb(len(names), 'the claim is', 'the claims are')} Bound.",
        ),
        since,
        next_step=f"Look at claim {names[0]}.",
        evidence=(evidence(pod, "node_name"), *(evidence(claim, "phase") for claim in unbound)),
        victims=tuple(claim.key for claim in unbound),
        causes=tuple(claim.key for claim in unbound),
    )


PATTERNS = (
    Pattern(
        NOT_USABLE.code,
        Kind.POD,
        ("FailedMount",),
        re.compile(
            r"error processing PVC (?P<claim>\S+): "
            r"(?P<why>PVC is not bound|PVC is being deleted|failed to fetch PVC|found PV object)"
        ),
    ),
)

RULE = Rule(
    CREATING_CONTAINERS,
    (NOT_USABLE,),
    find,
    heard=(Heard(Kind.POD, ("FailedMount",)),),
    patterns=PATTERNS,
)
