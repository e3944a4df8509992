"""A pod has a node, its containers do not begin, and no particular rule says why."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.event_text import events
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.moments import latest
from storagetui.diagnosis.plugins import controller_words, node_plugin_words
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, waiting_since
from storagetui.diagnosis.pod_volumes import Bound, attachment_here, bound_volumes, dead_words, node
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, since, things
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod

SILENT = State(
    code="attach-silent-timeout",
    title="Volumes do not come up and no event says so",
    severity=Severity.MEDIUM,
    certainty=Certainty.INFERRED,
    meaning=(
        "Since 1.28 the kubelet no longer reports its two-minute timeout as an event, so that the objects have to be "
        "followed: without an attachment the attach controller is to be asked; an attachment that is not attached "
        "means the driver's attacher; an attached volume that is not mounted means the node plugin or the kubelet. "
        "Before 1.29 a long pull of an image looks the same."
    ),
    remedies=(
        "Read every attachment of the volume",
        "Look at the driver's node plugin on that node",
        "Look at the node",
    ),
    links=(
        "https://kubernetes-csi.github.io/docs/troubleshooting.html",
        "https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/",
    ),
)
_BLIND_FACTOR = 5
"""How much longer is waited where a pull of images looks the same and nobody tells them apart."""
_MOUNTED = ("FailedCreatePodSandBox", "Pulling", "Failed")
"""Reasons of events that the kubelet writes only once a pod's volumes are mounted; there are more, which follow."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield what is known of each volume when containers have not begun, and nothing has moved, for too long."""
    if not pod.claim_keys:
        return
    begun = waiting_since(pod)
    here = [(one, attachment_here(pod, one, ctx)) for one in bound_volumes(pod, ctx)]
    moved = latest((begun, *(found.creation_timestamp for _, found in here if found is not None)))
    limit_s = ctx.thresholds.container_creating_s * (_BLIND_FACTOR if _may_be_pulling(pod, here, ctx) else 1)
    if any(events(ctx, pod, _MOUNTED, begun)) or not ctx.older_than(moved, limit_s):
        return
    blind = [ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM), ctx.unknown(Kind.PERSISTENT_VOLUME)]
    if not here or not all(_needs_none(one, ctx) for one, _ in here):
        blind.append(ctx.unknown(Kind.VOLUME_ATTACHMENT))
    dead = "" if ctx.unknown(Kind.NODE) else dead_words(pod.node_name, node(pod.node_name, ctx))
    sandbox = [one for one in pod.conditions if one.type == "PodReadyToStartContainers"]
    yield SILENT.finding(
        pod,
        f"Pod does not start on node {pod.node_name}",
        joined(
            f"The pod has been on node {pod.node_name}{since(begun)} and no container has begun.",
            dead,
            *(_volume(one, attachment, ctx) for one, attachment in here),
            cannot_tell("how far its volumes are", *blind),
            cannot_tell("whether its kubelet complains", ctx.unknown_events()),
            _mounts(pod, here, ctx),
            _owner(pod, here, ctx),
            "" if dead else _driver(pod, here, ctx),
            "" if sandbox else "This server does not tell mounting from pulling images.",
        ),
        begun,
        next_step=_step(pod, dead, here, ctx),
        evidence=(
            evidence(pod, "node_name"),
            *(Evidence(pod.key, "status.conditions", f"{one.type}={one.status}") for one in sandbox),
            *(evidence(found, "is_attached", str(found.is_attached).lower()) for _, found in here if found is not None),
        ),
        victims=pod.claim_keys,
        causes=_causes(pod, dead, here),
        shared=dead,
    )


Here = list[tuple[Bound, VolumeAttachment | None]]
"""A pod's volumes, each with its attachment to the pod's node."""


def _may_be_pulling(pod: Pod, here: Here, ctx: Context) -> bool:
    """Whether the pod may be pulling images for all that can be told: its volumes are there, and nobody tells more."""
    if any(one.type == "PodReadyToStartContainers" for one in pod.conditions) or not ctx.unknown_events():
        return False
    return bool(here) and all(found is not None and found.is_attached for _, found in here)


def _causes(pod: Pod, dead: str, here: Here) -> tuple[Key, ...]:
    """The node that does not answer, or the driver whose attacher has taken the attachment up and says nothing."""
    if dead:
        return (Key(Kind.NODE, "", pod.node_name),)
    return tuple(found.key for _, found in here if found is not None and found.deletion_timestamp is not None)


def _driver(pod: Pod, here: Here, ctx: Context) -> str:
    """How the part of the driver is whose turn it is: its attacher, or its node plugin where all is attached."""
    free = [one for one, _ in here if _needs_none(one, ctx)]
    if free and len(free) == len(here):
        return node_plugin_words(free[0].volume.driver, pod.node_name, ctx)
    if not here or ctx.unknown(Kind.VOLUME_ATTACHMENT):
        return ""
    waits = [one for one, found in here if found is not None and not found.is_attached]
    if waits:
        return controller_words(waits[0].volume.driver, "attacher", ctx)
    driver = here[0][0].volume.driver
    is_attached = all(found is not None for _, found in here)
    return node_plugin_words(driver, pod.node_name, ctx) if driver and is_attached else ""


def _mounts(pod: Pod, here: Here, ctx: Context) -> str:
    """Whether the node says that it has the volumes in use, which it does before it mounts them."""
    found = node(pod.node_name, ctx)
    if found is None:
        return ""
    unique = {one.volume.name: f"kubernetes.io/csi/{one.volume.driver}^{one.volume.volume_handle}" for one, _ in here}
    seen = [name for name, full in unique.items() if full in found.volumes_in_use]
    return f"The node's kubelet works on {things('volume', seen)}." if seen else ""


def _owner(pod: Pod, here: Here, ctx: Context) -> str:
    """That the kubelet may be at the files of what is attached: before 1.33 nothing else tells so."""
    is_there = any(_needs_none(one, ctx) or (found is not None and found.is_attached) for one, found in here)
    if pod.fs_group is None or pod.fs_group_change_policy == "OnRootMismatch" or not is_there:
        return ""
    return (
        f"The pod asks for fsGroup {pod.fs_group}: at every mount the kubelet may set the group of each file first, "
        "which takes long where there are many."
    )


def _volume(one: Bound, attachment: VolumeAttachment | None, ctx: Context) -> str:
    name, driver = one.volume.name, one.volume.driver
    if _needs_none(one, ctx):
        return f"Volume {name} needs no attachment; the node has not finished mounting it."
    if ctx.unknown(Kind.VOLUME_ATTACHMENT) or not driver:
        return ""
    if attachment is not None and attachment.is_attached:
        return f"Volume {name} is attached; the node has not finished mounting it."
    if attachment is not None:
        return (
            f"Volume {name} has an attachment to the node{since(attachment.creation_timestamp)} that is not attached."
        )
    return f"Volume {name} has no attachment to the node: the attach controller has not asked for one."


def _needs_none(one: Bound, ctx: Context) -> bool:
    """Whether the volume's driver is known to attach nothing."""
    declared = ctx.cluster.get(CSIDriver, "", one.volume.driver) if one.volume.driver else None
    return declared is not None and declared.attach_required is False


def _step(pod: Pod, dead: str, here: Here, ctx: Context) -> str:
    if dead:
        return f"Look at node {pod.node_name}."
    waits = next((one for one, found in here if found is not None and not found.is_attached), None)
    if waits is not None:
        return f"Look at the controller of {waits.volume.driver} and its attacher."
    asked = [one for one, found in here if found is None and one.volume.driver and not _needs_none(one, ctx)]
    if asked and not ctx.unknown(Kind.VOLUME_ATTACHMENT):
        return f"Look at the log of kube-controller-manager for {asked[0].volume.name}: it asks for attachments."
    return f"Look at the driver's node plugin on {pod.node_name} and its log."


PATTERNS = (
    Pattern(
        SILENT.code,
        Kind.POD,
        ("FailedMount",),
        re.compile(r"Unable to mount volumes for pod\b.*timeout expired waiting for volumes to attach"),
    ),
    Pattern(
        SILENT.code,
        Kind.POD,
        ("FailedMount",),
        re.compile(
            r"Unable to attach or mount volumes: unmounted volumes=\[(?P<volumes>[^\]]*)\].*: "
            r"timed out waiting for the condition"
        ),
    ),
)

RULE = Rule(
    CREATING_CONTAINERS,
    (SILENT,),
    find,
    heard=(Heard(Kind.POD, ("FailedMount", *_MOUNTED)),),
    patterns=PATTERNS,
)
