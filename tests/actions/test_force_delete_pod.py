"""force-delete-pod: only a pod that is overdue, on a node that is really gone, and what then happens to its volumes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from storagetui.actions.force_delete_pod import FORCE_DELETE_POD
from storagetui.actions.plan import Gone, Plan, Refusal, Replaced, RequestStep, WaitStep
from storagetui.actions.seen import Sight, sight
from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.change import Feed, FeedHealth, FeedState
from storagetui.model.keys import Key, Kind
from storagetui.model.nodes import LEASE_NAMESPACE, Lease
from tests.build import NOW, attachment, build, claim, feed_health, frame_of, live_feeds, node, pod, stamp, volume

KEY = Key(Kind.POD, "shop", "db-0")


def stuck(deleted_ago: float = 60.0, **over: Any) -> Record:
    metadata = {"deletionTimestamp": stamp(deleted_ago), **over.pop("metadata", {})}
    return pod("shop/db-0", node="node-a", claims=("data-db-0",), owner="StatefulSet/db", metadata=metadata, **over)


def lease(ago: float) -> Record:
    return build(Lease, "kube-node-lease/node-a", {"spec": {"renewTime": stamp(ago)}}, {})


def dead_node(**over: Any) -> Record:
    return node("node-a", ready="Unknown", **over)


def planned(*records: Record) -> Plan:
    plan = FORCE_DELETE_POD.plan(frame_of(*records), KEY, {})
    assert isinstance(plan, Plan), plan
    return plan


def refused(frame: Frame) -> str:
    refusal = FORCE_DELETE_POD.plan(frame, KEY, {})
    assert isinstance(refusal, Refusal), refusal
    return f"{refusal.reason}. {refusal.next_step}"


def test_plan_deletes_with_no_grace_and_is_done_when_the_uid_is_gone() -> None:
    plan = planned(stuck(), dead_node(), lease(300))
    step, after = plan.steps
    assert isinstance(step, RequestStep)
    assert isinstance(after, WaitStep)
    assert after.done == Replaced(KEY, plan.uid, "db")
    assert step.request.grace_period_seconds == 0
    assert step.done == Gone(KEY, plan.uid)
    assert plan.typed == "db-0"
    assert any("Set db makes db-0 again at once" in sentence for sentence in plan.consequences)
    assert any("has stopped renewing its lease" in check.text for check in plan.checks)


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ((), "does not exist"),
        ((pod("shop/db-0"),), "is not being deleted"),
        ((stuck(-30), dead_node(), lease(300)), "still within its grace period"),
        (
            (stuck(metadata={"finalizers": ["example.org/wait"]}), dead_node()),
            "finalizer example.org/wait holds the pod",
        ),
        ((stuck(), node("node-a"), lease(5)), "node node-a is Ready"),
        ((stuck(), dead_node(), lease(5)), "still renews its lease"),
        ((stuck(), dead_node(), lease(39)), "still renews its lease"),
    ],
)
def test_refusals(records: tuple[Record, ...], words: str) -> None:
    assert words in refused(frame_of(*records))


def test_a_lease_is_old_after_forty_seconds() -> None:
    planned(stuck(), dead_node(), lease(40))


def test_a_node_that_does_not_exist_is_gone() -> None:
    assert any("node node-a does not exist" in check.text for check in planned(stuck()).checks)


def test_a_node_without_a_lease_is_told_as_unknown() -> None:
    assert any(not check.is_known for check in planned(stuck(), dead_node()).checks)


def test_an_out_of_service_node_detaches_at_once() -> None:
    taints = [{"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"}]
    plan = planned(stuck(), dead_node(spec={"taints": taints}), lease(5), *_held())
    assert any("is marked out of service" in check.text for check in plan.checks)
    assert any("detached from node-a at once" in sentence for sentence in plan.consequences)


def test_a_held_volume_is_told_to_take_six_minutes() -> None:
    plan = planned(stuck(), dead_node(), lease(300), *_held())
    assert any("for up to 6 minutes" in sentence for sentence in plan.consequences)


def test_a_volume_that_is_not_attached_is_held_by_nothing() -> None:
    plan = planned(stuck(), dead_node(), lease(300), *_held()[:2])
    assert any("nothing holds it back" in sentence for sentence in plan.consequences)


def test_another_pod_on_the_node_keeps_the_volume() -> None:
    other = pod("shop/reader", node="node-a", claims=("data-db-0",))
    plan = planned(stuck(), dead_node(), lease(300), other, *_held())
    assert any("reader uses it there too" in sentence for sentence in plan.consequences)


def test_ages_are_no_part_of_what_is_approved() -> None:
    from storagetui.actions.plan import differences

    assert differences(planned(stuck(), dead_node(), lease(300)), planned(stuck(90), dead_node(), lease(330))) == ()


def test_volumes_of_which_the_same_holds_share_a_sentence() -> None:
    both = pod(
        "shop/db-0", node="node-a", claims=("data-db-0", "log-db-0", "gone"), metadata={"deletionTimestamp": stamp(60)}
    )
    log = claim("shop/log-db-0"), volume("pv-log-db-0", claim="shop/log-db-0")
    held = attachment("va-log", volume="pv-log-db-0", node="node-a")
    plan = planned(both, dead_node(), lease(300), *_held(), *log, held)
    told = [sentence for sentence in plan.consequences if "olume" in sentence]
    assert told[0].startswith("Volumes of claims data-db-0, log-db-0: still attached to node-a for up to 6 minutes")
    assert told[1] == "Volume of claim gone: the claim does not exist."
    assert len(told) == 2


def _held() -> tuple[Record, Record, Record]:
    return (
        claim("shop/data-db-0"),
        volume("pv-data-db-0", claim="shop/data-db-0"),
        attachment("va", volume="pv-data-db-0", node="node-a"),
    )


def test_a_node_that_cannot_be_seen_is_not_gone() -> None:
    unseen = live_feeds(feed_health(Kind.NODE, FeedState.FORBIDDEN))
    words = refused(frame_of(stuck(), feeds=unseen))
    assert "whether node node-a is gone cannot be told: nodes cannot be listed" in words
    assert "get, list and watch on nodes" in words


def test_a_lease_that_has_not_been_read_yet_does_not_count_as_none() -> None:
    feeds = live_feeds()
    del feeds[Feed(Kind.LEASE)]
    assert "is not known" in refused(frame_of(stuck(), dead_node(), feeds=feeds))
    one = Feed(Kind.LEASE, LEASE_NAMESPACE, "metadata.name=node-a")
    feeds[one] = FeedHealth(feed=one, state=FeedState.LISTING)
    assert "is not known" in refused(frame_of(stuck(), dead_node(), feeds=feeds))
    feeds[one] = FeedHealth(feed=one, state=FeedState.LIVE, was_listed=True)
    assert isinstance(FORCE_DELETE_POD.plan(frame_of(stuck(), dead_node(), feeds=feeds), KEY, {}), Plan)
    planned_with_lease = FORCE_DELETE_POD.plan(frame_of(stuck(), dead_node(), lease(300), feeds=feeds), KEY, {})
    assert isinstance(planned_with_lease, Plan)


def test_attachments_that_cannot_be_seen_are_not_called_none() -> None:
    unseen = live_feeds(feed_health(Kind.VOLUME_ATTACHMENT, FeedState.FORBIDDEN))
    plan = FORCE_DELETE_POD.plan(frame_of(stuck(), dead_node(), lease(300), *_held()[:2], feeds=unseen), KEY, {})
    assert isinstance(plan, Plan)
    assert any("cannot be told: attachments cannot be listed" in sentence for sentence in plan.consequences)
    assert not any("nothing holds it back" in sentence for sentence in plan.consequences)


def test_only_a_set_makes_a_pod_that_can_be_waited_for() -> None:
    alone = pod("shop/db-0", node="node-a", metadata={"deletionTimestamp": stamp(60)})
    plan = planned(alone, dead_node(), lease(300))
    assert len(plan.steps) == 1
    assert "Nothing makes this pod again." in plan.consequences


def _replaced(*records: Record) -> Sight:
    return sight(frame_of(*records), Replaced(KEY, stuck().uid, "db"), NOW)


def test_the_replacement_is_followed_until_it_runs() -> None:
    assert _replaced(stuck()).words == "set db has not made it again yet"
    assert _replaced().words == "set db has not made it again yet"
    fresh = {"uid": "fresh"}
    message = "0/3 nodes are available"
    waiting = pod("shop/db-0", node="", phase="Pending", metadata=fresh)
    assert _replaced(waiting).words == "it was made again and has no node yet"
    told = [{"type": "PodScheduled", "status": "False", "message": message}]
    waiting = pod("shop/db-0", node="", phase="Pending", status={"conditions": told}, metadata=fresh)
    assert message in _replaced(waiting).words
    there = pod("shop/db-0", node="node-b", phase="Pending", claims=("data-db-0",), metadata=fresh)
    assert "pv-data-db-0 is still attached to node-a" in _replaced(there, *_held()).words
    assert not _replaced(there, *_held()).is_done
    running = pod("shop/db-0", node="node-b", claims=("data-db-0",), metadata=fresh)
    assert _replaced(running) == Sight(True, "it was made again and runs on node-b")


def test_only_for_a_pod_that_is_being_deleted_does_the_answer_hang_on_the_time() -> None:
    frame = frame_of(stuck(), dead_node(), lease(300))
    assert FORCE_DELETE_POD.minds_time(frame, KEY)
    for other in (frame_of(), frame_of(pod("shop/db-0", node="node-a"), dead_node(), lease(0))):
        assert not FORCE_DELETE_POD.minds_time(other, KEY)
        later = replace(other, at=NOW + timedelta(days=1))
        assert FORCE_DELETE_POD.is_for(other, KEY) == FORCE_DELETE_POD.is_for(later, KEY)
