"""Which feed speaks for a kind in a namespace: the one place that decides it, for screens, plans and rules alike.

Of several feeds that cover the same objects the best one counts: who may not look everywhere may look at home. Of
several that cover different objects, as the event feeds do, the worst one speaks for all.
"""

from collections.abc import Iterable, Mapping

import msgspec

from storagetui.model.change import Feed, FeedHealth, FeedState
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS

EVENTS_OF_CLUSTER = "default"
"""Where events about objects without a namespace are kept (k8s.io/client-go/tools/record/event.go)."""

_ONE_OBJECT = ("involvedObject.uid=", "involvedObject.name=", "metadata.name=")
_WORST_FIRST = (
    FeedState.FORBIDDEN,
    FeedState.STALE,
    FeedState.CONNECTING,
    FeedState.LISTING,
    FeedState.LIVE,
    FeedState.ABSENT,
)


class Coverage:
    """The healths of all feeds at one moment, by what they cover."""

    def __init__(self, feeds: Mapping[Feed, FeedHealth]) -> None:
        self.feeds: dict[Kind, list[FeedHealth]] = {}
        """By kind, in the order of the feeds."""
        for feed in sorted(feeds):
            self.feeds.setdefault(feed.kind, []).append(feeds[feed])
        self._answers: dict[tuple[Kind, str, Kind | None], FeedHealth | None] = {}

    def health(self, kind: Kind, namespace: str = "", about: Kind | None = None) -> FeedHealth | None:
        """How far a kind may be believed in a namespace, or everywhere; for events of those about a kind.

        None when no feed covers it. Where a kind has feeds of single namespaces or objects alone, they answer for
        everywhere too.
        """
        place = (kind, namespace if KINDS[kind].is_namespaced else "", about)
        if place not in self._answers:
            self._answers[place] = self._best(*place)
        return self._answers[place]

    def namespaces(self, kind: Kind) -> tuple[str, ...]:
        """The namespaces in which a kind is looked at because it may not be looked at everywhere; empty if it may."""
        everywhere = self.health(kind)
        if everywhere is None or everywhere.state is not FeedState.FORBIDDEN:
            return ()
        single = {one.feed.namespace for one in self.feeds[kind] if one.feed.namespace and is_general(one.feed)}
        answers = ((name, self.health(kind, name)) for name in sorted(single))
        return tuple(name for name, one in answers if one is not None and one.state is not FeedState.FORBIDDEN)

    def _best(self, kind: Kind, namespace: str, about: Kind | None) -> FeedHealth | None:
        if kind is Kind.EVENT and about is not None and not KINDS[about].is_namespaced:
            namespace = namespace or EVENTS_OF_CLUSTER
        groups: dict[str, list[FeedHealth]] = {}
        for health in self.feeds.get(kind, ()):
            feed = health.feed
            if feed.namespace in ("", namespace) and is_general(feed) and _is_about(feed, about):
                groups.setdefault(feed.field_selector, []).append(health)
        best = [min(group, key=badness) for group in groups.values()]
        if not best and not namespace and about is None:
            best = self.feeds.get(kind, [])
        return fold(best)


def badness(health: FeedHealth) -> int:
    """How little a feed helps: known now, known of old, on its way, refused."""
    if health.state is FeedState.FORBIDDEN:
        return 3
    if health.state in (FeedState.LIVE, FeedState.ABSENT):
        return 0
    return 1 if health.was_listed else 2


def is_general(feed: Feed) -> bool:
    """Whether a feed shows all objects, or all of a sort, and not a single one that somebody looks at."""
    return not any(part.startswith(_ONE_OBJECT) for part in feed.field_selector.split(","))


def _is_about(feed: Feed, about: Kind | None) -> bool:
    return about is None or f"involvedObject.kind={about}" in feed.field_selector.split(",") or not feed.field_selector


def fold(feeds: Iterable[FeedHealth]) -> FeedHealth | None:
    """The worst of several feeds, with their counts added up; None for none."""
    healths = list(feeds)
    if len(healths) < 2:
        return healths[0] if healths else None
    worst = min(
        healths,
        key=lambda one: (_WORST_FIRST.index(one.state), one.is_catching_up, one.since is None, one.since),
    )
    expected = [health.expected for health in healths]
    return msgspec.structs.replace(
        worst,
        listed=sum(health.listed for health in healths),
        expected=None if None in expected else sum(number or 0 for number in expected),
        was_listed=all(health.was_listed for health in healths),
        is_partial=any(health.is_partial for health in healths),
        set_aside=tuple(one for health in healths for one in health.set_aside)[:20],
        set_aside_count=sum(health.set_aside_count for health in healths),
    )
