import pytest

from storagetui.diagnosis.standing import Standings
from storagetui.model.change import Feed, FeedHealth, FeedState
from storagetui.model.keys import Kind
from tests.build import NOW, feed_health

POD, EVENT, NODE = Kind.POD, Kind.EVENT, Kind.NODE


def of(*healths: FeedHealth) -> Standings:
    return Standings({health.feed: health for health in healths})


def at(feed: Feed, state: FeedState, *, was_listed: bool = False) -> FeedHealth:
    return FeedHealth(feed=feed, state=state, was_listed=was_listed, since=NOW)


@pytest.mark.parametrize(
    ("state", "was_listed", "unknown", "is_old"),
    [
        (FeedState.LIVE, True, "", False),
        (FeedState.ABSENT, False, "", False),
        (FeedState.FORBIDDEN, False, "pods cannot be listed", False),
        (FeedState.FORBIDDEN, True, "pods cannot be listed", False),
        (FeedState.CONNECTING, False, "pods have not been listed yet", False),
        (FeedState.LISTING, False, "pods have not been listed yet", False),
        (FeedState.STALE, False, "pods have not been listed yet", False),
        (FeedState.LISTING, True, "", True),
        (FeedState.STALE, True, "", True),
    ],
)
def test_each_state_of_a_feed_has_its_meaning(state: FeedState, was_listed: bool, unknown: str, is_old: bool) -> None:
    answer = of(feed_health(POD, state, was_listed=was_listed)).of(POD, "shop")
    assert (answer.unknown, answer.is_old) == (unknown, is_old)
    assert answer.old_since == (NOW if is_old else None)


def test_a_kind_without_a_feed_is_not_read() -> None:
    assert of().of(POD, "shop").unknown == "pods are not read"


def test_who_may_not_look_everywhere_may_look_at_home() -> None:
    standings = of(at(Feed(POD), FeedState.FORBIDDEN), at(Feed(POD, "shop"), FeedState.LIVE, was_listed=True))
    assert standings.of(POD, "shop").unknown == ""
    assert standings.of(POD, "other").unknown == "pods cannot be listed"


def test_a_kind_without_namespaces_is_the_same_everywhere() -> None:
    assert of(at(Feed(NODE), FeedState.LIVE, was_listed=True)).of(NODE, "shop").unknown == ""


def test_events_are_known_by_the_kind_that_they_are_about() -> None:
    selector = "involvedObject.kind=Pod,type=Warning"
    standings = of(at(Feed(EVENT, "", selector), FeedState.LIVE, was_listed=True))
    assert standings.of(EVENT, "shop", POD).unknown == ""
    assert standings.of(EVENT, "shop", Kind.PERSISTENT_VOLUME).unknown == "events are not read"
    one_object = of(at(Feed(EVENT, "shop", "involvedObject.uid=x"), FeedState.LIVE, was_listed=True))
    assert one_object.of(EVENT, "shop", POD).unknown == "events are not read"


def test_a_feed_that_is_narrowed_says_nothing_of_the_others() -> None:
    narrow = at(Feed(Kind.LEASE, "kube-node-lease", "metadata.name=n"), FeedState.LIVE, was_listed=True)
    assert of(narrow).of(Kind.LEASE, "kube-node-lease").unknown == "leases are not read"


def test_progress_and_messages_are_no_difference() -> None:
    listing = FeedHealth(feed=Feed(POD), state=FeedState.LISTING, listed=1)
    further = FeedHealth(feed=Feed(POD), state=FeedState.LISTING, listed=500, message="slow")
    assert of(listing).differing(of(further)) == set()
    assert of(listing).differing(of(feed_health(POD, FeedState.LIVE))) == {POD}
    assert of().differing(of(listing)) == {POD}
