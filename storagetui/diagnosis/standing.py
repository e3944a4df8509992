"""How far each kind may be believed, read from the health of its feeds."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from storagetui.model.change import Feed, FeedHealth, FeedState
from storagetui.model.coverage import Coverage
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS

NOT_YET = "have not been listed yet"
"""How the reason ends that goes away by itself within moments."""


class Row(NamedTuple):
    """What matters of one feed's health: progress and messages do not."""

    feed: Feed
    state: FeedState
    was_listed: bool
    since: datetime | None
    """Since when the data has been old; None while it is current or there is none."""
    is_partial: bool = False
    """Whether there may be objects beside those that are known."""


class Answer(NamedTuple):
    """How far the objects of a kind may be believed."""

    unknown: str
    """Why nothing can be told, as a clause: `pods cannot be listed`; empty when something can."""
    old_since: datetime | None = None
    """The moment from which the data is; None for now."""
    is_old: bool = False
    """Whether the data is from before now."""
    is_partial: bool = False
    """Whether single objects are known and no list of them."""


class Standings:
    """The answers for all kinds at one moment."""

    def __init__(self, feeds: Mapping[Feed, FeedHealth]) -> None:
        self._coverage = Coverage(feeds)
        self._rows = {kind: tuple(map(_row, healths)) for kind, healths in self._coverage.feeds.items()}
        self._answers: dict[tuple[Kind, str, Kind | None], Answer] = {}

    def differing(self, other: "Standings") -> set[Kind]:
        """The kinds whose answers may differ from another moment's."""
        kinds = self._rows.keys() | other._rows.keys()
        return {kind for kind in kinds if self._rows.get(kind) != other._rows.get(kind)}

    def of(self, kind: Kind, namespace: str, about: Kind | None = None) -> Answer:
        """The answer for a kind in a namespace, or everywhere; for events, of those about a kind of object."""
        place = (kind, namespace, about)
        answer = self._answers.get(place)
        if answer is None:
            answer = self._answers[place] = _read(kind, self._coverage.health(*place))
        return answer


def _row(health: FeedHealth) -> Row:
    is_old = health.was_listed and health.state in (FeedState.STALE, FeedState.LISTING, FeedState.CONNECTING)
    return Row(health.feed, health.state, health.was_listed, health.since if is_old else None, health.is_partial)


def _read(kind: Kind, health: FeedHealth | None) -> Answer:
    noun = KINDS[kind].noun
    if health is None:
        return Answer(f"{noun} are not read")
    row = _row(health)
    if row.state is FeedState.LIVE or row.state is FeedState.ABSENT:
        return Answer("", is_partial=row.is_partial)
    if row.state is FeedState.FORBIDDEN:
        return Answer(f"{noun} cannot be listed")
    if not row.was_listed:
        return Answer(f"{noun} {NOT_YET}")
    return Answer("", row.since, is_old=True)
