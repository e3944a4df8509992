"""A claim's volume is being made, and has not been for long."""

import re
from collections.abc import Iterator
from datetime import datetime

from storagetui.cluster.chains import events_of
from storagetui.diagnosis.claim_states import UNBOUND, asked_since, is_delayed, waiting_pods
from storagetui.diagnosis.event_text import grpc_code, message
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks
from storagetui.diagnosis.provisioning import stages
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.claims.claim_provisioning_failed import latest_failure
from storagetui.diagnosis.words import joined
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind

UNDER_WAY = State(
    code="pvc-provisioning-slow",
    title="Provisioning is under way",
    severity=Severity.INFO,
    certainty=Certainty.INFERRED,
    meaning=(
        "The driver was asked for the volume and has not failed, or only says that it is still at it. Half a minute to "
        "a minute is usual; big clones, restores and a provider that throttles take minutes. It is told as a failure "
        "after ten minutes, or after an hour where the volume is filled from another one."
    ),
    remedies=("Wait", "Read the log of the driver's controller if it goes on"),
    links=("https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/",),
    is_calm=True,
)

_DEADLINE_S, _FILLING_DEADLINE_S = 600.0, 3600.0
"""How long a driver that has taken a claim up may be at it; a copy takes longer."""
_STILL_AT_IT = ("DeadlineExceeded", "Aborted")
"""Codes with which a call ends while the driver goes on (container-storage-interface spec, Error Scheme)."""


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield while a provisioner has been asked not long ago, and while one that has begun may take its time."""
    if not claim.provisioner or (not claim.selected_node and is_delayed(claim, ctx)):
        return
    since = asked_since(claim, ctx)
    failed = latest_failure(claim, ctx)
    code = grpc_code(message(failed)) if failed is not None else ""
    if ctx.older_than(since, ctx.thresholds.claim_pending_s) and not _may_go_on(
        claim, code, failed is None, since, ctx
    ):
        return
    where = f" for node {claim.selected_node}" if claim.selected_node else ""
    if failed is None:
        state = "has not failed"
    elif code in _STILL_AT_IT:
        state = f"is still at it: a call ended with {code}"
    else:
        state = "has failed so far; it tries again"
    usual = "A copy of another volume takes minutes, or more." if claim.data_source else ""
    yield UNDER_WAY.finding(
        claim,
        f"Volume is being made by {claim.provisioner}",
        joined(
            f"{claim.provisioner} was asked for {asks(claim)}{where} and {state}.",
            usual or "Half a minute to a minute is usual.",
            stages(claim, ctx),
        ),
        since,
        evidence=(evidence(claim, "phase"), evidence(claim, "provisioner")),
        victims=waiting_pods(claim, ctx),
    )


def is_under_way(claim: PersistentVolumeClaim, ctx: Context) -> bool:
    """Whether the driver has taken the claim up and may be at it for a while yet: who waits for it need not worry."""
    if not claim.provisioner or (not claim.selected_node and is_delayed(claim, ctx)):
        return False
    failed = latest_failure(claim, ctx)
    code = grpc_code(message(failed)) if failed is not None else ""
    return _may_go_on(claim, code, failed is None, asked_since(claim, ctx), ctx)


def _may_go_on(claim: PersistentVolumeClaim, code: str, is_clean: bool, since: datetime | None, ctx: Context) -> bool:
    """Whether the driver has said that it is at it, and may be for a while yet."""
    if not (code in _STILL_AT_IT or (is_clean and _has_begun(claim, ctx))):
        return False
    return not ctx.older_than(since, _FILLING_DEADLINE_S if claim.data_source else _DEADLINE_S)


def _has_begun(claim: PersistentVolumeClaim, ctx: Context) -> bool:
    """Whether the driver itself, and not the control plane, has said that it began."""
    if ctx.unknown_events(Kind.PERSISTENT_VOLUME_CLAIM):
        return False
    begun = (one for one in events_of(ctx.cluster, claim.uid) if one.reason == "Provisioning")
    return any(one.component.startswith(claim.provisioner) for one in begun)


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
