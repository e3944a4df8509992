"""Claims that look left behind by a set that is gone.

Deleting a set keeps its claims, and nothing in a claim says which set it belonged to. What is left is inference: the
name ends in an ordinal, nobody owns the claim, no pod uses it, and no set of today has a template that would make a
claim of that name. Without all claims, pods and sets in view nothing is inferred.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from weakref import ref

from storagetui.cluster.chains import sets_of_claim, volume_of
from storagetui.cluster.relations import CLAIMS_OF_STEM, PODS_OF_CLAIM, stem_and_ordinal
from storagetui.cluster.state import Cluster
from storagetui.frame import Frame
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from storagetui.model.workloads import StatefulSet
from storagetui.view.column import NONE, Cell, Tone
from storagetui.view.format import counted
from storagetui.view.knowledge import is_known, known_kinds, plain
from storagetui.view.matrix_cells import attached_cell, claim_size
from storagetui.view.matrix_column import MatrixColumn
from storagetui.view.ordering import changes
from storagetui.view.states import claim_state
from storagetui.view.text import clean

SOURCES = (Kind.PERSISTENT_VOLUME_CLAIM, Kind.POD, Kind.STATEFUL_SET)
COLUMNS = (
    MatrixColumn(id="ordinal", title="#", width=4, minimum=2, priority=0, is_right=True),
    MatrixColumn(id="claim", title="CLAIM", width=30, minimum=16, priority=0, grows=True),
    MatrixColumn(id="state", title="STATE", width=14, minimum=11, priority=1),
    MatrixColumn(id="size", title="SIZE", width=12, minimum=7, priority=2, is_right=True),
    MatrixColumn(id="volume", title="VOLUME", width=24, minimum=10, priority=4),
    MatrixColumn(id="zone", title="ZONE", width=12, minimum=5, priority=5),
    MatrixColumn(id="attached", title="ATTACHED", width=16, minimum=10, priority=3),
)

Stem = tuple[str, str]
"""Namespace, and the name without its ordinal."""


class Group(NamedTuple):
    """Claims of one stem that look left behind together."""

    namespace: str
    stem: str
    claims: tuple[Key, ...]
    """By ordinal."""


class GroupRow(NamedTuple):
    """One claim of a group."""

    key: Key
    cells: tuple[Cell, ...]
    """In the order of COLUMNS."""


class Leftovers:
    """The groups, kept up to date as Frames come."""

    def __init__(self) -> None:
        self._frame: Frame | None = None
        self._rested: ref[Frame] | None = None
        """The Frame that was shown when the rest began, as long as others hold it."""
        self._groups: dict[Stem, Group] = {}

    @property
    def groups(self) -> list[Group]:
        """All groups, by namespace and stem."""
        return [self._groups[stem] for stem in sorted(self._groups)]

    def rest(self) -> None:
        """Hold no Frame until the next one is shown."""
        if self._frame is not None:
            self._rested = ref(self._frame)
        self._frame = None

    def show(self, frame: Frame) -> bool:
        """Take over the next Frame; whether any group is other than before."""
        before, self._frame = self._frame, frame
        if before is None and self._rested is not None and self._rested() is frame:
            return False
        if before is None or before.cluster_id != frame.cluster_id or in_view(before) != in_view(frame):
            found = {(group.namespace, group.stem): group for group in leftovers(frame)}
            is_changed, self._groups = found != self._groups, found
            return is_changed
        places = in_view(frame)
        if not places:
            return False
        is_changed = False
        changed = changes(before, frame, SOURCES)
        for stem in _stems(changed, before.cluster) | _stems(changed, frame.cluster):
            group = _group(frame.cluster, stem) if _is_within(stem, places) else None
            if group == self._groups.get(stem):
                continue
            is_changed = True
            if group is None:
                del self._groups[stem]
            else:
                self._groups[stem] = group
        return is_changed


def leftovers(frame: Frame) -> list[Group]:
    """All groups, from scratch, by namespace and stem; empty where nothing can be inferred."""
    places = in_view(frame)
    if not places:
        return []
    cuts = (_stem(key.namespace, key.name) for key in frame.cluster.all(PersistentVolumeClaim))
    groups = (
        _group(frame.cluster, stem)
        for stem in sorted({stem for stem in cuts if stem is not None and _is_within(stem, places)})
    )
    return [group for group in groups if group is not None]


def can_infer(frame: Frame) -> bool:
    """Whether claims, pods and sets are all in view, of one namespace at least."""
    return bool(in_view(frame))


def in_view(frame: Frame) -> frozenset[str]:
    """The namespaces of which claims, pods and sets are all in view; an empty name stands for all of them."""
    places = {place for _, place in known_kinds(frame, SOURCES)}
    return frozenset(place for place in places if all(is_known(frame, kind, place) for kind in SOURCES))


def _is_within(stem: Stem, places: frozenset[str]) -> bool:
    return "" in places or stem[0] in places


def group_title(group: Group) -> str:
    """`shop/data-postgres: 3 claims without a set (inferred)`."""
    name = clean(f"{group.namespace}/{group.stem}")
    return f"{name}: {counted(len(group.claims), 'claims')} without a set (inferred)"


def group_rows(frame: Frame, group: Group) -> Iterator[GroupRow]:
    """The claims of a group, as far as they are still there."""
    for key in group.claims:
        claim = frame.cluster.get(PersistentVolumeClaim, key.namespace, key.name)
        if claim is not None:
            yield GroupRow(key, _cells(frame, claim))


def is_left_behind(claim: PersistentVolumeClaim, cluster: Cluster) -> bool:
    """Whether a claim looks left behind by a set that is gone."""
    return (
        stem_and_ordinal(claim.name) is not None
        and not claim.owners
        and not cluster.keys_of(PODS_OF_CLAIM, claim.key)
        and next(sets_of_claim(cluster, claim), None) is None
    )


def _group(cluster: Cluster, stem: Stem) -> Group | None:
    claims = cluster.related(PersistentVolumeClaim, CLAIMS_OF_STEM, stem)
    left = [claim.key for claim in claims if is_left_behind(claim, cluster)]
    left.sort(key=lambda key: (len(key.name), key.name))
    return Group(*stem, tuple(left)) if left else None


def _stems(changed: Iterable[Key], cluster: Cluster) -> set[Stem]:
    """The stems whose group a change may change."""
    found: set[Stem | None] = set()
    for key in changed:
        if key.kind is Kind.PERSISTENT_VOLUME_CLAIM:
            found.add(_stem(key.namespace, key.name))
        elif key.kind is Kind.POD:
            pod = cluster.get(Pod, key.namespace, key.name)
            found.update(_stem(one.namespace, one.name) for one in (pod.claim_keys if pod is not None else ()))
        elif key.kind is Kind.STATEFUL_SET:
            owner = cluster.get(StatefulSet, key.namespace, key.name)
            templates = owner.claim_templates if owner is not None else ()
            found.update((key.namespace, f"{template.name}-{key.name}") for template in templates)
    return {stem for stem in found if stem is not None}


def _stem(namespace: str, name: str) -> Stem | None:
    cut = stem_and_ordinal(name)
    return (namespace, cut[0]) if cut is not None else None


def _cells(frame: Frame, claim: PersistentVolumeClaim) -> tuple[Cell, ...]:
    cut = stem_and_ordinal(claim.name)
    volume = volume_of(frame.cluster, claim)
    return (
        Cell(str(cut[1]) if cut is not None else NONE),
        Cell(clean(claim.name)),
        claim_state(claim, frame),
        claim_size(claim),
        plain(claim.volume_name, Tone.PLAIN),
        plain(", ".join(volume.zones) if volume is not None else ""),
        attached_cell(frame, claim, None),
    )
