"""A claim that one pod at a time may use is in use by another pod of the node."""

import re
from collections.abc import Iterator

from storagetui.cluster.chains import pods_of
from storagetui.diagnosis.event_text import first_match, message, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, is_over, waiting_since, waits_for_volumes
from storagetui.diagnosis.pod_volumes import Bound, bound_volumes, node_words
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, quoted, since, things, verb
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

IN_USE = State(
    code="mount-rwop-in-use",
    title="Second pod on a ReadWriteOncePod claim reached the same node",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The scheduler lets one pod at a time use such a claim. A pod that names its node itself, or a static one, "
        "passes it by; or the first pod is still on its way out."
    ),
    remedies=("Look at all pods that name the claim, finished ones too", "Wait until the first pod is gone"),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes",),
)
_ONE_POD = "ReadWriteOncePod"


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for a claim of mode ReadWriteOncePod that another pod has mounted on the pod's node."""
    begun = waiting_since(pod)
    if not ctx.older_than(begun, ctx.thresholds.container_creating_s):
        return
    if blind := (ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM) or ctx.unknown(Kind.PERSISTENT_VOLUME)):
        yield from _by_word(pod, ctx, blind)
        return
    for one in bound_volumes(pod, ctx):
        if _ONE_POD not in one.claim.access_modes:
            continue
        users = pods_of(ctx.cluster, one.claim.key)
        here = [user for user in users if user.node_name == pod.node_name and user.uid != pod.uid]
        holders = [user for user in here if not is_over(user) and not waits_for_volumes(user)]
        if holders:
            yield _held(pod, one, holders, ctx)


def _held(pod: Pod, one: Bound, holders: list[Pod], ctx: Context) -> Finding:
    names = [holder.name for holder in holders]
    going = [holder for holder in holders if holder.deletion_timestamp is not None]
    told = first_match(ctx, pod, PATTERNS, waiting_since(pod))
    return IN_USE.finding(
        pod,
        f"Claim {one.claim.name} is in use by {things('pod', names)} on the same node",
        joined(
            f"Claim {one.claim.name} is {_ONE_POD}: one pod at a time may use it. {things('Pod', names)} "
            f"{verb(len(names), 'has', 'have')} it on node {pod.node_name}, where this pod waits for it.",
            *(f"{holder.name} is to go{since(holder.deletion_timestamp)} and is still there." for holder in going),
            node_words(pod.node_name, ctx),
            f"The kubelet says: {quoted(message(told.event))}" if told is not None else "",
        ),
        waiting_since(pod),
        next_step=f"Look at pod {(going or holders)[0].name}: this pod starts when it is gone.",
        evidence=(
            evidence(one.claim, "access_modes", ", ".join(one.claim.access_modes)),
            *(evidence(holder, "node_name") for holder in holders[:3]),
        ),
        victims=(one.claim.key,),
        causes=tuple(holder.key for holder in going),
    )


def _by_word(pod: Pod, ctx: Context, blind: str) -> Iterator[Finding]:
    told = first_match(ctx, pod, PATTERNS, waiting_since(pod))
    if told is None:
        return
    yield IN_USE.finding(
        pod,
        f"A claim of the pod is in use by another pod on node {pod.node_name}",
        joined(
            f"The kubelet of node {pod.node_name} says: {quoted(message(told.event))}",
            cannot_tell("which pod has it", blind),
        ),
        waiting_since(pod),
        certainty=Certainty.INFERRED,
        next_step="Look at all pods that name the claim.",
        evidence=(evidence(pod, "node_name"), said(told.event)),
        victims=pod.claim_keys,
    )


PATTERNS = (
    Pattern(
        IN_USE.code,
        Kind.POD,
        ("FailedMount", "FailedMapVolume"),
        re.compile(r"volume uses the ReadWriteOncePod access mode and is already in use by another pod"),
    ),
)
"""kubernetes: pkg/kubelet/volumemanager/cache/actual_state_of_world.go."""

RULE = Rule(
    CREATING_CONTAINERS,
    (IN_USE,),
    find,
    heard=(Heard(Kind.POD, ("FailedMount", "FailedMapVolume")),),
    patterns=PATTERNS,
)
