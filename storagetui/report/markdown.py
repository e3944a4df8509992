"""The report, one object and the catalogue as Markdown, for tickets and documentation."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.group import Group
from storagetui.frame import Frame
from storagetui.model.keys import Key
from storagetui.report.explain import rows_about
from storagetui.report.gather import Gathered
from storagetui.report.table import count_words, heading, headline, notes
from storagetui.view.detail import describe, title
from storagetui.view.format import age
from storagetui.view.section import Line
from storagetui.view.text import clean
from storagetui.view.triage import explain, hit_words, ranked_in
from storagetui.view.worst import GLYPHS

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!~])")


def escaped(text: str) -> str:
    """Text that came from a cluster, so that nothing in it is markup."""
    return _SPECIAL.sub(r"\\\1", clean(text))


def text(gathered: Gathered, namespaces: tuple[str, ...] = ()) -> str:
    """The whole report."""
    rows = ranked_in(gathered.frame, namespaces)
    lines = [f"# {escaped(heading(gathered, namespaces))}", "", escaped(" · ".join(count_words(gathered)))]
    told = [f"- {escaped(note)}" for note in notes(gathered)]
    lines += ["", *told] if told else []
    lines += ["", headline(rows)]
    if rows:
        lines += ["", "| severity | what | where | hit | since |", "| --- | --- | --- | --- | --- |"]
        lines += [_line(row, gathered.frame) for row in rows]
    for row in rows:
        lines += ["", *_row(row, gathered.frame)]
    return "\n".join(lines) + "\n"


def explained(gathered: Gathered, key: Key) -> str:
    """One object: what is wrong with it, and what it is."""
    frame = gathered.frame
    lines = [f"# {escaped(title(key))}", "", escaped(heading(gathered))]
    for row in rows_about(frame, key):
        lines += ["", *_row(row, frame)]
    for section in describe(frame, key, frame.at):
        if section.title != "Findings":
            lines += ["", f"## {section.title}", "", *(_item(line) for line in section.lines)]
    return "\n".join(lines) + "\n"


def _line(row: Group, frame: Frame) -> str:
    finding = row.finding
    cells = (
        f"{GLYPHS[row.severity]} {row.severity}",
        escaped(finding.title),
        escaped(title(finding.subject)),
        hit_words(row.hit) or "nobody",
        age(finding.since, frame.at),
    )
    return f"| {' | '.join(cells)} |"


def _row(row: Group, frame: Frame) -> Iterator[str]:
    finding = row.finding
    yield f"## {escaped(finding.title)}"
    yield ""
    yield f"`{finding.code}`, {row.severity}, {finding.certainty}: {escaped(title(finding.subject))}"
    for section in explain(row, frame, frame.at):
        yield ""
        yield f"**{section.title}**"
        yield ""
        yield from (_item(line) for line in section.lines)


def _item(line: Line) -> str:
    label = f"{escaped(line.label)}: " if line.label else ""
    return f"- {label}{line.value if line.value.startswith('https://') else escaped(line.value)}"
