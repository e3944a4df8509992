"""The driver cannot attach a volume to the pod's node."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.event_text import events, grpc_code, message, said, without_rpc
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, waiting_since
from storagetui.diagnosis.pod_volumes import attachment_here, bound_volumes
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, moment, quoted
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

REFUSED = State(
    code="attach-error",
    title="The driver cannot attach the volume",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "ControllerPublishVolume came back with an error. The text stands in the VolumeAttachment, where it does not "
        "expire as the event does."
    ),
    remedies=(
        "Read the attachment's error",
        "Read the log of the driver's controller",
        "Look at the volume in the storage behind the driver",
    ),
    links=(
        "https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/",
        "https://kubernetes-csi.github.io/docs/troubleshooting.html",
    ),
)

_ATTACH_FAILED = re.compile(r'AttachVolume\.Attach failed for volume "(?P<volume>[^"]+)"\s*: (?P<why>.+)', re.DOTALL)
"""kubernetes: pkg/volume/util/operationexecutor/operation_generator.go."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for attachments to the pod's node with an error; from events where attachments cannot be read."""
    since = waiting_since(pod)
    if not ctx.older_than(since, ctx.thresholds.container_creating_s):
        return
    if ctx.unknown(Kind.VOLUME_ATTACHMENT) or ctx.unknown(Kind.PERSISTENT_VOLUME):
        yield from _from_events(pod, ctx)
        return
    for one in bound_volumes(pod, ctx):
        attachment = attachment_here(pod, one, ctx)
        if attachment is None or attachment.is_attached or not attachment.attach_error:
            continue
        last = f" (last at {moment(attachment.attach_error_time)})" if attachment.attach_error_time else ""
        yield REFUSED.finding(
            pod,
            _title(attachment.attacher, attachment.attach_error),
            f"{attachment.attacher} fails to attach volume {one.volume.name} of claim {one.claim.name} to node "
            f"{pod.node_name}, and the pod waits for it. It says{last}: {quoted(without_rpc(attachment.attach_error))}",
            since,
            next_step=f"Read the log of {attachment.attacher}'s controller, and look at the volume behind "
            f"{one.volume.name} ({one.volume.volume_handle}).",
            evidence=(evidence(attachment, "attach_error"), evidence(attachment, "is_attached", "false")),
            victims=(one.claim.key,),
        )


def _title(driver: str, error: str) -> str:
    code = grpc_code(error)
    return f"{driver} cannot attach the volume" + (f": {code}" if code else "")


def _from_events(pod: Pod, ctx: Context) -> Iterator[Finding]:
    for event in events(ctx, pod, ("FailedAttachVolume",)):
        match = _ATTACH_FAILED.search(message(event))
        if match is None:
            continue
        blind = ctx.unknown(Kind.VOLUME_ATTACHMENT) or ctx.unknown(Kind.PERSISTENT_VOLUME)
        yield REFUSED.finding(
            pod,
            f"Volume {match['volume']} cannot be attached",
            joined(
                f"The controller fails to attach volume {match['volume']} to node {pod.node_name}. It says: "
                f"{quoted(without_rpc(match['why']))}",
                cannot_tell("whether that is still so", blind),
            ),
            waiting_since(pod),
            certainty=Certainty.INFERRED,
            next_step="Read the log of the driver's controller.",
            evidence=(evidence(pod, "node_name"), said(event)),
            victims=pod.claim_keys,
        )
        return


PATTERNS = (Pattern(REFUSED.code, Kind.POD, ("FailedAttachVolume",), _ATTACH_FAILED, is_catch_all=True),)

RULE = Rule(
    CREATING_CONTAINERS,
    (REFUSED,),
    find,
    heard=(Heard(Kind.POD, ("FailedAttachVolume",)),),
    patterns=PATTERNS,
)
