"""A pod gets no node before its claims have volumes."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.claim_states import Binding, binding, is_lost, is_pending
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.moments import earliest, latest
from storagetui.diagnosis.pod_states import UNSCHEDULED, scheduled, waiting_since
from storagetui.diagnosis.pod_volumes import unbound_claims
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.claims.claim_being_provisioned import is_under_way
from storagetui.diagnosis.words import things, verb
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

UNBOUND = State(
    code="sched-unbound-immediate",
    title="Pod waits for an immediate claim to bind",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The scheduler does not place a pod before its claims are bound, those of late-binding classes left out. The "
        "claim's own diagnosis is the cause."
    ),
    remedies=("Look at the claim",),
    links=("https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode",),
)
LOST = State(
    code="sched-pvc-lost",
    title="Pod names a Lost claim",
    severity=Severity.CRITICAL,
    certainty=Certainty.CONFIRMED,
    meaning="The claim has lost its volume, and the scheduler does not place a pod that uses it.",
    remedies=("Look at the claim before anything else",),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/",),
)

_SAYS_UNBOUND = re.compile(r"pod has unbound (?:immediate )?PersistentVolumeClaims")
"""kubernetes: pkg/scheduler/framework/plugins/volumebinding/volume_binding.go."""


_UNDER_WAY = "The driver is making the volume, which takes a while."


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for Lost claims, else for Pending ones that are to be bound before the pod has a node."""
    claims = list(unbound_claims(pod, ctx))
    lost = [claim for claim in claims if is_lost(claim)]
    waited_for = lost or [claim for claim in claims if is_pending(claim) and _is_bound_first(claim, pod, ctx)]
    since = earliest(latest((waiting_since(pod), claim.creation_timestamp)) for claim in waited_for)
    if not ctx.older_than(since, ctx.thresholds.pod_pending_s):
        return
    is_calm = not lost and all(is_under_way(claim, ctx) for claim in waited_for)
    names, keys = [claim.name for claim in waited_for], tuple(claim.key for claim in waited_for)
    names_of = verb(len(names), "the claim", "the claims")
    state, phase = (LOST, "Lost") if lost else (UNBOUND, "Pending")
    yield state.finding(
        pod,
        f"Pod waits for {things('claim', names)}",
        f"{things('Claim', names)} {verb(len(names), 'is', 'are')} {phase}, and the scheduler gives the pod no node "
        f"before. {_UNDER_WAY if is_calm else f'What is the matter with {names_of} is the cause.'}",
        since,
        severity=Severity.INFO if is_calm else state.severity,
        next_step=f"Look at claim {names[0]}.",
        evidence=(evidence(pod, "phase"), *(evidence(claim, "phase") for claim in waited_for)),
        causes=keys,
    )


def _is_bound_first(claim: PersistentVolumeClaim, pod: Pod, ctx: Context) -> bool:
    how = binding(claim, ctx)
    if how is not Binding.UNKNOWN:
        return how is Binding.AT_ONCE
    verdict = scheduled(pod)
    return verdict is not None and _SAYS_UNBOUND.search(verdict.message) is not None


PATTERNS = (
    Pattern(UNBOUND.code, Kind.POD, ("FailedScheduling",), _SAYS_UNBOUND),
    Pattern(
        LOST.code,
        Kind.POD,
        ("FailedScheduling",),
        re.compile(
            r'persistentvolumeclaim "(?P<claim>[^"]+)" bound to non-existent persistentvolume "(?P<volume>[^"]*)"'
        ),
    ),
    Pattern(
        LOST.code,
        Kind.POD,
        ("FailedScheduling",),
        re.compile(r"node\(s\) unavailable due to one or more pvc\(s\) bound to non-existent pv\(s\)"),
    ),
)

RULE = Rule(
    UNSCHEDULED,
    (UNBOUND, LOST),
    find,
    heard=(Heard(Kind.POD, ("FailedScheduling",)),),
    patterns=PATTERNS,
)
