"""Which feeds a session wants, how it dates them, and when it doubts them."""

import asyncio
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from storagetui.diagnosis.catalog import ALL_RULES
from storagetui.diagnosis.rule import Heard
from storagetui.feeds import WARNINGS, base_feeds, event_feed, event_feeds, lease_feeds, narrowed, rank
from storagetui.frame import Frame
from storagetui.model.change import Feed, FeedHealth, FeedState, Put, Reachability, Replace, SetAside
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind
from storagetui.model.nodes import Lease
from storagetui.model.pods import Pod
from storagetui.session import Session
from tests.build import NOW, build, claim, event, node, pod
from tests.source import ScriptedSource, listed, session_on

PODS, CLAIMS, NODES = Feed(Kind.POD), Feed(Kind.PERSISTENT_VOLUME_CLAIM), Feed(Kind.NODE)
VOLUMES = Feed(Kind.PERSISTENT_VOLUME)
LIVE, STALE, LISTING, FORBIDDEN = FeedState.LIVE, FeedState.STALE, FeedState.LISTING, FeedState.FORBIDDEN


def health(feed: Feed, state: FeedState, message: str = "", *, quiet_s: float = 0.0, listed: int = 0) -> FeedHealth:
    return FeedHealth(
        feed=feed, state=state, message=message, quiet_s=quiet_s, listed=listed, was_listed=state is not LISTING
    )


def since_s(frame: Frame, feed: Feed) -> float:
    """Since when a feed's state holds, in seconds of the loop."""
    since = frame.feeds[feed].since
    assert since is not None
    return (since - NOW).total_seconds()


async def test_every_kind_is_wanted_in_the_order_in_which_it_should_load(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session:
        source.put(claim("shop/data"))
        await asyncio.sleep(0.2)
        assert source.wanted == list(session.frame.feeds) == list(base_feeds())
        assert {feed.kind for feed in source.wanted} == set(Kind) - {Kind.LEASE}
        assert source.wanted[0] == CLAIMS
        assert all(feed.field_selector for feed in source.wanted if feed.kind is Kind.EVENT)
        assert all(one.state is FeedState.CONNECTING for one in session.frame.feeds.values())
        assert since_s(session.frame, PODS) == 0.0


async def test_a_state_is_dated_from_its_beginning_and_staleness_from_the_last_word(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session:
        await asyncio.sleep(10.0)
        source.say(health(PODS, LISTING))
        await asyncio.sleep(10.0)
        source.say(health(PODS, LISTING, listed=100))
        await asyncio.sleep(1.0)
        assert (since_s(session.frame, PODS), session.frame.feeds[PODS].listed) == (10.0, 100)
        source.say(health(PODS, LIVE))
        await asyncio.sleep(79.0)
        source.say(health(PODS, STALE, "reset", quiet_s=30.0))
        await asyncio.sleep(1.0)
        assert since_s(session.frame, PODS) == 70.0
        source.say(health(PODS, STALE, "refused", quiet_s=31.0))
        await asyncio.sleep(1.0)
        assert since_s(session.frame, PODS) == 70.0
        assert session.frame.feeds[PODS].message == "refused"
        source.say(health(PODS, LIVE))
        await asyncio.sleep(1.0)
        assert since_s(session.frame, PODS) == 102.0


async def test_a_frame_carries_what_could_not_be_read(tmp_path: Path) -> None:
    source = ScriptedSource()
    aside = SetAside("shop", "bad", "it has no name")
    async with session_on(source, tmp_path) as session:
        source.say(msgspec.structs.replace(health(PODS, LIVE), set_aside=(aside,), set_aside_count=1))
        await asyncio.sleep(0.2)
        folded = session.frame.health(Kind.POD)
        assert folded is not None
        assert (folded.set_aside, folded.set_aside_count) == ((aside,), 1)


async def test_while_the_server_does_not_answer_an_open_watch_proves_nothing(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session:
        source.all_live()
        hopeful = msgspec.structs.replace(health(VOLUMES, STALE, "asking"), is_catching_up=True)
        source.say(health(CLAIMS, LISTING), health(NODES, FORBIDDEN, "no"), hopeful)
        await asyncio.sleep(100.0)
        assert session.frame.feeds[VOLUMES].is_catching_up
        quiet = Reachability(is_answering=False, message="the server does not answer", quiet_s=8.0)
        source.say(quiet)
        await asyncio.sleep(1.0)
        frame = session.frame
        assert (frame.feeds[PODS].state, frame.feeds[PODS].message) == (STALE, "the server does not answer")
        assert since_s(frame, PODS) == 92.0
        assert (frame.feeds[CLAIMS].state, frame.feeds[NODES].state) == (LISTING, FORBIDDEN)
        assert (frame.feeds[VOLUMES].is_catching_up, frame.feeds[VOLUMES].message) == (False, quiet.message)
        await asyncio.sleep(50.0)
        source.say(health(CLAIMS, LIVE))
        await asyncio.sleep(1.0)
        assert session.frame.feeds[CLAIMS].state is STALE
        source.say(Reachability(is_answering=True))
        await asyncio.sleep(1.0)
        assert session.frame.feeds[PODS].state is LIVE
        assert since_s(session.frame, PODS) == 0.0
        assert session.frame.feeds[CLAIMS].state is LIVE


ABOUT = pod("shop/db-0")
FOLLOWED = event_feed(ABOUT.key)


async def test_following_an_object_hears_its_events_until_the_last_one_leaves(tmp_path: Path) -> None:
    source = ScriptedSource()
    warnings = Feed(Kind.EVENT, "", "involvedObject.kind=Pod,type=Warning")
    shared, own = event(ABOUT, "FailedMount", "m"), event(ABOUT, "Pulled", "m", warning=False)
    async with session_on(source, tmp_path) as session:
        source.put(shared, feed=warnings)
        async with session.follow(ABOUT.key):
            assert source.wanted[-1] == FOLLOWED
            async with session.follow(ABOUT.key):
                assert source.wanted.count(FOLLOWED) == 1
                source.put(shared, own, feed=FOLLOWED)
                await asyncio.sleep(0.2)
                assert set(session.frame.cluster.all(Event)) == {shared.key, own.key}
                assert FOLLOWED in session.frame.feeds
            assert FOLLOWED in source.wanted
        assert FOLLOWED not in source.wanted
        source.put(own, feed=FOLLOWED)
        await asyncio.sleep(0.2)
        assert set(session.frame.cluster.all(Event)) == {shared.key}
        assert session.frame.changed == {own.key}
        assert FOLLOWED not in session.frame.feeds


async def test_following_again_at_once_starts_anew_and_keeps_what_is_new(tmp_path: Path) -> None:
    source = ScriptedSource()
    old, new = event(ABOUT, "Old", "m"), event(ABOUT, "New", "m")
    async with session_on(source, tmp_path) as session:
        async with session.follow(ABOUT.key):
            source.put(old, feed=FOLLOWED)
            await asyncio.sleep(0.2)
        async with session.follow(ABOUT.key):
            source.say(*listed(FOLLOWED, new))
            await asyncio.sleep(0.2)
            assert set(session.frame.cluster.all(Event)) == {new.key}
            assert session.frame.feeds[FOLLOWED].state is LIVE


async def test_an_error_inside_ends_the_following_too(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session:
        with pytest.raises(ValueError, match="inside"):
            await _fail_while_following(session)
        assert FOLLOWED not in source.wanted


async def _fail_while_following(session: Session) -> None:
    async with session.follow(ABOUT.key):
        raise ValueError("inside")


def test_events_are_asked_for_where_they_are_kept_and_by_what_they_carry() -> None:
    own = "involvedObject.kind=Pod,involvedObject.name=db-0"
    assert event_feed(ABOUT.key) == Feed(Kind.EVENT, "shop", own)
    selector = "involvedObject.kind=Node,involvedObject.name=n1"
    assert event_feed(Key(Kind.NODE, "", "n1")) == Feed(Kind.EVENT, "default", selector)


def test_event_feeds_are_made_of_what_rules_read_and_never_without_a_selector() -> None:
    floor = [feed.field_selector for feed in event_feeds(())]
    kinds = ("PersistentVolumeClaim", "PersistentVolume", "StatefulSet", "VolumeSnapshot")
    assert floor == [*(f"involvedObject.kind={kind}" for kind in kinds), "involvedObject.kind=Pod,type=Warning"]
    heard = (
        Heard(Kind.POD, ("FailedMount", "Pulling")),
        Heard(Kind.POD, ("Pulling", "Boom")),
        Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("Provisioning",)),
        Heard(Kind.JOB),
        Heard(Kind.NODE, ("NodeNotReady",)),
    )
    more = [feed.field_selector for feed in event_feeds(heard) if feed.field_selector not in floor]
    assert more == [
        "involvedObject.kind=Node",
        "involvedObject.kind=Pod,type=Normal,reason=Boom",
        "involvedObject.kind=Pod,type=Normal,reason=Pulling",
        "involvedObject.kind=Job,type=Warning",
    ]


def test_all_that_a_rule_hears_comes_through_a_feed() -> None:
    selectors = {feed.field_selector for feed in base_feeds() if feed.kind is Kind.EVENT}
    for about, reason in {
        (heard.about, reason) for rule in ALL_RULES for heard in rule.heard for reason in heard.reasons
    }:
        whole, warnings = f"involvedObject.kind={about}", f"involvedObject.kind={about},type=Warning"
        normal = f"involvedObject.kind={about},type=Normal,reason={reason}"
        assert whole in selectors or (warnings in selectors and (reason in WARNINGS or normal in selectors))


def test_storage_loads_first_then_pods_and_events_last() -> None:
    ranks = [rank(feed) for feed in (CLAIMS, Feed(Kind.VOLUME_ATTACHMENT), PODS, NODES, base_feeds()[-1])]
    assert ranks == [0, 1, 2, 2, 3]


async def test_where_looking_everywhere_is_forbidden_one_namespace_is_looked_at(tmp_path: Path) -> None:
    source = ScriptedSource()
    here = Feed(Kind.POD, "shop")
    async with session_on(source, tmp_path, "shop") as session:
        source.say(health(PODS, FORBIDDEN, "no"), health(NODES, FORBIDDEN, "no"))
        await asyncio.sleep(0.2)
        assert source.wanted[-1] == here
        source.say(health(PODS, FORBIDDEN, "no"), health(here, FORBIDDEN, "neither"))
        await asyncio.sleep(0.2)
        assert len(source.wanted) == len(base_feeds()) + 1
        source.say(*listed(here, pod("shop/db-0")))
        await asyncio.sleep(0.2)
        assert [one.name for one in session.frame.cluster.all(Pod).values()] == ["db-0"]
        folded = session.frame.health(Kind.POD)
        assert folded is not None
        assert (folded.state, folded.feed) == (FORBIDDEN, PODS)
        assert session.frame.feeds[here].state is LIVE


async def test_when_looking_everywhere_is_allowed_again_the_narrow_feed_ends(tmp_path: Path) -> None:
    source = ScriptedSource()
    here = Feed(Kind.POD, "shop")
    async with session_on(source, tmp_path, "shop") as session:
        source.say(health(PODS, FORBIDDEN, "no"))
        await asyncio.sleep(0.2)
        source.say(*listed(here, pod("shop/db-0")))
        await asyncio.sleep(0.2)
        source.say(*listed(PODS, pod("shop/db-0"), pod("cart/web")))
        await asyncio.sleep(0.5)
        assert here not in source.wanted
        assert here not in session.frame.feeds
        assert len(session.frame.cluster.all(Pod)) == 2
        source.say(health(PODS, FORBIDDEN, "no"))
        await asyncio.sleep(0.2)
        assert here in source.wanted


async def test_without_a_namespace_there_is_nowhere_else_to_look(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path):
        source.say(health(PODS, FORBIDDEN, "no"))
        await asyncio.sleep(0.2)
        assert len(source.wanted) == len(base_feeds())


def test_only_kinds_with_namespaces_are_narrowed_and_once() -> None:
    selector = "involvedObject.kind=Pod,type=Warning"
    assert narrowed(Feed(Kind.EVENT, "", selector), "shop") == Feed(Kind.EVENT, "shop", selector)
    assert narrowed(NODES, "shop") is None
    assert narrowed(Feed(Kind.POD, "cart"), "shop") is None
    assert narrowed(PODS, "") is None


def lease(name: str) -> Lease:
    return build(Lease, f"kube-node-lease/{name}", {"spec": {"leaseDurationSeconds": 40}}, {})


async def test_the_heartbeat_of_nodes_that_are_not_ready_is_heard_and_of_no_others(tmp_path: Path) -> None:
    source = ScriptedSource()
    (dead,) = lease_feeds(["dead"])
    async with session_on(source, tmp_path) as session:
        source.put(node("well"), node("dead", ready="Unknown"))
        await asyncio.sleep(0.2)
        assert [feed for feed in source.wanted if feed.kind is Kind.LEASE] == [dead]
        assert dead == Feed(Kind.LEASE, "kube-node-lease", "metadata.name=dead")
        source.put(lease("dead"), feed=dead)
        await asyncio.sleep(0.2)
        assert len(session.frame.cluster.all(Lease)) == 1
        source.put(node("dead", metadata={"resourceVersion": "2"}))
        await asyncio.sleep(0.5)
        assert dead not in source.wanted
        assert not session.frame.cluster.all(Lease)
        source.put(node("dead", ready="False", metadata={"resourceVersion": "3"}))
        await asyncio.sleep(0.2)
        source.say(Replace(NODES, frozenset({node("well").key})))
        await asyncio.sleep(0.2)
        assert dead not in source.wanted


async def test_in_an_outage_all_heartbeats_come_through_one_feed(tmp_path: Path) -> None:
    source = ScriptedSource()
    everyone = Feed(Kind.LEASE, "kube-node-lease")
    async with session_on(source, tmp_path):
        source.put(*(node(f"n{number}", ready="Unknown") for number in range(500)))
        await asyncio.sleep(0.2)
        assert [feed for feed in source.wanted if feed.kind is Kind.LEASE] == [everyone]
        source.put(*(node(f"n{number}", metadata={"resourceVersion": "2"}) for number in range(490)))
        await asyncio.sleep(0.2)
        assert len([feed for feed in source.wanted if feed.kind is Kind.LEASE]) == 10
        assert everyone not in source.wanted


async def test_what_a_feed_says_that_nobody_wants_is_not_heard(tmp_path: Path) -> None:
    source = ScriptedSource()
    stranger = Feed(Kind.POD, "elsewhere")
    async with session_on(source, tmp_path) as session:
        source.say(Put(stranger, pod("elsewhere/a")), health(stranger, LIVE))
        await asyncio.sleep(0.2)
        assert not session.frame.cluster.all(Pod)
        assert stranger not in session.frame.feeds


async def test_the_worst_feed_of_a_kind_speaks_for_it_and_counts_add_up(tmp_path: Path) -> None:
    source = ScriptedSource()
    async with session_on(source, tmp_path) as session:
        source.all_live()
        feeds = [feed for feed in source.wanted if feed.kind is Kind.EVENT]
        await asyncio.sleep(10.0)
        source.say(*(msgspec.structs.replace(health(feed, LIVE, listed=5), expected=7) for feed in feeds))
        source.say(msgspec.structs.replace(health(feeds[0], STALE, "first", quiet_s=2.0), listed=1, expected=3))
        source.say(msgspec.structs.replace(health(feeds[1], STALE, "older", quiet_s=9.0), expected=None))
        await asyncio.sleep(0.2)
        folded = session.frame.health(Kind.EVENT)
        assert folded is not None
        assert (folded.state, folded.message, folded.since) == (STALE, "older", NOW + timedelta(seconds=1.0))
        assert (folded.listed, folded.expected) == (1 + 5 * (len(feeds) - 2), None)
        assert session.frame.health(Kind.LEASE) is None
