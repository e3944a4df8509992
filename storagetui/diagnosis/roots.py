"""Which findings explain which, down to the root causes, kept up to date as findings change.

A finding is explained by what is found about each object that it names as its cause: by the findings that count its
subject among their victims, or else by the worst. Where an object that several
findings of one code name has no finding itself, one is made of them: it is the root then. A cause about which nothing
is found, and that nobody else names, explains nothing. Findings that name each other in a ring stand under the worst of
them. What follows from two causes stands under both.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from heapq import merge

from storagetui.cluster.state import Cluster
from storagetui.diagnosis.catalog import STATES
from storagetui.diagnosis.finding import Finding, Severity
from storagetui.diagnosis.group import NOTHING, Group, Identity, Rank, weight
from storagetui.diagnosis.rings import ends
from storagetui.diagnosis.shared_cause import Sharers
from storagetui.model.keys import Key

_SLICE = 16
"""Findings taken between two breaths."""
_MANY = 256
"""Groups from which it is cheaper to sort all of them than to put each in its place."""
_COUNTED = 32
"""Findings under one root from which their totals are kept instead of counted anew."""
_COMMON = -1
"""The number in the identity of a finding that was made of several."""


def grouped(findings: Mapping[Key, tuple[Finding, ...]], cluster: Cluster | None = None) -> tuple[Group, ...]:
    """The root causes of a set of findings, worst first; a cluster gives common causes their uids."""
    roots = Roots()
    for _ in roots.update(findings, uids(cluster)):
        pass
    return roots.groups


class Roots:
    """The root causes of the findings of one cluster; an update costs what it touches."""

    def __init__(self) -> None:
        self.groups: tuple[Group, ...] = ()
        """All groups, worst first; the same value as before while none has changed."""
        self._found: dict[Identity, Finding] = {}
        self._of: dict[Key, tuple[Identity, ...]] = {}
        """The findings about a subject."""
        self._explaining: dict[Key, tuple[Identity, ...]] = {}
        """For a subject the findings that may explain what names it, worst first."""
        self._naming: dict[Key, dict[Identity, None]] = {}
        """The findings that name an object as their cause."""
        self._sharers: dict[tuple[Key, str], Sharers] = {}
        self._roots: dict[Identity, frozenset[Identity]] = {}
        """For each finding that has its place the roots that it stands under, itself for a root."""
        self._live: dict[Identity, _Live] = {}
        self._made: dict[Key, set[Identity]] = {}
        """By subject, the live roots that were made of several findings."""
        self._touched: set[Identity] = set()
        self._ranked: list[Group] = []

    def update(
        self,
        changed: Mapping[Key, tuple[Finding, ...]],
        uid_of: Callable[[Key], str],
        renewed: Collection[Key] = (),
    ) -> Iterator[None]:
        """Take the new findings of subjects, none for those that have none any more; yields now and then.

        `renewed` are objects that may have another uid than before. To be run to its end.
        """
        dirty: dict[Identity, None] = {}
        before: dict[Identity, frozenset[Identity]] = {}
        crossed: dict[tuple[Key, str], bool] = {}
        for number, (subject, findings) in enumerate(changed.items()):
            before.update((one, self._roots[one]) for one in self._of.get(subject, ()))
            self._replace(subject, findings, dirty, crossed)
            if number % _SLICE == _SLICE - 1:
                yield
        for place, was_shared in crossed.items():
            if self._is_shared(place) != was_shared:
                dirty.update(dict.fromkeys(self._sharers[place].members))
            elif was_shared:
                self._touch((*place, _COMMON))
            if not self._sharers[place].members:
                del self._sharers[place]
        yield from self._settle(dirty, before)
        for key in renewed if self._made else ():
            self._touched.update(self._made.get(key, ()))
        yield from self._rebuild(uid_of)

    def _replace(
        self,
        subject: Key,
        findings: tuple[Finding, ...],
        dirty: dict[Identity, None],
        crossed: dict[tuple[Key, str], bool],
    ) -> None:
        """Exchange the findings of a subject; notes which findings are to be placed anew."""
        before = self._explanation(subject)
        for identity in self._of.pop(subject, ()):
            self._unplace(identity)
            self._unregister(identity, crossed)
            dirty.pop(identity, None)
        made: dict[str, int] = {}
        for finding in findings:
            number = made[finding.code] = made.get(finding.code, -1) + 1
            identity = (subject, finding.code, number)
            self._register(identity, finding, crossed)
            self._of[subject] = (*self._of.get(subject, ()), identity)
            dirty[identity] = None
        explaining = [one for one in self._of.get(subject, ()) if _explains(self._found[one])]
        if explaining:
            self._explaining[subject] = tuple(sorted(explaining, key=lambda one: (weight(self._found[one]), one)))
        else:
            self._explaining.pop(subject, None)
        if self._explanation(subject) != before:
            dirty.update(self._naming.get(subject, {}))

    def _explanation(self, subject: Key) -> object:
        """What decides by which finding about a subject something is explained that names it."""
        explaining = self._explaining.get(subject, ())
        return explaining if len(explaining) < 2 else [(one, self._found[one].victims) for one in explaining]

    def _register(self, identity: Identity, finding: Finding, crossed: dict[tuple[Key, str], bool]) -> None:
        self._found[identity] = finding
        for cause in _causes(finding):
            self._naming.setdefault(cause, {})[identity] = None
            place = (cause, finding.code)
            crossed.setdefault(place, self._is_shared(place))
            self._sharers.setdefault(place, Sharers(*place)).put(identity, finding)

    def _unregister(self, identity: Identity, crossed: dict[tuple[Key, str], bool]) -> None:
        finding = self._found.pop(identity)
        for cause in _causes(finding):
            naming = self._naming[cause]
            del naming[identity]
            if not naming:
                del self._naming[cause]
            place = (cause, finding.code)
            crossed.setdefault(place, self._is_shared(place))
            self._sharers[place].drop(identity)

    def _is_shared(self, place: tuple[Key, str]) -> bool:
        sharers = self._sharers.get(place)
        return sharers is not None and sharers.is_shared

    def _explained_by(self, identity: Identity) -> tuple[Identity, ...]:
        """The findings that explain one, those made of several among them; none for a root."""
        if identity[2] == _COMMON:
            return ()
        finding = self._found[identity]
        found: dict[Identity, None] = {}
        for cause in _causes(finding):
            if (explaining := self._explaining.get(cause)) is not None:
                hitting = [one for one in explaining if finding.subject in self._found[one].victims]
                found.update(dict.fromkeys(hitting or explaining[:1]))
            elif self._is_shared((cause, finding.code)):
                found[cause, finding.code, _COMMON] = None
        return tuple(found)

    def _settle(self, dirty: dict[Identity, None], before: dict[Identity, frozenset[Identity]]) -> Iterator[None]:
        """Give findings their places, and those that they explain as far as it makes a difference to them.

        `before` holds the roots of those that have lost their places already.
        """
        number = 0
        while dirty:
            identity, _ = dirty.popitem()
            finding = self._found.get(identity)
            roots: frozenset[Identity] = self._roots_of(identity, finding) if finding is not None else frozenset()
            if finding is not None and roots != self._roots.get(identity):
                known = before.pop(identity, None) or self._roots.get(identity)
                self._unplace(identity)
                self._place(identity, finding, roots)
                if roots != known and identity in self._explaining.get(identity[0], ()):
                    dirty.update(self._naming.get(identity[0], {}))
            number += 1
            if number % _SLICE == 0:
                yield

    def _roots_of(self, identity: Identity, finding: Finding) -> frozenset[Identity]:
        if not finding.causes:
            return frozenset((identity,))
        return frozenset(min(ring, key=self._weight_of) for ring in ends(identity, self._explained_by))

    def _weight_of(self, identity: Identity) -> tuple[object, ...]:
        return (*weight(self._found[identity]), identity) if identity[2] != _COMMON else ()

    def _place(self, identity: Identity, finding: Finding, roots: frozenset[Identity]) -> None:
        self._roots[identity] = roots
        for root in roots:
            live = self._live.get(root)
            if live is None:
                live = self._live[root] = _Live()
                if root[2] == _COMMON:
                    self._made.setdefault(root[0], set()).add(root)
            live.put(identity, finding)
            self._touched.add(root)

    def _unplace(self, identity: Identity) -> None:
        for root in self._roots.pop(identity, ()):
            self._live[root].drop(identity)
            self._touched.add(root)

    def _touch(self, root: Identity) -> None:
        if root in self._live:
            self._touched.add(root)

    def _rebuild(self, uid_of: Callable[[Key], str]) -> Iterator[None]:
        """Make the touched groups anew, and give them their places in the order."""
        if not self._touched:
            return
        touched, self._touched = self._touched, set()
        is_few = len(touched) <= _MANY
        for number, root in enumerate(touched):
            if number % _SLICE == _SLICE - 1:
                yield
            live = self._live[root]
            if is_few and live.group is not None:
                del self._ranked[bisect_left(self._ranked, live.group.rank, key=_rank)]
            if not live.findings:
                self._forget(root)
                continue
            live.group = self._group(root, live, uid_of)
            if is_few:
                insort(self._ranked, live.group, key=_rank)
        if not is_few:
            yield from self._sort_anew(touched)
        self.groups = tuple(self._ranked)

    def _sort_anew(self, touched: Collection[Identity]) -> Iterator[None]:
        """Put many groups among the others, a part at a time."""
        kept = [group for group in self._ranked if group.identity not in touched]
        made = [live.group for root in touched if (live := self._live.get(root)) is not None and live.group is not None]
        parts = [kept]
        for begin in range(0, len(made), _MANY):
            parts.append(sorted(made[begin : begin + _MANY], key=_rank))
            yield
        self._ranked = []
        for number, group in enumerate(merge(*parts, key=_rank)):
            self._ranked.append(group)
            if number % _MANY == _MANY - 1:
                yield

    def _forget(self, root: Identity) -> None:
        del self._live[root]
        made = self._made.get(root[0])
        if made is not None:
            made.discard(root)
            if not made:
                del self._made[root[0]]

    def _group(self, root: Identity, live: "_Live", uid_of: Callable[[Key], str]) -> Group:
        subject, code, number = root
        finding = self._sharers[subject, code].finding(uid_of(subject)) if number == _COMMON else self._found[root]
        if len(live.findings) == 1 and root in live.findings and not finding.victims:
            return Group(root, finding, finding.severity, NOTHING, NOTHING)
        severity, mentions = live.totals()
        mentions.pop(subject, None)
        followers = live.findings.copy()
        followers.pop(root, None)
        return Group(root, finding, severity, followers or NOTHING, mentions or NOTHING)


class _Live:
    """What stands under one root, the root itself included unless it was made of others."""

    __slots__ = ("counts", "findings", "group")

    def __init__(self) -> None:
        self.findings: dict[Identity, Finding] = {}
        self.counts: _Counts | None = None
        """Of many findings, so that one more costs no look at all of them."""
        self.group: Group | None = None

    def put(self, identity: Identity, finding: Finding) -> None:
        self.findings[identity] = finding
        if self.counts is not None:
            self.counts.put(finding)
        elif len(self.findings) > _COUNTED:
            self.counts = _Counts(self.findings.values())

    def drop(self, identity: Identity) -> None:
        finding = self.findings.pop(identity)
        if self.counts is not None:
            self.counts.drop(finding)

    def totals(self) -> tuple[Severity, dict[Key, int]]:
        """The worst severity, and how often each object is mentioned; the mapping is the caller's."""
        counts = self.counts or _Counts(self.findings.values())
        severity = next(one for one in Severity if counts.severities.get(one))
        return severity, counts.mentions.copy() if counts is self.counts else counts.mentions


class _Counts:
    """Totals of the findings under one root."""

    __slots__ = ("mentions", "severities")

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.mentions: dict[Key, int] = {}
        self.severities: dict[Severity, int] = {}
        for finding in findings:
            self.put(finding)

    def put(self, finding: Finding) -> None:
        self.severities[finding.severity] = self.severities.get(finding.severity, 0) + 1
        for key in (finding.subject, *finding.victims):
            self.mentions[key] = self.mentions.get(key, 0) + 1

    def drop(self, finding: Finding) -> None:
        self.severities[finding.severity] -= 1
        for key in (finding.subject, *finding.victims):
            left = self.mentions[key] - 1
            if left:
                self.mentions[key] = left
            else:
                del self.mentions[key]


def _rank(group: Group) -> Rank:
    return group.rank


def _causes(finding: Finding) -> Iterable[Key]:
    """The objects that a finding names as its causes, each once, its own subject left out."""
    return dict.fromkeys(key for key in finding.causes if key != finding.subject)


def _explains(finding: Finding) -> bool:
    """Whether a finding may explain others: a hint does not, nor what is calm and hardly worth a word."""
    state = STATES.get(finding.code)
    if finding.severity is Severity.INFO or (state is not None and state.is_aside):
        return False
    return finding.severity is not Severity.LOW or state is None or not state.is_calm


def uids(cluster: Cluster | None) -> Callable[[Key], str]:
    """What tells an object's uid: empty for one that does not exist, or without a cluster."""

    def uid_of(key: Key) -> str:
        record = cluster.find(key) if cluster is not None else None
        return record.uid if record is not None else ""

    return uid_of
