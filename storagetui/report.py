"""The plain-text front end: what the screen would say, once, for where there is no screen."""

import asyncio
import textwrap

from storagetui.diagnosis.finding import Severity
from storagetui.frame import Frame
from storagetui.model.change import FeedState
from storagetui.session import Opener
from storagetui.view.detail import title
from storagetui.view.format import age, number
from storagetui.view.header import counts, feed_lines
from storagetui.view.text import clean
from storagetui.view.triage import TriageRow, hit_words, local_times, ranked
from storagetui.view.worst import GLYPHS

_WITHIN_S = 30.0
"""After which what is there is printed, and what is missing is said."""
_WIDTH = 100
_SETTLED = (FeedState.LIVE, FeedState.FORBIDDEN, FeedState.ABSENT)


async def summary(opener: Opener, namespace: str = "") -> str:
    """The findings of one cluster, or of one namespace, once every feed has said what it has to say.

    Raises what the opener raises.
    """
    async with opener() as session:
        try:
            async with asyncio.timeout(_WITHIN_S):
                async for frame in session.frames():
                    if _is_settled(frame):
                        break
        except TimeoutError:
            pass
        return text(session.frame, session.identity.context, namespace)


def text(frame: Frame, context: str, namespace: str = "") -> str:
    """The summary of a Frame."""
    where = f"namespace {namespace}" if namespace else "all namespaces"
    lines = [clean(f"{context}, {where}, {frame.at:%Y-%m-%d %H:%M:%S} UTC")]
    lines.append(" · ".join(cell.text for cell in counts(frame)))
    for feed in feed_lines(frame, frame.at):
        lines += textwrap.wrap(f"! {feed.text} {feed.next_step}".rstrip(), _WIDTH, subsequent_indent="  ")
    rows = ranked(frame, namespace)
    troubles = sum(row.severity is not Severity.INFO for row in rows)
    lines += ["", _headline(troubles, len(rows) - troubles)]
    for row in rows:
        lines += ["", *_row(row, frame)]
    return "\n".join(lines) + "\n"


def _is_settled(frame: Frame) -> bool:
    return bool(frame.feeds) and all(health.state in _SETTLED for health in frame.feeds.values())


def _headline(troubles: int, calm: int) -> str:
    calm_words = f"; {number(calm)} for your information" if calm else ""
    if not troubles:
        return f"Nothing that is listed is stuck{calm_words}."
    return f"{number(troubles)} {'finding' if troubles == 1 else 'findings'}{calm_words}."


def _row(row: TriageRow, frame: Frame) -> list[str]:
    finding = row.finding
    since = f", for {age(finding.since, frame.at)}" if finding.since else ""
    hit = hit_words(row.hit)
    lines = [clean(f"{GLYPHS[row.severity]} {row.severity} · {finding.title} [{finding.code}]")]
    lines.append(clean(f"  {title(finding.subject)}{since} ({finding.certainty})" + (f"; hit: {hit}" if hit else "")))
    for part in (finding.explanation, finding.next_step and f"Next: {finding.next_step}"):
        if part:
            words = local_times(part, frame.at)
            lines += textwrap.wrap(words, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_long_words=False)
    return lines
