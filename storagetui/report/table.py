"""The report as text: what the screen would say, once."""

import textwrap
from collections.abc import Iterator

from storagetui.diagnosis.finding import Severity
from storagetui.diagnosis.group import Group
from storagetui.frame import Frame
from storagetui.model.kinds import KINDS
from storagetui.report.gather import Gathered
from storagetui.view.detail import title
from storagetui.view.format import age, counted, number
from storagetui.view.header import counts, feed_lines
from storagetui.view.text import clean
from storagetui.view.triage import hit_words, local_times, ranked_in
from storagetui.view.worst import GLYPHS

_WIDTH = 100


def text(gathered: Gathered, namespaces: tuple[str, ...] = ()) -> str:
    """The whole report."""
    frame = gathered.frame
    rows = ranked_in(frame, namespaces)
    lines = [heading(gathered, namespaces), " · ".join(count_words(gathered))]
    for note in notes(gathered):
        lines += wrapped(f"! {note}", hanging="  ")
    lines += ["", headline(rows)]
    for row in rows:
        lines += ["", *_row(row, frame)]
    return "\n".join(lines) + "\n"


def heading(gathered: Gathered, namespaces: tuple[str, ...] = ()) -> str:
    """What is reported on, and as of when."""
    where = (
        f"{'namespace' if len(namespaces) == 1 else 'namespaces'} {', '.join(namespaces)}"
        if namespaces
        else "all namespaces"
    )
    return clean(f"{gathered.source}, {where}, {gathered.frame.at:%Y-%m-%d %H:%M:%S} UTC")


def count_words(gathered: Gathered) -> list[str]:
    """How much there is of each kind that is counted in the header."""
    frame = gathered.frame
    if not gathered.is_dump:
        return [cell.text for cell in counts(frame)]
    kinds = [kind for kind in KINDS if frame.health(kind) is not None]
    return [counted(len(frame.cluster.all(KINDS[kind].record)), KINDS[kind].noun) for kind in kinds]


def notes(gathered: Gathered) -> Iterator[str]:
    """What the reader has to know of how far all this may be believed, in sentences."""
    frame = gathered.frame
    yield from gathered.notes
    for line in feed_lines(frame, frame.at):
        yield f"{line.text} {line.next_step}".rstrip()
    yield from (clean(problem) for problem in gathered.problems)
    if gathered.is_dump:
        missing = [info.noun for kind, info in KINDS.items() if frame.health(kind) is None and not info.is_optional]
        if missing:
            yield f"Not in the dump, and so not judged: {', '.join(missing)}."


def headline(rows: tuple[Group, ...]) -> str:
    """How many findings there are."""
    troubles = sum(row.severity is not Severity.INFO for row in rows)
    calm = len(rows) - troubles
    calm_words = f"; {number(calm)} for your information" if calm else ""
    if not troubles:
        return f"Nothing that is listed is stuck{calm_words}."
    return f"{number(troubles)} {'finding' if troubles == 1 else 'findings'}{calm_words}."


def wrapped(words: str, indent: str = "", hanging: str = "") -> list[str]:
    """A text in lines; words that are longer than a line, as names are, stay whole."""
    return textwrap.wrap(
        words,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _row(row: Group, frame: Frame) -> list[str]:
    finding = row.finding
    since = f", for {age(finding.since, frame.at)}" if finding.since else ""
    hit = hit_words(row.hit)
    lines = [clean(f"{GLYPHS[row.severity]} {row.severity} · {finding.title} [{finding.code}]")]
    lines.append(clean(f"  {title(finding.subject)}{since} ({finding.certainty})" + (f"; hit: {hit}" if hit else "")))
    lines += wrapped(local_times(finding.explanation, frame.at), "  ")
    if finding.next_step:
        lines += wrapped(f"Next: {local_times(finding.next_step, frame.at)}", "  ")
    return lines
