"""What is said of a whole set, over its matrix."""

from storagetui.cluster.rollout import ordinals_text
from storagetui.frame import Frame
from storagetui.model.workloads import StatefulSet
from storagetui.view.column import Cell, Tone
from storagetui.view.drift import drift
from storagetui.view.format import counted, number, size
from storagetui.view.matrix import Matrix
from storagetui.view.sets_table import left_behind, service_state
from storagetui.view.text import clean


def set_summary(frame: Frame, made: Matrix) -> tuple[Cell, ...]:
    """The set in a line of cells, the most important first."""
    owner = made.owner
    cells = [
        Cell(clean(f"StatefulSet {owner.namespace}/{owner.name}")),
        _replicas(owner),
        *_frontier(made),
        *_templates(made),
        service_state(owner, frame),
        Cell(clean(owner.pod_management_policy) or "OrderedReady", Tone.DIM),
    ]
    left = left_behind(owner, frame)
    if left:
        cells.insert(2, Cell(f"{counted(left, 'claims')} left behind", Tone.NOTE))
    return tuple(cells)


def retention_words(owner: StatefulSet) -> str:
    """What happens to the claims when the set is scaled down or deleted, in a sentence.

    `spec.persistentVolumeClaimRetentionPolicy`, Retain where it says nothing
    (kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention).
    """
    scaled, deleted = (
        "deleted" if policy == "Delete" else "kept"
        for policy in (owner.retention_when_scaled, owner.retention_when_deleted)
    )
    if scaled == deleted:
        return f"Claims are {scaled} when the set is scaled down or deleted."
    return f"Claims are {scaled} when the set is scaled down, and {deleted} when it is deleted."


def _replicas(owner: StatefulSet) -> Cell:
    if owner.deletion_timestamp is not None:
        return Cell("Terminating", Tone.WARN)
    there = owner.ready_replicas or 0
    text = f"{number(owner.wanted)} wanted, {number(there)} ready"
    return Cell(text, Tone.OK if there >= owner.wanted else Tone.NOTE)


def _frontier(made: Matrix) -> list[Cell]:
    if made.frontier is None:
        return []
    return [Cell(f"#{made.frontier.ordinal} blocks {ordinals_text(made.frontier.waiting)}", Tone.WARN)]


def _templates(made: Matrix) -> list[Cell]:
    """Each template with what it asks for, and how many claims differ from it."""
    cells = []
    for template in made.owner.claim_templates:
        held = [claims.get(template.name) for claims in made.claims.values()]
        differing = sum(bool(drift(template, claim)) for claim in held)
        text = f"template {clean(template.name)} {size(template.requested)}"
        if differing:
            cells.append(
                Cell(f"{text} ({counted(differing, 'claims')} {'differs' if differing == 1 else 'differ'})", Tone.NOTE)
            )
        else:
            cells.append(Cell(text))
    return cells
