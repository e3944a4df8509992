"""An attachment to the pod's node is there, and nothing comes of it."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.attachment_states import timed
from storagetui.diagnosis.event_text import first_match, message, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.plugins import controller_words
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, waiting_since
from storagetui.diagnosis.pod_volumes import Bound, attachment_here, bound_volumes
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.mount.kubelet import NOT_VISIBLE_PATTERNS
from storagetui.diagnosis.words import cannot_tell, joined, quoted, since
from storagetui.model.attachments import ATTACHER_FINALIZER, VolumeAttachment
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod

GOING = State(
    code="attach-va-being-deleted",
    title="Attach collides with a detach of the same volume",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The pod came back to the same node while its old attachment is still going away; a new one is made once it is "
        "gone. That passes by itself unless the detach is stuck."
    ),
    remedies=("Wait", "Look at the attachment: does its detach fail"),
    links=("https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/",),
)
UNANSWERED = State(
    code="attach-timeout-no-attacher",
    title="Nobody answers attach requests",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The attachment exists, but no external-attacher of that driver has taken it up: its first act would be to add "
        "its finalizer. The driver's controller does not run, it is not the leader, or the driver's name is wrong."
    ),
    remedies=("Look at the driver's controller pods and the log of their attacher", "Restart the driver's controller"),
    links=("https://github.com/kubernetes-csi/external-attacher",),
)
_PATIENCE_S = 120.0
"""The controller gives up a try after two minutes (csi_attacher.go, waits twice a minute and again)."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for attachments to the pod's node that are being deleted, or that nobody has touched."""
    if not ctx.older_than(waiting_since(pod), ctx.thresholds.container_creating_s):
        return
    needed = (Kind.VOLUME_ATTACHMENT, Kind.PERSISTENT_VOLUME, Kind.PERSISTENT_VOLUME_CLAIM)
    if any(map(ctx.unknown, needed)):
        yield from _from_events(pod, ctx)
        return
    for one in bound_volumes(pod, ctx):
        attachment = attachment_here(pod, one, ctx)
        if attachment is None:
            continue
        if attachment.deletion_timestamp is not None:
            yield _going(pod, one, attachment)
        elif (
            _is_untouched(attachment)
            and ctx.older_than(attachment.creation_timestamp, _PATIENCE_S)
            and first_match(ctx, pod, NOT_VISIBLE_PATTERNS, waiting_since(pod)) is None
        ):
            yield _unanswered(pod, one, attachment, ctx)


def _is_untouched(attachment: VolumeAttachment) -> bool:
    """Whether the attacher has done nothing, not even what it begins with."""
    return not (
        attachment.is_attached
        or attachment.attach_error
        or any(one.startswith(ATTACHER_FINALIZER) for one in attachment.finalizers)
    )


def _going(pod: Pod, one: Bound, attachment: VolumeAttachment) -> Finding:
    error = attachment.detach_error
    return GOING.finding(
        pod,
        f"Volume {one.volume.name} is still being detached from node {pod.node_name}",
        joined(
            f"The pod is on node {pod.node_name}, from which volume {one.volume.name} of claim {one.claim.name} is "
            f"being detached{since(attachment.deletion_timestamp)}. It is attached anew once that has ended.",
            f"{attachment.attacher} fails to detach it. It says: {quoted(error)}" if error else "",
        ),
        waiting_since(pod),
        next_step=f"Look at attachment {attachment.name}: its finding says what holds it."
        if error
        else "Wait; if it lasts, look at the driver's controller.",
        evidence=(
            timed(attachment, "deletion_timestamp"),
            evidence(attachment, "is_attached", str(attachment.is_attached).lower()),
        ),
        victims=(one.claim.key,),
        causes=(attachment.key,),
    )


def _unanswered(pod: Pod, one: Bound, attachment: VolumeAttachment, ctx: Context) -> Finding:
    driver = attachment.attacher
    seen = controller_words(driver, "attacher", ctx)
    return UNANSWERED.finding(
        pod,
        f"Nobody attaches volume {one.volume.name}: no attacher of {driver} answers",
        joined(
            f"Attachment {attachment.name} asks for volume {one.volume.name} of claim {one.claim.name} on node "
            f"{pod.node_name}{since(attachment.creation_timestamp)}. No attacher of {driver} has taken it up: it has "
            "no finalizer, no result and no error.",
            seen,
        ),
        waiting_since(pod),
        next_step=f"Look at the controller pods of {driver} and the log of their attacher.",
        evidence=(
            evidence(attachment, "finalizers", ", ".join(attachment.finalizers) or "(none)"),
            evidence(attachment, "is_attached", "false"),
            timed(attachment, "creation_timestamp"),
        ),
        victims=(one.claim.key,),
        causes=(Key(Kind.CSI_DRIVER, "", driver),),
        shared=f"No attacher of {driver} answers. {seen}",
    )


def _from_events(pod: Pod, ctx: Context) -> Iterator[Finding]:
    told = first_match(ctx, pod, PATTERNS, waiting_since(pod))
    if told is None:
        return
    state = UNANSWERED if told.code == UNANSWERED.code else GOING
    driver = told.match.groupdict().get("driver") or ""
    blind = ctx.unknown(Kind.VOLUME_ATTACHMENT) or ctx.unknown(Kind.PERSISTENT_VOLUME)
    yield state.finding(
        pod,
        f"No attacher of {driver} answers" if driver else f"Volume is still being detached from node {pod.node_name}",
        joined(
            f"The controller says: {quoted(message(told.event))}",
            controller_words(driver, "attacher", ctx) if driver else "",
            cannot_tell("whether that is still so", blind),
        ),
        waiting_since(pod),
        certainty=Certainty.INFERRED,
        next_step=f"Look at the controller pods of {driver}." if driver else "Wait; if it lasts, look at the detach.",
        evidence=(evidence(pod, "node_name"), said(told.event)),
        victims=pod.claim_keys,
        causes=(Key(Kind.CSI_DRIVER, "", driver),) if driver else (),
    )


PATTERNS = (
    Pattern(
        UNANSWERED.code,
        Kind.POD,
        ("FailedAttachVolume",),
        re.compile(
            r"timed out waiting for external-attacher of (?P<driver>\S+) CSI driver to (?P<op>attach|detach) "
            r"volume (?P<handle>\S+)"
        ),
    ),
    Pattern(
        GOING.code, Kind.POD, ("FailedAttachVolume",), re.compile(r"volume attachment (?:is being|has been) deleted")
    ),
)
"""kubernetes: pkg/volume/csi/csi_attacher.go."""

RULE = Rule(
    CREATING_CONTAINERS,
    (GOING, UNANSWERED),
    find,
    heard=(Heard(Kind.POD, ("FailedAttachVolume",)),),
    patterns=PATTERNS,
)
