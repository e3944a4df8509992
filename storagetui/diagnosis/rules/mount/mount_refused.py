"""The node says why it does not mount or map a pod's volume."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.event_text import (
    Reading,
    best_first,
    events,
    grpc_code,
    match_text,
    message,
    said,
    without_rpc,
)
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.moments import latest
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, RUNNING_BADLY, changed, not_ready_since, waiting_since
from storagetui.diagnosis.pod_volumes import dead_words, node
from storagetui.diagnosis.rule import Context, Heard, Rule, State
from storagetui.diagnosis.rules.mount import devices, file_systems, kubelet, ownership, secrets, servers
from storagetui.diagnosis.told import MOUNT_REASONS, Step, Told, by_code, of_node, patterns_of, step_of
from storagetui.diagnosis.words import joined, moment, quoted
from storagetui.model.events import Event
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

FAILED = State(
    code="mount-failed",
    title="The node cannot mount or map the volume",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "A step on the node failed. Its name tells where: WaitForAttach is the attachment, MountDevice the staging on "
        "the node, SetUp the publishing into the pod, SetUpDevice and MapPodDevice the same for block volumes. The "
        "driver's code tells whether trying again helps."
    ),
    remedies=("Read the log of the driver's node plugin on that node", "Look at the node", "Move the pod"),
    links=("https://kubernetes-csi.github.io/docs/troubleshooting.html",),
)

_MOUNT = r'MountVolume\.(?P<step>\w+)\b.*? for volume "(?P<volume>[^"]+)"[^:]*:? ?'
_MAP = r'MapVolume\.(?P<step>\w+) failed for volume "(?P<volume>[^"]+)"\s*: ?'
_REST = r"(?:rpc error: code = (?P<code>\w+) desc = )?(?P<why>.+)"
"""kubernetes: pkg/volume/util/operationexecutor/operation_generator.go."""
_STEP = re.compile(r'(?:MountVolume|MapVolume)\.(?P<step>\w+)\b.*? for volume "(?P<volume>[^"]+)"\s*:? ?')
_EFS = re.compile(r'"fs-\w+|\befs\b|elasticfilesystem')
_LATELY = timedelta(minutes=5)
"""The kubelet tries again at the latest every two minutes: what it said longer ago than that no longer holds."""
_WHAT_HELPS = {
    "Aborted": "Another call for the volume was under way.",
    "DeadlineExceeded": "The driver did not answer in time.",
    "FailedPrecondition": "The driver wants something else to be done first.",
    "InvalidArgument": "The driver does not accept the volume as it is described; trying again does not help.",
    "NotFound": "The driver does not find the volume; trying again does not help.",
    "PermissionDenied": "The driver is denied a right.",
    "Unauthenticated": "The driver's credentials are not accepted.",
    "Unavailable": "The driver cannot be reached at present.",
    "Unimplemented": "The driver cannot do this at all.",
}
"""What a code of gRPC says (grpc.io/docs/guides/status-codes); Internal and Unknown say nothing."""


def _code(step: Step) -> str:
    return _WHAT_HELPS.get(step.grpc, "")


_FAILED = (
    Told(
        state=FAILED,
        topic=Topic.MOUNT,
        regexes=(re.compile(_MOUNT + _REST, re.DOTALL),),
        title="Node {node} cannot mount volume {volume}",
        next_step="Read the log of {driver}'s node plugin on {node}.",
        particulars=_code,
        reasons=("FailedMount",),
        is_catch_all=True,
    ),
    Told(
        state=FAILED,
        topic=Topic.MOUNT,
        regexes=(re.compile(_MAP + _REST, re.DOTALL),),
        title="Node {node} cannot mount volume {volume}",
        next_step="Read the log of {driver}'s node plugin on {node}.",
        particulars=_code,
        reasons=("FailedMapVolume",),
        is_catch_all=True,
    ),
)
TOLD: tuple[Told, ...] = (
    *servers.TOLD,
    *file_systems.TOLD,
    *secrets.TOLD,
    *devices.TOLD,
    *kubelet.TOLD,
    *ownership.TOLD,
    file_systems.MISMATCHED,
    kubelet.IN_PROGRESS_TOLD,
    *_FAILED,
)
"""In the order in which their texts are looked for."""

_BY_CODE = by_code(TOLD)
_PATTERNS = patterns_of(TOLD)
_REASONS = tuple(dict.fromkeys(reason for one in TOLD for reason in one.reasons))
_TRIED = {reason: best_first(one for one in _PATTERNS if reason in one.reasons) for reason in _REASONS}
_SAYS_LITTLE = {FAILED.code: 1, kubelet.IN_PROGRESS.code: 2}
"""What is told only if nothing better is known: refused repetitions hide the error that came before them."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for the failure that the node's kubelet reported since the pod has been there."""
    since = waiting_since(pod)
    if ctx.older_than(since, ctx.thresholds.container_creating_s):
        yield from _told(pod, ctx, since, _REASONS)


def find_later(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for a pod that has run before and whose volumes do not come back, after a restart of its node for one."""
    since = not_ready_since(pod)
    if pod.phase == "Running" and ctx.older_than(since, ctx.thresholds.container_creating_s):
        yield from _told(pod, ctx, latest((since, changed(pod))), MOUNT_REASONS)


def _told(pod: Pod, ctx: Context, since: datetime | None, reasons: tuple[str, ...]) -> Iterator[Finding]:
    readings: list[Reading] = []
    for event in events(ctx, pod, reasons, since):
        text = message(event)
        found = match_text(text, _TRIED[event.reason])
        if found is not None and found[1] == servers.EFS.code and not _is_efs(pod, ctx, text):
            found = match_text(text, [one for one in _TRIED[event.reason] if one.code != servers.EFS.code])
        if found is not None:
            readings.append(Reading(event, *found))
    if readings:
        yield _finding(pod, ctx, since, _most_telling(readings))


def _is_efs(pod: Pod, ctx: Context, text: str) -> bool:
    """Whether a text that other drivers write as well is about a volume of EFS, as far as its driver is known."""
    failed = _STEP.search(text)
    if failed is None or _EFS.search(text):
        return True
    driver = step_of(pod, ctx, failed, text, failed["volume"]).driver
    return not driver or "efs" in driver


def _most_telling(readings: list[Reading]) -> Reading:
    """Of what was said lately, latest first, the latest that says the most."""
    last = readings[0].event.last_seen
    lately = [one for one in readings if last is None or (one.event.last_seen or last) >= last - _LATELY]
    return min(lately, key=lambda one: _SAYS_LITTLE.get(one.code, 0))


def _finding(pod: Pod, ctx: Context, since: datetime | None, reading: Reading) -> Finding:
    told, text = _BY_CODE[reading.code], message(reading.event)
    failed = _STEP.search(text)
    volume = failed["volume"] if failed else reading.match.groupdict().get("volume") or ""
    step = step_of(pod, ctx, reading.match, text[failed.end() :] if failed else text, volume)
    code = grpc_code(text) if reading.code == FAILED.code else ""
    dead = "" if ctx.unknown(Kind.NODE) else dead_words(pod.node_name, node(pod.node_name, ctx))
    return told.state.finding(
        pod,
        told.named(told.title, step) + (f": {code}" if code else ""),
        joined(
            _begin(step, reading.event, failed["step"] if failed else ""),
            told.particulars(step),
            f"The kubelet says: {quoted(without_rpc(step.text))}",
            told.hint(step),
            dead,
        ),
        since,
        certainty=Certainty.CONFIRMED if told.is_confirmed(step) else Certainty.INFERRED,
        next_step=told.named(told.next_step, step),
        evidence=(evidence(pod, "node_name"), said(reading.event)),
        victims=(step.one.claim.key,) if step.one is not None else (),
        causes=told.causes(step) or (of_node(step) if dead else ()),
        shared=told.shared(step) or dead,
    )


def _begin(step: Step, event: Event, name: str) -> str:
    """What was tried, how often and when."""
    often = f" {event.count} times" if event.count > 1 else ""
    begun = f", first at {moment(event.first_seen)}" if event.count > 1 and event.first_seen is not None else ""
    last = f", last at {moment(event.last_seen)}" if event.last_seen is not None else ""
    claim = f" of claim {step.one.claim.name}" if step.one is not None else ""
    if not name:
        return f"Node {step.pod.node_name} has reported it{often}{begun}{last}, and the pod waits for it."
    return (
        f"{name} of volume {step.volume_name}{claim} has failed on node {step.pod.node_name}{often}{begun}{last}, and "
        "the pod waits for it."
    )


RULE = Rule(
    CREATING_CONTAINERS,
    tuple(dict.fromkeys(one.state for one in TOLD)),
    find,
    heard=(
        Heard(Kind.POD, _REASONS),
        Heard(Kind.PERSISTENT_VOLUME, ("FailedMountOnFilesystemMismatch",)),
        Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("ProvisioningFailed",)),
    ),
    patterns=(*_PATTERNS, *secrets.CLAIM_PATTERNS, *file_systems.VOLUME_PATTERNS),
)
RULE_LATER = Rule(RUNNING_BADLY, (), find_later, heard=(Heard(Kind.POD, MOUNT_REASONS),))
