"""What the header says: how much is loaded, and how far it may be believed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from storagetui.frame import Frame, coverage
from storagetui.model.change import FeedHealth, FeedState
from storagetui.model.coverage import fold
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from storagetui.view.column import UNKNOWN, Cell, Tone
from storagetui.view.format import age, clock, counted, duration, number
from storagetui.view.text import clean

COUNTED = (Kind.POD, Kind.PERSISTENT_VOLUME_CLAIM, Kind.PERSISTENT_VOLUME)

_CLOCKS_AGREE_S = 5.0
_SCOPE_NAMED = 6
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
    health = in_view(frame, kind)
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
    behind = [health for health in stale if health.is_catching_up]
    stale = [health for health in stale if not health.is_catching_up]
    parts = []
    if stale:
        parts.append(f"▲ {len(stale)} stale {age(_earliest(stale), now)}")
    if forbidden:
        parts.append(f"✖ {len(forbidden)} forbidden")
    if loading:
        parts.append(f"◌ loading {loading} of {live + loading + len(stale) + len(behind) + len(forbidden)} feeds")
    if behind:
        parts.append(f"◌ {len(behind)} catching up {age(_earliest(behind), now)}")
    if not parts:
        return Cell(f"● live {counted(live, 'feeds')}", Tone.OK) if live else Cell("◌ no feeds yet", Tone.NOTE)
    if live:
        parts.append(f"{live} live")
    tone = Tone.ERROR if stale else Tone.WARN if forbidden else Tone.NOTE
    return Cell(" · ".join(parts), tone)


def in_view(frame: Frame, kind: Kind, namespace: str = "") -> FeedHealth | None:
    """How far a kind may be believed in a namespace, or wherever the user may look; None when it has no feed."""
    health = frame.health(kind, namespace)
    if namespace or health is None or health.state is not FeedState.FORBIDDEN:
        return health
    known = coverage(frame)
    inside = (known.health(kind, name) for name in known.namespaces(kind))
    return fold(one for one in inside if one is not None) or health


def scope(frame: Frame, kinds: Iterable[Kind] = KINDS) -> tuple[str, ...]:
    """The namespaces that the user may look into where not all can be; empty for one who may look everywhere."""
    known = coverage(frame)
    return tuple(sorted({name for kind in kinds for name in known.namespaces(kind)}))


def scope_text(names: Sequence[str]) -> str:
    """`2 namespaces: data and shop`, with the first few of many."""
    shown = [clean(name) for name in names[:_SCOPE_NAMED]]
    more = [f"{number(len(names) - len(shown))} more"] if len(names) > len(shown) else []
    return f"{counted(len(names), 'namespaces')}: {_joined([*shown, *more])}"


def feed_lines(frame: Frame, now: datetime, kinds: tuple[Kind, ...] = (), namespace: str = "") -> tuple[FeedLine, ...]:
    """What is to be known about the feeds, of a namespace or of all, worst first; empty when all is well.

    Of these kinds alone the first two are named where many share a fate, so that a line has room for since when and
    why; of all kinds each is named.
    """
    every, most = _healths(frame, namespace), _NAMED if kinds else len(KINDS)
    healths = {kind: every[kind] for kind in kinds or every if kind in every}
    groups: dict[tuple[int, str], list[FeedHealth]] = {}
    for health in healths.values():
        if health.state in _URGENCY and not _is_silent(health):
            # Refusals read alike but for the resource that each names: the first one speaks for all.
            why = "" if health.state is FeedState.FORBIDDEN else health.message
            groups.setdefault((_URGENCY.index(health.state), why), []).append(health)
    names = () if namespace else scope(frame, healths)
    lines = [_line(group, now, most, names) for _, group in sorted(groups.items(), key=lambda item: item[0])]
    lines += _refused_inside(frame, tuple(healths), names, most)
    if names and not any(_URGENCY[key[0]] is FeedState.FORBIDDEN for key in groups):
        said = f"You may look into {scope_text(names)}; what is in others is not shown."
        lines.append(FeedLine(said, "", Tone.NOTE, tuple(healths)))
    lines += [_set_aside(health) for health in healths.values() if health.set_aside_count]
    missing = [kind for kind in kinds if kind not in healths]
    if missing:
        lines.append(FeedLine(f"Not watched: {_nouns(missing, most)}.", "", Tone.NOTE, tuple(missing)))
    lines += filter(None, [clock_line(frame)])
    order = (Tone.ERROR, Tone.WARN, Tone.NOTE)
    return tuple(sorted(lines, key=lambda line: order.index(line.tone)))


def clock_line(frame: Frame) -> FeedLine | None:
    """That this machine's clock and the cluster's differ; None while they agree."""
    ahead_s = frame.clock_ahead.total_seconds()
    if abs(ahead_s) < _CLOCKS_AGREE_S:
        return None
    by = duration(abs(ahead_s))
    way = "ahead of" if ahead_s > 0 else "behind"
    said = f"This machine's clock is {by} {way} the cluster's."
    return FeedLine(said, "Ages are counted by the cluster's clock and are right.", Tone.NOTE, ())


def _refused_inside(frame: Frame, kinds: tuple[Kind, ...], names: Sequence[str], most: int) -> list[FeedLine]:
    """Kinds that may be listed in some of the namespaces looked into, and not in others."""
    known = coverage(frame)
    places: dict[tuple[str, ...], list[Kind]] = {}
    for kind in kinds:
        inside = known.namespaces(kind)
        missing = tuple(name for name in names if name not in inside)
        if inside and missing:
            places.setdefault(missing, []).append(kind)
    return [
        FeedLine(
            f"You may not list {_nouns(refused, most)} in {_joined([clean(name) for name in missing])}.",
            "What depends on them there shows as ?.",
            Tone.WARN,
            tuple(refused),
        )
        for missing, refused in places.items()
    ]


def _healths(frame: Frame, namespace: str = "") -> dict[Kind, FeedHealth]:
    """The folded health of each kind that has a feed, in the order of the table of kinds."""
    watched = {feed.kind for feed in frame.feeds}
    found = {kind: in_view(frame, kind, namespace) for kind in KINDS if kind in watched}
    return {kind: health for kind, health in found.items() if health is not None}


def _by_state(frame: Frame) -> dict[FeedState, list[FeedHealth]]:
    states: dict[FeedState, list[FeedHealth]] = {}
    for health in _healths(frame).values():
        states.setdefault(health.state, []).append(health)
    return states


def _is_silent(health: FeedHealth) -> bool:
    """An optional kind that the cluster lacks is no trouble."""
    return health.state is FeedState.ABSENT and KINDS[health.feed.kind].is_optional


def _line(group: list[FeedHealth], now: datetime, most: int, names: Sequence[str]) -> FeedLine:
    kinds = tuple(health.feed.kind for health in group)
    nouns, state = _nouns(kinds, most), group[0].state
    why = f" {_sentence(group[0].message)}" if group[0].message else ""
    if state is FeedState.STALE and group[0].is_catching_up:
        since = _earliest(group)
        said = f"Catching up: {nouns} are shown as of {clock(since, now)} ({age(since, now)})."
        return FeedLine(f"{said}{why}", "", Tone.NOTE, kinds)
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
        said = f"You may not list {nouns}."
        if names:
            said, why = f"You may look into {scope_text(names)}; {nouns} may not be listed.", ""
        return FeedLine(
            f"{said}{why}",
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
    return _joined(names)


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _sentence(message: str) -> str:
    text = clean(message).rstrip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _earliest(group: list[FeedHealth]) -> datetime | None:
    return min((health.since for health in group if health.since is not None), default=None)
