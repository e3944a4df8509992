"""A root cause with all that follows from it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from storagetui.diagnosis.finding import Finding, Severity
from storagetui.model.keys import Key, Kind

Identity = tuple[Key, str, int]
"""What stays the same while a finding's words change: subject, code, and which of several of that code it is."""
Rank = tuple[int, int, bool, float, Key, str, int]

NOTHING: Mapping[Any, Any] = MappingProxyType({})
"""Of thousands of findings most stand alone."""

_ORDER = {Kind.POD: 0, Kind.PERSISTENT_VOLUME_CLAIM: 1, Kind.STATEFUL_SET: 2, Kind.DEPLOYMENT: 3, Kind.JOB: 4}
"""How victims are listed; other kinds come after these."""
_NEVER_HIT = (Kind.STORAGE_CLASS, Kind.VOLUME_ATTRIBUTES_CLASS, Kind.CSI_DRIVER, Kind.NODE, Kind.RESOURCE_QUOTA)
"""Kinds that others wait for, and that wait for nobody."""


@dataclass(frozen=True)
class Group:
    """One root cause: its finding, the findings that go when it goes, and who waits because of any of them.

    The lists are put in order when somebody asks for them, because thousands may wait for one thing.
    """

    identity: Identity
    finding: Finding
    severity: Severity
    """The worst of the cause and of what follows from it: an incident weighs what it does."""
    followers: Mapping[Identity, Finding]
    mentions: Mapping[Key, int]
    """How many of the findings say of an object that it waits, or are about it; the root's subject is left out."""

    @property
    def key(self) -> Key:
        """The object that the cause is about."""
        return self.finding.subject

    @property
    def name(self) -> str:
        """The name of that object."""
        return self.finding.subject.name

    @property
    def namespace(self) -> str:
        """The namespace of that object."""
        return self.finding.subject.namespace

    @cached_property
    def rank(self) -> Rank:
        """What groups are sorted by: the worst, then those that hit most, then the oldest, then by name."""
        since = self.finding.since
        age = (since is None, since.timestamp() if since is not None else 0.0)
        return (self.severity.rank, -len(self.mentions), *age, *self.identity)

    @cached_property
    def parts(self) -> tuple[Finding, ...]:
        """The findings that follow from the cause, worst first."""
        ordered = sorted(self.followers.items(), key=lambda row: (weight(row[1]), row[0]))
        return tuple(finding for _, finding in ordered)

    @cached_property
    def about(self) -> Mapping[Key, Finding]:
        """Of the findings that follow from the cause the worst about each object."""
        found: dict[Key, tuple[Identity, Finding]] = {}
        for identity, finding in self.followers.items():
            other = found.get(finding.subject)
            if other is None or (weight(finding), identity) < (weight(other[1]), other[0]):
                found[finding.subject] = identity, finding
        return {key: finding for key, (_, finding) in found.items()}

    @cached_property
    def victims(self) -> tuple[Key, ...]:
        """Who waits because of it, the subject left out: pods, then claims, then others."""
        return tuple(sorted(self.mentions, key=_place))

    @cached_property
    def hit(self) -> tuple[Key, ...]:
        """The victims, and the subject where it is one of those who wait."""
        return tuple(sorted((self.key, *self.victims), key=_place)) if self._is_hit else self.victims

    @cached_property
    def hit_kinds(self) -> Mapping[Kind, int]:
        """How many of each kind are hit: to count thousands is cheap, to put them in order is not."""
        counts = Counter(key.kind for key in self.mentions)
        counts.update((self.key.kind,) if self._is_hit else ())
        return counts

    @property
    def _is_hit(self) -> bool:
        return self.severity is not Severity.INFO and self.key.kind not in _NEVER_HIT

    @cached_property
    def namespaces(self) -> frozenset[str]:
        """Where the subject and the victims are."""
        return frozenset(filter(None, (self.namespace, *(key.namespace for key in self.mentions))))


def weight(finding: Finding) -> tuple[int, bool, float, Key, str]:
    """What findings are sorted by: the worst, then the oldest, then by name."""
    since = finding.since
    return finding.severity.rank, since is None, since.timestamp() if since else 0.0, finding.subject, finding.code


def _place(key: Key) -> tuple[int, str, str, str]:
    """Texts, which compare faster than Keys do."""
    return _ORDER.get(key.kind, len(_ORDER)), key.kind, key.namespace, key.name
