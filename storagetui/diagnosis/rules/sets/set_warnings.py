"""What is worth knowing of a set before somebody acts on it: each stands beside whatever else is told of the set."""

from collections.abc import Iterator

from storagetui.cluster.chains import claims_of_set, volume_of
from storagetui.cluster.rollout import REVISION, ordinals_text
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.rule import Context, Rule, State, Symptom
from storagetui.diagnosis.rules.sets.set_states import is_kept, pods
from storagetui.diagnosis.words import joined, listed, things, verb
from storagetui.model.base import value_of
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.workloads import ClaimTemplate, StatefulSet

_SETS = "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/"

DRIFT = State(
    code="sts-template-drift",
    title="Claims and claim template differ",
    severity=Severity.LOW,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Claims were changed, by an expansion for instance, and the template was not: it cannot be edited. New "
        "ordinals get what the template says, and a tool that applies manifests may report the difference or fail."
    ),
    remedies=("Nothing has to be done now", "Expand the claims that are left, then make the set again around its pods"),
    links=(
        f"{_SETS}#stable-storage",
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims",
    ),
    is_calm=True,
)
DELETES = State(
    code="sts-retention-delete-risk",
    title="Scale-down or deletion would delete claims",
    severity=Severity.INFO,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "With whenScaled Delete a scale-down deletes claims once their pods are gone, with whenDeleted Delete deleting "
        "the set does. Where the volumes' reclaim policy is Delete, the data goes with them."
    ),
    remedies=(
        "Set the set's retention policy to Retain before it is deleted or scaled down",
        "Set the volumes' reclaim policy to Retain",
        "Take snapshots first",
    ),
    links=(f"{_SETS}#persistentvolumeclaim-retention",),
    is_calm=True,
)
HELD_BACK = State(
    code="sts-partition-or-ondelete",
    title="Rollout is held back on purpose",
    severity=Severity.INFO,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Pods are of two revisions because the set says so: with a partition only ordinals from it on are replaced, "
        "with OnDelete only pods that somebody deletes are."
    ),
    remedies=("Wait: nothing is wrong", "Lower the partition, or delete the pods, when the rollout is to go on"),
    links=(f"{_SETS}#partitions", f"{_SETS}#update-strategies"),
    is_calm=True,
)


def find_drift(owner: StatefulSet, ctx: Context) -> Iterator[Finding]:
    """Yield for claims that differ from their template in size, class or access modes."""
    if ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM):
        return
    differing: dict[str, PersistentVolumeClaim] = {}
    for claims in claims_of_set(ctx.cluster, owner).values():
        for template in owner.claim_templates:
            claim = claims.get(template.name)
            if claim is not None:
                for words in _differences(template, claim):
                    differing[f"{claim.name} {words}"] = claim
    if not differing:
        return
    names = list(dict.fromkeys(claim.name for claim in differing.values()))
    yield DRIFT.finding(
        owner,
        f"{things('Claim', names)} {verb(len(names), 'differs', 'differ')} from the template",
        joined(
            f"{listed(differing)}.",
            "New ordinals get what the template says; it cannot be edited.",
        ),
        None,
        evidence=tuple(
            evidence(claim, "requested", claim.requested) for claim in list(dict.fromkeys(differing.values()))[:3]
        ),
    )


def _differences(template: ClaimTemplate, claim: PersistentVolumeClaim) -> Iterator[str]:
    if template.requested is not None and claim.requested is not None and template.requested != claim.requested:
        yield f"asks {claim.requested} where {template.name} says {template.requested}"
    if template.storage_class and claim.storage_class != template.storage_class:
        yield f"is of class {claim.storage_class or 'none'} where {template.name} says {template.storage_class}"
    if template.access_modes and claim.access_modes and set(template.access_modes) != set(claim.access_modes):
        yield f"is {'+'.join(claim.access_modes)} where {template.name} says {'+'.join(template.access_modes)}"


def find_deletes(owner: StatefulSet, ctx: Context) -> Iterator[Finding]:
    """Yield when the retention policy deletes claims, and their volumes would go with them."""
    cases = [
        words
        for words, policy in (
            ("the set is deleted", owner.retention_when_deleted),
            ("the set is scaled down", owner.retention_when_scaled),
        )
        if policy == "Delete"
    ]
    if ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM) or ctx.unknown(Kind.PERSISTENT_VOLUME):
        return
    claims = [claim for group in claims_of_set(ctx.cluster, owner).values() for claim in group.values()]
    lost = [one for one in claims if (volume := volume_of(ctx.cluster, one)) and volume.reclaim_policy == "Delete"]
    if not lost:
        return
    names = sorted(claim.name for claim in lost)
    yield DELETES.finding(
        owner,
        f"{things('Claim', names)} and their data go when {' or '.join(cases)}",
        f"When {' or '.join(cases)}, the set's policy deletes its claims, and the volumes of {listed(names)} have the "
        "reclaim policy Delete: their data goes with them.",
        None,
        evidence=(evidence(owner, "retention_when_deleted"), evidence(owner, "retention_when_scaled")),
    )


def find_held_back(owner: StatefulSet, ctx: Context) -> Iterator[Finding]:
    """Yield when pods are of two revisions and the set is told not to replace those of the old one."""
    found = pods(owner, ctx) or {}
    old = [
        number
        for number, pod in sorted(found.items())
        if value_of(pod.labels, REVISION) not in ("", owner.update_revision)
        and (owner.update_strategy == "OnDelete" or number < (owner.partition or 0))
    ]
    if not old:
        return
    why = (
        "its strategy is OnDelete: pods are replaced when somebody deletes them"
        if owner.update_strategy == "OnDelete"
        else f"its partition is {owner.partition}: ordinals before that are not replaced"
    )
    yield HELD_BACK.finding(
        owner,
        f"Rollout is held back on purpose at {ordinals_text(old)}",
        f"Pods {ordinals_text(old)} are of an older revision than {owner.update_revision}, because {why}.",
        None,
        evidence=(
            evidence(owner, "update_strategy"),
            evidence(owner, "partition"),
            Evidence(owner.key, "status.updateRevision", owner.update_revision),
        ),
    )


RULES = (
    Rule(Symptom("set has claims that may differ from its templates", StatefulSet, is_kept), (DRIFT,), find_drift),
    Rule(
        Symptom(
            "set deletes claims",
            StatefulSet,
            lambda owner: is_kept(owner) and "Delete" in (owner.retention_when_deleted, owner.retention_when_scaled),
        ),
        (DELETES,),
        find_deletes,
    ),
    Rule(
        Symptom(
            "set is told to hold a rollout back",
            StatefulSet,
            lambda owner: (
                is_kept(owner)
                and bool(owner.update_revision)
                and owner.current_revision != owner.update_revision
                and (owner.update_strategy == "OnDelete" or bool(owner.partition))
            ),
        ),
        (HELD_BACK,),
        find_held_back,
    ),
)
