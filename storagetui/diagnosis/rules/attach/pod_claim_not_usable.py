"""A pod has a node, but the kubelet does not take a claim of it."""

import re
from collections.abc import Iterator

from storagetui.cluster.chains import volume_of
from storagetui.diagnosis.event_text import Reading, first_match, message, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, waiting_since
from storagetui.diagnosis.pod_volumes import missing_claims
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, listed, quoted, since, things, verb
from storagetui.model.claims import BOUND, PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod

NOT_USABLE = State(
    code="mount-claim-not-usable",
    title="Kubelet refuses the claim",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The pod reached a node, but its claim is unbound, is being deleted, or is gone, or the volume belongs to "
        "another claim; the kubelet mounts nothing before that changes."
    ),
    remedies=("Look at the claim", "Look at who uses it"),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding",),
)
_PROTECTION = "kubernetes.io/pvc-protection"
_DELETED = "PVC is being deleted"


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when a claim of a pod that has a node is missing, not Bound, on its way out, or at odds with its volume."""
    begun = waiting_since(pod)
    if not ctx.older_than(begun, ctx.thresholds.container_creating_s):
        return
    told = first_match(ctx, pod, PATTERNS, begun)
    if blind := ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM):
        if told is not None:
            yield _by_word(pod, told, blind)
        return
    troubles = dict.fromkeys(missing_claims(pod, ctx), "does not exist")
    for key in pod.claim_keys:
        claim = ctx.cluster.get(PersistentVolumeClaim, key.namespace, key.name)
        why = (_why(claim, ctx) or _going(claim, told)) if claim is not None else ""
        if why:
            troubles[key] = why
    if not troubles:
        return
    claims = [one for key in troubles if (one := ctx.cluster.get(PersistentVolumeClaim, key.namespace, key.name))]
    names = [key.name for key in troubles]
    yield NOT_USABLE.finding(
        pod,
        f"Pod cannot use {things('claim', names)}",
        joined(
            f"The pod is on node {pod.node_name}, but of its claims "
            f"{listed(f'{key.name} {why}' for key, why in troubles.items())}.",
            f"Its kubelet mounts nothing before {verb(len(names), 'the claim is', 'the claims are')} usable.",
            f"It says: {quoted(message(told.event))}" if told is not None else "",
        ),
        begun,
        next_step=f"Look at claim {names[0]}.",
        evidence=(evidence(pod, "node_name"), *(evidence(claim, "phase") for claim in claims)),
        victims=tuple(claim.key for claim in claims),
        causes=tuple(troubles),
    )


def _why(claim: PersistentVolumeClaim, ctx: Context) -> str:
    """Why the kubelet does not take the claim (getPVCExtractPV and getPVSpec of its populator)."""
    if claim.phase != BOUND:
        return f"is {claim.phase or 'without a phase'}"
    if claim.deletion_timestamp is not None and _PROTECTION not in claim.finalizers:
        return f"is being deleted{since(claim.deletion_timestamp)} and is no longer protected"
    if ctx.unknown(Kind.PERSISTENT_VOLUME):
        return ""
    volume = volume_of(ctx.cluster, claim)
    if volume is None:
        return ""
    if not volume.claim_name:
        return f"names volume {volume.name}, which is bound to no claim"
    if volume.claim_uid != claim.uid:
        holder = Key(Kind.PERSISTENT_VOLUME_CLAIM, volume.claim_namespace, volume.claim_name)
        whose = "an earlier claim of this name" if holder == claim.key else f"{holder.namespace}/{holder.name}"
        return f"names volume {volume.name}, which belongs to {whose}"
    return ""


def _going(claim: PersistentVolumeClaim, told: Reading | None) -> str:
    """That it is being deleted, where the kubelet refuses it for that: older ones do it while it is protected, too."""
    if told is None or claim.deletion_timestamp is None or told.match["why"] != _DELETED:
        return ""
    return f"is being deleted{since(claim.deletion_timestamp)}" if told.match["claim"] == _path(claim) else ""


def _path(claim: PersistentVolumeClaim) -> str:
    return f"{claim.namespace}/{claim.name}"


def _by_word(pod: Pod, told: Reading, blind: str) -> Finding:
    name = told.match["claim"].rpartition("/")[2]
    return NOT_USABLE.finding(
        pod,
        f"Pod cannot use claim {name}",
        joined(
            f"The kubelet of node {pod.node_name} says: {quoted(message(told.event))}",
            cannot_tell("how the claim is now", blind),
        ),
        waiting_since(pod),
        certainty=Certainty.INFERRED,
        next_step=f"Look at claim {name}.",
        evidence=(evidence(pod, "node_name"), said(told.event)),
        causes=(Key(Kind.PERSISTENT_VOLUME_CLAIM, pod.namespace, name),),
    )


PATTERNS = (
    Pattern(
        NOT_USABLE.code,
        Kind.POD,
        ("FailedMount",),
        re.compile(
            r"error processing PVC (?P<claim>\S+): (?P<why>PVC is not bound|PVC is being deleted|failed to fetch PV"
            r"|found PV object|PVC has empty)"
        ),
    ),
)
"""kubernetes: pkg/kubelet/volumemanager/populator/desired_state_of_world_populator.go."""

RULE = Rule(
    CREATING_CONTAINERS,
    (NOT_USABLE,),
    find,
    heard=(Heard(Kind.POD, ("FailedMount",)),),
    patterns=PATTERNS,
)
