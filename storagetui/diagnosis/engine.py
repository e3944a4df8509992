"""All findings, kept up to date as facts and time move."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from storagetui.cluster.shared_map import Draft, SharedMap
from storagetui.cluster.state import Cluster
from storagetui.cluster.store import Effect
from storagetui.diagnosis.affected import affected_by
from storagetui.diagnosis.askers import Askers
from storagetui.diagnosis.catalog import ALL_RULES
from storagetui.diagnosis.fault import fault
from storagetui.diagnosis.finding import Finding
from storagetui.diagnosis.flips import Flips
from storagetui.diagnosis.group import Group
from storagetui.diagnosis.roots import Roots, uids
from storagetui.diagnosis.rule import Context, Rule, Symptom
from storagetui.diagnosis.standing import Standings
from storagetui.model.base import Record
from storagetui.model.change import Feed, FeedHealth
from storagetui.model.keys import Key, Kind
from storagetui.settings import Thresholds

_SLICE = 4
"""Objects diagnosed between two breaths; some need a millisecond."""
_REACHED = 256
"""Keys that a change leads to, taken between two breaths."""

_MANY, _PART = 1000, 4
"""When more objects than that, and more than such a part of all, have changed, following each costs more than a look at
everything."""

AnyRule = Rule[Any]


class Findings:
    """The findings of one cluster. `update` brings them up to date; a change costs what it touches."""

    def __init__(self, thresholds: Thresholds, rules: tuple[AnyRule, ...] = ALL_RULES) -> None:
        self.rediagnosed: frozenset[Key] = frozenset()
        """Subjects whose findings the last update changed."""
        self._thresholds = thresholds
        self._symptoms = by_symptom(rules)
        self._found: Draft[Key, tuple[Finding, ...]] = Draft()
        self._roots = Roots()
        self._flips = Flips()
        self._feeds: Mapping[Feed, FeedHealth] = {}
        self._standings = Standings(self._feeds)
        self._askers = Askers()
        self._thought: datetime | None = None
        """The moment that the last update was for; None before the first one."""

    def update(
        self, cluster: Cluster, effect: Effect, now: datetime, feeds: Mapping[Feed, FeedHealth]
    ) -> Iterator[None]:
        """Bring the findings up to date; yields now and then, so that the caller may let others work.

        The first time everything is looked at, later what the changes touch, what is due by now, and what rests on a
        kind that may be believed more or less than before. It must be run to its end before the next one begins.
        """
        self.rediagnosed = frozenset()
        standings = self._standings if feeds == self._feeds else Standings(feeds)
        due = self._flips.due(now)
        touched: Iterable[Key] = due
        if self._is_all(cluster, effect, now):
            touched = self._all(cluster, effect)
        else:
            for key in effect.changed:
                for number, reached in enumerate(affected_by(cluster, key, effect.previous.get(key))):
                    due.add(reached)
                    if number % _REACHED == _REACHED - 1:
                        yield
                yield
            due.update(self._askers.of(standings.differing(self._standings)))
        self._feeds, self._standings, self._thought = feeds, standings, now
        changed: set[Key] = set()
        for number, key in enumerate(touched):
            if key.kind in self._symptoms and self._rediagnose(key, cluster, now):
                changed.add(key)
            if number % _SLICE == _SLICE - 1:
                yield
        found = {key: self._found.get(key) or () for key in changed}
        yield from self._roots.update(found, uids(cluster), effect.changed)
        self.rediagnosed = frozenset(changed)

    def publish(self) -> SharedMap[Key, tuple[Finding, ...]]:
        """The findings by subject as they stand, for good; only subjects with findings are in it."""
        return self._found.publish()

    @property
    def groups(self) -> tuple[Group, ...]:
        """The root causes, worst first, each with what follows from it; the same value while none differs."""
        return self._roots.groups

    def next_flip(self) -> datetime | None:
        """When a finding may come, change or go although nothing happens; None when none will."""
        return self._flips.next()

    def _is_all(self, cluster: Cluster, effect: Effect, now: datetime) -> bool:
        """Whether to look at everything: at first, when time was set back, and when it is the cheaper way."""
        if self._thought is None or now < self._thought:
            return True
        return len(effect.changed) > _MANY and len(effect.changed) * _PART > sum(map(len, cluster.objects.values()))

    def _all(self, cluster: Cluster, effect: Effect) -> Iterator[Key]:
        """Every object that there is, and those that have gone."""
        for kind in self._symptoms:
            yield from cluster.objects.get(kind, ())
        yield from (key for key, old in effect.previous.items() if old is not None and cluster.find(key) is None)

    def _rediagnose(self, key: Key, cluster: Cluster, now: datetime) -> bool:
        """Diagnose one subject anew; returns whether its findings differ."""
        record = cluster.find(key)
        found: tuple[Finding, ...] = ()
        flip: datetime | None = None
        asked: tuple[Kind, ...] = ()
        if record is not None:
            context = Context(cluster, self._standings, now, self._thresholds, key)
            found = diagnose(record, context, self._symptoms[key.kind])
            flip, asked = context.flip, tuple({kind: None for kind, _ in context.asked})
        self._flips.put(key, flip)
        self._askers.put(key, asked)
        before = self._found.get(key) or ()
        if found == before:
            return False
        if found:
            self._found.put(key, tuple(_kept(finding, before) for finding in found))
        else:
            self._found.drop(key)
        return True


Rules = tuple[tuple[Symptom[Any], tuple[AnyRule, ...]], ...]


def by_symptom(rules: Iterable[AnyRule]) -> dict[Kind, Rules]:
    """For each kind its symptoms, each with its rules, in the order in which they are given."""
    grouped: dict[str, list[AnyRule]] = {}
    for rule in rules:
        grouped.setdefault(rule.symptom.name, []).append(rule)
    symptoms: dict[Kind, Rules] = {}
    for group in grouped.values():
        symptom = group[0].symptom
        kind = symptom.record.kind
        symptoms[kind] = (*symptoms.get(kind, ()), (symptom, tuple(group)))
    return symptoms


def diagnose(record: Record, context: Context, symptoms: Rules) -> tuple[Finding, ...]:
    """The findings about one object: for each symptom that it shows those of the first rule that has an answer."""
    found: list[Finding] = []
    for symptom, rules in symptoms:
        try:
            if symptom.shows(record):
                for rule in rules:
                    if answer := tuple(rule.find(record, context)):
                        found.extend(answer)
                        break
        except Exception as error:
            found.append(fault(record, symptom.name, error))
    return context.settled(record, found) if found else ()


def _kept(finding: Finding, before: tuple[Finding, ...]) -> Finding:
    """The finding of before where it says the same, so that its identity tells that nothing is new."""
    return next((old for old in before if old == finding), finding)
