"""The disk has grown, and a node fails to grow the file system on it."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.event_text import first_match, message, said, without_rpc
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.growth import (
    FILE_SYSTEM_PENDING,
    GROWING,
    NODE_ERROR,
    NODE_INFEASIBLE,
    RESIZE_FAILED,
    driver,
    facts,
    holds,
    is_at_node,
    told,
    users,
    volume,
)
from storagetui.diagnosis.pod_states import is_waiting
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import listed, moment, quoted
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.events import Event
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

_RECOVERY = (
    "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#recovering-from-failure-when-expanding-volumes"
)
_EXPANDING = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims"

INFEASIBLE = State(
    code="resize-node-infeasible",
    title="Node says it can never grow this file system",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The node plugin answered with a code that speaks against the size or the file system, and the kubelet has "
        "stopped trying; the resizer sets the state back later, so that a node may try again. The volume itself has "
        "grown, so that asking for less does not bring its old size back."
    ),
    remedies=(
        "Read the log of the driver's node plugin on that node",
        "Take a snapshot and wait until it is ready, before anything is done to the file system",
        "Move the pod to another node, whose kernel or tools may be able to",
    ),
    links=("https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/1790-recover-resize-failure",),
)
FAILED = State(
    code="resize-node-error",
    title="Node fails to grow the file system",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The node plugin answered NodeExpandVolume with an error, and is asked again. Of a pod that runs only the "
        "growth is missing; a pod that starts waits for it, for the mount is not done before."
    ),
    remedies=(
        "Read the log of the driver's node plugin on that node",
        "Take a snapshot and wait until it is ready, before anything is done to the file system",
        "Delete the pod, so that the volume is mounted anew",
    ),
    links=(_RECOVERY,),
)
READ_ONLY = State(
    code="resize-readonly-fs",
    title="Read-only mount cannot grow",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning="A file system grows only where it is mounted for writing; once one pod has it so, it grows.",
    remedies=("Start one pod that mounts the claim for writing", "Correct readOnly in the pod template"),
    links=(_EXPANDING,),
)

_ON_POD = re.compile(r'NodeExpandVolume\.NodeExpandVolume failed for volume "(?P<pv>[^"]+)"\s*: ?(?P<why>.+)')
_AT_MOUNT = re.compile(
    r"(?:MountVolume\.Setup|MapVolume\.MarkVolumeAsMounted) failed while expanding volume "
    r'for volume "(?P<pv>[^"]+)"\s*: ?(?P<why>.+)'
)
_READ_ONLY = re.compile(
    r'MountVolume\.NodeExpandVolume failed for volume "(?P<pv>[^"]+)"\s*:? ?requested read-only file system'
)
PATTERNS = (
    Pattern(FAILED.code, Kind.POD, (RESIZE_FAILED,), _ON_POD),
    Pattern(FAILED.code, Kind.POD, ("FailedMount", "FailedMapVolume"), _AT_MOUNT),
    Pattern(READ_ONLY.code, Kind.POD, ("FileSystemResizeFailed",), _READ_ONLY),
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield one of the three states, by the claim's status, the kubelet's events about its pods, and their mounts."""
    stands = holds(claim, NODE_ERROR)
    if not is_at_node(claim) and stands is None:
        return
    pending = holds(claim, FILE_SYSTEM_PENDING)
    since = pending.last_transition_time if pending is not None else None
    pods = users(claim, ctx)
    where = listed(sorted({pod.node_name for pod in pods})) or "the node"
    told_by = _report(claim, pods, ctx)
    is_final = claim.allocated_status in NODE_INFEASIBLE
    if is_final or stands is not None or (told_by is not None and told_by[2] == FAILED.code):
        pod, event, _ = told_by or (None, None, "")
        node = pod.node_name if pod is not None else where
        why = without_rpc(stands.message.removeprefix("failed to expand pvc with ")) if stands is not None else ""
        if event is not None and not why:
            why = without_rpc(message(event).partition(" : ")[2] or message(event))
        state = INFEASIBLE if is_final else FAILED
        can = "says it can never grow" if is_final else "fails to grow"
        yield state.finding(
            claim,
            f"Node {node} {can} the file system" if node != "the node" else f"The node {can} the file system",
            told(claim, ctx, "The disk has grown; the file system on it has not.", _words(why, event)),
            (stands.last_transition_time if stands is not None else None) or since,
            certainty=Certainty.CONFIRMED if is_final or stands is not None else Certainty.INFERRED,
            next_step=f"Read the log of the node plugin of {driver(claim, volume(claim, ctx))} on {node}.",
            evidence=(*facts(claim), *_fact(event)),
            victims=tuple(one.key for one in pods if is_waiting(one)),
        )
    elif told_by is not None or (pods and all(_reads_only(pod, claim) for pod in pods)):
        names = listed(pod.name for pod in pods) or "a pod"
        yield READ_ONLY.finding(
            claim,
            "File system cannot grow: it is mounted read-only",
            told(claim, ctx, f"The disk has grown, and {names} has it read-only, where a file system cannot grow."),
            since,
            next_step="Start one pod that mounts the claim for writing; the file system grows then.",
            evidence=(
                *facts(claim),
                *(evidence(pod, "volumes", f"{claim.name}: readOnly=true") for pod in pods[:3]),
                *_fact(told_by[1] if told_by is not None else None),
            ),
        )


def _report(claim: PersistentVolumeClaim, pods: list[Pod], ctx: Context) -> tuple[Pod, Event, str] | None:
    """What the kubelet last said of growing this volume for one of its pods."""
    pending = holds(claim, FILE_SYSTEM_PENDING)
    since = pending.last_transition_time if pending is not None else None
    for pod in pods:
        found = first_match(ctx, pod, PATTERNS, newer_than=since)
        if found is not None and found.match["pv"] == claim.volume_name:
            return pod, found.event, found.code
    return None


def _reads_only(pod: Pod, claim: PersistentVolumeClaim) -> bool:
    return all(one.is_read_only for one in pod.volumes if one.claim_name == claim.name)


def _words(why: str, event: Event | None) -> str:
    if not why:
        return ""
    last = f", last at {moment(event.last_seen)}" if event is not None and event.last_seen is not None else ""
    return f"The node says{last}: {quoted(why)}"


def _fact(event: Event | None) -> tuple[Evidence, ...]:
    return (said(event),) if event is not None else ()


RULE = Rule(
    GROWING,
    (INFEASIBLE, FAILED, READ_ONLY),
    find,
    heard=(Heard(Kind.POD, (RESIZE_FAILED, "FailedMount", "FailedMapVolume", "FileSystemResizeFailed")),),
    patterns=PATTERNS,
)
