"""A set cannot make a pod, because the API server refuses the pod itself."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.event_text import events, message, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.sets.set_states import MOST, SHORT, pod_key, pods
from storagetui.diagnosis.words import cannot_tell, joined, listed, quoted, things
from storagetui.model.events import Event
from storagetui.model.keys import Kind
from storagetui.model.workloads import StatefulSet

REFUSED = State(
    code="sts-pod-create-failed",
    title="The set cannot make its pod",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The API server refuses the pod: a quota on pods, CPU or memory, a policy, a webhook, or a name or label that "
        "is not allowed. The claims may be there and Bound: this looks like a fault of the storage and is none."
    ),
    remedies=("Do what the answer asks for", "Raise the quota, or free what others use of it"),
    links=(
        "https://kubernetes.io/docs/concepts/policy/resource-quotas/",
        "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/",
    ),
)

_REFUSAL = re.compile(
    r"(?i)create pod (?P<pod>\S+) in statefulset \S+ failed error: "
    r"(?P<why>(?!failed to (?:create|retrieve) PVC )(?!pvc \S+ is being deleted).+)"
)
"""kubernetes: pkg/controller/statefulset/stateful_pod_control.go; the verb has a capital from 1.35 on."""


def find(owner: StatefulSet, ctx: Context) -> Iterator[Finding]:
    """Yield for pods that were refused, that the set still wants and that still do not exist."""
    found = pods(owner, ctx)
    wanted = {pod_key(owner, ordinal).name: ordinal for ordinal in owner.ordinals[:MOST]}
    refused: dict[str, tuple[Event, str]] = {}
    for event in events(ctx, owner, ("FailedCreate",)):
        match = _REFUSAL.search(message(event))
        if match is None or match["pod"] not in wanted:
            continue
        if found is None or wanted[match["pod"]] not in found:
            refused.setdefault(match["pod"], (event, match["why"]))
    if not refused:
        return
    names = sorted(refused)
    event, why = refused[names[0]]
    yield REFUSED.finding(
        owner,
        f"The API server refuses {things('pod', names)}",
        joined(
            f"The set cannot make {things('pod', names)}. The answer is: {quoted(why)}",
            "It is the pod that is refused, not its volume.",
            cannot_tell(f"whether {listed(names)} exist by now", ctx.unknown(Kind.POD)),
        ),
        event.first_seen,
        next_step="Do what the answer asks for; the set tries again by itself.",
        evidence=(said(event),),
        events=tuple(one.key for one, _ in refused.values())[:5],
        victims=tuple(pod_key(owner, wanted[name]) for name in names),
    )


RULE = Rule(
    SHORT,
    (REFUSED,),
    find,
    heard=(Heard(Kind.STATEFUL_SET, ("FailedCreate",)),),
    patterns=(Pattern(REFUSED.code, Kind.STATEFUL_SET, ("FailedCreate",), _REFUSAL, is_catch_all=True),),
)
