"""What the header says: how much is loaded, and how far it may be believed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from storagetui.frame import Frame
from storagetui.model.change import FeedHealth, FeedState
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from storagetui.view.column import UNKNOWN, Cell, Tone
from storagetui.view.format import age, clock, counted, number
from storagetui.view.text import clean

COUNTED = (Kind.POD, Kind.PERSISTENT_VOLUME_CLAIM, Kind.PERSISTENT_VOLUME)

_NAMED = 3
"""Kinds that a line over a table names, the last place among them for how many more there are."""
_URGENCY = (FeedState.STALE, FeedState.FORBIDDEN, FeedState.ABSENT, FeedState.CONNECTING, FeedState.LISTING)
"""What is wrong now before what was wrong all along, and that before what mends itself."""


class FeedLine(NamedTuple):
    """One thing to know about feeds."""

    text: str
    """The fact, in a sentence."""
    next_step: str
    """What to do, in a sentence; empty when nothing needs doing."""
    tone: Tone
    kinds: tuple[Kind, ...]


def counts(frame: Frame, kinds: tuple[Kind, ...] = COUNTED) -> tuple[Cell, ...]:
    """How much of each kind is loaded: `10,000 claims`, `listing 500 of about 50,000 pods`, `? nodes`."""
    return tuple(count(frame, kind) for kind in kinds)


def count(frame: Frame, kind: Kind) -> Cell:
    """How much of a kind is loaded."""
    noun = KINDS[kind].noun
    health = frame.health(kind)
    if health is not None and health.was_listed:
        tone = Tone.PLAIN if health.state is FeedState.LIVE else Tone.WARN
        return Cell(counted(len(frame.cluster.all(KINDS[kind].record)), noun), tone)
    if health is None or health.state in (FeedState.FORBIDDEN, FeedState.STALE):
        return Cell(f"{UNKNOWN} {noun}", Tone.WARN)
    if health.state is FeedState.ABSENT:
        return Cell(f"no {noun}", Tone.DIM)
    if health.state is FeedState.LISTING:
        whole = f" of about {number(health.expected)}" if health.expected is not None else ""
        return Cell(f"listing {number(health.listed)}{whole} {noun}", Tone.NOTE)
    return Cell(f"{UNKNOWN} {noun}", Tone.NOTE)


def feed_badge(frame: Frame, now: datetime) -> Cell:
    """All feeds in a few words: `● live 14 feeds`, `▲ 2 stale 2m10s · ✖ 1 forbidden · 11 live`."""
    states = _by_state(frame)
    live = len(states.get(FeedState.LIVE, ()))
    loading = len(states.get(FeedState.LISTING, ())) + len(states.get(FeedState.CONNECTING, ()))
    stale, forbidden = states.get(FeedState.STALE, ()), states.get(FeedState.FORBIDDEN, ())
    parts = []
    if stale:
        parts.append(f"▲ {len(stale)} stale {age(_earliest(stale), now)}")
    if forbidden:
        parts.append(f"✖ {len(forbidden)} forbidden")
    if loading:
        parts.append(f"◌ loading {loading} of {live + loading + len(stale) + len(forbidden)} feeds")
    if not parts:
        return Cell(f"● live {counted(live, 'feeds')}", Tone.OK) if live else Cell("◌ no feeds yet", Tone.NOTE)
    if live:
        parts.append(f"{live} live")
    tone = Tone.ERROR if stale else Tone.WARN if forbidden else Tone.NOTE
    return Cell(" · ".join(parts), tone)


def feed_lines(frame: Frame, now: datetime, kinds: tuple[Kind, ...] = ()) -> tuple[FeedLine, ...]:
    """What is to be known about the feeds, worst first; empty when all is well.

    Of these kinds alone the first two are named where many share a fate, so that a line has room for since when and
    why; of all kinds each is named.
    """
    every, most = _healths(frame), _NAMED if kinds else len(KINDS)
    healths = {kind: every[kind] for kind in kinds or every if kind in every}
    groups: dict[tuple[int, str], list[FeedHealth]] = {}
    for health in healths.values():
        if health.state in _URGENCY and not _is_silent(health):
            # Refusals read alike but for the resource that each names: the first one speaks for all.
            why = "" if health.state is FeedState.FORBIDDEN else health.message
            groups.setdefault((_URGENCY.index(health.state), why), []).append(health)
    lines = [_line(group, now, most) for _, group in sorted(groups.items(), key=lambda item: item[0])]
    lines += [_set_aside(health) for health in healths.values() if health.set_aside_count]
    missing = [kind for kind in kinds if kind not in healths]
    if missing:
        lines.append(FeedLine(f"Not watched: {_nouns(missing, most)}.", "", Tone.NOTE, tuple(missing)))
    order = (Tone.ERROR, Tone.WARN, Tone.NOTE)
    return tuple(sorted(lines, key=lambda line: order.index(line.tone)))


def _healths(frame: Frame) -> dict[Kind, FeedHealth]:
    """The folded health of each kind that has a feed, in the order of the table of kinds."""
    watched = {feed.kind for feed in frame.feeds}
    found = {kind: frame.health(kind) for kind in KINDS if kind in watched}
    return {kind: health for kind, health in found.items() if health is not None}


def _by_state(frame: Frame) -> dict[FeedState, list[FeedHealth]]:
    states: dict[FeedState, list[FeedHealth]] = {}
    for health in _healths(frame).values():
        states.setdefault(health.state, []).append(health)
    return states


def _is_silent(health: FeedHealth) -> bool:
    """An optional kind that the cluster lacks is no trouble."""
    return health.state is FeedState.ABSENT and KINDS[health.feed.kind].is_optional


def _line(group: list[FeedHealth], now: datetime, most: int) -> FeedLine:
    kinds = tuple(health.feed.kind for health in group)
    nouns, state = _nouns(kinds, most), group[0].state
    why = f" {_sentence(group[0].message)}" if group[0].message else ""
    if state is FeedState.STALE:
        since = _earliest(group)
        heard = f"Nothing heard about {nouns} since {clock(since, now)} ({age(since, now)})."
        return FeedLine(
            f"{heard}{why}",
            "What is shown of them may be out of date; the connection is tried again without your doing.",
            Tone.ERROR,
            kinds,
        )
    if state is FeedState.FORBIDDEN:
        resources = ", ".join(KINDS[kind].plural for kind in kinds)
        return FeedLine(
            f"You may not list {nouns}.{why}",
            f"What depends on them shows as ?; ask for the verbs get, list and watch on {resources}.",
            Tone.WARN,
            kinds,
        )
    if state is FeedState.ABSENT:
        return FeedLine(f"The server does not know {nouns}.{why}", "", Tone.NOTE, kinds)
    progress = ", ".join(_progress(health) for health in group)
    return FeedLine(f"Not complete yet: {progress}.{why}", "", Tone.NOTE, kinds)


def _progress(health: FeedHealth) -> str:
    noun = KINDS[health.feed.kind].noun
    if health.state is FeedState.CONNECTING:
        return f"{noun} (connecting)"
    whole = f" of about {number(health.expected)}" if health.expected is not None else " so far"
    return f"{noun} ({number(health.listed)}{whole})"


def _set_aside(health: FeedHealth) -> FeedLine:
    kind = health.feed.kind
    shown = [
        clean(f"{one.namespace}/{one.name}" if one.namespace else one.name or "one without a name")
        + f" ({clean(one.reason)})"
        for one in health.set_aside[:3]
    ]
    more = "" if health.set_aside_count <= len(shown) else f" and {number(health.set_aside_count - len(shown))} more"
    return FeedLine(
        f"{counted(health.set_aside_count, KINDS[kind].noun)} could not be read: {', '.join(shown)}{more}.",
        "Unreadable objects are missing from every screen; look at them with kubectl.",
        Tone.WARN,
        (kind,),
    )


def _nouns(kinds: Sequence[Kind], most: int) -> str:
    names = [KINDS[kind].noun for kind in kinds]
    if len(names) > most:
        names = [*names[: most - 1], f"{len(names) - most + 1} more kinds"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _sentence(message: str) -> str:
    text = clean(message).rstrip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _earliest(group: list[FeedHealth]) -> datetime | None:
    return min((health.since for health in group if health.since is not None), default=None)
