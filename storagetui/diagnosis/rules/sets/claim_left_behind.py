"""Claims that a set has left behind, by a scale-down or by its own deletion."""

from collections.abc import Iterator

from storagetui.cluster.chains import sets_of_claim
from storagetui.cluster.relations import PODS_OF_CLAIM, stem_and_ordinal
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.rule import Context, Rule, State, Symptom
from storagetui.diagnosis.words import joined
from storagetui.model.claims import BOUND, PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.workloads import StatefulSet

SCALED = State(
    code="sts-orphan-pvc-scaledown",
    title="Claims left over from a scale-down",
    severity=Severity.INFO,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "A set that is scaled down keeps its claims, unless told otherwise, so that scaling up brings the data back. "
        "Old data may confuse the application at a later scale-up, and the volumes cost money meanwhile."
    ),
    remedies=(
        "Wait: nothing is wrong",
        "Scale up again: the set takes its claims over by their names",
        "Take a snapshot before the claim is deleted; look at an autoscaler's maximum first",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention",
        "https://kubernetes.io/docs/tasks/run-application/scale-stateful-set/",
    ),
    is_calm=True,
)
DELETED = State(
    code="sts-orphan-pvc-deleted",
    title="Claims of a set that no longer exists",
    severity=Severity.LOW,
    certainty=Certainty.INFERRED,
    meaning=(
        "Deleting a set keeps its claims. Only the name hints at the set: claims made by hand may be called alike, and "
        "a set may be gone for a moment while it is made again."
    ),
    remedies=(
        "Make the set again: it takes its claims over by their names",
        "Keep a copy of the claim and the volume, and set the volume's reclaim policy to Retain, before anything else",
        "Take a snapshot before the claim is deleted",
    ),
    links=("https://kubernetes.io/docs/tasks/run-application/delete-stateful-set/#persistent-volumes",),
    is_calm=True,
)

_SCALED_S, _REMADE_S = 30.0, 300.0
"""A claim is alone for a moment while its pod is replaced, and for longer while its set is made again."""

UNOWNED = Symptom(
    "claim is bound and named as a set's",
    PersistentVolumeClaim,
    lambda claim: (
        claim.phase == BOUND and claim.deletion_timestamp is None and stem_and_ordinal(claim.name) is not None
    ),
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield for a claim that no pod names and no set asks for any more."""
    if ctx.unknown(Kind.STATEFUL_SET) or ctx.unknown(Kind.POD) or ctx.cluster.keys_of(PODS_OF_CLAIM, claim.key):
        return
    owners = list(sets_of_claim(ctx.cluster, claim))
    if not ctx.older_than(claim.unused_since or claim.creation_timestamp, _SCALED_S if owners else _REMADE_S):
        return
    if not owners:
        yield from _deleted(claim)
    elif all(ordinal not in owner.ordinals for owner, _, ordinal in owners):
        owner, _, ordinal = owners[0]
        yield _scaled(claim, owner, ordinal)


def _scaled(claim: PersistentVolumeClaim, owner: StatefulSet, ordinal: int) -> Finding:
    wanted = owner.ordinals
    runs = f"has ordinals {wanted.start} to {wanted.stop - 1}" if len(wanted) else "is scaled to nothing"
    return SCALED.finding(
        claim,
        f"Claim of ordinal {ordinal} is left over: set {owner.name} {runs}",
        joined(
            f"Set {owner.name} {runs}, and claim {claim.name} is of ordinal {ordinal}; no pod uses it.",
            "It is kept so that scaling up brings its data back.",
        ),
        claim.unused_since,
        evidence=(evidence(owner, "replicas"), evidence(claim, "phase"), evidence(claim, "volume_name")),
        causes=(owner.key,),
    )


def _deleted(claim: PersistentVolumeClaim) -> Iterator[Finding]:
    """Yield for claims that nobody owns and whose labels, if any, are a set's selector's."""
    cut = stem_and_ordinal(claim.name)
    if cut is None or claim.owners or "-" not in cut[0]:
        return
    template, _, name = cut[0].partition("-")
    yield DELETED.finding(
        claim,
        f"Claim looks left behind by a set that is gone, {name} for instance",
        joined(
            f"The name {claim.name} is such as a set gives its claims: template {template}, set {name}, ordinal "
            f"{cut[1]} would give it. No set of today would, and no pod uses the claim.",
            "Only the name tells so.",
        ),
        claim.unused_since,
        next_step="If the data is not wanted any more, take a snapshot or keep a copy, then delete the claim.",
        evidence=(evidence(claim, "phase"), evidence(claim, "volume_name")),
        causes=(Key(Kind.STATEFUL_SET, claim.namespace, name),),
    )


RULE = Rule(UNOWNED, (SCALED, DELETED), find)
