"""What a rule is, and what it may look at."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Generic, TypedDict, TypeVar, Unpack

import msgspec

from storagetui.cluster.chains import events_about
from storagetui.cluster.state import Cluster
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity
from storagetui.diagnosis.standing import Answer, Standings
from storagetui.model.base import Record
from storagetui.model.keys import Key, Kind
from storagetui.model.kinds import KINDS
from storagetui.settings import Thresholds

R = TypeVar("R", bound=Record)
S = TypeVar("S", bound=Record)
T = TypeVar("T")

_EVENTS = 5
"""Events that a finding carries."""


class Context:
    """The world as one object's diagnosis sees it, and a note of what the diagnosis rests on.

    A rule asks `unknown` before it reads another kind, and compares times by `older_than` alone: so the engine knows
    which health of feeds, and which moment, would give another answer.
    """

    __slots__ = ("_kind", "_namespace", "_once", "_standings", "asked", "cluster", "flip", "now", "thresholds")

    def __init__(
        self, cluster: Cluster, standings: Standings, now: datetime, thresholds: Thresholds, subject: Key
    ) -> None:
        self.cluster = cluster
        self.now = now
        self.thresholds = thresholds
        self.asked: dict[tuple[Kind, Kind | None], None] = {}
        """The kinds whose standing was asked for; for events with the kind that they are about."""
        self._standings = standings
        self._once: dict[object, Any] | None = None
        self._kind = subject.kind
        self._namespace = subject.namespace
        self.flip: datetime | None = None
        """The first moment at which an answer of `older_than` changes by itself; None when none does."""

    def older_than(self, moment: datetime | None, limit_s: float) -> bool:
        """Whether a moment is so many seconds ago, or more; False for an unknown one.

        What is old is judged as of the time it is from: a pod that was pending when its feed fell silent has not been
        pending since.
        """
        if moment is None:
            return False
        flip = moment + timedelta(seconds=limit_s)
        standing = self._standing(self._kind, None)
        if standing.old_since is not None:
            return flip <= standing.old_since
        if flip <= self.now:
            return True
        self.flip = flip if self.flip is None else min(self.flip, flip)
        return False

    def once(self, look: Callable[[Cluster, S], T], subject: S) -> T:
        """What a look at the cluster gives, taken once for all rules of a diagnosis that want it; not to be changed."""
        if self._once is None:
            self._once = {}
        place = (look, id(subject))
        if place not in self._once:
            self._once[place] = look(self.cluster, subject)
        found: T = self._once[place]
        return found

    def unknown(self, kind: Kind) -> str:
        """Why nothing can be told from objects of a kind, in the subject's namespace: `pods cannot be listed`.

        Empty when they can be read, even if they are old: then the engine says so in the finding.
        """
        return self._standing(kind, None).unknown

    def unknown_elsewhere(self, kind: Kind) -> str:
        """The same for the objects of all namespaces, for rules that look beyond the subject's own."""
        self.asked[kind, None] = None
        return self._standings.of(kind, "", None).unknown

    def unknown_events(self, about: Kind | None = None) -> str:
        """The same for events about a kind of object, the subject's own if none is given."""
        return self._standing(Kind.EVENT, about or self._kind).unknown

    def settled(self, record: Record, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings with the subject's latest events, and with a word on what is old of the things they rest on."""
        made = tuple(findings)
        if not made:
            return made
        self._standing(self._kind, None)
        latest = tuple(event.key for event in events_about(self.cluster, record)[:_EVENTS])
        old = [kind for kind, about in self.asked if self._standing(kind, about).is_old]
        part = [kind for kind, about in self.asked if kind is not self._kind and self._standing(kind, about).is_partial]
        return tuple(_settled(one, latest, old, part) for one in made)

    def _standing(self, kind: Kind, about: Kind | None) -> Answer:
        self.asked[kind, about] = None
        return self._standings.of(kind, self._namespace, about)


def _settled(finding: Finding, latest: tuple[Key, ...], old: list[Kind], part: list[Kind]) -> Finding:
    finding = msgspec.structs.replace(finding, events=finding.events or latest)
    words = ""
    if old:
        words += f" Nothing is heard about {_nouns(old)} at present: this is how it was when last heard."
    if part:
        words += f" Single {_nouns(part)} are known and no list of them: there may be others."
    if not words:
        return finding
    return msgspec.structs.replace(finding, explanation=finding.explanation + words, certainty=Certainty.INFERRED)


def _nouns(kinds: list[Kind]) -> str:
    return " and ".join(dict.fromkeys(KINDS[kind].noun for kind in kinds))


class More(TypedDict, total=False):
    """The fields of a Finding that a state does not give, or gives otherwise in this case."""

    certainty: Certainty
    severity: Severity
    next_step: str
    evidence: tuple[Evidence, ...]
    victims: tuple[Key, ...]
    causes: tuple[Key, ...]
    shared: str
    events: tuple[Key, ...]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """A state that an object can be in, as the catalogue of findings describes it."""

    code: str
    """Stable; never used again for something else."""
    title: str
    """What it is, without particulars."""
    severity: Severity
    certainty: Certainty
    meaning: str
    """Why it happens and what follows, in a few sentences."""
    remedies: tuple[str, ...]
    """What helps, the harmless first."""
    links: tuple[str, ...]
    is_calm: bool = False
    """Whether it only looks like a failure."""
    is_aside: bool = False
    """Whether it is a hint about the object that is never why something else fails."""

    def finding(
        self, record: Record, title: str, explanation: str, since: datetime | None, **more: Unpack[More]
    ) -> Finding:
        """A finding of this state about an object."""
        made = Finding(
            code=self.code,
            title=title,
            severity=self.severity,
            certainty=self.certainty,
            subject=record.key,
            uid=record.uid,
            since=since,
            explanation=explanation,
        )
        return msgspec.structs.replace(made, **more)


class Symptom(msgspec.Struct, Generic[R], frozen=True):
    """What is seen of an object before anybody asks why; its rules are asked in order, and the first answer counts."""

    name: str
    record: type[R]
    shows: Callable[[R], bool]
    """Whether the object shows it: a look at the record alone, for it is asked of every object that changes."""


class Heard(msgspec.Struct, frozen=True):
    """Events that a rule reads: the selectors of the feeds are made from it, and nothing else is ever asked for."""

    about: Kind
    reasons: tuple[str, ...] = ()
    """Of Normal events these alone; of Warning events all reasons come anyway."""


class Pattern(msgspec.Struct, frozen=True):
    """What a component writes in an event when an object is in a state."""

    code: str
    """Of the state."""
    about: Kind
    """The kind that the event is about."""
    reasons: tuple[str, ...]
    """Reasons of events in which it is found; empty for texts of conditions and of other fields."""
    regex: re.Pattern[str]
    """Searched for, not anchored, in the text without the mark of combined events."""
    is_catch_all: bool = False
    """Whether it fits texts of other states as well, so that it is tried last."""
    needs_objects: bool = False
    """Whether the text alone does not tell the state from its neighbors."""


class Rule(msgspec.Struct, Generic[R], frozen=True):
    """One answer to why an object shows a symptom."""

    symptom: Symptom[R]
    states: tuple[State, ...]
    """The states that it tells apart."""
    find: Callable[[R, Context], Iterator[Finding]]
    """Pure; yields nothing when it is not the answer."""
    heard: tuple[Heard, ...] = ()
    """The events that it reads."""
    patterns: tuple[Pattern, ...] = ()
    """The texts that it knows, which stand beside the rule."""
