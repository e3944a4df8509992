"""The state of an object in a word or two; the reasons are the diagnosis's to tell."""

from collections.abc import Sequence

from storagetui.cluster.relations import PODS_OF_CLAIM
from storagetui.frame import Frame
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import condition
from storagetui.model.claims import BOUND, LOST, PENDING, PersistentVolumeClaim
from storagetui.model.classes import WAIT_FOR_FIRST_CONSUMER, StorageClass
from storagetui.model.keys import Kind
from storagetui.model.nodes import OUT_OF_SERVICE, Node
from storagetui.model.pods import Pod
from storagetui.model.volumes import AVAILABLE, FAILED, RELEASED, PersistentVolume
from storagetui.view.column import NONE, UNKNOWN, Cell, Tone
from storagetui.view.knowledge import is_known
from storagetui.view.pod_status import pod_status
from storagetui.view.text import clean
from storagetui.view.worst import tone_of

TERMINATING = "Terminating"
_INFEASIBLE = ("ControllerResizeInfeasible", "NodeResizeInfeasible")


def is_growing(claim: PersistentVolumeClaim) -> bool:
    """Whether a bound claim asks for, or is being given, more than it has."""
    if claim.phase != BOUND or claim.capacity is None:
        return False
    wanted = (claim.requested, claim.allocated)
    return bool(claim.allocated_status) or any(size is not None and size > claim.capacity for size in wanted)


def waits_for_first_pod(claim: PersistentVolumeClaim, frame: Frame) -> bool:
    """Whether the claim's class delays binding and no pod uses the claim, as far as is known."""
    if claim.phase not in (PENDING, "") or claim.volume_name or claim.selected_node:
        return False
    storage_class = frame.cluster.get(StorageClass, "", claim.storage_class) if claim.storage_class else None
    if storage_class is None or storage_class.volume_binding_mode != WAIT_FOR_FIRST_CONSUMER:
        return False
    return not frame.cluster.keys_of(PODS_OF_CLAIM, claim.key) and is_known(frame, Kind.POD, claim.namespace)


def claim_state(claim: PersistentVolumeClaim, frame: Frame) -> Cell:
    """`Bound`, `Bound, growing`, `Pending`, `waits for first pod`, `Lost`, `Terminating`."""
    tone = tone_of(frame, claim.key)
    if claim.deletion_timestamp is not None:
        return Cell(TERMINATING, tone_of(frame, claim.key, Tone.WARN))
    if claim.phase == LOST:
        return Cell(LOST, Tone.ERROR)
    if waits_for_first_pod(claim, frame):
        return Cell("waits for first pod", tone_of(frame, claim.key, Tone.DIM))
    if claim.phase == PENDING:
        return Cell(PENDING, tone_of(frame, claim.key, Tone.NOTE))
    if claim.phase != BOUND:
        return Cell(clean(claim.phase) or UNKNOWN, tone_of(frame, claim.key, Tone.NOTE))
    if claim.allocated_status in _INFEASIBLE:
        return Cell("Bound, cannot grow", tone_of(frame, claim.key, Tone.WARN))
    if is_growing(claim):
        return Cell("Bound, growing", tone_of(frame, claim.key, Tone.NOTE))
    return Cell(BOUND, tone)


def volume_state(volume: PersistentVolume, frame: Frame) -> Cell:
    """`Bound`, `Available`, `Available, reserved`, `Released`, `Failed`, `Terminating`."""
    if volume.deletion_timestamp is not None:
        return Cell(TERMINATING, tone_of(frame, volume.key, Tone.WARN))
    if volume.phase == FAILED:
        return Cell(FAILED, Tone.ERROR)
    if volume.phase == RELEASED:
        return Cell(RELEASED, tone_of(frame, volume.key, Tone.NOTE))
    if volume.phase == AVAILABLE and volume.claim_name:
        return Cell("Available, reserved", tone_of(frame, volume.key))
    return Cell(clean(volume.phase) or UNKNOWN, tone_of(frame, volume.key))


def attachment_state(attachment: VolumeAttachment, frame: Frame) -> Cell:
    """`attached`, `attaching`, `detaching`, and `attach error` or `detach error` once the driver refused."""
    if attachment.deletion_timestamp is not None:
        if attachment.detach_error:
            return Cell("✖ detach error", Tone.ERROR)
        return Cell("detaching", tone_of(frame, attachment.key, Tone.NOTE))
    if attachment.is_attached:
        return Cell("attached", tone_of(frame, attachment.key))
    if attachment.attach_error:
        return Cell("✖ attach error", Tone.ERROR)
    return Cell("attaching", tone_of(frame, attachment.key, Tone.NOTE))


_STARTING = ("Pending", "ContainerCreating", "PodInitializing", "Unknown", "SchedulingGated")
_WELL = ("Running", "Completed", "Succeeded")


def pod_state(pod: Pod, frame: Frame) -> Cell:
    """The pod's status as kubectl prints it."""
    word = pod_status(pod).word
    if word in _WELL:
        tone = Tone.PLAIN
    elif word == TERMINATING:
        tone = Tone.WARN
    else:
        tone = Tone.NOTE if word in _STARTING or word.startswith("Init:") else Tone.ERROR
    return Cell(clean(word) or UNKNOWN, tone_of(frame, pod.key, tone))


def attached_to(attachments: Sequence[VolumeAttachment], frame: Frame) -> Cell:
    """The nodes of attachments, each with what is not as it should be: `worker-a`, `✖ worker-b attaching`."""
    cells = [_attached_to(one, frame) for one in attachments]
    tones = (Tone.ERROR, Tone.WARN, Tone.NOTE, Tone.PLAIN)
    worst = min((cell.tone for cell in cells), key=lambda tone: tones.index(tone) if tone in tones else len(tones))
    return Cell(", ".join(cell.text for cell in cells), worst)


def _attached_to(attachment: VolumeAttachment, frame: Frame) -> Cell:
    node = node_cell(attachment.node_name, frame)
    state = attachment_state(attachment, frame)
    is_bad = Tone.ERROR in (node.tone, state.tone)
    name = f"✖ {clean(attachment.node_name)}" if is_bad else node.text
    words = "" if state.text == "attached" else f" {state.text.removeprefix('✖ ')}"
    return Cell(name + words, Tone.ERROR if is_bad else state.tone)


def node_trouble(node: Node) -> str:
    """What keeps the node from serving its pods, in words; empty when nothing does.

    Ready=Unknown means that its kubelet has stopped reporting (kubernetes.io/docs/reference/node/node-status).
    """
    words = []
    if node.deletion_timestamp is not None:
        words.append("deleting")
    ready = condition(node.conditions, "Ready")
    if ready is None or ready.status == "Unknown":
        words.append("not reporting")
    elif ready.status != "True":
        words.append("NotReady")
    if any(taint.key == OUT_OF_SERVICE for taint in node.taints):
        words.append("out of service")
    return ", ".join(words)


def node_cell(name: str, frame: Frame) -> Cell:
    """The name of a node, with `✖` before one that cannot serve its pods."""
    if not name:
        return Cell(NONE, Tone.DIM)
    node = frame.cluster.get(Node, "", name)
    is_bad = bool(node_trouble(node)) if node is not None else is_known(frame, Kind.NODE)
    return Cell(f"✖ {clean(name)}", Tone.ERROR) if is_bad else Cell(clean(name))


def node_state(name: str, frame: Frame) -> Cell:
    """`Ready`, or what is wrong with the node of that name; `gone` for one that no longer exists."""
    if not name:
        return Cell(NONE, Tone.DIM)
    node = frame.cluster.get(Node, "", name)
    if node is None:
        return Cell("✖ gone", Tone.ERROR) if is_known(frame, Kind.NODE) else Cell(UNKNOWN, Tone.NOTE)
    trouble = node_trouble(node)
    if trouble:
        return Cell(f"✖ {trouble}", Tone.ERROR)
    return Cell("Ready, cordoned", Tone.NOTE) if node.is_unschedulable else Cell("Ready")
