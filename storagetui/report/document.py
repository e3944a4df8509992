"""The report as JSON: the schema that scripts rely on; fields are added to it and never change their meaning."""

from collections.abc import Iterable

import msgspec

from storagetui.diagnosis.catalog import STATES
from storagetui.diagnosis.finding import Certainty, Finding, Severity
from storagetui.diagnosis.group import Group
from storagetui.diagnosis.words import moment
from storagetui.frame import Frame
from storagetui.model.keys import Key
from storagetui.view.text import clean
from storagetui.view.triage import ranked_in


class ObjectName(msgspec.Struct, frozen=True, kw_only=True):
    """Which object."""

    kind: str
    namespace: str
    """Empty for kinds that have none."""
    name: str
    uid: str
    """Empty for an object that is not there."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A field that a finding rests on, and its value."""

    object: ObjectName
    field: str
    """As Kubernetes writes it: `status.phase`."""
    value: str


class ReportedFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One finding."""

    code: str
    title: str
    severity: Severity
    certainty: Certainty
    root: bool
    """Whether no other finding explains it."""
    subject: ObjectName
    victims: tuple[ObjectName, ...]
    """Who waits because of it; for a root cause those of all that follows from it, too."""
    since: str | None
    """RFC 3339 in UTC; null when the objects do not tell."""
    explanation: str
    evidence: tuple[Fact, ...]
    remedies: tuple[str, ...]
    """What to do in this case, then what helps in such a state, the harmless first."""
    causes: tuple[ObjectName, ...]
    """The objects whose own trouble, or absence, is the next step towards the root."""
    calm: bool
    """Whether it only looks like a failure."""
    links: tuple[str, ...]


class ReportedFeed(msgspec.Struct, frozen=True, kw_only=True):
    """How far the objects of a kind may be believed; a kind without one was not read."""

    state: str
    """`live`, `stale`, `forbidden`, `absent`, `listing` or `connecting`; of a dump `listed`, or `partial` where single
    objects stand in it and no list."""
    objects: int
    set_aside: int
    """Objects that could not be read."""
    message: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report."""

    findings: tuple[ReportedFinding, ...]
    """Root causes first, each part worst first."""
    feeds: dict[str, ReportedFeed]
    """By kind."""
    at: str
    """The cluster's time, as of which everything is meant."""


def report(frame: Frame, namespaces: tuple[str, ...] = (), *, is_dump: bool = False) -> Report:
    """The report of a Frame, or of some namespaces in it."""
    return about(frame, ranked_in(frame, namespaces), is_dump=is_dump)


def about(frame: Frame, rows: Iterable[Group], *, is_dump: bool = False) -> Report:
    """The report of some root causes and what follows from them."""
    rows = tuple(rows)
    roots = [_root(row, frame) for row in rows]
    rest = {identity: one for row in rows for identity, one in row.followers.items()}
    followers = sorted(rest.values(), key=lambda one: (one.severity.rank, one.subject, one.code))
    return Report(
        findings=(*roots, *(_finding(one, one.victims, frame, is_root=False) for one in followers)),
        feeds=_feeds(frame, is_dump=is_dump),
        at=moment(frame.at),
    )


def object_name(frame: Frame, key: Key) -> ObjectName:
    """An object's name in a report."""
    record = frame.cluster.find(key)
    return ObjectName(kind=key.kind, namespace=key.namespace, name=key.name, uid=record.uid if record else "")


def _root(row: Group, frame: Frame) -> ReportedFinding:
    return _finding(row.finding, row.victims, frame, is_root=True)


def _finding(finding: Finding, victims: Iterable[Key], frame: Frame, *, is_root: bool) -> ReportedFinding:
    state = STATES[finding.code]
    subject = object_name(frame, finding.subject)
    return ReportedFinding(
        code=finding.code,
        title=clean(finding.title),
        severity=finding.severity,
        certainty=finding.certainty,
        root=is_root,
        subject=msgspec.structs.replace(subject, uid=finding.uid or subject.uid),
        victims=tuple(object_name(frame, key) for key in victims),
        since=None if finding.since is None else moment(finding.since),
        explanation=clean(finding.explanation),
        evidence=tuple(
            Fact(object=object_name(frame, one.key), field=one.path, value=clean(one.value)) for one in finding.evidence
        ),
        remedies=tuple(filter(None, (clean(finding.next_step), *state.remedies))),
        causes=tuple(object_name(frame, key) for key in finding.causes),
        calm=state.is_calm,
        links=state.links,
    )


def _feeds(frame: Frame, *, is_dump: bool) -> dict[str, ReportedFeed]:
    feeds = {}
    for kind in dict.fromkeys(feed.kind for feed in sorted(frame.feeds)):
        health = frame.health(kind)
        if health is None:
            continue
        state = ("partial" if health.is_partial else "listed") if is_dump else str(health.state)
        feeds[str(kind)] = ReportedFeed(
            state=state, objects=health.listed, set_aside=health.set_aside_count, message=clean(health.message)
        )
    return feeds
