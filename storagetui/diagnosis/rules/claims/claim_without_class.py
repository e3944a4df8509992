"""A claim asks for no class and gets none."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.claim_states import UNBOUND, waiting_pods
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks, fitting, nearest
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.classes import StorageClass
from storagetui.model.keys import Kind

NO_CLASS = State(
    code="pvc-no-class-no-pv",
    title="No class, no matching volume",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The claim has no class, so that nothing is provisioned for it, and no volume without a class fits it. An "
        "empty class name means: never provision. A class name left out means: the default class, which is filled in "
        "later if one appears (Kubernetes 1.26)."
    ),
    remedies=(
        "Make a class the default one",
        "Make a volume by hand that fits",
        "Delete the unbound claim and make it again with a class",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#class-1",),
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when the claim has no class and there is no default that it could still be given."""
    if claim.class_name or claim.volume_name:
        return
    blind = "" if claim.names_class else ctx.unknown(Kind.STORAGE_CLASS)
    is_open = not claim.names_class and not blind
    if is_open and any(one.is_default for one in ctx.cluster.all(StorageClass).values()):
        return
    if not ctx.older_than(claim.creation_timestamp, ctx.thresholds.claim_pending_s):
        return
    if not ctx.unknown(Kind.PERSISTENT_VOLUME) and fitting(claim, ctx):
        return
    if claim.names_class:
        title = "Claim wants no class, and no volume fits"
        why = f"The claim asks for {asks(claim)}, with an empty class name: never make a volume, only bind one."
        step = "Make a volume without a class that fits; or delete the claim and make it again with a class."
    else:
        title = "Claim names no class" + ("" if blind else ", and no class is the default")
        why = f"The claim asks for {asks(claim)}, and names none."
        why = joined(
            why, cannot_tell("whether there is a default class", blind) or "No class is marked as the default."
        )
        step = "Mark a class as the default; or delete the claim and make it again with a class."
    yield NO_CLASS.finding(
        claim,
        title,
        joined(why, nearest(claim, ctx)),
        claim.creation_timestamp,
        certainty=Certainty.INFERRED if blind else Certainty.CONFIRMED,
        next_step=step,
        evidence=(
            evidence(claim, "phase"),
            evidence(claim, "storage_class", "" if claim.names_class else "(absent)"),
        ),
        victims=waiting_pods(claim, ctx),
    )


PATTERNS = (
    Pattern(
        NO_CLASS.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("FailedBinding",),
        re.compile(r"no persistent volumes available for this claim and no storage class is set"),
    ),
)

RULE = Rule(
    UNBOUND,
    (NO_CLASS,),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("FailedBinding",)),),
    patterns=PATTERNS,
)
