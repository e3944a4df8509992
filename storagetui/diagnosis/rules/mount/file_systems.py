"""The device is there, and what is on it cannot be mounted."""

import re

from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.rule import Pattern, State
from storagetui.diagnosis.told import Step, Told, node_system
from storagetui.diagnosis.words import joined
from storagetui.model.keys import Kind

_VOLUMES = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/"

DAMAGED = State(
    code="mount-fsck",
    title="File system is damaged",
    severity=Severity.CRITICAL,
    certainty=Certainty.INFERRED,
    meaning=(
        "The check before mounting found errors that it does not mend by itself. It happens after a crash, after a pod "
        "was deleted by force, or when two nodes had the volume mounted at once. Nothing is lost yet by waiting; a "
        "repair may lose what it cannot join."
    ),
    remedies=(
        "Take a snapshot of the volume, and wait until it is ready to use, before anything else",
        "Repair the file system from a pod or a host that has the volume as a raw device while nothing mounts it",
        "Restore a snapshot or a backup into a new claim, and let the workload use that",
    ),
    links=("https://kubernetes.io/docs/tasks/run-application/force-delete-stateful-set-pod/",),
)
MISMATCH = State(
    code="mount-fs-mismatch",
    title="Wrong or unreadable file system on the device",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The device holds another file system than the volume's fsType, a partition table, or an XFS file system whose "
        "UUID is mounted already (a clone beside its source); or a mount option of the class is not one that this file "
        "system knows."
    ),
    remedies=(
        "Take a snapshot of the volume before anything is tried on it",
        "Look at the volume's fsType and mount options",
        "Make a new volume object with the right fsType for the same handle",
    ),
    links=(_VOLUMES,),
)
UNFORMATTED = State(
    code="mount-format-failed",
    title="Device could not be formatted, or is empty and read-only",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The program that makes the file system is missing on the node, the disk answers with I/O errors, or a volume "
        "that is used read-only was never filled. A device that has a file system is never formatted."
    ),
    remedies=(
        "Read the log of the driver's node plugin on that node",
        "Look at the volume in the storage behind the driver",
        "Let a pod that may write use a new volume first",
    ),
    links=(_VOLUMES,),
)
KERNEL = State(
    code="mount-kernel-feature",
    title="The node's kernel does not know the file system or a feature of it",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The file system, an RBD image or a kernel module that the volume needs has features newer than the kernel of "
        "this node, or the kernel was built without them. Typical of a volume formatted on a newer node, of node pools "
        "with different systems, and of minimal systems. The data are whole; another node may mount them."
    ),
    remedies=(
        "Run the pod on a node whose kernel knows it, for instance where it ran before",
        "Load the kernel module on the node, or install the package that has it",
        "Upgrade the nodes' system; or make new volumes without the feature",
    ),
    links=(
        "https://kubernetes.io/docs/reference/node/kernel-version-requirements/",
        "https://docs.ceph.com/en/latest/rbd/rbd-config-ref/#image-features",
    ),
)

_NREXT64 = "0x20 is nrext64, which mkfs.xfs sets since 6.5 and kernels mount since 5.19."
_RBD = "Image features that the node's kernel lacks must be turned off, or the mounter be rbd-nbd."
_KERNELS_OWN = r"xfs|btrfs|ext[234]|f2fs|zfs|erofs|bcachefs|ocfs2|gfs2|overlay|squashfs"


def _file_system(step: Step) -> str:
    """What the volume says of its file system."""
    if step.one is None:
        return ""
    volume = step.one.volume
    made = f"Volume {volume.name} is to hold {volume.file_system}." if volume.file_system else ""
    options = f"Its mount options are {', '.join(volume.mount_options)}." if volume.mount_options else ""
    return joined(made, options)


def _kernel(step: Step) -> str:
    newest = "" if "incompatible features (0x20)" not in step.match.string else _NREXT64
    image = _RBD if step.one is not None and "rbd" in step.one.volume.driver else ""
    return joined(node_system(step), _file_system(step), newest, image)


TOLD = (
    Told(
        state=DAMAGED,
        regexes=(
            re.compile(
                r"'(?:fsck|xfs_repair)' found errors on device (?P<device>\S+) but could not correct them: (?P<why>.+)",
                re.DOTALL,
            ),
            re.compile(r"(?i)structure needs cleaning|can't read superblock|bad message"),
        ),
        title="File system of volume {volume} is damaged",
        next_step="Take a snapshot of claim {claim} first; then repair the file system while no pod mounts it, or "
        "restore.",
        particulars=_file_system,
    ),
    Told(
        state=UNFORMATTED,
        topic=Topic.MOUNT,
        regexes=(
            re.compile(r"format of disk (?P<disk>\S+) failed: type:(?!.*apparently in use)", re.DOTALL),
            re.compile(r"cannot mount unformatted disk (?P<disk>\S+) as we are manipulating it in read-only mode"),
            re.compile(r"failed to get disk format of disk (?P<disk>\S+): (?P<why>.+)"),
        ),
        title="Node {node} cannot make a file system on volume {volume}",
        next_step="Read the log of {driver}'s node plugin on {node}, and look for I/O errors of the disk there.",
        particulars=_file_system,
    ),
    Told(
        state=KERNEL,
        regexes=(
            re.compile(rf"unknown filesystem type '(?P<fs>{_KERNELS_OWN})'"),
            re.compile(r"(?i)unknown (?:read-only compatible|incompatible|compatible|ro-compat|incompat) features?"),
            re.compile(r"(?i)unsupported (?:optional )?features|feature set mismatch|unsupported filesystem feature"),
            re.compile(r"modprobe: \S+: Module (?P<module>\S+) not found"),
            re.compile(r"mount(?:\(2\) system call failed| error\(19\)): No such device"),
        ),
        title="Kernel of node {node} cannot mount volume {volume}",
        next_step="Let the pod run on a node with a kernel that knows it, or bring {node} up to date.",
        particulars=_kernel,
    ),
)
"""Known before the mount helpers are blamed."""

MISMATCHED = Told(
    state=MISMATCH,
    regexes=(re.compile(r"wrong fs type, bad option, bad superblock|Filesystem has duplicate UUID"),),
    title="Volume {volume} does not hold the file system that is asked for",
    next_step="Look at what is on the device of {volume} before anything is changed: `blkid` on node {node} says it.",
    particulars=_file_system,
)
"""The kernel's text for many things, which comes with others' as well."""

VOLUME_PATTERNS = (
    Pattern(
        MISMATCH.code,
        Kind.PERSISTENT_VOLUME,
        ("FailedMountOnFilesystemMismatch",),
        re.compile(r"MountVolume failed"),
    ),
)
"""Written of volumes that are not of a CSI driver; their pods are told the same."""
