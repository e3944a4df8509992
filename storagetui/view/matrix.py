"""One StatefulSet as a matrix: a row for each ordinal, and in it everything from the pod to the attachment.

A row belongs to the set by exact names alone: pods `<set>-<ordinal>` that the set manages, claims
`<template>-<set>-<ordinal>`. Rows are made when they are asked for: a set may have thousands of ordinals.
"""

from itertools import islice

import msgspec

from storagetui.cluster.chains import claims_of_set, pods_of_set
from storagetui.cluster.rollout import Frontier, frontier, ordinals_text
from storagetui.frame import Frame
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from storagetui.model.workloads import ClaimTemplate, StatefulSet
from storagetui.view.column import NONE, UNKNOWN, Cell, Tone
from storagetui.view.drift import drift
from storagetui.view.format import number
from storagetui.view.knowledge import is_known
from storagetui.view.matrix_cells import ClaimCells, claim_cells, claim_columns
from storagetui.view.matrix_column import MatrixColumn
from storagetui.view.states import node_cell, pod_state
from storagetui.view.text import clean

LIMIT = 5000
"""Rows at most: one object must not be able to fill the memory."""


class MatrixRow(msgspec.Struct, frozen=True):
    """One ordinal."""

    ordinal: int
    is_wanted: bool
    """Whether the set asks for it; else something of it is left."""
    cells: tuple[Cell, ...]
    """In the order of the columns."""
    keys: tuple[Key | None, ...]
    """The object behind each cell, if it exists."""


class Matrix(msgspec.Struct, frozen=True):
    """One set, as it stands in one Frame."""

    frame: Frame
    owner: StatefulSet
    columns: tuple[MatrixColumn, ...]
    ordinals: tuple[int, ...]
    """The rows, ascending."""
    pods: dict[int, Pod]
    claims: dict[int, dict[str, PersistentVolumeClaim]]
    frontier: Frontier | None
    is_cut: bool
    """Whether the set asks for more ordinals than are shown."""

    def row(self, ordinal: int) -> MatrixRow:
        """The row of an ordinal."""
        owner, frame = self.owner, self.frame
        is_wanted = ordinal in owner.ordinals
        pod = self.pods.get(ordinal)
        pod_key = pod.key if pod is not None else None
        node_key = Key(Kind.NODE, "", pod.node_name) if pod is not None and pod.node_name else None
        if node_key is not None and frame.cluster.find(node_key) is None:
            node_key = None
        cells = [
            Cell(str(ordinal), Tone.PLAIN if is_wanted else Tone.DIM),
            self._pod_cell(ordinal, pod, is_wanted),
            self._phase_cell(ordinal, pod, is_wanted),
            node_cell(pod.node_name if pod is not None else "", frame),
        ]
        keys: list[Key | None] = [pod_key, pod_key, pod_key, node_key]
        held = self.claims.get(ordinal, {})
        for template in owner.claim_templates:
            made = self._claim_cells(ordinal, template, held.get(template.name), pod)
            cells += made.cells
            keys += made.keys
        words = [word for template in owner.claim_templates for word in drift(template, held.get(template.name))]
        cells.append(Cell(", ".join(words), Tone.NOTE) if words else Cell(NONE, Tone.DIM))
        cells.append(dns_name(owner, ordinal))
        first = next((claim.key for claim in held.values()), None)
        return MatrixRow(ordinal, is_wanted, tuple(cells), (*keys, first, pod_key))

    def _pod_cell(self, ordinal: int, pod: Pod | None, is_wanted: bool) -> Cell:
        if not is_wanted and pod is None:
            return Cell("(beyond replicas)" if ordinal >= self.owner.ordinals.start else "(before start)", Tone.DIM)
        name = clean(f"{self.owner.name}-{ordinal}")
        if self.frontier is not None and self.frontier.ordinal == ordinal:
            return Cell(f"{name} blocks {ordinals_text(self.frontier.waiting)}", Tone.WARN)
        return Cell(name)

    def _phase_cell(self, ordinal: int, pod: Pod | None, is_wanted: bool) -> Cell:
        waits = self.frontier is not None and ordinal in self.frontier.waiting
        if pod is None:
            if not is_known(self.frame, Kind.POD, self.owner.namespace):
                return Cell(UNKNOWN, Tone.NOTE)
            if waits and self.frontier is not None:
                return Cell(f"waits for #{self.frontier.ordinal}", Tone.NOTE)
            return Cell("no pod", Tone.WARN if is_wanted else Tone.DIM)
        state = pod_state(pod, self.frame)
        if state.text == "Running":
            word = "Running ready" if pod.is_ready else "Running, not ready"
            state = Cell(word, state.tone if pod.is_ready else max(state.tone, Tone.WARN, key=_weight))
        if waits and self.frontier is not None:
            return Cell(f"{state.text}, old, waits for #{self.frontier.ordinal}", state.tone)
        return state

    def _claim_cells(
        self, ordinal: int, template: ClaimTemplate, claim: PersistentVolumeClaim | None, pod: Pod | None
    ) -> ClaimCells:
        is_wanted = ordinal in self.owner.ordinals
        namespace = self.owner.namespace
        return claim_cells(self.frame, claim, template, pod, namespace=namespace, is_wanted=is_wanted)


def matrix(frame: Frame, key: Key) -> Matrix | None:
    """The matrix of a set; None when there is no such set."""
    owner = frame.cluster.get(StatefulSet, key.namespace, key.name)
    if owner is None:
        return None
    pods = pods_of_set(frame.cluster, owner)
    claims = claims_of_set(frame.cluster, owner)
    wanted = list(islice(owner.ordinals, LIMIT))
    left = sorted(ordinal for ordinal in {*pods, *claims} if ordinal not in owner.ordinals)[:LIMIT]
    columns = [
        MatrixColumn(id="ordinal", title="#", width=3, minimum=2, priority=0, is_right=True),
        MatrixColumn(id="pod", title="POD", width=28, minimum=14, priority=0, grows=True),
        MatrixColumn(id="phase", title="PHASE", width=18, minimum=13, priority=1),
        MatrixColumn(id="node", title="NODE", width=14, minimum=10, priority=4),
    ]
    for template in owner.claim_templates:
        columns += claim_columns(clean(template.name))
    columns.append(MatrixColumn(id="drift", title="DRIFT", width=20, minimum=8, priority=6))
    columns.append(MatrixColumn(id="dns", title="DNS NAME", width=34, minimum=16, priority=12, is_wide=True))
    return Matrix(
        frame=frame,
        owner=owner,
        columns=tuple(columns),
        ordinals=tuple(sorted([*wanted, *left])),
        pods=pods,
        claims=claims,
        frontier=frontier(owner, pods, LIMIT) if is_known(frame, Kind.POD, owner.namespace) else None,
        is_cut=len(owner.ordinals) > LIMIT,
    )


def dns_name(owner: StatefulSet, ordinal: int) -> Cell:
    """The name under which other pods find this one: `pod.service.namespace.svc`; `–` without a Service.

    kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id; the cluster's domain follows.
    """
    if not owner.service_name:
        return Cell(NONE, Tone.DIM)
    return Cell(clean(f"{owner.name}-{ordinal}.{owner.service_name}.{owner.namespace}.svc"))


def cut_note(made: Matrix) -> str:
    """What to say under the matrix when it does not show everything; empty when it does."""
    if not made.is_cut:
        return ""
    return f"Only the first {number(LIMIT)} of {number(len(made.owner.ordinals))} ordinals are shown."


def _weight(tone: Tone) -> int:
    return (Tone.PLAIN, Tone.DIM, Tone.OK, Tone.NOTE, Tone.WARN, Tone.ERROR).index(tone)
