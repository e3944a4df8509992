"""Who owns a set's claim does not fit what the set's retention policy says."""

import re
from collections.abc import Iterator

from storagetui.cluster.chains import sets_of_claim
from storagetui.diagnosis.event_text import events, message, said
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State, Symptom
from storagetui.diagnosis.words import joined, quoted
from storagetui.model.base import OwnerReference
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.events import Event
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod
from storagetui.model.workloads import StatefulSet

STALE = State(
    code="sts-stale-claim-owner",
    title="Claim's owner does not fit the retention policy",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Retention works through the owner references of claims: the garbage collector deletes a claim with its owner. "
        "A reference that is stale or somebody else's makes it delete a claim that should stay, or keep one that "
        "should go. With another controller as the owner the set's policy does nothing for that claim."
    ),
    remedies=(
        "Set the volume's reclaim policy to Retain, so that the data outlives the claim",
        "Set the set's retention policy to Retain before any deletion or scale-down",
        "Correct the claim's owner references",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention",
        "https://kubernetes.io/docs/concepts/architecture/garbage-collection/#owners-dependents",
    ),
)

_CONFLICT = re.compile(r"PersistentVolumeClaim (?P<claim>\S+) has a conflicting OwnerReference that acts as a man")
"""kubernetes: pkg/controller/statefulset/stateful_pod_control.go, from 1.28 on; the source spells `manging`."""
_DELETE = "Delete"
_SETTLED_S = 60.0
"""The controller needs a moment after a policy or a claim has changed."""

OWNED = Symptom("claim has an owner", PersistentVolumeClaim, lambda claim: bool(claim.owners))


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield for claims of a set one of whose owners is not what the policy makes it."""
    if ctx.unknown(Kind.STATEFUL_SET) or not ctx.older_than(claim.creation_timestamp, _SETTLED_S):
        return
    for owner, _, ordinal in sets_of_claim(ctx.cluster, claim):
        told = _told(owner, claim, ctx)
        for reference in claim.owners:
            why, then = _unexpected(reference, owner, ordinal, ctx)
            if why:
                yield _finding(claim, owner, reference, (why, then), told)
                return


def _unexpected(reference: OwnerReference, owner: StatefulSet, ordinal: int, ctx: Context) -> tuple[str, str]:
    """What is wrong with one owner, and what follows; empty when nothing is."""
    own = f"StatefulSet {owner.name}"
    if reference.kind == Kind.STATEFUL_SET and reference.name == owner.name:
        if reference.uid != owner.uid:
            return f"a {own} that no longer exists", "The garbage collector deletes the claim if it has no other owner."
        if owner.retention_when_deleted != _DELETE:
            return (
                f"{own}, whose policy is to retain claims when it is deleted",
                f"Deleting {own} deletes the claim too.",
            )
        return "", ""
    if reference.kind == Kind.POD and reference.name == f"{owner.name}-{ordinal}":
        pod = None if ctx.unknown(Kind.POD) else ctx.cluster.get(Pod, owner.namespace, reference.name)
        if owner.retention_when_scaled != _DELETE and ordinal in owner.ordinals:
            return (
                f"pod {reference.name}, although claims are to be retained",
                "Deleting that pod deletes the claim too.",
            )
        if pod is not None and pod.uid != reference.uid:
            return f"a pod {reference.name} that no longer exists", "The garbage collector may delete the claim."
        return "", ""
    if reference.controller:
        return f"{reference.kind} {reference.name} as its controller", f"The policy of {own} does nothing for it."
    return "", ""


def _told(owner: StatefulSet, claim: PersistentVolumeClaim, ctx: Context) -> Event | None:
    for event in events(ctx, owner, ("ConflictingController",)):
        match = _CONFLICT.search(message(event))
        if match is not None and match["claim"].rpartition("/")[2] == claim.name:
            return event
    return None


def _finding(
    claim: PersistentVolumeClaim,
    owner: StatefulSet,
    reference: OwnerReference,
    words: tuple[str, str],
    told: Event | None,
) -> Finding:
    why, then = words
    deleted, scaled = owner.retention_when_deleted or "Retain", owner.retention_when_scaled or "Retain"
    return STALE.finding(
        claim,
        f"Claim is owned by {why}",
        joined(
            f"Claim {claim.name} belongs to set {owner.name}, whose policy is {deleted} on deletion and {scaled} on "
            f"scale-down; it is owned by {why}.",
            then,
            f"The controller says: {quoted(message(told))}" if told is not None else "",
        ),
        claim.creation_timestamp,
        next_step=f"Before {owner.name} or its pods are deleted, set the claim's volume to Retain.",
        evidence=(
            Evidence(claim.key, "metadata.ownerReferences", f"{reference.kind}/{reference.name} uid={reference.uid}"),
            Evidence(
                owner.key, "spec.persistentVolumeClaimRetentionPolicy", f"whenDeleted={deleted} whenScaled={scaled}"
            ),
            *((said(told),) if told is not None else ()),
        ),
    )


RULE = Rule(
    OWNED,
    (STALE,),
    find,
    heard=(Heard(Kind.STATEFUL_SET, ("ConflictingController",)),),
    patterns=(Pattern(STALE.code, Kind.STATEFUL_SET, ("ConflictingController",), _CONFLICT),),
)
