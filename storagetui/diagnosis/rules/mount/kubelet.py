"""The driver or the kubelet cannot do its part of a mount, whatever the device is like."""

import re

from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.pod_volumes import attachment_here
from storagetui.diagnosis.rule import State
from storagetui.diagnosis.told import Step, Told, node_system, of_node
from storagetui.diagnosis.words import joined, listed, since
from storagetui.model.keys import Kind

_TROUBLES = "https://kubernetes-csi.github.io/docs/troubleshooting.html"

HELPER = State(
    code="mount-helper-missing",
    title="Node lacks the mount helper",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "Volumes that the kubelet mounts itself need the node's own programs (nfs-common, cifs-utils, ceph-common, "
        "open-iscsi). CSI drivers bring theirs along in their image."
    ),
    remedies=(
        "Install the client package on every node that may run such pods",
        "Use a CSI driver that has the program in its image",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/volumes/",),
)
IN_PROGRESS = State(
    code="mount-operation-in-progress",
    title="An earlier call for the same volume is still running",
    severity=Severity.MEDIUM,
    certainty=Certainty.INFERRED,
    meaning=(
        "New attempts are refused while the first call works: a long check of a file system, slow storage, a mount "
        "that hangs in the kernel. The first error, from before, is the real one; of a call that hangs only the log of "
        "the driver's node plugin tells."
    ),
    remedies=(
        "Wait",
        "Read the log of the driver's node plugin on that node",
        "Restart the driver's node plugin on that one node",
    ),
    links=("https://github.com/container-storage-interface/spec/blob/master/spec.md#error-scheme",),
)
NOT_VISIBLE = State(
    code="mount-va-not-visible",
    title="Kubelet cannot use the VolumeAttachment",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The attachment that the kubelet looks for is missing (somebody deleted it), may not be read by this node, or "
        "is no longer attached."
    ),
    remedies=("Look at the attachments of the volume", "Delete the pod, so that its volume is attached anew"),
    links=("https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/",),
)
DISK_FULL = State(
    code="node-disk-full",
    title="The node's own disk is full",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The kubelet cannot make the pod's folder, or write into it: the file system of the node that holds it has no "
        "room or no inodes left. It is not the pod's volume that is full. Every new pod of this node fails alike."
    ),
    remedies=(
        "Look at what fills the node's disk: images, logs, emptyDir volumes, left-behind folders of pods",
        "Cordon the node, so that new pods go elsewhere, and free room there",
        "Give pods limits for ephemeral storage",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/",
        "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#local-ephemeral-storage",
    ),
)
_FOLDERS = r"\S*/(?:kubelet|pods|plugins|containerd|containers|docker|rancher|k0s)(?:/(?!\S*/mount/)\S*)?"


def _attachment(step: Step) -> str:
    """What has become of the attachment that the kubelet looks for."""
    if step.one is None or step.ctx.unknown(Kind.VOLUME_ATTACHMENT):
        return ""
    found = attachment_here(step.pod, step.one, step.ctx)
    if found is None:
        return f"Volume {step.one.volume.name} has no attachment to {step.pod.node_name}."
    if found.deletion_timestamp is not None:
        return f"Attachment {found.name} is to be detached{since(found.deletion_timestamp)}."
    return f"Attachment {found.name} {'is' if found.is_attached else 'is not'} attached."


def _is_not_attached(step: Step) -> bool:
    """Whether the objects say so too."""
    if step.one is None or step.ctx.unknown(Kind.VOLUME_ATTACHMENT):
        return False
    found = attachment_here(step.pod, step.one, step.ctx)
    return found is None or not found.is_attached


def _pressure(step: Step) -> str:
    """Whether the node itself says that its disk is full, and who else waits there."""
    if step.ctx.unknown(Kind.NODE):
        return ""
    found = step.ctx.cluster.find(of_node(step)[0])
    conditions = getattr(found, "conditions", ())
    pressed = [one for one in conditions if one.type == "DiskPressure" and one.status == "True"]
    return f"The node reports DiskPressure{since(pressed[0].last_transition_time)}." if pressed else ""


def _helper(step: Step) -> str:
    named = re.search(r"Mounting arguments: (?:--\S+ )*-t (\S+)", step.match.string)
    # util-linux writes the word <type> itself.
    kind = named[1] if named is not None and step.group("type") == "<type>" else step.group("type")
    wanted = listed(one for one in (kind, step.group("fs")) if one and one != "<type>")
    return joined(f"It would be the one for {wanted}." if wanted else "", node_system(step))


TOLD = (
    Told(
        state=DISK_FULL,
        regexes=(
            re.compile(r"error making pod data directories: (?P<why>.*no space left on device)"),
            re.compile(rf"{_FOLDERS}: no space left on device"),
        ),
        title="Disk of node {node} is full",
        next_step="Look at what fills the disk of {node}, and cordon it until there is room.",
        particulars=_pressure,
        causes=of_node,
        reasons=("Failed", "FailedMount", "FailedCreatePodContainer", "FailedCreatePodSandBox"),
    ),
    Told(
        state=NOT_VISIBLE,
        regexes=(
            re.compile(r"volume (?P<handle>\S+) has GET error for volume attachment (?P<attachment>\S+): (?P<why>.+)"),
            re.compile(r"volume (?P<handle>\S+) is not attached for volume attachment (?P<attachment>\S+)"),
        ),
        title="Kubelet of node {node} cannot use the attachment of volume {volume}",
        next_step="Look at the attachment of {volume}; if it is gone, delete the pod so that the volume is attached "
        "anew.",
        particulars=_attachment,
        is_confirmed=_is_not_attached,
    ),
    Told(
        state=HELPER,
        topic=Topic.MOUNT,
        regexes=(
            re.compile(
                r"you might need a /sbin/mount\.(?P<type>\S+) helper program"
                r"|unknown filesystem type '(?P<fs>[^']+)'|executable file not found in \$PATH"
                r"|iscsiadm: (?:No such file or directory|.*not found)"
            ),
        ),
        title="Node {node} lacks the program that mounts volume {volume}",
        next_step="Install the client package on {node} and its like.",
        particulars=_helper,
    ),
)
IN_PROGRESS_TOLD = Told(
    state=IN_PROGRESS,
    regexes=(
        re.compile(r"code = Aborted desc = [Aa]n operation with the given [Vv]olume"),
        re.compile(r"code = DeadlineExceeded"),
    ),
    title="An earlier call for volume {volume} has not ended on node {node}",
    next_step="Read the log of {driver}'s node plugin on {node} for the first call and what it waits for.",
)
"""The real error comes before it, so that it is told only if none is known."""

NOT_VISIBLE_PATTERNS = next(one for one in TOLD if one.state is NOT_VISIBLE).patterns()
"""How the kubelet says that an attachment which it relied on is not there: it was attached before, then."""
