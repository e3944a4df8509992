"""What is offered on an object, and the reason beside what is not."""

import pytest

from storagetui.actions.action import Action
from storagetui.actions.offers import Place, offers
from storagetui.frame import Frame
from storagetui.model.change import Feed, FeedHealth, FeedState
from tests.build import NOW, claim, feed_health, frame_of, live_feeds, node, storage_class

CLAIM = claim("shop/data-db-0")
PLACE = Place(CLAIM.key, CLAIM.uid)


def reason(frame: Frame, rights: str | None = "", *, read_only: bool = False, place: Place = PLACE) -> str:
    def rights_of(_action: Action, namespace: str) -> str | None:
        assert namespace == "shop"
        return rights

    (offer,) = offers(frame, place, rights_of, read_only=read_only)
    assert (offer.action.id, offer.place) == ("expand-claim", place)
    return str(offer.refusal) if offer.refusal is not None else ""


def test_a_claim_that_can_grow_is_offered_growth() -> None:
    frame = frame_of(CLAIM, storage_class())
    assert reason(frame) == ""
    assert reason(frame, None) == "", "while the rights are not known the executor is left to ask"


def test_kinds_without_actions_are_offered_none() -> None:
    one = node("node-a")
    assert offers(frame_of(one), Place(one.key, one.uid), lambda *_: "", read_only=False) == ()


@pytest.mark.parametrize(
    ("state", "was_listed", "words"),
    [
        (FeedState.STALE, True, "Nothing is heard about claims at present"),
        (FeedState.CONNECTING, False, "Claims have not been listed yet"),
        (FeedState.FORBIDDEN, False, "Claims cannot be listed"),
    ],
)
def test_what_is_not_live_is_not_acted_upon(state: FeedState, was_listed: bool, words: str) -> None:
    feeds = live_feeds(feed_health(CLAIM.key.kind, state, was_listed=was_listed))
    assert words in reason(frame_of(CLAIM, storage_class(), feeds=feeds))


def test_who_may_look_in_one_namespace_may_act_there() -> None:
    home = Feed(CLAIM.key.kind, "shop")
    feeds = live_feeds(feed_health(CLAIM.key.kind, FeedState.FORBIDDEN))
    feeds[home] = FeedHealth(feed=home, state=FeedState.LIVE, since=NOW, was_listed=True)
    assert reason(frame_of(CLAIM, storage_class(), feeds=feeds)) == ""


def test_each_reason_is_given_in_a_sentence() -> None:
    frame = frame_of(CLAIM, storage_class())
    assert "read-only" in reason(frame, read_only=True)
    assert reason(frame, "you may not patch claims") == "You may not patch claims. Ask for that right."
    assert "does not allow expansion" in reason(frame_of(CLAIM, storage_class(expands=False)))


def test_another_object_of_the_name_is_not_the_one_that_was_looked_at() -> None:
    frame = frame_of(CLAIM, storage_class())
    assert "It was made again under the same name" in reason(frame, place=Place(CLAIM.key, "an older one"))
    assert "It has been deleted" in reason(frame_of(storage_class()))
