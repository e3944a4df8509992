"""What is published: one immutable value from which everything on screen, and every plan, is derived."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from storagetui.cluster.shared_map import SharedMap
from storagetui.cluster.state import Cluster
from storagetui.diagnosis.finding import Finding
from storagetui.diagnosis.group import Group
from storagetui.model.change import Feed, FeedHealth, FeedState
from storagetui.model.keys import Key, Kind

_WORST_FIRST = (
    FeedState.FORBIDDEN,
    FeedState.STALE,
    FeedState.CONNECTING,
    FeedState.LISTING,
    FeedState.LIVE,
    FeedState.ABSENT,
)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Frame:
    """The cluster, what we think of it, how current that is, and what changed since the Frame before.

    Told apart from others by identity. `at` is the cluster's time as well as we know it.
    """

    number: int
    cluster_id: str
    """Which cluster, as which context: whatever outlives a screen carries it."""
    at: datetime
    cluster: Cluster
    findings: SharedMap[Key, tuple[Finding, ...]]
    """By subject."""
    feeds: Mapping[Feed, FeedHealth]
    changed: frozenset[Key]
    """Objects that appeared, changed or went since the Frame before."""
    rediagnosed: frozenset[Key]
    """Subjects whose findings differ from those of the Frame before."""
    groups: tuple[Group, ...] = ()
    """The root causes among the findings, worst first, each with what follows from it."""

    def health(self, kind: Kind) -> FeedHealth | None:
        """The feeds of a kind, folded into the worst of them; None when the kind has no feed."""
        return fold([health for feed, health in self.feeds.items() if feed.kind == kind])


def fold(feeds: list[FeedHealth]) -> FeedHealth | None:
    """The worst of several feeds, with their counts added up."""
    if not feeds:
        return None
    worst = min(feeds, key=lambda health: (_WORST_FIRST.index(health.state), health.since is None, health.since))
    expected = [health.expected for health in feeds]
    return FeedHealth(
        feed=worst.feed,
        state=worst.state,
        message=worst.message,
        quiet_s=worst.quiet_s,
        since=worst.since,
        listed=sum(health.listed for health in feeds),
        expected=None if None in expected else sum(number or 0 for number in expected),
        was_listed=all(health.was_listed for health in feeds),
        set_aside=tuple(one for health in feeds for one in health.set_aside)[:20],
        set_aside_count=sum(health.set_aside_count for health in feeds),
    )
