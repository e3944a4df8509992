"""A dump as a Frame: what a live cluster would have shown at that moment."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from storagetui.cluster.store import Effect, Store
from storagetui.diagnosis.engine import Findings
from storagetui.dump.contents import Contents
from storagetui.frame import Frame
from storagetui.model.change import Feed, FeedHealth, FeedState, Put, SetAside
from storagetui.settings import Thresholds

_SHOWN = 20
"""Objects set aside that are named."""


def frame_of(contents: Contents, thresholds: Thresholds, at: datetime) -> Frame:
    """The diagnosed Frame of a dump as of a moment.

    A kind with a list counts as current; one without is not read; one of which single objects stand in the dump is read
    in part.
    """
    store = Store()
    feeds = _feeds(contents)
    store.apply(_puts(contents))
    cluster = store.publish()
    findings = Findings(thresholds)
    for _ in findings.update(cluster, Effect(frozenset(), {}), at, feeds):
        pass
    return Frame(
        number=1,
        cluster_id="",
        at=at,
        cluster=cluster,
        findings=findings.publish(),
        feeds=feeds,
        changed=frozenset(),
        rediagnosed=frozenset(),
        groups=findings.groups,
    )


def _puts(contents: Contents) -> Iterable[Put]:
    return (Put(Feed(key.kind), record) for key, record in contents.records.items())


def _feeds(contents: Contents) -> dict[Feed, FeedHealth]:
    single = {Feed(kind) for kind in contents.single} - contents.listed
    counts = Counter(Feed(key.kind, key.namespace) for key in contents.records)
    return {
        feed: _health(feed, contents.aside.get(feed.kind, []), _listed(counts, feed), is_partial=feed in single)
        for feed in contents.listed | single
    }


def _health(feed: Feed, aside: list[SetAside], listed: int, *, is_partial: bool) -> FeedHealth:
    return FeedHealth(
        feed=feed,
        state=FeedState.LIVE,
        listed=listed,
        expected=None if is_partial else listed,
        was_listed=not is_partial,
        is_partial=is_partial,
        set_aside=tuple(aside[-_SHOWN:]),
        set_aside_count=len(aside),
    )


def _listed(counts: Counter[Feed], feed: Feed) -> int:
    return sum(count for place, count in counts.items() if _is_in(place, feed))


def _is_in(place: Feed, feed: Feed) -> bool:
    return place.kind is feed.kind and feed.namespace in ("", place.namespace)
