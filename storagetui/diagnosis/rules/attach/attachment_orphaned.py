"""An attachment whose volume object or node is gone."""

import re
from collections.abc import Iterator

from storagetui.cluster.relations import ATTACHMENTS_OF_VOLUME
from storagetui.diagnosis.attachment_states import ATTACHMENT, timed
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.moments import earliest
from storagetui.diagnosis.pod_states import is_waiting
from storagetui.diagnosis.rule import Context, Pattern, Rule, State
from storagetui.diagnosis.rules.attach.volume_held_by_other_node import OVERDUE_S
from storagetui.diagnosis.slots import users_of, users_there
from storagetui.diagnosis.words import cannot_tell, joined, listed, quoted, since, things, verb
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.keys import Key, Kind
from storagetui.model.nodes import Node
from storagetui.model.volumes import PersistentVolume

VOLUME_GONE = State(
    code="va-orphaned-pv-missing",
    title="Attachment whose volume object is gone",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The attacher reads the volume object to make the call that detaches; without it the attachment never ends. It "
        "comes of a volume whose finalizers were removed by force. Removing the attachment's finalizer detaches "
        "nothing at the provider."
    ),
    remedies=(
        "Look at the provider whether the disk is still attached, and detach it there first",
        "Make the volume object again with the same name and handle, so that the detach runs",
        "Remove the attacher's finalizer, once the disk is certainly detached",
    ),
    links=("https://github.com/kubernetes-csi/external-attacher/issues/235",),
)
NODE_GONE = State(
    code="va-orphaned-node-missing",
    title="Attachment of a node that is gone",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The controller detaches from a node that is gone after six minutes, and the attacher uses the id of the node "
        "that it noted in the attachment. If it stays, the provider believes that the disk is still there, or the note "
        "is missing."
    ),
    remedies=(
        "Wait six minutes from the moment at which the node went",
        "Look at the provider whether the machine exists and has the disk",
        "Delete the attachment, so that the attacher detaches, once the machine is certainly gone",
    ),
    links=("https://github.com/kubernetes-csi/external-attacher/issues/215",),
)
_SOON_S = 60.0
"""Objects that belong together do not arrive, or go, at the same moment."""
_NOT_FOUND = re.compile(r'persistentvolumes? "(?P<volume>[^"]+)" not found')
"""github.com/kubernetes-csi/external-attacher, pkg/controller/csi_handler.go."""


def find_volume_gone(attachment: VolumeAttachment, ctx: Context) -> Iterator[Finding]:
    """Yield for an attachment that names a volume which does not exist."""
    name = attachment.volume_name
    if not name or ctx.cluster.get(PersistentVolume, "", name) is not None:
        return
    blind = ctx.unknown(Kind.PERSISTENT_VOLUME)
    if blind and not _NOT_FOUND.search(attachment.detach_error):
        return
    begun = attachment.deletion_timestamp or attachment.creation_timestamp
    if not ctx.older_than(begun, _SOON_S):
        return
    error = attachment.detach_error or attachment.attach_error
    going = attachment.deletion_timestamp is not None
    yield VOLUME_GONE.finding(
        attachment,
        f"Volume {name} of attachment {attachment.name} no longer exists",
        joined(
            f"The attachment holds volume {name} on node {attachment.node_name}, and there is no such volume."
            if not blind
            else f"The attachment holds volume {name} on node {attachment.node_name}, and by the driver's word "
            "there is no such volume.",
            f"It is to be detached{since(attachment.deletion_timestamp)}." if going else "",
            "It cannot be detached without the volume object, which alone held the handle of the disk.",
            f"{attachment.attacher} says: {quoted(error)}" if error else "",
            cannot_tell("whether the volume exists now", blind),
        ),
        attachment.deletion_timestamp,
        certainty=Certainty.INFERRED if blind else Certainty.CONFIRMED,
        next_step=f"Look at the provider whether the disk is still attached to {attachment.node_name}.",
        evidence=(
            evidence(attachment, "volume_name"),
            timed(attachment, "deletion_timestamp"),
            *((evidence(attachment, "detach_error"),) if attachment.detach_error else ()),
        ),
        causes=(Key(Kind.PERSISTENT_VOLUME, "", name),),
    )


def find_node_gone(attachment: VolumeAttachment, ctx: Context) -> Iterator[Finding]:
    """Yield for an attachment to a node that does not exist."""
    name = attachment.node_name
    if not name or ctx.cluster.get(Node, "", name) is not None or ctx.unknown(Kind.NODE):
        return
    begun = earliest((attachment.deletion_timestamp, attachment.creation_timestamp))
    if attachment.detach_error or not ctx.older_than(begun, _SOON_S):
        return
    if attachment.deletion_timestamp is None and _is_waited_for(attachment, ctx):
        return
    users = [] if ctx.unknown_elsewhere(Kind.POD) else users_there(attachment, ctx)
    others = [
        one.node_name
        for one in ctx.cluster.related(VolumeAttachment, ATTACHMENTS_OF_VOLUME, attachment.volume_name)
        if one.key != attachment.key
    ]
    names = [pod.name for pod in users]
    yield NODE_GONE.finding(
        attachment,
        f"Volume {attachment.volume_name or attachment.name} is attached to node {name}, which no longer exists",
        joined(
            f"The attachment holds volume {attachment.volume_name}{since(attachment.creation_timestamp)} on node "
            f"{name}, which does not exist.",
            f"It is to be detached{since(attachment.deletion_timestamp)}."
            if attachment.deletion_timestamp is not None
            else "The controller detaches it by force six minutes after the node and its pods were gone.",
            "" if attachment.has_node_id else "It lacks the note of the node's id, which the attacher needs for that.",
            f"{things('Pod', names)} {verb(len(names), 'is', 'are')} still bound to that node." if names else "",
            f"It has an attachment to {listed(others)} as well." if others else "",
            cannot_tell("whether pods use it there", ctx.unknown_elsewhere(Kind.POD)),
        ),
        attachment.deletion_timestamp,
        next_step="Wait six minutes; if it stays, look at the provider whether the machine and the disk's attachment "
        "exist.",
        evidence=(evidence(attachment, "node_name"), timed(attachment, "deletion_timestamp")),
        victims=tuple(pod.key for pod in users),
        causes=(Key(Kind.NODE, "", name),),
        shared=f"Node {name} no longer exists, and volumes are still attached to it.",
    )


def _is_waited_for(attachment: VolumeAttachment, ctx: Context) -> bool:
    """Whether pods wait for the controller to detach it, whose findings tell so, and that is not overdue yet."""
    waiting = [pod for pod in users_of(attachment.volume_name, ctx) if is_waiting(pod)]
    return bool(waiting) and not any(ctx.older_than(pod.creation_timestamp, OVERDUE_S) for pod in waiting)


VOLUME_RULE = Rule(
    ATTACHMENT,
    (VOLUME_GONE,),
    find_volume_gone,
    patterns=(Pattern(VOLUME_GONE.code, Kind.VOLUME_ATTACHMENT, (), _NOT_FOUND),),
)
NODE_RULE = Rule(ATTACHMENT, (NODE_GONE,), find_node_gone)
