"""The volumes are mounted, and the containers cannot work with them."""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import NamedTuple

from storagetui.diagnosis.event_text import bare, events, message, said
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import RUNNING_BADLY, not_ready_since
from storagetui.diagnosis.pod_volumes import Bound, bound_volumes
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.mount.servers import DEAD, STALE
from storagetui.diagnosis.words import joined, quoted, since, things
from storagetui.model.base import condition
from storagetui.model.keys import Kind
from storagetui.model.pods import ContainerStatus, Pod

SUBPATH = State(
    code="mount-subpath",
    title="Folder of a subPath cannot be made",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The volume is mounted, but the folder inside it cannot be used: the export is read-only or squashes root, a "
        "file stands in its place, the handle is stale, or a link leads out of the volume."
    ),
    remedies=(
        "Read the pod's events and the kubelet's log for the reason",
        "Make the folder in the volume, or correct subPath in the pod template",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath",),
)
READ_ONLY = State(
    code="mount-readonly-fs",
    title="Volume has become read-only",
    severity=Severity.CRITICAL,
    certainty=Certainty.INFERRED,
    meaning=(
        "The kernel makes a file system read-only after I/O errors: the storage was away for a while, or is damaged. "
        "No field of an object says so; the words of the container or of its probe do, the kernel's log on the node, "
        "or the driver's volume condition."
    ),
    remedies=(
        "Read the kernel's log of the node for I/O errors, and look at the volume in the storage behind the driver",
        "Take a snapshot of the volume, and wait until it is ready to use",
        "Delete the pod, so that the volume is checked and mounted anew",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/volume-health-monitoring/",),
)
_SUBPATH = re.compile(
    r'failed to (?:prepare|create) subPath(?: directory)? for volumeMount "(?P<mount>[^"]+)"'
    r'(?: of container "(?P<container>[^"]+)")?'
)
"""kubernetes: pkg/kubelet/kubelet_pods.go."""
_READ_ONLY = re.compile(r"(?i)read-only file ?system|\bEROFS\b")
_REASONS = ("Failed", "Unhealthy", "FailedPostStartHook", "FailedPreStopHook")
_ONCE_READY = timedelta(seconds=30)
"""How much later than its start a pod that was never Ready became not Ready, at most."""


class Word(NamedTuple):
    """What a container, or a component about it, has to say."""

    text: str
    fact: Evidence
    container: str
    """Empty when it is not known whose it is."""


def words_of(pod: Pod, ctx: Context) -> Iterator[Word]:
    """All that is said of the containers of a pod that is not Ready: their states, then events since."""
    for field in ("init_containers", "containers"):
        for status in getattr(pod, field):
            for text in _texts(status):
                yield Word(bare(text), evidence(pod, field, f"{status.name}: {text}"), status.name)
    for event in events(ctx, pod, _REASONS, not_ready_since(pod)):
        yield Word(message(event), said(event), "")


def _texts(status: ContainerStatus) -> Iterable[str]:
    if status.is_ready:
        return ()
    return filter(None, (status.waiting_message, status.terminated_message, status.last_message))


def was_ready(pod: Pod) -> bool:
    """Whether the pod has been Ready before, as far as its condition tells."""
    ready = condition(pod.conditions, "Ready")
    moment = ready.last_transition_time if ready is not None else None
    return moment is not None and pod.start_time is not None and moment > pod.start_time + _ONCE_READY


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for the first word that tells of a subPath, a dead mount or a volume that became read-only."""
    if not ctx.older_than(not_ready_since(pod), ctx.thresholds.container_creating_s):
        return
    for word in words_of(pod, ctx):
        if match := _SUBPATH.search(word.text):
            yield _subpath(pod, match, word)
            return
        if DEAD.search(word.text) and pod.claim_keys:
            yield _dead(pod, word, ctx)
            return
        if _READ_ONLY.search(word.text) and _may_write(pod, word.container) and was_ready(pod):
            yield _read_only(pod, word, ctx)
            return


def _may_write(pod: Pod, container: str) -> bool:
    """Whether the pod has a claim that it asked to write to, and the container's own root does not explain it."""
    specs = (*pod.init_container_specs, *pod.container_specs)
    if any(one.root_is_read_only for one in specs if container in ("", one.name)):
        return False
    return any((one.claim_name and not one.is_read_only) or one.is_ephemeral for one in pod.volumes)


def _subpath(pod: Pod, match: re.Match[str], word: Word) -> Finding:
    container = match["container"] or word.container
    return SUBPATH.finding(
        pod,
        f"subPath of volume {match['mount']} cannot be made",
        joined(
            f"Volume {match['mount']} is mounted on node {pod.node_name}, but the folder in it that "
            f"{f'container {container}' if container else 'a container'} asks for cannot be made or used, and the "
            "container is not started.",
            f"The kubelet says: {quoted(word.text)}",
            "Its log on the node has the reason.",
        ),
        not_ready_since(pod),
        certainty=Certainty.CONFIRMED if word.container else Certainty.INFERRED,
        next_step=f"Look at what stands in volume {match['mount']} where the subPath is to be, and whether the node "
        "may write there.",
        evidence=(word.fact,),
        victims=pod.claim_keys,
    )


def _dead(pod: Pod, word: Word, ctx: Context) -> Finding:
    volumes = bound_volumes(pod, ctx)
    names = [one.volume.name for one in volumes]
    driver = next((one.volume.driver for one in volumes if one.volume.driver), "")
    behind = f"{driver}'s node plugin on {pod.node_name}" if driver else "the server"
    return STALE.finding(
        pod,
        f"A mount of the pod on node {pod.node_name} is dead",
        joined(
            f"The pod is not Ready{since(not_ready_since(pod))}, and what it says speaks of a mount whose other end is "
            "gone.",
            f"It uses {things('volume', names)}." if names else "",
            f"It says: {quoted(word.text)}",
        ),
        not_ready_since(pod),
        next_step=f"Look whether {behind} was restarted; then delete the pod.",
        evidence=(word.fact,),
        victims=pod.claim_keys,
    )


def _read_only(pod: Pod, word: Word, ctx: Context) -> Finding:
    volumes = [one for one in bound_volumes(pod, ctx) if not _is_read_only(pod, one)]
    names = [one.volume.name for one in volumes]
    return READ_ONLY.finding(
        pod,
        "A volume of the pod has become read-only",
        joined(
            f"The pod was Ready until {_until(pod)}, and asked for no read-only volume; now it is refused to write.",
            f"It has {things('volume', names)} on node {pod.node_name}." if names else "",
            f"It says: {quoted(word.text)}",
            "Which of its file systems is meant stands in no object.",
        ),
        not_ready_since(pod),
        next_step=f"Read the kernel's log of {pod.node_name} for I/O errors of the disk.",
        evidence=(word.fact,),
        victims=pod.claim_keys,
    )


def _until(pod: Pod) -> str:
    return since(not_ready_since(pod)).removeprefix(" since ")


def _is_read_only(pod: Pod, one: Bound) -> bool:
    return any(entry.claim_name == one.claim.name and entry.is_read_only for entry in pod.volumes)


PATTERNS = (
    Pattern(SUBPATH.code, Kind.POD, ("Failed",), _SUBPATH),
    Pattern(SUBPATH.code, Kind.POD, (), _SUBPATH),
    Pattern(STALE.code, Kind.POD, _REASONS, DEAD),
    Pattern(STALE.code, Kind.POD, (), DEAD),
    Pattern(READ_ONLY.code, Kind.POD, _REASONS, _READ_ONLY, needs_objects=True),
)

RULE = Rule(RUNNING_BADLY, (SUBPATH, READ_ONLY), find, heard=(Heard(Kind.POD, _REASONS),), patterns=PATTERNS)
