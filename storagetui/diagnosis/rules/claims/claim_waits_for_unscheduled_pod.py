"""A claim that is bound late waits for a pod which no node was found for."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.claim_states import UNBOUND, class_of, consumers, delays, is_delayed
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.moments import earliest, latest
from storagetui.diagnosis.pod_states import scheduled, waiting_since, waits_for_node
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined, things, verb
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

WAITING = State(
    code="pvc-wait-for-pod-scheduled",
    title="Claim waits for a pod that cannot be scheduled",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The claim is a follower: its volume is made where its pod goes, and no node was found for the pod, often for "
        "a reason that has nothing to do with storage. What the scheduler says of the pod is the cause."
    ),
    remedies=("Read what the scheduler says of the pod", "Make room on a node that the pod may run on"),
    links=("https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode",),
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when a pod that uses the claim has been refused a node for a while, and no node was chosen."""
    if claim.selected_node or not is_delayed(claim, ctx):
        return
    users = list(consumers(claim, ctx))
    refused = [pod for pod in users if waits_for_node(pod) and _is_refused(pod)]
    if not refused and users and all(map(_is_gated, users)):
        yield _held_back(claim, users, ctx)
        return
    since = earliest(latest((claim.creation_timestamp, waiting_since(pod))) for pod in refused)
    if not ctx.older_than(since, ctx.thresholds.claim_pending_s):
        return
    names = [pod.name for pod in refused]
    storage_class = class_of(claim, ctx)
    yield WAITING.finding(
        claim,
        f"Claim waits for {things('pod', names)}, which {verb(len(names), 'has', 'have')} no node",
        joined(
            f"{delays(claim, ctx)} where the pod goes, and no node was found for {things('pod', names)}.",
            "The claim only follows: what keeps the pod from a node is the cause.",
        ),
        since,
        next_step=f"Look at pod {names[0]}: its finding says what the scheduler wants.",
        evidence=(
            evidence(claim, "phase"),
            *((evidence(storage_class, "volume_binding_mode"),) if storage_class is not None else ()),
            *(evidence(pod, "conditions", "PodScheduled=False") for pod in refused[:3]),
        ),
        victims=tuple(pod.key for pod in refused),
        causes=tuple(pod.key for pod in refused),
    )


def _held_back(claim: PersistentVolumeClaim, gated: list[Pod], ctx: Context) -> Finding:
    names = [pod.name for pod in gated]
    return WAITING.finding(
        claim,
        f"Claim waits for {things('pod', names)}, which {verb(len(names), 'is', 'are')} held back on purpose",
        f"{delays(claim, ctx)} where the pod goes, and {things('pod', names)} {verb(len(names), 'has', 'have')} "
        "scheduling gates: the scheduler does not look for a node before what set them, a queue for instance, takes "
        "them off.",
        claim.creation_timestamp,
        severity=Severity.INFO,
        evidence=(evidence(claim, "phase"), *(evidence(pod, "conditions", "SchedulingGated") for pod in gated[:3])),
        victims=tuple(pod.key for pod in gated),
    )


def _is_gated(pod: Pod) -> bool:
    verdict = scheduled(pod)
    return not pod.node_name and verdict is not None and verdict.reason == "SchedulingGated"


def _is_refused(pod: Pod) -> bool:
    verdict = scheduled(pod)
    return verdict is not None and verdict.status == "False"


PATTERNS = (
    Pattern(
        WAITING.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("WaitForPodScheduled",),
        re.compile(r"waiting for pods? (?P<pods>\S+) to be scheduled"),
    ),
)

RULE = Rule(
    UNBOUND,
    (WAITING,),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("WaitForPodScheduled",)),),
    patterns=PATTERNS,
)
