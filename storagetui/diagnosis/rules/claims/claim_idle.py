"""A claim is Pending, and nothing that runs or is declared asks for it."""

from collections.abc import Iterator

from storagetui.cluster.chains import pods_of, sets_of_claim
from storagetui.cluster.relations import DEPLOYMENTS_OF_CLAIM, JOBS_OF_CLAIM, SETS_OF_CLAIM
from storagetui.diagnosis.claim_states import UNBOUND, class_of
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks, fitting
from storagetui.diagnosis.rule import Context, Rule, State
from storagetui.diagnosis.words import joined
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind

IDLE = State(
    code="pvc-idle-namespace",
    title="Unbound claim that nothing asks for",
    severity=Severity.INFO,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "No pod names this claim, and no StatefulSet, Deployment or Job would: nobody is blocked. DaemonSets and "
        "CronJobs are not looked at."
    ),
    remedies=("Wait", "Delete the claim if nobody is going to use it"),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/",),
    is_calm=True,
)

_ABANDONED_S = 86400.0
"""After so long a claim that waits for its first pod is called idle as well."""


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when everything that could name the claim was looked at, nothing does, and nobody makes a volume for it."""
    if ctx.unknown(Kind.PERSISTENT_VOLUME) or fitting(claim, ctx):
        return
    if claim.provisioner or claim.volume_name or ctx.unknown(Kind.STORAGE_CLASS) or ctx.unknown_events():
        return
    if ctx.older_than(claim.creation_timestamp, ctx.thresholds.claim_pending_s) and is_idle(claim, ctx):
        yield idle(claim, _without_class(claim, ctx))


def find_abandoned(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield before other rules for a claim that has no class, or one that is gone, and that nothing has asked for."""
    if class_of(claim, ctx) is None and is_abandoned(claim, ctx):
        yield from find(claim, ctx)


def is_abandoned(claim: PersistentVolumeClaim, ctx: Context) -> bool:
    """Whether nothing has asked for the claim for a day."""
    return ctx.older_than(claim.creation_timestamp, _ABANDONED_S) and is_idle(claim, ctx)


def is_idle(claim: PersistentVolumeClaim, ctx: Context) -> bool:
    """Whether nothing asks for the claim, as far as all that could ask can be read."""
    if any(ctx.unknown(kind) for kind in (Kind.POD, Kind.STATEFUL_SET, Kind.DEPLOYMENT, Kind.JOB)):
        return False
    if pods_of(ctx.cluster, claim.key) or any(True for _ in sets_of_claim(ctx.cluster, claim)):
        return False
    relations = (DEPLOYMENTS_OF_CLAIM, JOBS_OF_CLAIM, SETS_OF_CLAIM)
    return not any(ctx.cluster.keys_of(relation, claim.key) for relation in relations)


def _without_class(claim: PersistentVolumeClaim, ctx: Context) -> str:
    """Why nothing would be made even if it were asked for; empty for a claim of a class that exists."""
    if class_of(claim, ctx) is not None:
        return ""
    name = claim.class_name
    why = f"There is no class {name}, and" if name else "It has no class, and"
    return f"{why} no free volume fits: a pod that asked for it would wait."


def idle(claim: PersistentVolumeClaim, why: str = "") -> Finding:
    """The finding, with what more is to be said of the claim."""
    return IDLE.finding(
        claim,
        "Nothing asks for the claim",
        joined(
            f"The claim asks for {asks(claim)} and has no volume. No pod names it, and no StatefulSet, Deployment or "
            "Job would: nobody waits for it.",
            why,
        ),
        claim.creation_timestamp,
        evidence=(evidence(claim, "phase"),),
    )


ABANDONED = Rule(UNBOUND, (IDLE,), find_abandoned)
RULE = Rule(UNBOUND, (IDLE,), find)
