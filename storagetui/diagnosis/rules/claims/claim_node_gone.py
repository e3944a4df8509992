"""The node that was chosen for a claim no longer exists."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.claim_states import UNBOUND, waiting_pods
from storagetui.diagnosis.event_text import first_match, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks
from storagetui.diagnosis.provisioning import stages
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, quoted
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.nodes import Node

GONE = State(
    code="pvc-selected-node-gone",
    title="The node chosen for the claim no longer exists",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The scheduler's choice is kept in an annotation, and the node was removed before the volume was made. "
        "Provisioners from 2023 on ask for another choice by themselves; older ones try for that node for ever, and an "
        "autoscaler sees no reason to act."
    ),
    remedies=(
        "Take the annotation volume.kubernetes.io/selected-node off the claim; the scheduler chooses again",
        "Bring a node of that name back",
    ),
    links=("https://github.com/kubernetes/kubernetes/issues/100485",),
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when nodes were read and the chosen one is not among them, or when the provisioner says so."""
    name = claim.selected_node
    if not name or not ctx.older_than(claim.creation_timestamp, ctx.thresholds.claim_pending_s):
        return
    blind = ctx.unknown(Kind.NODE)
    if not blind and ctx.cluster.get(Node, "", name) is not None:
        return
    told = first_match(ctx, claim, PATTERNS, newer_than=claim.creation_timestamp)
    if blind and told is None:
        return
    yield GONE.finding(
        claim,
        f"Node {name}, chosen for the claim, is gone",
        joined(
            f"The claim asks for {asks(claim)}, and node {name} was chosen for it.",
            cannot_tell(f"whether {name} still exists", blind)
            or f"No node {name} exists: no volume is made there, and the pod is not placed anywhere else.",
            f"The provisioner says: {quoted(told.match.string)}" if told is not None else "",
            stages(claim, ctx),
        ),
        claim.creation_timestamp,
        certainty=Certainty.INFERRED if blind else Certainty.CONFIRMED,
        next_step="Take the annotation volume.kubernetes.io/selected-node off the claim; the scheduler chooses again.",
        evidence=(
            evidence(claim, "phase"),
            evidence(claim, "selected_node"),
            *((said(told.event),) if told is not None else ()),
        ),
        victims=waiting_pods(claim, ctx),
        causes=(Key(Kind.NODE, "", name),),
        shared=f"Node {name}, chosen for claims, is gone. Their volumes are not made there, and their pods not moved.",
    )


PATTERNS = (
    Pattern(
        GONE.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("ProvisioningFailed",),
        re.compile(r'node "(?P<node>[^"]+)" not found|csinode\.storage\.k8s\.io "[^"]+" not found'),
    ),
)

RULE = Rule(
    UNBOUND,
    (GONE,),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("ProvisioningFailed", "Provisioning", "ExternalProvisioning")),),
    patterns=PATTERNS,
)
