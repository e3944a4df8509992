"""A set cannot make a pod's claim, because the API server refuses it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from storagetui.cluster.relations import stem_and_ordinal
from storagetui.diagnosis.event_text import events, message, said
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.moments import earliest
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.sets.set_states import SHORT
from storagetui.diagnosis.words import cannot_tell, joined, quoted, things, verb
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.events import Event
from storagetui.model.keys import Kind
from storagetui.model.namespaces import ResourceQuota
from storagetui.model.workloads import StatefulSet

QUOTA = State(
    code="pvc-quota-exceeded",
    title="ResourceQuota refuses the claim",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The namespace's quota for claims or for storage is used up. Admission refuses the claim, so that no claim "
        "exists and no event can be on it: the event is on the set, which stays short of pods."
    ),
    remedies=("Raise the quota", "Delete claims of the namespace that nobody needs"),
    links=(
        "https://kubernetes.io/docs/concepts/policy/resource-quotas/",
        "https://kubernetes.io/docs/tasks/administer-cluster/limit-storage-consumption/",
    ),
)
REFUSED = State(
    code="sts-claim-create-failed",
    title="The set cannot make a pod's claim",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The API server refuses the claim: a LimitRange, a webhook, or a right that the controller lacks. Its answer "
        "stands in the event. The pod is not made before its claims are."
    ),
    remedies=("Do what the answer asks for",),
    links=("https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/",),
)
_REFUSALS = (
    re.compile(r"(?i)create claim (?P<claim>\S+) for pod \S+ in statefulset \S+ failed error: (?P<why>.+)"),
    re.compile(r"failed to (?:create|retrieve) PVC (?P<claim>\S+): (?P<why>.+)"),
)
"""kubernetes: pkg/controller/statefulset/stateful_pod_control.go; the verb has a capital from 1.35 on."""
_EXCEEDED = re.compile(
    r"exceeded quota: (?P<quota>[^,]+), requested: (?P<asked>.+?), used: (?P<used>.+?), limited: (?P<hard>[^\]]+)"
)
"""k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go."""


class Refusal(NamedTuple):
    """What the API server answered when the set asked for a claim."""

    claim: str
    why: str
    event: Event


def find(owner: StatefulSet, ctx: Context) -> Iterator[Finding]:
    """Yield for claims that were refused, that the set still wants and that still do not exist."""
    missing = [one for one in _refusals(owner, ctx) if _is_missing(one.claim, owner, ctx)]
    if not missing:
        return
    over = [(one, match) for one in missing if (match := _EXCEEDED.search(one.why)) is not None]
    if over:
        yield _quota(owner, over, ctx)
    else:
        yield _refused(owner, missing, ctx)


def _refusals(owner: StatefulSet, ctx: Context) -> list[Refusal]:
    """The latest refusal of each claim, latest first."""
    latest: dict[str, Refusal] = {}
    for event in events(ctx, owner, ("FailedCreate",)):
        text = message(event)
        found = next(filter(None, (pattern.search(text) for pattern in _REFUSALS)), None)
        if found is not None:
            latest.setdefault(found["claim"], Refusal(found["claim"], found["why"], event))
    return list(latest.values())


def _is_missing(name: str, owner: StatefulSet, ctx: Context) -> bool:
    """Whether the set wants a claim of that name, and no such claim can be seen: one that exists answers the event."""
    cut = stem_and_ordinal(name)
    stems = [f"{template.name}-{owner.name}" for template in owner.claim_templates]
    if cut is None or cut[0] not in stems or cut[1] not in owner.ordinals:
        return False
    return ctx.cluster.get(PersistentVolumeClaim, owner.namespace, name) is None


def _quota(owner: StatefulSet, over: list[tuple[Refusal, re.Match[str]]], ctx: Context) -> Finding:
    first, match = over[0]
    quota, names = match["quota"].strip(), [one.claim for one, _ in over]
    return QUOTA.finding(
        owner,
        f"Quota {quota} refuses {things('claim', names)}",
        joined(
            f"The set asks for {match['asked']}; of quota {quota}, {match['used']} is used and {match['hard']} is the "
            f"limit. So {things('claim', names)} cannot be made, nor can {verb(len(names), 'its pod', 'their pods')}.",
            _existence(ctx),
        ),
        earliest(one.event.first_seen for one, _ in over),
        next_step=f"Raise the quota {quota}, or delete claims of {owner.namespace} that nobody needs; the set tries "
        "again by itself.",
        evidence=(said(first.event), *_quota_state(owner.namespace, quota, match["asked"], ctx)),
        events=tuple(one.event.key for one, _ in over)[:5],
    )


def _quota_state(namespace: str, name: str, asked: str, ctx: Context) -> tuple[Evidence, ...]:
    """What the quota says now of the resources that were asked for."""
    quota = None if ctx.unknown(Kind.RESOURCE_QUOTA) else ctx.cluster.get(ResourceQuota, namespace, name)
    if quota is None:
        return ()
    resources = {one.partition("=")[0] for one in asked.split(",")}
    return tuple(
        evidence(quota, field, ", ".join(f"{key}={value}" for key, value in getattr(quota, field) if key in resources))
        for field in ("hard", "used")
    )


def _refused(owner: StatefulSet, missing: list[Refusal], ctx: Context) -> Finding:
    names = [one.claim for one in missing]
    return REFUSED.finding(
        owner,
        f"The API server refuses {things('claim', names)}",
        joined(
            f"The set cannot make {things('claim', names)}, and so not {verb(len(names), 'its pod', 'their pods')}. "
            f"The answer is: {quoted(missing[0].why)}",
            _existence(ctx),
        ),
        earliest(one.event.first_seen for one in missing),
        next_step="Do what the answer asks for; the set tries again by itself.",
        evidence=(said(missing[0].event),),
        events=tuple(one.event.key for one in missing)[:5],
    )


def _existence(ctx: Context) -> str:
    return cannot_tell("whether they have been made since", ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM))


PATTERNS = (
    Pattern(
        QUOTA.code,
        Kind.STATEFUL_SET,
        ("FailedCreate",),
        re.compile(r"(?i)create claim (?P<claim>\S+) for pod \S+ in statefulset \S+ failed error: .*exceeded quota"),
    ),
    Pattern(QUOTA.code, Kind.PERSISTENT_VOLUME_CLAIM, (), _EXCEEDED),
    Pattern(
        QUOTA.code, Kind.PERSISTENT_VOLUME_CLAIM, (), re.compile(r"insufficient quota to consume: (?P<resource>.+)")
    ),
    Pattern(REFUSED.code, Kind.STATEFUL_SET, ("FailedCreate",), _REFUSALS[0], is_catch_all=True),
    Pattern(REFUSED.code, Kind.STATEFUL_SET, ("FailedCreate",), _REFUSALS[1]),
)

RULE = Rule(
    SHORT,
    (QUOTA, REFUSED),
    find,
    heard=(Heard(Kind.STATEFUL_SET, ("FailedCreate",)),),
    patterns=PATTERNS,
)
