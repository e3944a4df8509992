"""What is watched and how far it may be believed, as a page."""

from datetime import datetime

from storagetui.frame import Frame, coverage
from storagetui.model.change import Feed, FeedHealth, FeedState
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from storagetui.ui.outlook import Outlook
from storagetui.ui.widgets.wrap import BLANK, Paragraph
from storagetui.view.column import Cell, Tone
from storagetui.view.format import age, clock, number
from storagetui.view.header import feed_lines, in_view
from storagetui.view.text import clean, fit, width

_NAME = 24
_WORDS = {
    FeedState.LIVE: ("● live", Tone.OK),
    FeedState.LISTING: ("◌ listing", Tone.NOTE),
    FeedState.CONNECTING: ("◌ connecting", Tone.NOTE),
    FeedState.STALE: ("▲ stale", Tone.ERROR),
    FeedState.FORBIDDEN: ("✖ forbidden", Tone.WARN),
    FeedState.ABSENT: ("– not there", Tone.DIM),
}


def feeds_paragraphs(outlook: Outlook) -> list[Paragraph]:
    """The troubles first, then every kind with its state."""
    session, frame, now = outlook.session, outlook.frame, outlook.now()
    if session is None or frame is None or now is None:
        return [Paragraph((("Nothing is watched: there is no connection.", "note"),))]
    identity = session.identity
    who = f" as {clean(identity.user)}" if identity.user else ""
    said = [Paragraph((("Server ", "label"), (f"{clean(identity.server)}{who}", "plain")), 7), BLANK]
    for line in feed_lines(frame, now):
        said.append(Paragraph(((clean(line.text), line.tone),)))
        if line.next_step:
            said.append(Paragraph((("  ", "plain"), (clean(line.next_step), "plain")), 2))
        said.append(BLANK)
    known = coverage(frame)
    for kind in KINDS:
        health = in_view(frame, kind)
        if health is not None:
            said.append(_row(health, _loaded(frame, kind), KINDS[kind].noun, now))
            feeds = known.feeds.get(kind, [])
            said += [_row(one, None, _which(one.feed), now) for one in feeds if len(feeds) > 1]
    return said


def _row(health: FeedHealth, loaded: int | None, name: str, now: datetime) -> Paragraph:
    word, tone = _word(health)
    since = f"since {clock(health.since, now)} ({age(health.since, now)})" if health.since else ""
    count = " " * 9 if loaded is None else f"{number(loaded):>9}" if health.was_listed else f"{'?':>9}"
    long = name if width(name) > _NAME else fit(name, _NAME)
    return Paragraph(((fit(word, 14), tone), (f"{count}  ", "plain"), (f"{long} ", "plain"), (since, "dim")), 14)


def _which(feed: Feed) -> str:
    where = clean(feed.namespace) or ("everywhere" if not feed.field_selector else "")
    about = [part.partition("=")[2] for part in feed.field_selector.split(",")] if feed.field_selector else []
    return "  " + " ".join(filter(None, (where, *map(clean, about))))


def _loaded(frame: Frame, kind: Kind) -> int:
    return len(frame.cluster.all(KINDS[kind].record))


def feed_cell(frame: Frame, feed: Feed) -> Cell:
    """The state of one feed in a word; nothing when there is no such feed."""
    health = frame.feeds.get(feed)
    return Cell(*_word(health)) if health is not None else Cell("")


def _word(health: FeedHealth) -> tuple[str, Tone]:
    return ("◌ catching up", Tone.NOTE) if health.is_catching_up else _WORDS[health.state]
