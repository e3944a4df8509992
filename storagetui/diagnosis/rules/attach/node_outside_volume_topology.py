"""A pod is on a node from which its volume cannot be reached."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.event_text import first_match, message, said
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, waiting_since
from storagetui.diagnosis.pod_volumes import bound_volumes, node
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.topology import is_judged, labels_of, place, reaches
from storagetui.diagnosis.words import cannot_tell, joined, quoted
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

OUTSIDE = State(
    code="mount-node-affinity",
    title="Volume is mounted on a node it does not allow",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The node's labels do not meet the volume's node affinity: the labels were changed, or the pod names its node "
        "itself and passed the scheduler by."
    ),
    remedies=("Look at the labels of the node", "Let the pod be placed anew where the volume is"),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/",),
)
_LATELY_S = 300.0
"""The kubelet tries again at the latest every two minutes: what it said longer ago than that no longer holds."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for the volumes whose node affinity the pod's node does not meet."""
    place_of_pod = node(pod.node_name, ctx)
    if place_of_pod is None:
        yield from _by_word(pod, ctx)
        return
    bound = bound_volumes(pod, ctx)
    outside = [one for one in bound if is_judged(one.volume) and not reaches(place_of_pod, one.volume)]
    if not outside:
        yield from _by_word(pod, ctx)
    for one in outside:
        since = waiting_since(pod)
        if not ctx.older_than(since, ctx.thresholds.container_creating_s):
            return
        where = f"zone {place_of_pod.zone}" if one.volume.zones and place_of_pod.zone else "another place"
        yield OUTSIDE.finding(
            pod,
            f"Volume is in {place(one.volume)}, the pod's node {pod.node_name} in {where}",
            f"Volume {one.volume.name} of claim {one.claim.name} can be reached from {place(one.volume)} only. Node "
            f"{pod.node_name}, where the pod is, has {labels_of(place_of_pod, one.volume)}: the volume cannot be "
            "mounted there, and the pod does not start.",
            since,
            next_step="Delete the pod so that the scheduler places it anew; if it names its node itself, take that out "
            "of its template.",
            evidence=(
                evidence(pod, "node_name"),
                Evidence(one.volume.key, "spec.nodeAffinity", place(one.volume)),
                Evidence(place_of_pod.key, "metadata.labels", labels_of(place_of_pod, one.volume)),
            ),
            victims=(one.claim.key,),
        )


def _by_word(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """What the kubelet says where node or volume cannot be read, or fit by now."""
    begun = waiting_since(pod)
    told = first_match(ctx, pod, PATTERNS, begun)
    if told is None or not ctx.older_than(begun, ctx.thresholds.container_creating_s):
        return
    blind = list(filter(None, map(ctx.unknown, (Kind.NODE, Kind.PERSISTENT_VOLUME, Kind.PERSISTENT_VOLUME_CLAIM))))
    if not blind and ctx.older_than(told.event.last_seen, _LATELY_S):
        return
    yield OUTSIDE.finding(
        pod,
        f"Volume {told.match['volume']} may not be mounted on node {pod.node_name}",
        joined(
            f"The kubelet of node {pod.node_name} says: {quoted(message(told.event))}",
            cannot_tell("whether the node's labels fit the volume", *blind),
            "" if blind else "By its labels the node may have the volume now.",
        ),
        begun,
        certainty=Certainty.INFERRED,
        next_step="Compare the volume's node affinity with the labels of the node.",
        evidence=(evidence(pod, "node_name"), said(told.event)),
        victims=pod.claim_keys,
    )


PATTERNS = (
    Pattern(
        OUTSIDE.code,
        Kind.POD,
        ("FailedMount",),
        re.compile(
            r'(?:MountVolume|MapVolume)\.NodeAffinity check failed for volume "(?P<volume>[^"]+)"\s*: (?P<why>.*)'
        ),
    ),
)

RULE = Rule(
    CREATING_CONTAINERS,
    (OUTSIDE,),
    find,
    heard=(Heard(Kind.POD, ("FailedMount",)),),
    patterns=PATTERNS,
)
