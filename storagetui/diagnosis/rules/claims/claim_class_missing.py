"""A claim names a class that does not exist."""

import re
from collections.abc import Iterator

from storagetui.cluster.relations import FREE_VOLUMES_OF_CLASS
from storagetui.diagnosis.claim_states import UNBOUND, class_of, waiting_pods
from storagetui.diagnosis.event_text import first_match, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks, candidates
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, moment, things, verb
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

_LATELY_S = 900.0
"""The control plane repeats it every quarter of a minute, and writes at least every five minutes that it did."""

PATTERNS = (
    Pattern(
        MISSING.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("ProvisioningFailed",),
        re.compile(r'storageclass\.storage\.k8s\.io "(?P<storage_class>[^"]+)" not found'),
    ),
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when the class was looked for and is not there, and no volume that was made beforehand bears its name."""
    name = claim.class_name
    if not name or claim.volume_name or class_of(claim, ctx) is not None:
        return
    if unseen := ctx.unknown(Kind.STORAGE_CLASS):
        yield from _said_to_be_missing(claim, ctx, unseen)
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


def _said_to_be_missing(claim: PersistentVolumeClaim, ctx: Context, unseen: str) -> Iterator[Finding]:
    """Yield when classes cannot be looked at, and the control plane said lately that this one is missing."""
    reading = first_match(ctx, claim, PATTERNS, claim.creation_timestamp)
    if reading is None or not ctx.older_than(claim.creation_timestamp, ctx.thresholds.claim_pending_s):
        return
    last, name = reading.event.last_seen, claim.class_name
    if last is None or ctx.older_than(last, _LATELY_S) or reading.match["storage_class"] != name:
        return
    yield MISSING.finding(
        claim,
        f"Class {name} does not exist",
        joined(
            f"The claim asks for {asks(claim)}, and at {moment(last)} the control plane found no StorageClass of that "
            "name.",
            cannot_tell(f"whether class {name} has been made since", unseen),
        ),
        claim.creation_timestamp,
        certainty=Certainty.INFERRED,
        next_step=f"See whether class {name} exists: kubectl get storageclass {name}",
        evidence=(evidence(claim, "phase"), evidence(claim, "storage_class"), said(reading.event)),
        victims=waiting_pods(claim, ctx),
        causes=(Key(Kind.STORAGE_CLASS, "", name),),
        shared=f"Class {name} does not exist. Claims that name it stay Pending, and so do their pods.",
    )


RULE = Rule(
    UNBOUND,
    (MISSING,),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("ProvisioningFailed",)),),
    patterns=PATTERNS,
)
