"""The rows of the list of findings: root causes, and under those that are unfolded who is hit by them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from storagetui.diagnosis.finding import Finding
from storagetui.diagnosis.group import NOTHING, Group, Identity
from storagetui.frame import Frame
from storagetui.model.keys import Key
from storagetui.view.column import Cell, Tone
from storagetui.view.format import age
from storagetui.view.text import clean
from storagetui.view.triage import cells, place, severity_cell

_BRANCH, _LAST = "  ├ ", "  └ "


class TriageRow(NamedTuple):
    """A root cause, or one of those that it hits."""

    group: Group
    victim: Key | None = None
    """None for the cause itself."""
    is_last: bool = False
    """Whether the victim is the last one under its cause."""

    @property
    def identity(self) -> tuple[Identity, Key | None]:
        """What stays the same while words change and rows move."""
        return self.group.identity, self.victim

    @property
    def key(self) -> Key:
        """The object that the row is about."""
        return self.victim or self.group.key


def unfolded(groups: Iterable[Group], which: Collection[Identity]) -> tuple[TriageRow, ...]:
    """A row for each group, and for those with these identities one for each victim under it."""
    rows = []
    for group in groups:
        rows.append(TriageRow(group))
        if group.identity in which and group.victims:
            last = group.victims[-1]
            rows += [TriageRow(group, victim, victim is last) for victim in group.victims]
    return tuple(rows)


def row_cells(row: TriageRow, frame: Frame, now: datetime, *, is_unfolded: bool = False) -> tuple[Cell, ...]:
    """The cells of a row, in the order of COLUMNS; who is hit is marked where it can be unfolded."""
    if row.victim is None:
        made = cells(row.group, frame, now)
        if not row.group.mentions:
            return made
        mark = "▾" if is_unfolded else "▸"
        return tuple(Cell(f"{mark} {one.text}", one.tone) if number == _HIT else one for number, one in enumerate(made))
    finding, branch = finding_about(row), _LAST if row.is_last else _BRANCH
    where = place(row.victim)
    if finding is None:
        return (Cell(""), Cell(f"{branch}waits", Tone.DIM), where, Cell(""), Cell(""), Cell(""))
    return (
        severity_cell(finding.severity),
        Cell(branch + clean(finding.title)),
        where,
        Cell(""),
        Cell(age(finding.since, now)),
        Cell(""),
    )


def finding_about(row: TriageRow) -> Finding | None:
    """The worst of the findings about the victim that follow from the cause; the cause's own of its row."""
    if row.victim is None:
        return row.group.finding
    return row.group.about.get(row.victim)


def explained(row: TriageRow) -> Group:
    """What the row's explanation is about: the cause with all that follows, or a victim's finding by itself."""
    finding = finding_about(row)
    if row.victim is None or finding is None:
        return row.group
    identity = (finding.subject, finding.code, 0)
    return Group(identity, finding, finding.severity, NOTHING, dict.fromkeys(finding.victims, 1))


_HIT = 3
"""The position of the column that says who is hit."""
