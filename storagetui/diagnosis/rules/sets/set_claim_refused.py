"""A set cannot make a pod's claim, because the API server refuses it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from storagetui.cluster.relations import stem_and_ordinal
from storagetui.cluster.rollout import first_unhealthy
from storagetui.diagnosis.event_text import events, message, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity
from storagetui.diagnosis.moments import earliest
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.quota.foreseen import refusal
from storagetui.diagnosis.rules.quota.limits import (
    EXCEEDED,
    INSUFFICIENT,
    LIMIT,
    OUTSIDE,
    QUOTA,
    TERMINATING,
    Verdict,
    judged,
)
from storagetui.diagnosis.rules.sets.set_states import MOST, SHORT, is_ordered, pod_key, pods, wanted_claims
from storagetui.diagnosis.words import cannot_tell, joined, quoted, things, verb
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind
from storagetui.model.workloads import StatefulSet

REFUSED = State(
    code="sts-claim-create-failed",
    title="The set cannot make a pod's claim",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The API server refuses the claim: a webhook, a policy, a right that the controller lacks, or a namespace that "
        "is being deleted. Its answer stands in the event. The pod is not made before its claims are."
    ),
    remedies=("Do what the answer asks for",),
    links=("https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/",),
)
_REFUSALS = (
    re.compile(r"(?i)create claim (?P<claim>\S+) for pod \S+ in statefulset \S+ failed error: (?P<why>.+)"),
    re.compile(r"failed to (?:create|retrieve) PVC (?P<claim>\S+): (?P<why>.+)"),
)
"""kubernetes: pkg/controller/statefulset/stateful_pod_control.go; the verb has a capital from 1.35 on."""
_SETTLING_S = 60.0
"""After which a new set has made what it could."""


class Refusal(NamedTuple):
    """What the API server answered when the set asked for a claim."""

    claim: str
    why: str
    event: Event


def find(owner: StatefulSet, ctx: Context) -> Iterator[Finding]:
    """Yield for claims that were refused, that the set still wants and that still do not exist."""
    missing = [one for one in _refusals(owner, ctx) if _is_missing(one.claim, owner, ctx)]
    if not missing:
        if unheard := ctx.unknown_events():
            yield from _foreseen(owner, unheard, ctx)
        return
    by_limit = [(one, found) for one in missing if (found := judged(one.why, owner.namespace, ctx)) is not None]
    if by_limit:
        yield _limited(owner, by_limit, ctx)
    else:
        yield _refused(owner, missing, ctx)


def _foreseen(owner: StatefulSet, unheard: str, ctx: Context) -> Iterator[Finding]:
    """Yield for the claim that the set needs next, where answers cannot be read and a limit would refuse it."""
    found = pods(owner, ctx)
    if found is None or ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM):
        return
    first = first_unhealthy(owner, found, MOST) if is_ordered(owner) else None
    for wanted in wanted_claims(owner):
        if (is_ordered(owner) and wanted.ordinal != first) or wanted.ordinal in found:
            continue
        if ctx.cluster.get(PersistentVolumeClaim, owner.namespace, wanted.key.name) is not None:
            continue
        verdict = judged(refusal(wanted.template, owner.namespace, ctx), owner.namespace, ctx)
        if verdict is not None and ctx.older_than(owner.creation_timestamp, _SETTLING_S):
            yield verdict.state.finding(
                owner,
                f"{verdict.title} does not allow claim {wanted.key.name}",
                joined(
                    f"There is no claim {wanted.key.name}, and so no pod {owner.name}-{wanted.ordinal}.",
                    verdict.words,
                    cannot_tell("what the API server answered", unheard),
                ),
                None,
                certainty=Certainty.INFERRED,
                next_step=verdict.next_step,
                evidence=verdict.proof,
                victims=(pod_key(owner, wanted.ordinal),),
                causes=verdict.causes,
                shared=verdict.shared,
            )
            return


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


def _limited(owner: StatefulSet, refused: list[tuple[Refusal, Verdict]], ctx: Context) -> Finding:
    """The latest refusal by a limit, and all others for the same reason."""
    first, verdict = refused[0]
    same = [one for one, found in refused if found.state is verdict.state and found.title == verdict.title]
    names = [one.claim for one in same]
    return verdict.state.finding(
        owner,
        f"{verdict.title} refuses {things('claim', names)}",
        joined(
            verdict.words,
            f"So {things('claim', names)} cannot be made, nor can {verb(len(names), 'its pod', 'their pods')}.",
            _existence(ctx),
        ),
        earliest(one.event.first_seen for one in same),
        certainty=Certainty.INFERRED if ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM) else verdict.certainty,
        next_step=verdict.next_step,
        evidence=(said(first.event), *verdict.proof),
        victims=_pods(owner, names),
        causes=verdict.causes,
        shared=verdict.shared,
        events=tuple(one.event.key for one in same)[:5],
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
        victims=_pods(owner, names),
        causes=_ending(owner, missing[0].why),
        events=tuple(one.event.key for one in missing)[:5],
    )


def _pods(owner: StatefulSet, claims: list[str]) -> tuple[Key, ...]:
    """The pods that wait for claims of these names."""
    ordinals = sorted({cut[1] for name in claims if (cut := stem_and_ordinal(name)) is not None})
    return tuple(pod_key(owner, ordinal) for ordinal in ordinals)


def _ending(owner: StatefulSet, why: str) -> tuple[Key, ...]:
    """The namespace, where it is to go."""
    return (Key(Kind.NAMESPACE, "", owner.namespace),) if TERMINATING.search(why) else ()


def _existence(ctx: Context) -> str:
    return cannot_tell("whether they have been made since", ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM))


PATTERNS = (
    Pattern(
        QUOTA.code,
        Kind.STATEFUL_SET,
        ("FailedCreate",),
        re.compile(r"(?i)create claim (?P<claim>\S+) for pod \S+ in statefulset \S+ failed error: .*exceeded quota"),
    ),
    Pattern(QUOTA.code, Kind.PERSISTENT_VOLUME_CLAIM, (), EXCEEDED),
    Pattern(QUOTA.code, Kind.PERSISTENT_VOLUME_CLAIM, (), INSUFFICIENT),
    Pattern(
        LIMIT.code,
        Kind.STATEFUL_SET,
        ("FailedCreate",),
        re.compile(r"(?i)create claim .*(?:maximum|minimum) storage usage per PersistentVolumeClaim"),
    ),
    Pattern(LIMIT.code, Kind.PERSISTENT_VOLUME_CLAIM, (), OUTSIDE),
    Pattern(REFUSED.code, Kind.STATEFUL_SET, ("FailedCreate",), _REFUSALS[0], is_catch_all=True),
    Pattern(REFUSED.code, Kind.STATEFUL_SET, ("FailedCreate",), _REFUSALS[1]),
)

RULE = Rule(
    SHORT,
    (QUOTA, LIMIT, REFUSED),
    find,
    heard=(Heard(Kind.STATEFUL_SET, ("FailedCreate",)),),
    patterns=PATTERNS,
)
