"""A volume is full, as far as the containers that write to it say so.

How full a volume is stands in no object of the API: the kubelets' statistics tell, which are not read. What is seen is
that the only volume a pod may write to, and the last words of its container, or an event about the pod.
"""

import re
from collections.abc import Iterator

from storagetui.cluster.chains import events_about, pods_of
from storagetui.diagnosis.event_text import message, said
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.goings import what_it_is
from storagetui.diagnosis.growth import class_words, is_growing, sizes, volume
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State, Symptom
from storagetui.diagnosis.words import joined, quoted
from storagetui.model.claims import BOUND, PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import ContainerStatus, Pod

FULL = State(
    code="volume-full",
    title="Volume is full or out of inodes",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "A container ended with `no space left on device`, and one volume is all that it may write to, as far as its "
        "pod tells; it may have been its own layer or the node's disk as well. How full a volume is stands in no "
        "object of the API: look with df inside the pod, or at kubelet_volume_stats_available_bytes."
    ),
    remedies=(
        "Look with df -h and df -i in the pod how full the volume is",
        "Expand the claim",
        "Free space inside the volume",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims",),
)
_NO_SPACE = re.compile(r"(?i:no space left on device)|ENOSPC|(?i:disk quota exceeded)")
_FRESH_S = 3600.0
"""How long a container's last words, or an event, tell of the present."""
_EVENTS = ("BackOff", "Unhealthy", "FailedPostStartHook", "FailedPreStopHook")
"""Of what a container itself does; others are the kubelet's about the node's disk."""


def _is_used(claim: PersistentVolumeClaim) -> bool:
    return claim.phase == BOUND and claim.deletion_timestamp is None


IN_USE = Symptom("claim is bound, and pods may write to it", PersistentVolumeClaim, _is_used)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield for a pod that has no other volume to fill and that complains of one that is full."""
    for pod in pods_of(ctx.cluster, claim.key):
        if not pod.node_name or pod.deletion_timestamp is not None or not _is_all(pod, claim):
            continue
        told = _words(pod, ctx)
        if told is None or ctx.unknown(Kind.POD):
            continue
        text, fact = told
        found = volume(claim, ctx)
        yield FULL.finding(
            claim,
            f"Pod {pod.name} says that no space is left",
            joined(
                f"A container of pod {pod.name} on {pod.node_name} says: {quoted(text)}",
                f"Claim {claim.name} is the only volume that it may write to.",
                sizes(claim, found) if is_growing(claim) else "",
                what_it_is(found) if found is not None else "",
                class_words(claim, ctx),
                "How full it is cannot be seen here.",
            ),
            None,
            next_step=f"Look with df -h and df -i in {pod.name}; then expand the claim, or free space."
            if not is_growing(claim)
            else "More room is on its way: look at the expansion.",
            evidence=(fact,),
            victims=(pod.key,),
        )
        return


def blamed(pod: Pod, ctx: Context) -> tuple[Key, ...]:
    """The claim whose volume a pod says is full, if it can be no other."""
    if ctx.unknown(Kind.POD) or _words(pod, ctx) is None or pod.deletion_timestamp is not None:
        return ()
    claims = (ctx.cluster.get(PersistentVolumeClaim, key.namespace, key.name) for key in dict.fromkeys(pod.claim_keys))
    return tuple(claim.key for claim in claims if claim is not None and claim.phase == BOUND and _is_all(pod, claim))


def _is_all(pod: Pod, claim: PersistentVolumeClaim) -> bool:
    """Whether the claim is the only one that the pod may write to."""
    writable = {
        one.claim_name or one.name
        for one in pod.volumes
        if (one.claim_name or one.is_ephemeral) and not one.is_read_only
    }
    return writable == {claim.name}


def _words(pod: Pod, ctx: Context) -> tuple[str, Evidence] | None:
    for status in (*pod.init_containers, *pod.containers):
        for text in _last_words(status, ctx):
            if _NO_SPACE.search(text):
                return text, evidence(pod, "containers", f"{status.name}: {' '.join(text.split())[:120]}")
    for event in events_about(ctx.cluster, pod):
        if event.reason in _EVENTS and _NO_SPACE.search(message(event)):
            return (message(event), said(event)) if not ctx.older_than(event.last_seen, _FRESH_S) else None
    return None


def _last_words(status: ContainerStatus, ctx: Context) -> Iterator[str]:
    yield status.terminated_message
    if status.last_message and not ctx.older_than(status.last_finished_at, _FRESH_S):
        yield status.last_message


RULE = Rule(
    IN_USE, (FULL,), find, heard=(Heard(Kind.POD, _EVENTS),), patterns=(Pattern(FULL.code, Kind.POD, (), _NO_SPACE),)
)
