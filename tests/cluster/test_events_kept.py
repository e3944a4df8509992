"""Of each object's events the newest are kept, however many come."""

from storagetui.cluster.chains import events_about
from storagetui.cluster.store import EVENTS_KEPT, Store
from storagetui.model.change import Drop, Feed, Put, Replace
from storagetui.model.events import Event
from storagetui.model.keys import Kind
from tests.build import build, event, pod, stamp

FEED, OTHER = Feed(Kind.EVENT, "", "involvedObject.kind=Pod,type=Warning"), Feed(Kind.EVENT, "shop", "x=y")
POD, NEIGHBOR = pod("shop/db-0"), pod("shop/db-1")


def told(number: int) -> Event:
    """The later the number, the later it was seen."""
    return event(POD, "FailedMount", f"attempt {number}", ago=1000.0 - number)


def series(seen_ago: float) -> Event:
    """An event in the new shape, first reported long ago."""
    involved = {"kind": "Pod", "namespace": "shop", "name": POD.name, "uid": POD.uid}
    wire = {
        "involvedObject": involved,
        "type": "Warning",
        "reason": "Old",
        "eventTime": stamp(5000.0),
        "series": {"count": 900, "lastObservedTime": stamp(seen_ago)},
    }
    return build(Event, "shop/series", wire, {})


def test_the_newest_of_an_object_are_kept_and_others_are_left_alone() -> None:
    store = Store()
    store.apply([Put(FEED, event(NEIGHBOR, "FailedMount", "m", ago=5000.0))])
    effect = store.apply([Put(FEED, told(number)) for number in range(EVENTS_KEPT + 20)])
    kept = events_about(store.publish(), POD)
    assert [one.message for one in kept] == [f"attempt {number}" for number in range(EVENTS_KEPT + 19, 19, -1)]
    assert len(events_about(store.publish(), NEIGHBOR)) == 1
    assert told(0).key in effect.changed


def test_what_comes_late_and_is_old_does_not_push_out_what_is_new() -> None:
    store = Store()
    store.apply([Put(FEED, told(number)) for number in range(1, EVENTS_KEPT + 1)])
    store.apply([Put(FEED, told(0))])
    assert told(0).key not in store.publish().all(Event)


def test_a_series_is_as_new_as_its_last_observation() -> None:
    store = Store()
    store.apply([Put(FEED, series(4000.0)), Put(OTHER, series(4000.0))])
    store.apply([Put(FEED, series(1.0))])
    store.apply([Put(FEED, told(number)) for number in range(EVENTS_KEPT)])
    kept = events_about(store.publish(), POD)
    assert kept[0].reason == "Old"
    assert kept[0].count == 900
    assert len(kept) == EVENTS_KEPT


def test_what_was_forgotten_is_no_concern_of_lists_and_deletions_to_come() -> None:
    store = Store()
    everything = [told(number) for number in range(EVENTS_KEPT + 5)]
    store.apply([Put(feed, one) for one in everything for feed in (FEED, OTHER)])
    store.apply([Replace(FEED, frozenset(one.key for one in everything)), Drop(FEED, told(0).key)])
    assert len(store.publish().all(Event)) == EVENTS_KEPT
    store.apply([Replace(FEED, frozenset()), Replace(OTHER, frozenset())])
    assert not store.publish().all(Event)
