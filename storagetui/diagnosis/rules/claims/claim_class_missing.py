"""A claim names a class that does not exist."""

import re
from collections.abc import Iterator

from storagetui.cluster.relations import FREE_VOLUMES_OF_CLASS
from storagetui.diagnosis.claim_states import UNBOUND, class_of, waiting_pods
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks, candidates
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, things, verb
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.classes import StorageClass
from storagetui.model.keys import Key, Kind

MISSING = State(
    code="pvc-storageclass-missing",
    title="The named StorageClass does not exist",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Provisioning cannot start because the class is not there: a typo, a class deleted since, or a driver that is "
        "not installed. A volume made by hand may carry a class name without a StorageClass of that name, but none "
        "that is free does."
    ),
    remedies=(
        "Create the missing class, or install the driver that brings it",
        "Delete the unbound claim and make it again with a class that exists",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/storage-classes/",),
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when the class was looked for and is not there, and no volume that was made beforehand bears its name."""
    name = claim.class_name
    if not name or claim.volume_name or ctx.unknown(Kind.STORAGE_CLASS) or class_of(claim, ctx) is not None:
        return
    blind = ctx.unknown(Kind.PERSISTENT_VOLUME)
    if not blind and (ctx.cluster.keys_of(FREE_VOLUMES_OF_CLASS, name) or candidates(claim, ctx)):
        return
    if not ctx.older_than(claim.creation_timestamp, ctx.thresholds.claim_pending_s):
        return
    volumes = cannot_tell("whether a free volume bears that class name", blind)
    there = sorted(one.name for one in ctx.cluster.all(StorageClass).values())
    yield MISSING.finding(
        claim,
        f"Class {name} does not exist",
        joined(
            f"The claim asks for {asks(claim)}, and the cluster has no StorageClass of that name.",
            volumes or "No free volume bears that class name either, so the claim stays Pending.",
            f"There {verb(len(there), 'is', 'are')} {things('class', there)}."
            if there
            else "There is no class at all.",
        ),
        claim.creation_timestamp,
        next_step=f"Create the class {name} or install the driver that brings it; "
        "or delete the claim and make it again with a class that exists.",
        evidence=(evidence(claim, "phase"), evidence(claim, "storage_class")),
        victims=waiting_pods(claim, ctx),
        causes=(Key(Kind.STORAGE_CLASS, "", name),),
        shared=f"Class {name} does not exist. Claims that name it stay Pending, and so do their pods.",
    )


PATTERNS = (
    Pattern(
        MISSING.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("ProvisioningFailed",),
        re.compile(r'storageclass\.storage\.k8s\.io "(?P<storage_class>[^"]+)" not found'),
    ),
)

RULE = Rule(
    UNBOUND,
    (MISSING,),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("ProvisioningFailed",)),),
    patterns=PATTERNS,
)
