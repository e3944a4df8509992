"""A set cannot make a pod, because the claim of that ordinal is on its way out."""

import re
from collections.abc import Iterator

from storagetui.cluster.chains import pods_of
from storagetui.diagnosis.event_text import events, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.moments import earliest
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.sets.set_states import SHORT, pod_key, pods, wanted_claims
from storagetui.diagnosis.words import cannot_tell, joined, listed, since, things, verb
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.workloads import StatefulSet

WAITING = State(
    code="sts-claim-being-deleted",
    title="The set waits for an old claim to go",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The claim of that ordinal was deleted while something used it, and a claim that is on its way out cannot be "
        "used again. Once it is gone the set makes a new one, whose volume is empty. With the reclaim policy Delete "
        "the old volume goes with the old claim."
    ),
    remedies=(
        "Look at every pod that names the claim, those that have ended too",
        "If the data is wanted, set the volume's reclaim policy to Retain before the claim goes",
        "Take a snapshot of it first",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection",
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#retain",
    ),
)

_BEING_DELETED = re.compile(r"pvc (?P<claim>\S+) is being deleted")
"""kubernetes: pkg/controller/statefulset/stateful_pod_control.go."""


def find(owner: StatefulSet, ctx: Context) -> Iterator[Finding]:
    """Yield for ordinals without a pod whose claims are to go."""
    found = pods(owner, ctx)
    if found is None or ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM):
        return
    held = []
    for one in wanted_claims(owner, besides=found):
        claim = ctx.cluster.get(PersistentVolumeClaim, one.key.namespace, one.key.name)
        if claim is not None and claim.deletion_timestamp is not None:
            held.append((one.ordinal, claim))
    begun = earliest(claim.deletion_timestamp for _, claim in held)
    if not ctx.older_than(begun, 0.0):
        return
    names = [claim.name for _, claim in held]
    ordinals = dict.fromkeys(ordinal for ordinal, _ in held)
    waiting = [pod_key(owner, ordinal) for ordinal in ordinals]
    told = next((event for event in events(ctx, owner, ("FailedCreate",)) if "is being deleted" in event.message), None)
    facts = [evidence(claim, "deletion_timestamp") for _, claim in held[:3]]
    yield WAITING.finding(
        owner,
        f"{things('Claim', names)} {verb(len(names), 'is', 'are')} being deleted, so that "
        f"{things('pod', [key.name for key in waiting])} cannot be made",
        joined(
            f"{things('Claim', names)} {verb(len(names), 'is', 'are')} on {verb(len(names), 'its', 'their')} way "
            f"out{since(begun)}.",
            *(_holders(claim, ctx) for _, claim in held[:3]),
            f"The set makes {verb(len(names), 'a new, empty one', 'new, empty ones')} once "
            f"{verb(len(names), 'it is', 'they are')} gone.",
        ),
        begun,
        next_step=f"If the data is wanted, set the volume of {names[0]} to Retain before anything else; then look at "
        "who uses the claim.",
        evidence=(*facts, *((said(told),) if told is not None else ())),
        victims=tuple(waiting),
        causes=tuple(claim.key for _, claim in held),
    )


def _holders(claim: PersistentVolumeClaim, ctx: Context) -> str:
    if blind := ctx.unknown(Kind.POD):
        return cannot_tell(f"which pods use {claim.name}", blind)
    users = [f"{pod.name} ({pod.phase})" for pod in pods_of(ctx.cluster, claim.key)]
    if users:
        return f"{claim.name} is used by {listed(users)}."
    return (
        f"No pod uses {claim.name}; it is held by {things('finalizer', claim.finalizers)}." if claim.finalizers else ""
    )


RULE = Rule(
    SHORT,
    (WAITING,),
    find,
    heard=(Heard(Kind.STATEFUL_SET, ("FailedCreate",)),),
    patterns=(Pattern(WAITING.code, Kind.STATEFUL_SET, ("FailedCreate",), _BEING_DELETED),),
)
