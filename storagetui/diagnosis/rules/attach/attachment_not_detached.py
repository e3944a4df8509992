"""An attachment is to go, and does not."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.attachment_states import ATTACHMENT, timed
from storagetui.diagnosis.event_text import grpc_code, without_rpc
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.plugins import controller_words
from storagetui.diagnosis.pod_states import is_waiting
from storagetui.diagnosis.pod_volumes import node_words
from storagetui.diagnosis.rule import Context, Pattern, Rule, State
from storagetui.diagnosis.slots import users_of
from storagetui.diagnosis.words import joined, moment, quoted, since, things, verb
from storagetui.model.attachments import ATTACHER_FINALIZER, VolumeAttachment
from storagetui.model.keys import Key, Kind

STUCK = State(
    code="va-detach-stuck",
    title="Driver fails to detach",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "ControllerUnpublishVolume keeps failing, and the attacher's finalizer stays. Errors of detaching never become "
        "events: the attachment is the only sign. A pod elsewhere that needs the volume waits."
    ),
    remedies=(
        "Read the attachment's error, and the log of the driver's controller",
        "Look at the volume in the storage behind the driver",
    ),
    links=(
        "https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/",
        "https://kubernetes-csi.github.io/docs/troubleshooting.html",
    ),
)
UNANSWERED = State(
    code="va-terminating-no-attacher",
    title="Attachment to be removed, but no attacher runs",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The controller asked for the detach, and nobody answers: the driver's controller does not run, or the driver "
        "was uninstalled before its volumes."
    ),
    remedies=(
        "Look at the driver's controller pods and the log of their attacher",
        "Restart the driver's controller, or install the driver again",
        "Remove the attacher's finalizer from an attachment that can never be worked on, once the disk is detached",
    ),
    links=(
        "https://github.com/kubernetes-csi/external-attacher",
        "https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/",
    ),
)
_PATIENCE_S = 180.0
"""Detaching takes a minute at some providers."""


def find(attachment: VolumeAttachment, ctx: Context) -> Iterator[Finding]:
    """Yield for an attachment that is to go, with an error or with nobody at work on it."""
    gone_since = attachment.deletion_timestamp
    if gone_since is None:
        return
    driver, name = attachment.attacher, attachment.volume_name or attachment.name
    start = (
        f"Volume {name} is to be detached from node {attachment.node_name}{since(gone_since)}, and is still "
        f"{'attached' if attachment.is_attached else 'not released'}."
    )
    waiting = _waiting(attachment, ctx)
    pods = f"{things('Pod', waiting)} {verb(len(waiting), 'waits', 'wait')} for it." if waiting else ""
    facts = (timed(attachment, "deletion_timestamp"), evidence(attachment, "is_attached", _flag(attachment)))
    if attachment.detach_error:
        at = attachment.detach_error_time
        code = grpc_code(attachment.detach_error)
        yield STUCK.finding(
            attachment,
            f"{driver} cannot detach volume {name} from node {attachment.node_name}" + (f": {code}" if code else ""),
            joined(
                start,
                f"{driver} says{f' (last at {moment(at)})' if at is not None else ''}: "
                f"{quoted(without_rpc(attachment.detach_error))}",
                node_words(attachment.node_name, ctx),
                pods,
            ),
            gone_since,
            next_step=f"Read the log of {driver}'s controller, and look at {name} in the storage behind it.",
            evidence=(*facts, evidence(attachment, "detach_error")),
            victims=_keys(attachment, ctx),
        )
    elif _is_held(attachment) and ctx.older_than(gone_since, _PATIENCE_S):
        seen = controller_words(driver, "attacher", ctx)
        yield UNANSWERED.finding(
            attachment,
            f"Nobody detaches volume {name}: no attacher of {driver} answers",
            joined(start, f"No attacher of {driver} has said anything about it.", seen, pods),
            gone_since,
            next_step=f"Look at the controller pods of {driver} and the log of their attacher.",
            evidence=(*facts, evidence(attachment, "finalizers", ", ".join(attachment.finalizers))),
            victims=_keys(attachment, ctx),
            causes=(Key(Kind.CSI_DRIVER, "", driver),),
            shared=f"No attacher of {driver} answers. {seen}",
        )


def _flag(attachment: VolumeAttachment) -> str:
    return str(attachment.is_attached).lower()


def _is_held(attachment: VolumeAttachment) -> bool:
    return any(one.startswith(ATTACHER_FINALIZER) for one in attachment.finalizers)


def _keys(attachment: VolumeAttachment, ctx: Context) -> tuple[Key, ...]:
    return tuple(pod.key for pod in users_of(attachment.volume_name, ctx) if is_waiting(pod))


def _waiting(attachment: VolumeAttachment, ctx: Context) -> list[str]:
    return [key.name for key in _keys(attachment, ctx)]


RULE = Rule(
    ATTACHMENT,
    (STUCK, UNANSWERED),
    find,
    patterns=(Pattern(STUCK.code, Kind.VOLUME_ATTACHMENT, (), re.compile(r".+"), is_catch_all=True),),
)
