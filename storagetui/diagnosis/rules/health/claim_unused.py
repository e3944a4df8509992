"""No pod refers to a bound claim."""

from collections.abc import Iterator

from storagetui.cluster.chains import pods_of, sets_of_claim
from storagetui.cluster.relations import DEPLOYMENTS_OF_CLAIM, JOBS_OF_CLAIM, SETS_OF_CLAIM, stem_and_ordinal
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.goings import data_of
from storagetui.diagnosis.pod_states import is_over
from storagetui.diagnosis.rule import Context, Rule, State, Symptom
from storagetui.diagnosis.words import joined, things
from storagetui.diagnosis.words import since as since_words
from storagetui.model.base import condition
from storagetui.model.claims import BOUND, PersistentVolumeClaim
from storagetui.model.keys import Key, Kind

UNUSED = State(
    code="pvc-unused",
    title="No pod references the claim",
    severity=Severity.INFO,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "A candidate for cleaning up, and no proof: CronJobs between their runs, sets that were scaled down, standbys "
        "and restores leave claims unused on purpose. Kubernetes 1.37 says since when (condition Unused); before, only "
        "the present is known."
    ),
    remedies=(
        "Find out whose data it is",
        "Take a snapshot, and wait until it is ready",
        "Delete the claim, once nobody wants the data",
    ),
    links=(
        "https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/5541-pvc-last-used-time-status-field",
    ),
    is_calm=True,
)
UNUSED_S = 86400.0
"""How long a claim must have been unused, where Kubernetes says since when."""
AGE_S = 7 * 86400.0
"""How old it must be where nobody does."""


def _is_kept(claim: PersistentVolumeClaim) -> bool:
    return claim.phase == BOUND and claim.deletion_timestamp is None


KEPT = Symptom("claim is bound, and may be of no use", PersistentVolumeClaim, _is_kept)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield for a claim that no pod names, that no workload explains, and that has been so for long."""
    stands = condition(claim.conditions, "Unused")
    if stands is not None and stands.status != "True":
        return
    since = claim.unused_since
    if not ctx.older_than(since or claim.creation_timestamp, UNUSED_S if since is not None else AGE_S):
        return
    if _is_explained(claim, ctx):
        return
    if stands is None and ctx.unknown(Kind.POD):
        return
    pods = pods_of(ctx.cluster, claim.key)
    if any(not is_over(pod) for pod in pods):
        return
    done = [f"{pod.name} ({pod.phase})" for pod in pods]
    yield UNUSED.finding(
        claim,
        "No pod uses the claim",
        joined(
            f"No pod refers to the claim{since_words(since)}, and no set, Deployment or Job of today names it.",
            f"Finished {things('pod', done)} once did." if done else "",
            f"It has {claim.capacity} of class {claim.class_name}."
            if claim.class_name
            else f"It has {claim.capacity}.",
            data_of(claim, ctx),
        ),
        since,
        certainty=Certainty.CONFIRMED if stands is not None else Certainty.INFERRED,
        next_step="Find out whose data it is; take a snapshot before the claim is deleted.",
        evidence=(evidence(claim, "phase"), evidence(claim, "conditions", "Unused=True" if stands is not None else "")),
        causes=(Key(Kind.NAMESPACE, "", claim.namespace),),
        shared=f"No pod uses some claims of namespace {claim.namespace}. No workload of today names them.",
    )


def _is_explained(claim: PersistentVolumeClaim, ctx: Context) -> bool:
    """Whether a set, or another workload, tells why no pod uses it; or its name tells that a set did."""
    workloads = (DEPLOYMENTS_OF_CLAIM, JOBS_OF_CLAIM, SETS_OF_CLAIM)
    if any(ctx.cluster.keys_of(relation, claim.key) for relation in workloads):
        return True
    cut = stem_and_ordinal(claim.name)
    looks_left = cut is not None and "-" in cut[0] and not claim.owners
    return looks_left or any(True for _ in sets_of_claim(ctx.cluster, claim))


RULE = Rule(KEPT, (UNUSED,), find)
