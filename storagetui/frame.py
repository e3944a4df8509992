"""What is published: one immutable value from which everything on screen, and every plan, is derived."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from storagetui.cluster.shared_map import SharedMap
from storagetui.cluster.state import Cluster
from storagetui.diagnosis.finding import Finding
from storagetui.diagnosis.group import Group
from storagetui.model.change import Feed, FeedHealth
from storagetui.model.coverage import Coverage
from storagetui.model.keys import Key, Kind


@dataclass(frozen=True, eq=False, slots=True, kw_only=True, weakref_slot=True)
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
    clock_ahead: timedelta = timedelta()
    """How far this machine's clock is ahead of the cluster's; `at` does not suffer from it."""

    def health(self, kind: Kind, namespace: str = "") -> FeedHealth | None:
        """How far a kind may be believed in a namespace, or everywhere for none; None when nothing covers it."""
        return coverage(self).health(kind, namespace)


@lru_cache(2)
def coverage(frame: Frame) -> Coverage:
    """What the feeds of a Frame cover: asked for every cell. Two are kept because changes are told between two."""
    return Coverage(frame.feeds)
