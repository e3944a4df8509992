"""Claims that look left behind by a set that is gone.

Deleting a set keeps its claims, and nothing in a claim says which set it belonged to. What is left is inference: the
name ends in an ordinal, nobody owns the claim, no pod uses it, and no set of today has a template that would make a
claim of that name. Without all claims, pods and sets in view nothing is inferred.
"""

from collections.abc import Generator, Iterable, Iterator
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
from storagetui.view.pieces import at_once
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

_KEYS, _STEMS = 256, 8
"""Keys between two breaths, and stems: each has a group of claims to look at."""

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
        self._sorted: list[Group] | None = []

    @property
    def groups(self) -> list[Group]:
        """All groups, by namespace and stem."""
        if self._sorted is None:
            self._sorted = [self._groups[stem] for stem in sorted(self._groups)]
        return self._sorted

    def rest(self) -> None:
        """Hold no Frame until the next one is shown."""
        if self._frame is not None:
            self._rested = ref(self._frame)
        self._frame = None

    def show(self, frame: Frame) -> bool:
        """Take over the next Frame; whether any group is other than before."""
        return at_once(self.showing(frame))

    def showing(self, frame: Frame) -> Generator[None, None, bool]:
        """The same in slices of a few milliseconds; one that is dropped changes nothing."""
        before, places = self._frame, in_view(frame)
        is_known = before is None and self._rested is not None and self._rested() is frame
        if is_known:
            found = self._groups
        elif before is None or before.cluster_id != frame.cluster_id or in_view(before) != places:
            found = yield from _all_groups(frame, places)
        else:
            found = dict(self._groups)
            yield from _renew(found, before, frame, places)
        is_changed = found != self._groups
        self._frame = frame
        if is_changed:
            self._groups, self._sorted = found, None
        return is_changed


def _all_groups(frame: Frame, places: frozenset[str]) -> Generator[None, None, dict[Stem, Group]]:
    found: dict[Stem, Group] = {}
    seen: set[Stem] = set()
    for number, key in enumerate(frame.cluster.all(PersistentVolumeClaim) if places else (), 1):
        stem = _stem(key.namespace, key.name)
        is_new = stem is not None and stem not in seen
        if stem is not None and is_new:
            seen.add(stem)
            group = _group(frame.cluster, stem) if _is_within(stem, places) else None
            if group is not None:
                found[stem] = group
        if number % _KEYS == 0 or (is_new and len(seen) % _STEMS == 0):
            yield
    return found


def _renew(found: dict[Stem, Group], before: Frame, now: Frame, places: frozenset[str]) -> Iterator[None]:
    """Look again at those groups that a change between the Frames may change."""
    changed = list(changes(before, now, SOURCES)) if places else []
    for start in range(0, len(changed), _KEYS):
        part = changed[start : start + _KEYS]
        for number, stem in enumerate(_stems(part, before.cluster) | _stems(part, now.cluster), 1):
            group = _group(now.cluster, stem) if _is_within(stem, places) else None
            if group is not None:
                found[stem] = group
            else:
                found.pop(stem, None)
            if number % _STEMS == 0:
                yield


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


def group_row(frame: Frame, key: Key) -> GroupRow:
    """One of the claims of a group; without cells when it is not there any more."""
    claim = frame.cluster.get(PersistentVolumeClaim, key.namespace, key.name)
    return GroupRow(key, _cells(frame, claim) if claim is not None else ())


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
