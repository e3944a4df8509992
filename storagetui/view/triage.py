"""What is stuck: findings as ranked rows, one for each root cause, and the explanation of one of them."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from storagetui.diagnosis.finding import Finding, Severity
from storagetui.diagnosis.group import Group, Rank, weight
from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind
from storagetui.model.kinds import KINDS
from storagetui.view.column import NONE, Cell, Column, Table, Tone
from storagetui.view.detail import title
from storagetui.view.events import EventLine, lines_of
from storagetui.view.format import age, clock, counted, number, singular
from storagetui.view.query import matches, parse
from storagetui.view.section import Line, Section, listed
from storagetui.view.text import clean
from storagetui.view.worst import GLYPHS, severity_tone

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_SHOWN = 12
"""Objects that are named in the explanation, of those that are hit or that follow."""
_HIT_ORDER = (Kind.STATEFUL_SET, Kind.POD, Kind.PERSISTENT_VOLUME_CLAIM, Kind.PERSISTENT_VOLUME)


def ranked(frame: Frame, namespace: str = "", text: str = "") -> tuple[Group, ...]:
    """The root causes of a namespace, or of all, that match a filter line: worst first, then those that hit most.

    A cause belongs to its own namespace and to those of whom it hits. Depends on the Frame's groups alone, which are
    the same object as before while no finding differs.
    """
    query = parse(text, TRIAGE)
    if not namespace and query.is_empty:
        return frame.groups
    return tuple(
        group
        for group in frame.groups
        if (not namespace or namespace in group.namespaces) and (query.is_empty or matches(query, TRIAGE, group, frame))
    )


def ranked_in(frame: Frame, namespaces: tuple[str, ...]) -> tuple[Group, ...]:
    """The root causes of some namespaces, or of all where none is given, in the same order."""
    if not namespaces:
        return frame.groups
    return tuple(group for group in frame.groups if not group.namespaces.isdisjoint(namespaces))


def problem(text: str) -> str:
    """What is wrong with a filter line, in a sentence; empty when nothing is."""
    return parse(text, TRIAGE).problem


def cells(row: Group, frame: Frame, now: datetime) -> tuple[Cell, ...]:
    """The cells of a row, in the order of COLUMNS."""
    return tuple(column.cell(row, frame, now) for column in COLUMNS)


def tally(rows: Iterable[Group]) -> tuple[Cell, ...]:
    """How many rows there are of each glyph: `2 ✖`, `1 ▲`, `3 ●`; nothing for none."""
    severities = Counter(row.severity for row in rows)
    counts: dict[str, int] = {}
    tones: dict[str, Tone] = {}
    for severity in filter(severities.__contains__, Severity):
        glyph = GLYPHS[severity]
        counts[glyph] = counts.get(glyph, 0) + severities[severity]
        tones.setdefault(glyph, severity_tone(severity))
    return tuple(Cell(f"{number} {glyph}", tones[glyph]) for glyph, number in counts.items())


def explain(group: Group, frame: Frame, now: datetime) -> tuple[Section, ...]:
    """Why, what to do, who is hit, what follows and what it rests on; the chain and the events stand elsewhere."""
    finding = group.finding
    sections = (
        Section(f"Why ({finding.certainty})", (Line("", local_times(finding.explanation, now)),)),
        Section("What to do", _remedies(finding)),
        Section("Explained by", tuple(_object(key, frame) for key in finding.causes)),
        Section("Hit", _hit(group, frame)),
        Section("Follows from it", _followers(group)),
        Section("Evidence", _evidence(finding, now)),
    )
    return tuple(section for section in sections if section.lines)


def finding_events(finding: Finding, frame: Frame, now: datetime) -> tuple[EventLine, ...]:
    """The latest events that belong to a finding, those that have expired left out."""
    found = (frame.cluster.get(Event, key.namespace, key.name) for key in finding.events)
    return lines_of((event for event in found if event is not None), now)


def local_times(text: str, now: datetime) -> str:
    """A finding's text, made clean, its moments as local time of day and how long ago."""
    return _MOMENT.sub(lambda match: _local(match[0], now), clean(text))


def _local(text: str, now: datetime) -> str:
    try:
        when = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return text
    past = age(when, now)
    return f"{clock(when, now)} ({past if past.startswith('in ') else f'{past} ago'})"


def severity_cell(severity: Severity) -> Cell:
    """`✖ high`."""
    return Cell(f"{GLYPHS[severity]} {severity}", severity_tone(severity))


def place(key: Key) -> Cell:
    """`claim data-0 in shop`: where there is little room, the namespace is cut and not the name."""
    named = f"{singular(KINDS[key.kind].noun)} {key.name}"
    return Cell(clean(f"{named} in {key.namespace}" if key.namespace else named))


def _severity(row: Group, _frame: Frame, _now: datetime) -> Cell:
    return severity_cell(row.severity)


def _what(row: Group, _frame: Frame, _now: datetime) -> Cell:
    return Cell(clean(row.finding.title))


def _where(row: Group, _frame: Frame, _now: datetime) -> Cell:
    return place(row.key)


def _hit_words(row: Group, _frame: Frame, _now: datetime) -> Cell:
    words = kind_words(row.hit_kinds)
    return Cell(words) if words else Cell("nobody", Tone.DIM)


def hit_words(keys: Iterable[Key]) -> str:
    """How many of each kind: `1 set · 3 pods · 2 claims`; empty for nobody."""
    return kind_words(Counter(key.kind for key in keys))


def kind_words(counts: Mapping[Kind, int]) -> str:
    """The same of what has been counted."""
    order = [*_HIT_ORDER, *sorted(kind for kind in counts if kind not in _HIT_ORDER)]
    return " · ".join(counted(counts[kind], KINDS[kind].noun) for kind in order if kind in counts)


def _since(row: Group, _frame: Frame, now: datetime) -> Cell:
    return Cell(age(row.finding.since, now))


def _next(row: Group, _frame: Frame, now: datetime) -> Cell:
    step = row.finding.next_step
    return Cell(local_times(step, now)) if step else Cell(NONE, Tone.DIM)


def _by_rank(row: Group, _frame: Frame) -> Rank:
    return row.rank


def _column(id_: str, heading: str, cell: Any, room: tuple[int, int, int], **more: bool) -> Column[Any]:
    """A column; `room` is its width, its minimum and its priority."""
    width, minimum, priority = room
    return Column(
        id=id_, title=heading, width=width, minimum=minimum, priority=priority, cell=cell, sort=_by_rank, **more
    )


COLUMNS: tuple[Column[Any], ...] = (
    _column("severity", "SEVERITY", _severity, (10, 10, 0)),
    _column("what", "WHAT", _what, (46, 26, 0), grows=True),
    _column("where", "WHERE", _where, (30, 16, 1)),
    _column("hit", "HIT", _hit_words, (24, 11, 3)),
    _column("since", "SINCE", _since, (7, 5, 2), is_right=True, is_age=True),
    _column("next", "NEXT", _next, (40, 24, 4)),
)
"""All sorted alike: rows are ranked, not sorted by column."""

TRIAGE: Table[Any] = Table(
    id="triage",
    title="Findings",
    noun="findings",
    record=Record,
    columns=COLUMNS,
    default_sort="severity",
    sources=(Kind.PERSISTENT_VOLUME_CLAIM, Kind.POD, Kind.STATEFUL_SET),
    touched=lambda _changed, _before, _now: set(),
)
"""What the filter language knows of the rows; they are Groups, not objects of a kind."""


def _remedies(finding: Finding) -> tuple[Line, ...]:
    """The next step in this case, then what helps in such a state, then where to read on."""
    from storagetui.diagnosis.catalog import STATES  # late: whoever has a finding has imported the rules

    state = STATES.get(finding.code)
    step = [Line("Next", clean(finding.next_step))] if finding.next_step else []
    if state is None:
        return tuple(step)
    helps = listed("Helps", [Line("", remedy) for remedy in state.remedies])
    return (*step, *helps, *listed("Read", [Line("", link, Tone.DIM) for link in state.links]))


def _object(key: Key, frame: Frame) -> Line:
    worst = min(frame.findings.get(key) or (), key=weight, default=None)
    if worst is None:
        return Line("", title(key), key=key)
    return Line("", f"{title(key)}: {clean(worst.title)}", severity_tone(worst.severity), key)


def _hit(group: Group, frame: Frame) -> tuple[Line, ...]:
    keys = group.victims
    lines = [Line("", title(key), key=key if frame.cluster.find(key) is not None else None) for key in keys[:_SHOWN]]
    if len(keys) > _SHOWN:
        lines.append(Line("", f"and {hit_words(keys[_SHOWN:])} more", Tone.DIM))
    return tuple(lines)


def _followers(group: Group) -> tuple[Line, ...]:
    lines = [_follower(one) for one in group.parts[:_SHOWN]]
    if len(group.parts) > _SHOWN:
        lines.append(Line("", f"and {number(len(group.parts) - _SHOWN)} more", Tone.DIM))
    return tuple(lines)


def _follower(finding: Finding) -> Line:
    text = f"{GLYPHS[finding.severity]} {clean(finding.title)} ({title(finding.subject)})"
    return Line("", text, severity_tone(finding.severity), finding.subject)


def _evidence(finding: Finding, now: datetime) -> tuple[Line, ...]:
    """The fields that were read, and their values at that moment."""
    return tuple(
        Line(title(one.key), f"{one.path} = {local_times(one.value, now) or '(empty)'}", key=one.key)
        for one in finding.evidence
    )
