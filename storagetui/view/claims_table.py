"""Claims as rows."""

from datetime import datetime

from storagetui.cluster.chains import attachments_of, pods_of, sets_of_claim, volume_of
from storagetui.cluster.relations import PODS_OF_CLAIM
from storagetui.frame import Frame
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.nodes import Node
from storagetui.view.column import NONE, UNKNOWN, Cell, Column, Table, Tone
from storagetui.view.format import access_modes, number, size
from storagetui.view.knowledge import is_known, name_or_unknown, nothing, plain
from storagetui.view.metadata_columns import age_column, name_column, namespace_column
from storagetui.view.states import claim_state, is_growing, node_cell
from storagetui.view.text import clean
from storagetui.view.touched import claims_touched
from storagetui.view.worst import severity_rank


def used_by(claim: PersistentVolumeClaim, frame: Frame) -> Cell:
    """The pod that uses the claim, or how many do; `?` while pods are not known."""
    keys = frame.cluster.keys_of(PODS_OF_CLAIM, claim.key)
    if not keys:
        return nothing(frame, Kind.POD, namespace=claim.namespace)
    more = "" if is_known(frame, Kind.POD, claim.namespace) else f" +{UNKNOWN}"
    text = clean(next(iter(keys)).name) if len(keys) == 1 else f"{number(len(keys))} pods"
    return Cell(text + more)


def set_and_ordinal(claim: PersistentVolumeClaim, frame: Frame) -> Cell:
    """`postgres #1` for the claim of a set's ordinal, by its exact name."""
    found = next(sets_of_claim(frame.cluster, claim), None)
    if found is None:
        return nothing(frame, Kind.STATEFUL_SET, namespace=claim.namespace)
    owner, _, ordinal = found
    if ordinal not in owner.ordinals:
        return Cell(f"{clean(owner.name)} #{ordinal} left behind", Tone.NOTE)
    return Cell(f"{clean(owner.name)} #{ordinal}")


def nodes(claim: PersistentVolumeClaim, frame: Frame) -> Cell:
    """The nodes of the claim's pods, and `on NODE` for one that the volume is attached to without such a pod."""
    of_pods = list(dict.fromkeys(pod.node_name for pod in pods_of(frame.cluster, claim.key) if pod.node_name))
    attached = [one.node_name for one in attachments_of(frame.cluster, claim.volume_name)] if claim.volume_name else []
    elsewhere = [name for name in attached if name not in of_pods]
    cells = [node_cell(name, frame) for name in (*of_pods, *elsewhere)]
    if not cells:
        return nothing(frame, Kind.POD, Kind.VOLUME_ATTACHMENT, namespace=claim.namespace)
    words = [
        cell.text if name in of_pods else f"on {cell.text}"
        for name, cell in zip((*of_pods, *elsewhere), cells, strict=True)
    ]
    if any(cell.tone is Tone.ERROR for cell in cells):
        return Cell(" ".join(words), Tone.ERROR)
    return Cell(" ".join(words), Tone.WARN if of_pods and elsewhere else Tone.PLAIN)


def zone(claim: PersistentVolumeClaim, frame: Frame) -> Cell:
    """The zones from which the volume can be reached, or those of the node that it is being made for."""
    volume = volume_of(frame.cluster, claim)
    if volume is not None:
        return plain(", ".join(volume.zones))
    if claim.volume_name:
        return nothing(frame, Kind.PERSISTENT_VOLUME)
    node = frame.cluster.get(Node, "", claim.selected_node) if claim.selected_node else None
    return plain(node.zone if node is not None else "", Tone.DIM)


def _state(claim: PersistentVolumeClaim, frame: Frame, _now: datetime) -> Cell:
    return claim_state(claim, frame)


def _has(claim: PersistentVolumeClaim, _frame: Frame, _now: datetime) -> Cell:
    if claim.capacity is None:
        return Cell(NONE, Tone.DIM)
    return Cell(size(claim.capacity), Tone.NOTE if is_growing(claim) else Tone.PLAIN)


def _class(claim: PersistentVolumeClaim, _frame: Frame, _now: datetime) -> Cell:
    if claim.storage_class:
        return Cell(clean(claim.storage_class))
    return Cell("no class" if claim.class_is_named else "default", Tone.DIM)


def _modes(claim: PersistentVolumeClaim, _frame: Frame, _now: datetime) -> Cell:
    block = " block" if claim.volume_mode == "Block" else ""
    return Cell(clean(access_modes(claim.modes)) + block)


def _volume(claim: PersistentVolumeClaim, frame: Frame, _now: datetime) -> Cell:
    return name_or_unknown(volume_of(frame.cluster, claim), claim.volume_name, frame, Kind.PERSISTENT_VOLUME)


def _bytes(claim: PersistentVolumeClaim, _frame: Frame) -> int:
    return claim.requested.nanos if claim.requested is not None else -1


CLAIMS: Table[PersistentVolumeClaim] = Table(
    id="claims",
    title="Claims",
    noun="claims",
    record=PersistentVolumeClaim,
    default_sort="ns",
    sources=(
        Kind.PERSISTENT_VOLUME_CLAIM,
        Kind.PERSISTENT_VOLUME,
        Kind.POD,
        Kind.VOLUME_ATTACHMENT,
        Kind.STATEFUL_SET,
        Kind.STORAGE_CLASS,
        Kind.NODE,
    ),
    touched=claims_touched,
    columns=(
        namespace_column(),
        name_column(),
        Column(
            id="state",
            title="STATE",
            width=19,
            minimum=19,
            priority=1,
            cell=_state,
            sort=lambda claim, frame: (severity_rank(frame, claim.key), claim_state(claim, frame).text),
        ),
        Column(
            id="asked",
            title="ASKED",
            width=8,
            minimum=6,
            priority=5,
            cell=lambda claim, _frame, _now: Cell(size(claim.requested)),
            sort=_bytes,
            is_right=True,
        ),
        Column(
            id="has",
            title="HAS",
            width=8,
            minimum=6,
            priority=4,
            cell=_has,
            sort=lambda claim, _frame: claim.capacity.nanos if claim.capacity is not None else -1,
            is_right=True,
        ),
        Column(
            id="class",
            title="CLASS",
            width=14,
            minimum=8,
            priority=7,
            cell=_class,
            sort=lambda claim, _frame: claim.storage_class,
        ),
        Column(
            id="used",
            title="USED BY",
            width=20,
            minimum=12,
            priority=3,
            cell=lambda claim, frame, _now: used_by(claim, frame),
            sort=lambda claim, frame: len(frame.cluster.keys_of(PODS_OF_CLAIM, claim.key)),
        ),
        Column(
            id="node",
            title="NODE",
            width=16,
            minimum=9,
            priority=8,
            cell=lambda claim, frame, _now: nodes(claim, frame),
            sort=lambda claim, frame: nodes(claim, frame).text,
        ),
        Column(
            id="set",
            title="SET",
            width=16,
            minimum=10,
            priority=9,
            cell=lambda claim, frame, _now: set_and_ordinal(claim, frame),
            sort=lambda claim, frame: [
                (owner.name, ordinal) for owner, _, ordinal in sets_of_claim(frame.cluster, claim)
            ],
            is_wide=True,
        ),
        Column(
            id="volume",
            title="VOLUME",
            width=24,
            minimum=12,
            priority=11,
            cell=_volume,
            sort=lambda claim, _frame: claim.volume_name,
            is_wide=True,
        ),
        Column(
            id="zone",
            title="ZONE",
            width=12,
            minimum=6,
            priority=10,
            cell=lambda claim, frame, _now: zone(claim, frame),
            sort=lambda claim, frame: zone(claim, frame).text,
            is_wide=True,
        ),
        Column(
            id="modes",
            title="MODES",
            width=9,
            minimum=5,
            priority=12,
            cell=_modes,
            sort=lambda claim, _frame: access_modes(claim.modes),
            is_wide=True,
        ),
        age_column(),
    ),
)
