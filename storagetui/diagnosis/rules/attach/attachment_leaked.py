"""An attachment that no pod needs and that nobody removes."""

from collections.abc import Iterator
from hashlib import sha256

from storagetui.diagnosis.attachment_states import ATTACHMENT, timed
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import is_waiting
from storagetui.diagnosis.rule import Context, Rule, State
from storagetui.diagnosis.slots import slots, users_of, users_there
from storagetui.diagnosis.words import joined, moment, since
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.keys import Kind
from storagetui.model.nodes import Node
from storagetui.model.volumes import PersistentVolume

LEAKED = State(
    code="va-leaked",
    title="Attachment that no pod needs",
    severity=Severity.LOW,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The attach/detach controller removes the attachments that it knows of; those that it did not make itself it "
        "reads only at its own start. One that stays was made by hand or by a tool after that. It takes a place on the "
        "node, and its volume cannot be deleted."
    ),
    remedies=(
        "Find out who made the attachment",
        "Delete the attachment, so that the attacher detaches, once nothing on the node uses the disk",
    ),
    links=(
        "https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/",
        "https://kubernetes.io/docs/concepts/storage/storage-limits/",
    ),
)
_STRANGE = "Its name is not one that the attach/detach controller gives, so that the controller does not know it"
_PATIENCE_S = 300.0
"""The controller works on what it knows within seconds; a pod that is on its way needs a minute."""


def find(attachment: VolumeAttachment, ctx: Context) -> Iterator[Finding]:
    """Yield for an attached volume that no pod on its node uses and that the controller does not know as attached."""
    if attachment.deletion_timestamp is not None or not attachment.is_attached or not attachment.volume_name:
        return
    volume = ctx.cluster.get(PersistentVolume, "", attachment.volume_name)
    node = ctx.cluster.get(Node, "", attachment.node_name)
    if volume is None or node is None or not node.is_ready or users_there(attachment, ctx):
        return
    if any(map(is_waiting, users_of(volume.name, ctx))):
        return  # the finding of the pod that waits elsewhere tells more
    unique = f"kubernetes.io/csi/{attachment.attacher}^{volume.volume_handle}"
    is_own = attachment.name == _name(volume.volume_handle, attachment.attacher, attachment.node_name)
    if unique in node.volumes_in_use or (is_own and any(one.name == unique for one in node.volumes_attached)):
        return
    needed = (Kind.PERSISTENT_VOLUME, Kind.NODE)
    if any(map(ctx.unknown, needed)) or ctx.unknown_elsewhere(Kind.POD):
        return
    if not ctx.older_than(attachment.creation_timestamp, _PATIENCE_S):
        return
    known = slots(node.name, attachment.attacher, ctx) if not ctx.unknown(Kind.CSI_NODE) else None
    full = (
        f"It takes one of the {known.limit} places that {node.name} has for {attachment.attacher}."
        if known is not None and known.limit is not None
        else f"It takes a place on {node.name}."
    )
    going = f"Volume {volume.name} is to be deleted{since(volume.deletion_timestamp)}, and waits for it."
    yield LEAKED.finding(
        attachment,
        f"Volume {volume.name} is attached to node {node.name}, and no pod there uses it",
        joined(
            f"The attachment was made at {moment(attachment.creation_timestamp)}."
            if attachment.creation_timestamp is not None
            else "",
            f"No pod on {node.name} uses volume {volume.name}, and the node does not have it in use.",
            "" if is_own else f"{_STRANGE}.",
            full,
            going if volume.deletion_timestamp is not None else "",
        ),
        None,
        next_step=f"Find out who made attachment {attachment.name}; delete it if nothing on {node.name} uses the disk.",
        evidence=(
            timed(attachment, "creation_timestamp"),
            evidence(attachment, "is_attached", "true"),
            Evidence(node.key, "status.volumesInUse", "(does not have it)"),
        ),
        victims=(volume.key,) if volume.deletion_timestamp is not None else (),
    )


def _name(handle: str, driver: str, node: str) -> str:
    """The name that the controller gives an attachment (kubernetes: pkg/volume/csi/csi_attacher.go)."""
    return f"csi-{sha256(f'{handle}{driver}{node}'.encode()).hexdigest()}"


RULE = Rule(ATTACHMENT, (LEAKED,), find)
