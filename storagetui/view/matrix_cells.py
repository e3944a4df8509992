"""The cells of one claim in a matrix: its state, size, volume, zone and where it is attached."""

from typing import NamedTuple

from storagetui.cluster.chains import attachments_of, volume_of
from storagetui.cluster.relations import PODS_OF_CLAIM
from storagetui.frame import Frame
from storagetui.model.claims import PENDING, PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from storagetui.model.workloads import ClaimTemplate
from storagetui.view.column import NONE, UNKNOWN, Cell, Tone
from storagetui.view.format import size
from storagetui.view.knowledge import is_known, name_or_unknown, nothing, plain
from storagetui.view.matrix_column import MatrixColumn
from storagetui.view.states import attached_to, claim_state, is_growing, waits_for_first_pod
from storagetui.view.text import clean

_ONE_NODE = frozenset(("ReadWriteOnce", "ReadWriteOncePod"))


class ClaimCells(NamedTuple):
    """The cells of one claim, and the objects behind them."""

    cells: tuple[Cell, ...]
    keys: tuple[Key | None, ...]


def claim_columns(template: str) -> list[MatrixColumn]:
    """The columns of one template; the first of them says whose they are."""
    return [
        MatrixColumn(id=f"{template}.state", title=f"CLAIM {template}", width=19, minimum=18, priority=2),
        MatrixColumn(id=f"{template}.size", title="SIZE", width=12, minimum=7, priority=5, is_right=True),
        MatrixColumn(id=f"{template}.volume", title="VOLUME", width=18, minimum=10, priority=8),
        MatrixColumn(id=f"{template}.zone", title="ZONE", width=10, minimum=8, priority=7),
        MatrixColumn(id=f"{template}.attached", title="ATTACHED", width=16, minimum=10, priority=3),
    ]


def claim_cells(
    frame: Frame,
    claim: PersistentVolumeClaim | None,
    template: ClaimTemplate | None,
    pod: Pod | None,
    *,
    namespace: str,
    is_wanted: bool,
) -> ClaimCells:
    """The cells of the claim of an ordinal of a set in a namespace, in the order of `claim_columns`."""
    if claim is None:
        return ClaimCells((_missing(frame, namespace, template, is_wanted), *[Cell(NONE, Tone.DIM)] * 4), (None,) * 5)
    volume = volume_of(frame.cluster, claim)
    volume_key = volume.key if volume is not None else None
    attachments = attachments_of(frame.cluster, claim.volume_name) if claim.volume_name else []
    cells = (
        _state(frame, claim, is_wanted),
        claim_size(claim),
        name_or_unknown(volume, claim.volume_name, frame, Kind.PERSISTENT_VOLUME),
        plain(", ".join(volume.zones)) if volume is not None else Cell(NONE, Tone.DIM),
        attached_cell(frame, claim, pod),
    )
    attachment_key = attachments[0].key if attachments else None
    return ClaimCells(cells, (claim.key, claim.key, volume_key, volume_key, attachment_key))


def claim_size(claim: PersistentVolumeClaim) -> Cell:
    """`200Gi`; `50Gi→100Gi` while it has less than it asks for; `10Gi asked` before it has anything."""
    asked, has = claim.requested, claim.capacity
    if has is None:
        return Cell(f"{size(asked)} asked", Tone.DIM) if asked is not None else Cell(NONE, Tone.DIM)
    if asked is not None and is_growing(claim) and has < asked:
        return Cell(f"{size(has)}→{size(asked)}", Tone.NOTE)
    return Cell(size(has))


def attached_cell(frame: Frame, claim: PersistentVolumeClaim, pod: Pod | None) -> Cell:
    """The nodes that the volume is attached to; `✖` where it is held by another node than the pod's.

    Only a volume that one node may have at a time can be held; a shared one is attached wherever it is used.
    """
    found = attachments_of(frame.cluster, claim.volume_name) if claim.volume_name else []
    if not found:
        return nothing(frame, Kind.VOLUME_ATTACHMENT)
    cell = attached_to(found, frame)
    if pod is None or not pod.node_name or not _ONE_NODE.issuperset(claim.modes):
        return cell
    if not any(one.node_name != pod.node_name and (one.is_attached or one.deletion_timestamp) for one in found):
        return cell
    return Cell(cell.text if cell.text.startswith("✖") else f"✖ {cell.text}", Tone.ERROR)


def _state(frame: Frame, claim: PersistentVolumeClaim, is_wanted: bool) -> Cell:
    state = claim_state(claim, frame)
    if is_wanted:
        return state
    if waits_for_first_pod(claim, frame):
        state = Cell(PENDING, state.tone)
    users = frame.cluster.keys_of(PODS_OF_CLAIM, claim.key)
    if users:
        return Cell(f"{state.text}, used by {clean(next(iter(users)).name)}", state.tone)
    if not is_known(frame, Kind.POD, claim.namespace):
        return Cell(f"{state.text}, left behind {UNKNOWN}", state.tone)
    return Cell(f"{state.text}, left behind", state.tone if state.tone is not Tone.PLAIN else Tone.NOTE)


def _missing(frame: Frame, namespace: str, template: ClaimTemplate | None, is_wanted: bool) -> Cell:
    if not is_known(frame, Kind.PERSISTENT_VOLUME_CLAIM, namespace):
        return Cell(UNKNOWN, Tone.NOTE)
    if not is_wanted or template is None:
        return Cell(NONE, Tone.DIM)
    return Cell("no claim", Tone.NOTE)
