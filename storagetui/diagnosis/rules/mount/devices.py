"""The node does not get at the device or the folder behind a volume."""

import re

from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.pod_volumes import attachments
from storagetui.diagnosis.rule import State
from storagetui.diagnosis.rules.mount.servers import place_of
from storagetui.diagnosis.told import Step, Told
from storagetui.diagnosis.words import joined, listed, moment

_VOLUMES = "https://kubernetes.io/docs/concepts/storage/volumes/"

NOT_FOUND = State(
    code="mount-device-not-found",
    title="Attached, but the node does not see the device",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The provider says that the volume is attached, and the node's kernel shows no disk: the device is named "
        "otherwise, the bus was not scanned again, or the volume is attached to another machine."
    ),
    remedies=(
        "Look at the node's disks, and at the volume's attachment at the provider",
        "Read the log of the driver's node plugin on that node",
        "Move the pod to another node",
    ),
    links=(
        "https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/faq.md",
        "https://github.com/kubernetes-sigs/azuredisk-csi-driver/blob/master/docs/csi-debug.md",
    ),
)
BUSY = State(
    code="mount-device-busy",
    title="Something else holds the device",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "Multipath or LVM of the host took the device, an old mount was left behind, or another node still watches an "
        "RBD image; a dead node that does must be fenced in the storage system before the image is used elsewhere."
    ),
    remedies=(
        "Look at what holds the device on the node: multipath, LVM, a mount that was left behind",
        "Look at the volume's attachments, and at its users in the storage system",
        "Take the volumes' devices out of the host's multipath configuration",
    ),
    links=(
        "https://kubernetes-csi.github.io/docs/troubleshooting.html",
        "https://longhorn.io/kb/troubleshooting-volume-with-multipath/",
    ),
)
ISCSI = State(
    code="mount-iscsi-login",
    title="Login to the iSCSI target fails",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "No portal let the node in: the network, the list of initiators or the CHAP secret, a wrong IQN, a daemon that "
        "does not run, or a kernel module that the node lacks."
    ),
    remedies=(
        "Find out from the node whether the portal answers",
        "Compare the node's initiator name with those that the target lets in",
        "Start iscsid on the node, and load its kernel module",
    ),
    links=(f"{_VOLUMES}#iscsi",),
)
PATH = State(
    code="mount-path-missing",
    title="Local or hostPath directory is not there",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The disk was not mounted on the host after a restart, or the path is mistyped. Without a type a hostPath "
        "makes an empty folder instead, and the pod starts silently without its data."
    ),
    remedies=(
        "Look at the path on the node: is its disk mounted",
        "Mount the disk on the host, and enter it in the host's fstab",
        "Correct the path in the volume or the pod template",
    ),
    links=(f"{_VOLUMES}#local", f"{_VOLUMES}#hostpath"),
)


def _attached(step: Step) -> str:
    """What the cluster believes of the volume's place."""
    if step.one is None:
        return ""
    found = attachments(step.one, step.ctx)
    here = [one for one in found if one.node_name == step.pod.node_name]
    there = [one.node_name for one in found if one.node_name != step.pod.node_name]
    handle = f"Volume {step.one.volume.name} is {step.one.volume.volume_handle} of {step.driver}."
    state = "is attached here" if here and here[0].is_attached else "is not attached here"
    word = f"By its attachment it {state}." if here else ""
    other = f"It has an attachment to {listed(there)} as well." if there else ""
    return joined(handle if step.driver else "", word, other)


def _path(step: Step) -> str:
    if step.one is None:
        return ""
    volume = step.one.volume
    path = volume.local_path or volume.host_path
    return f"Volume {volume.name} is folder or device {path} of the node." if path else ""


def _busy(step: Step) -> str:
    since = step.pod.creation_timestamp
    return joined(_attached(step), f"The pod was made at {moment(since)}." if since is not None else "")


TOLD = (
    Told(
        state=ISCSI,
        topic=Topic.MOUNT,
        regexes=(
            re.compile(r"failed to get any path for iscsi disk|iscsiadm: (?!No such file|.*not found)(?P<why>.+)"),
        ),
        title="Node {node} cannot log in to the iSCSI target of volume {volume}",
        next_step="Find out from {node} whether the target's portal answers and lets this initiator in.",
        particulars=place_of,
    ),
    Told(
        state=BUSY,
        topic=Topic.MOUNT,
        regexes=(
            re.compile(
                r"already mounted or (?:mount point|\S+) busy|is apparently in use by the system"
                r"|[Dd]evice or resource busy|is still being used"
            ),
        ),
        title="Something else holds the device of volume {volume} on node {node}",
        next_step="Look on {node} for who holds the device (multipath, LVM, an old mount), and in the storage system "
        "for other users of {volume}.",
        particulars=_busy,
    ),
    Told(
        state=NOT_FOUND,
        topic=Topic.MOUNT,
        regexes=(
            re.compile(r"Failed to find device path (?P<device>\S+)\.? "),
            re.compile(r"failed to find disk on lun (?P<lun>\S+)\. "),
            re.compile(r"disk: \S+ not attached to vm|failed to find and re-link disk (?P<disk>\S+)"),
            re.compile(r"(?i)unable to find device path for volume"),
        ),
        title="Node {node} does not see the device of volume {volume}",
        next_step="Look at the provider to which machine {volume} is attached, and at the disks that {node} sees.",
        particulars=_attached,
    ),
    Told(
        state=PATH,
        regexes=(
            re.compile(r"special device (?P<path>\S+) does not exist"),
            re.compile(r'path "(?P<path>[^"]+)" does not exist'),
            re.compile(r"hostPath type check failed: (?P<path>\S+) is not (?:a|an) (?P<want>\w+)"),
        ),
        title="Node {node} does not have the folder or device of volume {volume}",
        next_step="Look on {node} whether the disk is mounted where the volume says.",
        particulars=_path,
        is_confirmed=lambda step: step.one is not None and bool(step.one.volume.local_path),
    ),
)
