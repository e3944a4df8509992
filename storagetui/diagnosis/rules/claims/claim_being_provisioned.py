"""A claim's volume is being made, and has not been for long."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.claim_states import UNBOUND, asked_since, is_delayed, waiting_pods, wish
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.claims.claim_provisioning_failed import latest_failure
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind

UNDER_WAY = State(
    code="pvc-provisioning-slow",
    title="Provisioning is under way",
    severity=Severity.INFO,
    certainty=Certainty.INFERRED,
    meaning=(
        "The driver was asked for the volume and has not failed. Half a minute to a minute is usual; big clones, "
        "restores and a provider that throttles take minutes."
    ),
    remedies=("Wait", "Read the log of the driver's controller if it goes on"),
    links=("https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/",),
    is_calm=True,
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield while a provisioner has been asked, and not longer ago than claims may be Pending."""
    if not claim.provisioner or (not claim.selected_node and is_delayed(claim, ctx)):
        return
    since = asked_since(claim, ctx)
    if ctx.older_than(since, ctx.thresholds.claim_pending_s):
        return
    where = f" for node {claim.selected_node}" if claim.selected_node else ""
    state = "has failed so far; it tries again" if latest_failure(claim, ctx) is not None else "has not failed"
    yield UNDER_WAY.finding(
        claim,
        f"Volume is being made by {claim.provisioner}",
        f"{claim.provisioner} was asked for {wish(claim)}{where} and {state}. Half a minute to a minute is usual.",
        since,
        evidence=(evidence(claim, "phase"), evidence(claim, "provisioner")),
        victims=waiting_pods(claim, ctx),
    )


PATTERNS = (
    Pattern(
        UNDER_WAY.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("Provisioning",),
        re.compile(r"External provisioner is provisioning volume for claim"),
    ),
)

RULE = Rule(
    UNBOUND,
    (UNDER_WAY,),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("Provisioning", "ExternalProvisioning")),),
    patterns=PATTERNS,
)
