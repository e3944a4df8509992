"""A claim selects volumes by labels, and its class makes volumes."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.claim_states import NO_PROVISIONER, UNBOUND, Binding, binding, class_of, waiting_pods
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks, fitting, nearest
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind

UNSUPPORTED = State(
    code="pvc-selector-unsupported",
    title="Label selector on a claim that must be provisioned",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "A selector can only pick among volumes that exist. Provisioners refuse a claim that has one, so that it is "
        "bound to a volume made beforehand or stays Pending."
    ),
    remedies=(
        "Delete the unbound claim and make it again without the selector",
        "Make a volume of the class that has the labels and fits otherwise",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#selector",),
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when the claim selects by labels, its class would provision, and no volume fits."""
    made_by = class_of(claim, ctx) if claim.has_selector and not claim.volume_name else None
    if made_by is None or made_by.provisioner == NO_PROVISIONER:
        return
    if binding(claim, ctx) is not Binding.AT_ONCE and not claim.selected_node:
        return
    if not ctx.unknown(Kind.PERSISTENT_VOLUME) and fitting(claim, ctx):
        return
    if not ctx.older_than(claim.creation_timestamp, ctx.thresholds.claim_pending_s):
        return
    selector = "selector" if claim.selector else "selector_expressions"
    yield UNSUPPORTED.finding(
        claim,
        "Claim with a selector cannot be provisioned",
        joined(
            f"The claim asks for {asks(claim)}. {made_by.provisioner}, which makes the volumes of class "
            f"{made_by.name}, refuses claims that select by labels; only a volume that exists can be bound to it.",
            nearest(claim, ctx),
        ),
        claim.creation_timestamp,
        next_step="Delete the unbound claim and make it again without the selector, or make a volume with the labels.",
        evidence=(
            evidence(claim, "phase"),
            evidence(claim, selector),
            evidence(made_by, "provisioner"),
        ),
        victims=waiting_pods(claim, ctx),
    )


PATTERNS = (
    Pattern(
        UNSUPPORTED.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("ProvisioningFailed",),
        re.compile(r"claim Selector is not supported|claim\.Spec\.Selector is not supported"),
    ),
)
"""kubernetes-csi/external-provisioner: pkg/controller/controller.go."""

RULE = Rule(
    UNBOUND,
    (UNSUPPORTED,),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("ProvisioningFailed",)),),
    patterns=PATTERNS,
)
