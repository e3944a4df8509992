"""What the attach side says when it does not attach a volume, told apart by its words."""

import re

from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.pod_volumes import attachments, node
from storagetui.diagnosis.rule import State
from storagetui.diagnosis.slots import slot_words
from storagetui.diagnosis.told import ATTACH_REASONS, Step, Told, of_driver, of_node
from storagetui.diagnosis.topology import place
from storagetui.diagnosis.words import cannot_tell, joined, listed, since
from storagetui.model.keys import Key, Kind

_ATTACHMENT = "https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/"

LIMIT = State(
    code="attach-limit-exceeded",
    title="Node takes no more volumes although the scheduler thought so",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The limit in the CSINode is out of date: other disks, network interfaces or attachments that were left behind "
        "take places that the driver did not count. With Kubernetes 1.35 and a driver that renews its limit the "
        "kubelet rejects such pods instead of letting them wait."
    ),
    remedies=(
        "Compare the node's attachments with the pods that use them",
        "Cordon the node and delete the pod gracefully, so that it is placed elsewhere",
        "Restart the driver's node plugin on that node, so that it counts anew",
        "Let the driver reserve places for disks it does not manage",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/storage/storage-limits/",
        "https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/4876-mutable-csinode-allocatable",
    ),
)
IN_USE = State(
    code="attach-cloud-in-use",
    title="Provider says the disk is attached elsewhere",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The provider has the disk attached somewhere that this cluster has no attachment for: somebody removed the "
        "attachment by hand, another cluster uses the disk, or a recovery is under way."
    ),
    remedies=(
        "Look at the provider to which machine the disk is attached",
        "Make certain that nothing writes to it there, then detach it there",
    ),
    links=(
        "https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/faq.md",
        "https://github.com/kubernetes-sigs/gcp-compute-persistent-disk-csi-driver",
        "https://github.com/kubernetes-sigs/azuredisk-csi-driver/blob/master/docs/csi-debug.md",
    ),
)
MISSING = State(
    code="attach-backend-volume-missing",
    title="The storage system has no such volume",
    severity=Severity.CRITICAL,
    certainty=Certainty.INFERRED,
    meaning=(
        "The volume object and the storage disagree: the disk was deleted behind the cluster's back, the handle is "
        "wrong, or the driver looks in another account, project or region."
    ),
    remedies=(
        "Look for the volume in the storage system by its handle, in the account and region of the driver",
        "Restore a snapshot or a backup into a new claim, and let the workload use that",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/volumes/#csi",),
)
ZONE = State(
    code="attach-zone-mismatch",
    title="Disk and node are in different zones",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The scheduler could not know: the volume says nothing of a zone (made by hand or restored), or its class made "
        "it before the pod had a node. A volume's node affinity may be set once when it has none."
    ),
    remedies=(
        "Look at the provider in which zone the disk is",
        "Cordon the node and delete the pod gracefully, so that it runs in the disk's zone",
        "Give the volume its zone as node affinity, if it has none",
        "Use a class that waits for the first consumer",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/storage/storage-classes/#allowed-topologies",
        "https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode",
    ),
)
DENIED = State(
    code="attach-denied",
    title="The cloud refuses to attach for want of rights",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The driver's controller has no right to attach this disk to this machine, or its credentials have expired. "
        "All volumes of the driver may be concerned, or only those of another account, resource group or key."
    ),
    remedies=(
        "Give the identity of the driver's controller the right that the message names",
        "Renew its credentials, and restart the controller where it reads them only at its start",
        "For an encrypted disk give it the right to use the key",
    ),
    links=(
        "https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/install.md",
        "https://kubernetes-csi.github.io/docs/troubleshooting.html",
    ),
)
MARKED = State(
    code="attach-pv-marked-for-deletion",
    title="Volume is being deleted, cannot be attached",
    severity=Severity.CRITICAL,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Somebody deleted the volume object; a finalizer holds it only as long as it is in use, and it is not attached "
        "anew. Once the pod and the claim are gone, the object goes, and with the policy Delete the data."
    ),
    remedies=(
        "Keep a copy of the claim, the volume and the workload before any change",
        "Set the volume's reclaim policy to Retain, so that the data outlive it",
        "Take a snapshot, and wait until it is ready to use",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection",),
)
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
    links=(_ATTACHMENT, "https://kubernetes-csi.github.io/docs/troubleshooting.html"),
)
RESOURCE_EXHAUSTED = 8
"""The code of gRPC."""


def _limit(step: Step) -> str:
    return slot_words(step.pod.node_name, step.driver, step.ctx) if step.driver else ""


def _is_exhausted(step: Step) -> bool:
    if step.one is None:
        return False
    return any(
        one.node_name == step.pod.node_name and one.attach_error_code == RESOURCE_EXHAUSTED
        for one in attachments(step.one, step.ctx)
    )


def _in_use(step: Step) -> str:
    if step.one is None:
        return ""
    if blind := step.ctx.unknown(Kind.VOLUME_ATTACHMENT):
        return cannot_tell("whether the cluster knows of another attachment", blind)
    others = [one.node_name for one in attachments(step.one, step.ctx) if one.node_name != step.pod.node_name]
    if others:
        return f"The cluster has an attachment of it to {listed(others)}."
    return "The cluster has no other attachment of it, so that it does not know the holder."


def _handle(step: Step) -> str:
    if step.one is None:
        return ""
    return f"The volume is {step.one.volume.volume_handle} of {step.driver}." if step.driver else ""


def _zones(step: Step) -> str:
    if step.one is None:
        return ""
    where = place(step.one.volume)
    found = node(step.pod.node_name, step.ctx)
    zone = f"Node {found.name} is in {f'zone {found.zone}' if found.zone else 'no zone'}." if found is not None else ""
    tied = f"is in {where} by its node affinity" if where else "says nothing of a zone, so that any node was allowed"
    return joined(f"Volume {step.one.volume.name} {tied}.", zone)


def _marked(step: Step) -> str:
    if step.one is None:
        return ""
    volume = step.one.volume
    policy = volume.reclaim_policy or "unknown"
    then = "its data are deleted with it" if policy == "Delete" else "its data stay in the storage system"
    return f"Volume {volume.name} is to be deleted{since(volume.deletion_timestamp)}; its policy is {policy}: {then}."


def _is_marked(step: Step) -> bool:
    return step.one is not None and step.one.volume.deletion_timestamp is not None


def _volume(step: Step) -> tuple[Key, ...]:
    return (step.one.volume.key,) if step.one is not None else ()


TOLD = (
    Told(
        state=MARKED,
        regexes=(re.compile(r'PersistentVolume "(?P<volume>[^"]+)" is marked for deletion'),),
        title="Volume {volume} is to be deleted and is not attached any more",
        next_step="Set the reclaim policy of {volume} to Retain before anything else.",
        particulars=_marked,
        causes=_volume,
        is_confirmed=_is_marked,
        reasons=ATTACH_REASONS,
    ),
    Told(
        state=ZONE,
        topic=Topic.TOPOLOGY,
        regexes=(
            re.compile(
                r"InvalidVolume\.ZoneMismatch|is not in the same (?:availability )?zone"
                r"|cannot be attached to the VM because it is not in zone"
            ),
        ),
        title="Volume {volume} is in another zone than node {node}",
        next_step="Let the pod run in the zone of {volume}, and give the volume its zone as node affinity.",
        particulars=_zones,
        reasons=ATTACH_REASONS,
    ),
    Told(
        state=IN_USE,
        topic=Topic.ATTACH,
        regexes=(
            re.compile(
                r"VolumeInUse|is already attached to an instance|RESOURCE_IN_USE_BY_ANOTHER_RESOURCE"
                r"|[Tt]he disk resource '?\S+'? is already being used by"
                r"|disk\(\S+\) already attached to node\((?P<node>[^)]+)\)"
                r"|already owned by VM|is already attached to the node|The resource 'volume' is in use"
                r"|the current status is (?:in-use|attaching)"
            ),
        ),
        title="Volume {volume} is attached to another machine, says the provider",
        next_step="Look at the provider to which machine {volume} is attached.",
        particulars=lambda step: joined(_handle(step), _in_use(step)),
        reasons=ATTACH_REASONS,
    ),
    Told(
        state=MISSING,
        regexes=(
            re.compile(
                r'code = NotFound desc = (?:\[\w+\] )?(?:Volume "?[^"]*"? ?not found|Could not find disk)'
                r"|InvalidVolume\.NotFound|Microsoft\.Compute/disks/\S+ under resource group '[^']+' was not found"
            ),
        ),
        title="The storage system has no volume {volume}",
        next_step="Look for the volume in the storage system by its handle.",
        particulars=_handle,
        reasons=ATTACH_REASONS,
    ),
    Told(
        state=DENIED,
        topic=Topic.RIGHTS,
        regexes=(
            re.compile(
                r"UnauthorizedOperation|AccessDenied|not authorized to perform|AuthorizationFailed|AuthFailure"
                r"|does not have authorization to perform action|Required '(?P<right>[^']+)' permission"
                r"|code = (?:PermissionDenied|Unauthenticated)|StatusCode=403|NoPermission|ExpiredToken"
                r"|Permission to perform this operation was denied|InvalidClientTokenId"
                r"|failed to refresh cached credentials|NoCredentialProviders|could not find default credentials"
            ),
        ),
        title="{driver} has no right to attach volume {volume}",
        common="{driver} has no right to attach volumes",
        causes=of_driver,
        next_step="Give the identity of {driver}'s controller the right that the message names, or renew its "
        "credentials.",
        particulars=_handle,
        reasons=ATTACH_REASONS,
    ),
    Told(
        state=LIMIT,
        topic=Topic.LIMIT,
        regexes=(
            re.compile(
                r"(?i)attachment limit exceeded|AttachmentLimitExceeded|maximum number of data disks allowed"
                r"|maximum number of disks|Exceeded limit 'maximum_persistent_disks'|code = ResourceExhausted"
            ),
        ),
        title="Node {node} takes no more volumes of {driver}",
        next_step="Cordon {node} and delete the pod gracefully, so that it is placed elsewhere.",
        particulars=_limit,
        causes=of_node,
        is_confirmed=_is_exhausted,
        reasons=ATTACH_REASONS,
    ),
)
FAILED = Told(
    state=REFUSED,
    topic=Topic.ATTACH,
    regexes=(re.compile(r'AttachVolume\.Attach failed for volume "(?P<volume>[^"]+)"\s*: (?P<why>.+)', re.DOTALL),),
    title="{driver} cannot attach volume {volume}",
    next_step="Read the log of {driver}'s controller, and look at {volume} in the storage behind it.",
    particulars=_handle,
    is_confirmed=lambda step: step.one is not None,
    reasons=ATTACH_REASONS,
    is_catch_all=True,
)
"""kubernetes: pkg/volume/util/operationexecutor/operation_generator.go."""
