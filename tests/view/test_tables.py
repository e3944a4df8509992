"""What the cells of the tables say."""

from typing import Any

import pytest

from storagetui.diagnosis.finding import Severity
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.change import FeedState
from storagetui.model.keys import Kind
from storagetui.model.workloads import ReplicaSet
from storagetui.view.attachments_table import ATTACHMENTS
from storagetui.view.claims_table import CLAIMS
from storagetui.view.column import Table, Tone
from storagetui.view.ordering import arrange
from storagetui.view.pods_table import PODS
from storagetui.view.sets_table import SETS
from storagetui.view.tables import TABLES, table
from storagetui.view.volumes_table import VOLUMES
from tests.build import NOW, attachment, build, claim, feed_health, frame_of, live_feeds, pod, stamp, volume
from tests.view.world import HOSTILE, cell, finding, owned, service, shop, shop_frame

CLAIM, VOLUME, POD, ATTACHMENT, SET = (
    Kind.PERSISTENT_VOLUME_CLAIM,
    Kind.PERSISTENT_VOLUME,
    Kind.POD,
    Kind.VOLUME_ATTACHMENT,
    Kind.STATEFUL_SET,
)


@pytest.mark.parametrize(
    ("name", "column", "text", "tone"),
    [
        ("data-db-0", "ns", "shop", Tone.PLAIN),
        ("data-db-0", "state", "Bound", Tone.PLAIN),
        ("data-db-0", "asked", "10Gi", Tone.PLAIN),
        ("data-db-0", "has", "10Gi", Tone.PLAIN),
        ("data-db-0", "class", "fast", Tone.PLAIN),
        ("data-db-0", "used", "db-0", Tone.PLAIN),
        ("data-db-0", "node", "✖ worker-a", Tone.ERROR),
        ("data-db-0", "set", "db #0", Tone.PLAIN),
        ("data-db-0", "volume", "pv-data-db-0", Tone.PLAIN),
        ("data-db-0", "zone", "a", Tone.PLAIN),
        ("data-db-0", "modes", "RWO", Tone.PLAIN),
        ("data-db-0", "age", "24h", Tone.PLAIN),
        ("data-db-1", "state", "Bound, growing", Tone.NOTE),
        ("data-db-1", "asked", "20Gi", Tone.PLAIN),
        ("data-db-1", "has", "10Gi", Tone.NOTE),
        ("data-db-1", "node", "worker-b on ✖ worker-a", Tone.ERROR),
        ("data-db-3", "used", "–", Tone.DIM),
        ("data-db-3", "set", "db #3 left behind", Tone.NOTE),
    ],
)
def test_claims(name: str, column: str, text: str, tone: Tone) -> None:
    assert cell(CLAIMS, shop_frame(), CLAIM, name, column) == (text, tone)


@pytest.mark.parametrize(
    ("kind", "name", "column", "text", "tone"),
    [
        (VOLUME, "pv-data-db-0", "state", "Bound", Tone.PLAIN),
        (VOLUME, "pv-data-db-0", "claim", "shop/data-db-0", Tone.PLAIN),
        (VOLUME, "pv-data-db-0", "attached", "✖ worker-a", Tone.ERROR),
        (VOLUME, "pv-data-db-1", "attached", "✖ worker-a, ✖ worker-b attach error", Tone.ERROR),
        (VOLUME, "pv-3", "attached", "–", Tone.DIM),
        (VOLUME, "pv-3", "policy", "Delete", Tone.PLAIN),
        (VOLUME, "pv-3", "driver", "disk.csi.example", Tone.PLAIN),
        (POD, "db-0", "state", "Running", Tone.PLAIN),
        (POD, "db-0", "ready", "1/1", Tone.PLAIN),
        (POD, "db-0", "restarts", "0", Tone.DIM),
        (POD, "db-0", "node", "✖ worker-a", Tone.ERROR),
        (POD, "db-0", "node_state", "✖ not reporting", Tone.ERROR),
        (POD, "db-0", "claim", "data-db-0", Tone.PLAIN),
        (POD, "db-0", "owner", "db #0", Tone.PLAIN),
        (POD, "db-1", "state", "ContainerCreating", Tone.NOTE),
        (POD, "db-1", "ready", "0/1", Tone.NOTE),
        (POD, "db-1", "node", "worker-b", Tone.PLAIN),
        (POD, "db-1", "node_state", "Ready", Tone.PLAIN),
        (POD, "db-1", "claim", "data-db-1 Bound, growing", Tone.NOTE),
        (ATTACHMENT, "csi-1", "volume", "pv-data-db-1", Tone.PLAIN),
        (ATTACHMENT, "csi-1", "claim", "shop/data-db-1", Tone.PLAIN),
        (ATTACHMENT, "csi-1", "state", "attached", Tone.PLAIN),
        (ATTACHMENT, "csi-1", "node", "✖ worker-a", Tone.ERROR),
        (ATTACHMENT, "csi-2", "state", "✖ attach error", Tone.ERROR),
        (ATTACHMENT, "csi-2", "error", "volume is in use", Tone.ERROR),
        (ATTACHMENT, "csi-2", "driver", "disk.csi.example", Tone.PLAIN),
        (SET, "db", "ready", "1/3", Tone.NOTE),
        (SET, "db", "policy", "OrderedReady", Tone.PLAIN),
        (SET, "db", "templates", "data 10Gi", Tone.PLAIN),
        (SET, "db", "trouble", "–", Tone.DIM),
        (SET, "db", "left", "1", Tone.NOTE),
        (SET, "db", "service", "✓ db", Tone.OK),
    ],
)
def test_the_other_tables(kind: Kind, name: str, column: str, text: str, tone: Tone) -> None:
    one: Table[Any] = next(one for one in TABLES if one.kind is kind)

    assert cell(one, shop_frame(), kind, name, column) == (text, tone)


def test_pods_without_claims_are_no_rows() -> None:
    ephemeral: dict[str, Any] = {"spec": {"volumes": [{"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}}]}}
    frame = frame_of(pod("shop/plain"), pod("shop/one", claims=("a",)), pod("shop/two", **ephemeral))

    assert [key.name for key in arrange(frame, PODS)] == ["one", "two"]
    assert PODS.find(frame, pod("shop/plain").key) is None


@pytest.mark.parametrize(
    ("over", "text", "tone"),
    [
        ({"spec": {"resources": {"requests": {"storage": "20Gi"}}}}, "Bound, growing", Tone.NOTE),
        ({"status": {"allocatedResourceStatuses": {"storage": "NodeResizePending"}}}, "Bound, growing", Tone.NOTE),
        (
            {"status": {"allocatedResourceStatuses": {"storage": "ControllerResizeInfeasible"}}},
            "Bound, cannot grow",
            Tone.WARN,
        ),
        ({"status": {"phase": "Lost"}}, "Lost", Tone.ERROR),
        ({"status": {"phase": "Pending"}}, "Pending", Tone.NOTE),
        ({"status": {"phase": "Strange"}}, "Strange", Tone.NOTE),
        ({"status": {"phase": ""}}, "?", Tone.NOTE),
        ({"metadata": {"deletionTimestamp": stamp(1)}}, "Terminating", Tone.WARN),
    ],
)
def test_the_state_of_a_claim_in_words(over: dict[str, Any], text: str, tone: Tone) -> None:
    frame = frame_of(claim("shop/a", **over))

    assert cell(CLAIMS, frame, CLAIM, "a", "state") == (text, tone)


def test_a_claim_waits_for_its_first_pod_only_while_pods_are_known_and_none_uses_it() -> None:
    waiting = claim("shop/data-db-3", phase="Pending")
    here = [one for one in shop() if one.name != "data-db-3"]
    unlisted = live_feeds(feed_health(Kind.POD, FeedState.LISTING))

    assert cell(CLAIMS, frame_of(*here, waiting), CLAIM, "data-db-3", "state") == ("waits for first pod", Tone.DIM)
    used = frame_of(*here, waiting, pod("shop/db-3", claims=("data-db-3",)))
    assert cell(CLAIMS, used, CLAIM, "data-db-3", "state").text == "Pending"
    unknown = frame_of(*here, waiting, feeds=unlisted)
    assert cell(CLAIMS, unknown, CLAIM, "data-db-3", "state").text == "Pending"


def test_a_finding_gives_a_state_its_tone_and_an_info_leaves_it_calm() -> None:
    a = claim("shop/a", phase="Pending")

    bad = frame_of(a, findings=(finding(a, "Class does not exist"),))
    calm = frame_of(a, findings=(finding(a, "being provisioned", Severity.INFO),))

    assert cell(CLAIMS, bad, CLAIM, "a", "state") == ("Pending", Tone.ERROR)
    assert cell(CLAIMS, calm, CLAIM, "a", "state") == ("Pending", Tone.NOTE)


def test_many_users_are_counted_and_several_sorted_last() -> None:
    pods = [pod(f"shop/web-{n}", claims=("shared",)) for n in range(1200)]
    frame = frame_of(claim("shop/shared"), *pods)

    assert cell(CLAIMS, frame, CLAIM, "shared", "used").text == "1,200 pods"


@pytest.mark.parametrize("state", [FeedState.CONNECTING, FeedState.LISTING, FeedState.FORBIDDEN])
def test_what_is_not_known_is_no_zero(state: FeedState) -> None:
    a = claim("shop/a")
    unknown = frame_of(
        a,
        volume("pv-a", claim="shop/a"),
        feeds=live_feeds(feed_health(Kind.POD, state), feed_health(Kind.VOLUME_ATTACHMENT, state)),
    )
    seen = frame_of(a, pod("shop/x", claims=("a",)), feeds=live_feeds(feed_health(Kind.POD, state)))

    assert cell(CLAIMS, unknown, CLAIM, "a", "used").text == "?"
    assert cell(CLAIMS, unknown, CLAIM, "a", "node").text == "?"
    assert cell(VOLUMES, unknown, VOLUME, "pv-a", "attached").text == "?"
    assert cell(CLAIMS, seen, CLAIM, "a", "used").text == "x +?"


def test_an_object_that_is_gone_is_told_from_one_that_is_not_known() -> None:
    bound = claim("shop/a", volume="pv-gone")
    blind = live_feeds(feed_health(Kind.PERSISTENT_VOLUME, FeedState.FORBIDDEN))

    assert cell(CLAIMS, frame_of(bound), CLAIM, "a", "volume") == ("pv-gone (gone)", Tone.WARN)
    assert cell(CLAIMS, frame_of(bound, feeds=blind), CLAIM, "a", "volume") == ("pv-gone ?", Tone.PLAIN)


def test_a_volume_whose_claim_was_made_anew_does_not_count_as_the_new_one() -> None:
    other = claim("shop/a", metadata={"uid": "another"})

    assert cell(VOLUMES, frame_of(other, volume("pv-a", claim="shop/a")), VOLUME, "pv-a", "claim").text == (
        "shop/a (gone)"
    )


@pytest.mark.parametrize(
    ("over", "text"),
    [
        ({"metadata": {"deletionTimestamp": stamp(1)}}, "detaching"),
        (
            {"metadata": {"deletionTimestamp": stamp(1)}, "status": {"detachError": {"message": "busy"}}},
            "✖ detach error",
        ),
        ({"status": {"attached": False}}, "attaching"),
        ({}, "attached"),
    ],
)
def test_the_state_of_an_attachment_in_words(over: dict[str, Any], text: str) -> None:
    frame = frame_of(attachment("csi", volume="pv", node="worker-a", **over))

    assert cell(ATTACHMENTS, frame, ATTACHMENT, "csi", "state").text == text


def test_pods_of_many_claims_say_how_many_are_not_bound() -> None:
    frame = frame_of(
        claim("shop/a"),
        claim("shop/b", phase="Pending"),
        pod("shop/p", claims=("a", "b")),
        pod("shop/q", claims=("c",)),
    )

    assert cell(PODS, frame, POD, "p", "claim") == ("2 claims, 1 not Bound", Tone.WARN)
    assert cell(PODS, frame, POD, "q", "claim") == ("c (gone)", Tone.WARN)


def test_restarts_say_when_the_last_one_was() -> None:
    container = {
        "name": "main",
        "restartCount": 7,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 1, "finishedAt": stamp(130)}},
    }
    frame = frame_of(pod("shop/p", claims=("a",), status={"containerStatuses": [container]}))

    assert cell(PODS, frame, POD, "p", "restarts") == ("7 (2m10s ago)", Tone.NOTE)
    assert cell(PODS, frame, POD, "p", "state") == ("CrashLoopBackOff", Tone.ERROR)


def test_the_worst_finding_of_a_set_its_pods_and_its_claims_is_its_trouble() -> None:
    here = shop()
    waiting = next(one for one in here if one.name == "db-1")
    old = next(one for one in here if one.name == "data-db-0")
    frame = frame_of(
        *here, findings=(finding(old, "small", Severity.LOW), finding(waiting, "Volume held by another node"))
    )

    assert cell(SETS, frame, SET, "db", "trouble") == ("✖ Volume held by another node (+1)", Tone.ERROR)


@pytest.mark.parametrize(
    ("more", "text", "tone"),
    [
        ((service("shop/db", ip="10.0.0.1"),), "▲ db not headless", Tone.NOTE),
        ((), "✖ db missing", Tone.WARN),
    ],
)
def test_the_governing_service_of_a_set(more: tuple[Any, ...], text: str, tone: Tone) -> None:
    here = [one for one in shop() if one.kind is not Kind.SERVICE]

    assert cell(SETS, frame_of(*here, *more), SET, "db", "service") == (text, tone)


def test_the_pod_of_a_deployment_names_the_deployment() -> None:
    replica_set = build(ReplicaSet, "shop/web-abc", {"metadata": owned("Deployment", "web")}, {})
    web = pod("shop/web-abc-x1", claims=("a",), owner="ReplicaSet/web-abc")

    assert cell(PODS, frame_of(web, replica_set), POD, "web-abc-x1", "owner").text == "deployment web"
    assert cell(PODS, frame_of(web), POD, "web-abc-x1", "owner").text == "replica set web-abc"


def test_cluster_wide_objects_belong_to_the_namespace_of_their_claim() -> None:
    frame = shop_frame()
    one = next(iter(frame.cluster.all(VolumeAttachment).values()))

    assert ATTACHMENTS.namespace(one, frame) == "shop"
    assert VOLUMES.namespace(volume("pv", claim="shop/a"), frame) == "shop"
    assert VOLUMES.namespace(volume("pv"), frame) == ""


def test_no_cell_lets_hostile_text_through() -> None:
    bad: dict[str, Any] = {"spec": {"storageClassName": HOSTILE, "volumeName": HOSTILE}, "status": {"phase": HOSTILE}}
    records = (
        claim(f"shop/{HOSTILE}", **bad),
        volume(HOSTILE, claim=f"shop/{HOSTILE}", **{**bad, "spec": {"csi": {"driver": HOSTILE}}}),
        pod(f"shop/{HOSTILE}", node=HOSTILE, claims=(HOSTILE,), status={"reason": HOSTILE, "phase": HOSTILE}),
        attachment(HOSTILE, volume=HOSTILE, node=HOSTILE, attached=False, status={"attachError": {"message": HOSTILE}}),
    )
    frame = frame_of(*records)
    for one in TABLES:
        for key in arrange(frame, one):
            record = one.find(frame, key)
            assert record is not None
            for made in one.cells(record, frame, NOW):
                assert made.text.isprintable(), (one.id, made)


def test_a_table_is_found_by_its_id() -> None:
    assert table("pods") is PODS
    with pytest.raises(KeyError):
        table("nothing")
