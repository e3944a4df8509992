"""Chains and events of objects."""

import pytest

from storagetui.model.base import Record
from storagetui.model.change import FeedState
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind
from storagetui.view.chain import LIMIT, Chain, chains
from storagetui.view.column import Tone
from storagetui.view.events import event_lines
from tests.build import (
    NOW,
    attachment,
    build,
    claim,
    event,
    feed_health,
    frame_of,
    live_feeds,
    node,
    pod,
    stamp,
    stateful_set,
    storage_class,
    volume,
)
from tests.view.world import shop, shop_frame

CLAIM, VOLUME, POD = Kind.PERSISTENT_VOLUME_CLAIM, Kind.PERSISTENT_VOLUME, Kind.POD


def drawn(chain: Chain) -> str:
    return " ▸ ".join(f"{link.text} {link.state}".strip() for link in chain)


def test_the_chain_from_the_set_to_the_node() -> None:
    frame = shop_frame()

    assert [drawn(chain) for chain in chains(frame, Key(CLAIM, "shop", "data-db-0"))] == [
        "sts db 1/3 ready ▸ #0 ▸ pod db-0 Running ▸ pvc data-db-0 Bound 10Gi ▸ pv pv-data-db-0 Bound 10Gi zone a"
        " ▸ attached to worker-a ▸ node worker-a ✖ not reporting"
    ]
    assert [drawn(chain) for chain in chains(frame, Key(VOLUME, "", "pv-3"))] == [
        "sts db 1/3 ready ▸ #3 ▸ no pod ▸ pvc data-db-3 Bound 10Gi ▸ pv pv-3 Bound 10Gi zone a ▸ not attached"
    ]


def test_the_chain_says_where_the_volume_is_wanted() -> None:
    away = [one for one in shop() if one.name != "csi-2"]
    (chain,) = chains(frame_of(*away), Key(POD, "shop", "db-1"))

    assert drawn(chain).endswith("attached to worker-a ▸ node worker-a ✖ not reporting ▸ wanted on worker-b Ready")
    assert chain[-1].tone is Tone.WARN


@pytest.mark.parametrize(
    ("records", "key", "expected"),
    [
        ((pod("shop/p", claims=("a",)),), Key(POD, "shop", "p"), "pod p Running ▸ pvc a does not exist"),
        ((pod("shop/p"), node("node-a")), Key(POD, "shop", "p"), "pod p Running ▸ no claim ▸ node node-a Ready"),
        (
            (claim("shop/a", volume="pv-x"),),
            Key(CLAIM, "shop", "a"),
            "no pod ▸ pvc a Bound 10Gi ▸ pv pv-x gone ▸ not attached",
        ),
        (
            (claim("shop/a", phase="Pending"),),
            Key(CLAIM, "shop", "a"),
            "no pod ▸ pvc a Pending 10Gi asked ▸ no volume",
        ),
        (
            (volume("pv", claim="shop/a", phase="Released"),),
            Key(VOLUME, "", "pv"),
            "pvc shop/a gone ▸ pv pv Released 10Gi ▸ not attached",
        ),
        ((volume("pv"),), Key(VOLUME, "", "pv"), "no claim ▸ pv pv Available 10Gi ▸ not attached"),
        (
            (attachment("csi", volume="pv", node="n"),),
            Key(Kind.VOLUME_ATTACHMENT, "", "csi"),
            "pv pv gone ▸ attached to n ▸ node n ✖ gone",
        ),
        (
            (storage_class(),),
            Key(Kind.STORAGE_CLASS, "", "fast"),
            "class fast ▸ driver disk.csi.example no CSIDriver ▸ 0 claims",
        ),
        ((node("n"),), Key(Kind.NODE, "", "n"), "node n Ready"),
        ((stateful_set("shop/db"),), Key(Kind.STATEFUL_SET, "shop", "db"), "sts db 3/3 ready"),
    ],
)
def test_chains_that_break_off_say_where(records: tuple[Record, ...], key: Key, expected: str) -> None:
    assert [drawn(chain) for chain in chains(frame_of(*records), key)] == [expected]


def test_what_is_not_known_is_not_called_missing_in_a_chain() -> None:
    kinds = (POD, CLAIM, VOLUME, Kind.VOLUME_ATTACHMENT, Kind.NODE)
    blind = live_feeds(*(feed_health(kind, FeedState.FORBIDDEN) for kind in kinds))
    frame = frame_of(claim("shop/a"), pod("shop/p", claims=("b",)), feeds=blind)

    assert [drawn(one) for one in chains(frame, Key(CLAIM, "shop", "a"))] == [
        "pod ? ▸ pvc a Bound 10Gi ▸ pv pv-a ? ▸ attached ?"
    ]
    assert [drawn(one) for one in chains(frame, Key(POD, "shop", "p"))] == ["pod p Running ▸ pvc b ?"]


def test_the_chains_of_one_object_have_an_end() -> None:
    records = [claim(f"shop/data-db-{number}") for number in range(LIMIT + 5)]

    assert len(chains(frame_of(stateful_set("shop/db"), *records), Key(Kind.STATEFUL_SET, "shop", "db"))) == LIMIT
    assert chains(frame_of(), Key(CLAIM, "shop", "nothing")) == ()


def test_events_are_lines_latest_first_with_the_message_in_full() -> None:
    one = pod("shop/p")
    failed = event(one, "FailedMount", "timed out\nwaiting " + "x" * 500, ago=20, count=4)
    scheduled = event(one, "Scheduled", "assigned", warning=False, ago=300, source="default-scheduler")
    other = event(pod("shop/q"), "Pulled", "image", warning=False)
    first, second = event_lines(frame_of(one, failed, scheduled, other), one.key, one.uid, NOW)

    assert (first.time, first.age, first.glyph, first.reason, first.times) == (
        "14:01:51",
        "20s",
        "▲",
        "FailedMount",
        "×4",
    )
    assert first.message == "timed out↵waiting " + "x" * 500
    assert (first.tone, first.first, first.component) == (Tone.WARN, "14:00:51", "kubelet")
    assert (second.glyph, second.reason, second.times, second.tone) == ("✓", "Scheduled", "", Tone.PLAIN)


def test_events_of_the_new_shape_say_as_much() -> None:
    one = pod("shop/p")
    wire = {
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "p", "uid": one.uid},
        "type": "Warning",
        "reason": "FailedScheduling",
        "message": "no nodes",
        "eventTime": stamp(60),
        "series": {"count": 1200, "lastObservedTime": stamp(5)},
        "reportingComponent": "default-scheduler",
    }
    (line,) = event_lines(frame_of(one, build(Event, "shop/e", wire, {})), one.key, one.uid, NOW)

    assert (line.time, line.times, line.component, line.first) == (
        "14:02:06",
        "×1,200",
        "default-scheduler",
        "14:01:11",
    )
