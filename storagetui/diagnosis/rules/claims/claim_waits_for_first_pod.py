"""A claim waits for its first pod, as its class wants it to."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.claim_states import UNBOUND, Binding, binding, class_of, consumers, delays
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.claims.claim_idle import idle, is_abandoned
from storagetui.diagnosis.words import cannot_tell, joined
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind

WAITING = State(
    code="pvc-wait-for-first-consumer",
    title="Claim waits for its first pod",
    severity=Severity.INFO,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Late binding: the volume is made only once the scheduler has picked a node for a pod that uses the claim, so "
        "that both are in one zone. Without such a pod, Pending is the right state, for as long as it takes."
    ),
    remedies=("Start a pod that uses the claim", "Wait"),
    links=("https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode",),
    is_calm=True,
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield while binding is delayed, no node was chosen, and no pod uses the claim or none can be seen."""
    if claim.selected_node:
        return
    how = binding(claim, ctx)
    if how not in (Binding.DELAYED, Binding.DELAYED_BY_EVENT) or consumers(claim, ctx):
        return
    blind = ctx.unknown(Kind.POD)
    is_certain = how is Binding.DELAYED and not blind
    facts: list[Evidence] = [evidence(claim, "phase"), evidence(claim, "storage_class")]
    if (storage_class := class_of(claim, ctx)) is not None:
        facts.append(evidence(storage_class, "volume_binding_mode"))
    yield WAITING.finding(
        claim,
        "Claim waits for its first pod",
        joined(
            f"{delays(claim, ctx)} only once a pod that uses the claim has been given a node.",
            cannot_tell("whether a pod uses it", blind)
            or f"No pod does, so the claim for {asks(claim)} stays Pending, as it should.",
        ),
        claim.creation_timestamp,
        certainty=Certainty.CONFIRMED if is_certain else Certainty.INFERRED,
        evidence=tuple(facts),
    )
    if is_certain and is_abandoned(claim, ctx):
        yield idle(claim)


PATTERNS = (
    Pattern(
        WAITING.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("WaitForFirstConsumer",),
        re.compile(r"waiting for first consumer to be created before binding"),
    ),
)

RULE = Rule(
    UNBOUND,
    (WAITING,),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("WaitForFirstConsumer",)),),
    patterns=PATTERNS,
)
