"""A driver, or its monitor, says that a bound volume is ill or that its pods are on a failed node."""

import re
from collections.abc import Iterator
from datetime import datetime

from storagetui.cluster.chains import events_about, pods_of, volume_of
from storagetui.diagnosis.event_text import message, said
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.goings import attachment_words, what_it_is
from storagetui.diagnosis.pod_volumes import node_words
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State, Symptom
from storagetui.diagnosis.words import joined, moment, quoted
from storagetui.model.base import HealthCondition
from storagetui.model.claims import BOUND, PersistentVolumeClaim
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind
from storagetui.model.nodes import Node
from storagetui.model.pods import Pod

_LINK = "https://kubernetes.io/docs/concepts/storage/volume-health-monitoring/"

ABNORMAL = State(
    code="volume-abnormal",
    title="Driver reports the volume as unhealthy",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The storage system has lost the volume, it is degraded, read-only or not mounted any more. It is told by the "
        "optional health monitor as an event, and since Kubernetes 1.37, behind a gate, in the status of claim and pod."
    ),
    remedies=(
        "Look at the volume in the storage system",
        "Take a snapshot and wait until it is ready, before any step that may lose data",
    ),
    links=(_LINK, "https://kubernetes-csi.github.io/docs/external-health-monitor-controller.html"),
)
NODE_FAILED = State(
    code="volume-node-failed",
    title="Volume's pods are on a failed node",
    severity=Severity.MEDIUM,
    certainty=Certainty.INFERRED,
    meaning="The health monitor says so of each claim whose pods are on a node that does not answer: see the node.",
    remedies=("Look at the node: its condition Ready, its heartbeat, its taints and the volumes in use there",),
    links=(_LINK,),
)
_ILL, _WELL = "VolumeConditionAbnormal", "VolumeConditionNormal"
_DOWN, _UP = "NodeFailed", "NodeRecovered"
_ON_NODE = re.compile(
    r"Pods: \[ ?(?P<pods>[^\]]*?) ?\] consuming PVC: (?P<pvc>\S+) in namespace: (?P<ns>\S+) "
    r"are now on a failed node: (?P<node>\S+)"
)
_RECOVERED = re.compile(r"Node: (?P<node>\S+) recovered")
_OF_POD = re.compile(r"Volume (?P<vol>\S+): (?P<why>.+)")
_WORST = ("DataLoss", "Inaccessible", "Degraded")


def _is_bound(claim: PersistentVolumeClaim) -> bool:
    return claim.phase == BOUND


WATCHED = Symptom("claim is bound, and its volume watched over", PersistentVolumeClaim, _is_bound)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield for the claim's status, that of its pods, or the latest event, unless an all-clear came after it."""
    pods = pods_of(ctx.cluster, claim.key)
    if claim.health:
        fact = evidence(claim, "health", _listed(claim.health))
        yield _ill(claim, ctx, _said(claim.health), claim.health_time, _worst(claim.health), (fact,), "The driver says")
        return
    for pod in pods:
        names = {one.name for one in pod.volumes if one.claim_name == claim.name}
        for one in pod.volume_health:
            if one.name in names and one.conditions:
                fact, who = (
                    evidence(pod, "volume_health", _listed(one.conditions)),
                    f"On node {pod.node_name} the driver says",
                )
                yield _ill(
                    claim, ctx, _said(one.conditions), one.last_transition_time, _worst(one.conditions), (fact,), who
                )
                return
    told = _latest(claim, pods, ctx)
    if told is not None:
        event, why = told
        who = f"{event.component or 'The health monitor'} says{_at(event.last_seen)}"
        yield _ill(claim, ctx, why, event.first_seen, "", (said(event),), who)


def find_node(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when the monitor's last word is a failed node, and the node itself does not say otherwise."""
    event = next((one for one in events_about(ctx.cluster, claim) if one.reason in (_DOWN, _UP)), None)
    match = _ON_NODE.search(message(event)) if event is not None and event.reason == _DOWN else None
    if event is None or match is None:
        return
    name = match["node"]
    node = None if ctx.unknown(Kind.NODE) else ctx.cluster.get(Node, "", name)
    if node is not None and node.is_ready:
        return
    users = tuple(pod.key for pod in pods_of(ctx.cluster, claim.key) if pod.node_name == name)
    if not users and not ctx.unknown(Kind.POD):
        return  # they have left it
    yield NODE_FAILED.finding(
        claim,
        f"Pods of the claim are on node {name}, which has failed",
        joined(
            f"{event.component or 'The health monitor'} says{_at(event.last_seen)} that node {name} has failed, with "
            f"{' '.join(match['pods'].split()) or 'pods that are not named'} on it.",
            node_words(name, ctx),
        ),
        event.first_seen,
        next_step=f"Look at node {name}.",
        evidence=(said(event),),
        victims=users,
        causes=(Key(Kind.NODE, "", name), *users),
    )


def _ill(
    claim: PersistentVolumeClaim,
    ctx: Context,
    why: str,
    since: datetime | None,
    status: str,
    facts: tuple[Evidence, ...],
    who: str,
) -> Finding:
    volume = None if ctx.unknown(Kind.PERSISTENT_VOLUME) else volume_of(ctx.cluster, claim)
    users = tuple(pod.key for pod in pods_of(ctx.cluster, claim.key) if pod.node_name and pod.phase == "Running")
    return ABNORMAL.finding(
        claim,
        f"Driver reports the volume as {status}" if status else "Driver reports the volume as unhealthy",
        joined(
            f"{who}: {quoted(why)}",
            f"Volume {volume.name}: {what_it_is(volume)}" if volume is not None else "",
            attachment_words(volume, ctx) if volume is not None else "",
        ),
        since,
        severity=Severity.MEDIUM if status == _WORST[-1] else Severity.HIGH,
        certainty=Certainty.CONFIRMED if status else Certainty.INFERRED,
        next_step=f"Look at {(volume.volume_handle if volume is not None else '') or claim.volume_name} in the storage "
        "system.",
        evidence=facts,
        victims=users,
    )


def _latest(claim: PersistentVolumeClaim, pods: list[Pod], ctx: Context) -> tuple[Event, str] | None:
    """The latest word on the claim's volume, if it is a bad one."""
    last = next((one for one in events_about(ctx.cluster, claim) if one.reason in (_ILL, _WELL)), None)
    if last is not None:
        return (last, message(last)) if last.reason == _ILL else None
    for pod in pods:
        names = {one.name for one in pod.volumes if one.claim_name == claim.name}
        for event in events_about(ctx.cluster, pod):
            match = _OF_POD.search(message(event)) if event.reason == _ILL else None
            if match is not None and match["vol"] in names:
                return event, match["why"]
    return None


def _worst(conditions: tuple[HealthCondition, ...]) -> str:
    found = [one.status for one in conditions]
    return next((status for status in _WORST if status in found), found[0])


def _said(conditions: tuple[HealthCondition, ...]) -> str:
    return "; ".join(f"{one.status} ({one.reason}) {one.message}".strip() for one in conditions)


def _listed(conditions: tuple[HealthCondition, ...]) -> str:
    return ", ".join(f"{one.status}: {one.reason}" for one in conditions)


def _at(when: datetime | None) -> str:
    return f", at {moment(when)}" if when is not None else ""


_CLAIM = Kind.PERSISTENT_VOLUME_CLAIM
RULE = Rule(
    WATCHED,
    (ABNORMAL,),
    find,
    heard=(Heard(_CLAIM, (_ILL, _WELL)), Heard(Kind.POD, (_ILL,))),
    patterns=(
        Pattern(ABNORMAL.code, Kind.POD, (_ILL,), _OF_POD),
        Pattern(ABNORMAL.code, _CLAIM, (_ILL,), re.compile(r"(?P<why>.+)"), is_catch_all=True),
    ),
)
NODE_RULE = Rule(
    WATCHED,
    (NODE_FAILED,),
    find_node,
    heard=(Heard(_CLAIM, (_DOWN, _UP)),),
    patterns=(
        Pattern(NODE_FAILED.code, _CLAIM, (_DOWN,), _ON_NODE),
        Pattern(NODE_FAILED.code, _CLAIM, (_UP,), _RECOVERED),
    ),
)
