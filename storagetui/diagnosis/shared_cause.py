"""One finding about a common cause, made of those that name it."""

from typing import TypeVar

from storagetui.diagnosis.catalog import STATES
from storagetui.diagnosis.finding import Certainty, Finding
from storagetui.diagnosis.group import Identity, weight
from storagetui.model.keys import Key
from storagetui.model.kinds import KINDS

K = TypeVar("K", Key, str)


class Sharers:
    """The findings of one code that name the same object as their cause, for as long as it has no finding itself.

    What the common finding is made of is kept up to date, so that it costs nothing to make although thousands share.
    """

    def __init__(self, cause: Key, code: str) -> None:
        self.cause = cause
        self.code = code
        self.members: dict[Identity, Finding] = {}
        self._first: Identity | None = None
        """The worst and oldest of them, whose words are taken; None when it is not known."""
        self._titles: dict[str, int] = {}
        self._subjects: dict[Key, int] = {}
        self._inferred = 0
        self._oldest: Identity | None = None

    @property
    def is_shared(self) -> bool:
        """Whether the findings are about several subjects."""
        return len(self._subjects) > 1

    def put(self, identity: Identity, finding: Finding) -> None:
        """Take a finding in."""
        self.members[identity] = finding
        _count(self._titles, finding.title)
        _count(self._subjects, finding.subject)
        self._inferred += finding.certainty is Certainty.INFERRED
        if len(self.members) == 1:
            self._first = self._oldest = identity
            return
        if self._first is not None and _worth(identity, finding) < _worth(self._first, self.members[self._first]):
            self._first = identity
        if self._oldest is not None and _age(finding) < _age(self.members[self._oldest]):
            self._oldest = identity

    def drop(self, identity: Identity) -> None:
        """Let a finding go."""
        finding = self.members.pop(identity)
        _discount(self._titles, finding.title)
        _discount(self._subjects, finding.subject)
        self._inferred -= finding.certainty is Certainty.INFERRED
        if identity == self._first:
            self._first = None
        if identity == self._oldest:
            self._oldest = None

    def finding(self, uid: str) -> Finding:
        """The finding about what they share; `uid` is the object's, if it exists."""
        if self._first is None:
            self._first = min(self.members, key=lambda one: _worth(one, self.members[one]))
        if self._oldest is None:
            self._oldest = min(self.members, key=lambda one: _age(self.members[one]))
        first = self.members[self._first]
        return Finding(
            code=self.code,
            title=self._title(first),
            severity=first.severity,
            certainty=Certainty.INFERRED if self._inferred else Certainty.CONFIRMED,
            subject=self.cause,
            uid=uid,
            since=self.members[self._oldest].since,
            explanation=self._explanation(first),
            next_step=first.next_step,
            evidence=tuple(one for one in first.evidence if one.key == self.cause) or first.evidence,
            events=first.events,
        )

    def _title(self, first: Finding) -> str:
        if first.shared:
            return first.shared.split(". ", 1)[0].rstrip(".")
        return first.title if len(self._titles) == 1 else STATES[self.code].title

    def _explanation(self, first: Finding) -> str:
        noun = KINDS[first.subject.kind].noun
        are = "are like that" if STATES[self.code].is_calm else "are held up by it"
        count = f"{len(self._subjects):,} {noun} {are}."
        if first.shared:
            return f"{first.shared} {count}"
        place = f"{first.subject.namespace}/{first.subject.name}" if first.subject.namespace else first.subject.name
        return f"{count} Of {place}: {first.explanation}"


def _count(counts: dict[K, int], key: K) -> None:
    counts[key] = counts.get(key, 0) + 1


def _discount(counts: dict[K, int], key: K) -> None:
    if counts[key] == 1:
        del counts[key]
    else:
        counts[key] -= 1


def _worth(identity: Identity, finding: Finding) -> tuple[object, ...]:
    return (*weight(finding), identity)


def _age(finding: Finding) -> tuple[bool, float]:
    return finding.since is None, finding.since.timestamp() if finding.since is not None else 0.0
