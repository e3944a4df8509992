"""Descriptions, chains and events of objects."""

from datetime import timedelta
from typing import Any

import pytest

from storagetui.diagnosis.finding import Severity
from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.change import FeedState
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Key, Kind
from storagetui.model.kinds import KINDS
from storagetui.model.namespaces import ResourceQuota
from storagetui.model.nodes import Lease
from storagetui.model.workloads import Job
from storagetui.view.chain import chains
from storagetui.view.detail import describe, title
from storagetui.view.events import event_lines
from storagetui.view.section import Line
from tests.build import (
    NOW,
    attachment,
    build,
    claim,
    csi_node,
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
from tests.view.world import HOSTILE, finding, shop, shop_frame

CLAIM, VOLUME, POD = Kind.PERSISTENT_VOLUME_CLAIM, Kind.PERSISTENT_VOLUME, Kind.POD


def lines(frame: Frame, key: Key, section: str) -> list[Line]:
    found = [one for one in describe(frame, key, NOW) if one.title == section]
    return list(found[0].lines) if found else []


def said(frame: Frame, key: Key, section: str) -> dict[str, str]:
    """Label -> value; lines without a label go on with the one before."""
    texts: dict[str, str] = {}
    label = ""
    for line in lines(frame, key, section):
        label = line.label or label
        texts[label] = f"{texts[label]} | {line.value}" if label in texts else line.value
    return texts


def test_a_claim_says_who_uses_it_who_holds_it_and_who_waits() -> None:
    key = Key(CLAIM, "shop", "data-db-1")
    frame = shop_frame()

    facts = said(frame, key, "Claim")
    assert facts["State"] == "Bound, growing"
    assert facts["Access"] == "RWO: one node at a time"
    assert facts["Class"] == "fast, waits for the first pod, can grow"
    assert facts["Set"] == "db #1, template data | differs from its template: data asks 20Gi, template 10Gi"
    assert facts["Reclaim"].startswith("Delete:")
    assert said(frame, key, "Growing") == {"From": "10Gi", "To": "20Gi"}
    assert said(frame, key, "Use") == {
        "Used by": "db-1 ContainerCreating on worker-b",
        "Attached to": "✖ worker-a, ✖ worker-b attach error",
    }


def test_a_pod_waits_where_its_volume_is_not() -> None:
    away = [one for one in shop() if one.name != "csi-2"]

    assert said(frame_of(*away), Key(CLAIM, "shop", "data-db-1"), "Use") == {
        "Used by": "db-1 ContainerCreating on worker-b",
        "Attached to": "✖ worker-a",
        "Waiting": "db-1 ContainerCreating on worker-b",
    }


@pytest.mark.parametrize(
    ("finalizer", "words"),
    [
        ("kubernetes.io/pvc-protection", "stays until no pod uses the claim"),
        ("kubernetes.io/pv-protection", "stays until no claim is bound"),
        ("external-attacher/ebs-csi-aws-com", "stays until ebs-csi-aws-com has detached the volume"),
        ("example.com/ours", "example.com/ours"),
    ],
)
def test_finalizers_say_what_they_wait_for(finalizer: str, words: str) -> None:
    one = claim("shop/a", metadata={"finalizers": [finalizer], "deletionTimestamp": stamp(90)})
    found = said(frame_of(one), one.key, "Metadata")

    assert words in found["Finalizers"]
    assert found["Deleting"] == f"for 90s, waits for {finalizer}"


def test_a_pod_s_volumes_say_where_they_are() -> None:
    found = said(shop_frame(), Key(POD, "shop", "db-1"), "Volumes")

    assert found == {
        "volume-0": "claim data-db-1 Bound, growing 10Gi→20Gi"
        " | volume pv-data-db-1, attached to ✖ worker-a, ✖ worker-b attach error"
    }


def test_the_deletion_timestamp_of_a_pod_includes_its_grace_period() -> None:
    going = {"metadata": {"deletionTimestamp": stamp(-20), "deletionGracePeriodSeconds": 30}}
    late = {"metadata": {"deletionTimestamp": stamp(300), "deletionGracePeriodSeconds": 30}}
    one: dict[str, Any] = going
    two: dict[str, Any] = late

    assert said(frame_of(pod("shop/p", **one)), Key(POD, "shop", "p"), "Pod")["Deleting"] == (
        "grace period 30 s, ends 14:02:31 (in 20s)"
    )
    assert said(frame_of(pod("shop/p", **two)), Key(POD, "shop", "p"), "Pod")["Deleting"] == (
        "grace period 30 s, ended 13:57:11 (5m ago)"
    )


def test_a_claim_that_is_missing_is_told_from_one_that_is_not_known() -> None:
    one = pod("shop/p", claims=("a",))
    blind = live_feeds(feed_health(CLAIM, FeedState.FORBIDDEN))

    assert said(frame_of(one), one.key, "Volumes")["volume-0"] == "claim a (gone)"
    assert said(frame_of(one, feeds=blind), one.key, "Volumes")["volume-0"] == "claim a ?"


def test_an_attachment_shows_the_driver_s_words_in_full() -> None:
    found = said(shop_frame(), Key(Kind.VOLUME_ATTACHMENT, "", "csi-2"), "Attachment")

    assert found["Attach error"] == "volume is in use · 14:01:51 (20s ago)"
    assert found["Also"] == "✖ worker-a attached"
    assert found["Node state"] == "Ready"


def test_a_volume_says_from_where_it_can_be_reached() -> None:
    expressions = [{"key": "zone", "operator": "In", "values": ["a", "b"]}, {"key": "fast", "operator": "Exists"}]
    terms = [{"matchExpressions": expressions}, {"matchExpressions": expressions[:1]}]
    one = volume("pv", spec={"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}})

    assert [(line.label, line.value) for line in lines(frame_of(one), one.key, "Reachable from nodes where")] == [
        ("", "zone In a, b"),
        ("and", "fast Exists"),
        ("or", "zone In a, b"),
    ]


def test_a_node_says_which_drivers_it_has_and_how_full_it_is() -> None:
    lease = build(Lease, "kube-node-lease/worker-a", {"spec": {"renewTime": stamp(400)}}, {})
    frame = shop_frame(csi_node("worker-a", "disk.csi.example", slots=2), lease)
    key = Key(Kind.NODE, "", "worker-a")

    assert said(frame, key, "Drivers") == {"disk.csi.example": "2 of 2 volumes, full"}
    assert said(frame, key, "Node")["Last sign"] == "13:55:31 (6m40s ago)"
    assert said(frame, key, "Node")["State"] == "✖ not reporting"
    assert [line.value for line in lines(frame, key, "Pods with volumes")] == ["shop/db-0 Running"]
    assert [line.value for line in lines(frame, key, "Attachments")] == [
        "pv-data-db-0 attached",
        "pv-data-db-1 attached",
    ]


def test_a_class_says_who_makes_its_volumes_and_where() -> None:
    frame = shop_frame(csi_node("worker-a", "disk.csi.example"))
    found = said(frame, storage_class().key, "StorageClass")

    assert found["Driver"] == "disk.csi.example (no CSIDriver of that name)"
    assert found["Registered"] == "on 1 of 2 nodes"
    assert found["Growing"] == "allowed"
    assert found["Used by"] == "3 claims, 3 volumes"
    assert found["Binding"].startswith("WaitForFirstConsumer: a volume is made once a pod needs it")


def test_a_driver_says_on_which_nodes_it_is_not() -> None:
    driver = build(CSIDriver, "disk.csi.example", {"spec": {"attachRequired": True}}, {})
    frame = shop_frame(driver, csi_node("worker-a", "disk.csi.example", slots=8))

    assert said(frame, driver.key, "Nodes") == {"✖ worker-a": "2 of 8 volumes attached", "Not on": "worker-b"}
    assert said(frame, driver.key, "Driver")["Classes"] == "fast"


def test_a_set_says_how_it_rolls_out_and_what_becomes_of_its_claims() -> None:
    key = Key(Kind.STATEFUL_SET, "shop", "db")
    rolling = {"status": {"currentRevision": "db-1", "updateRevision": "db-2", "updatedReplicas": 1}}
    over: dict[str, Any] = rolling
    frame = shop_frame(stateful_set("shop/db", metadata={"resourceVersion": "2"}, **over))

    facts = said(frame, key, "StatefulSet")
    assert facts["Held up"] == "#1 blocks #2"
    assert facts["Updates"] == "RollingUpdate | rolling out: 1 of 3 pods on db-2"
    assert facts["Ordinals"] == "#0–#2"
    templates = said(frame, key, "Claim templates")
    assert templates["data"] == "10Gi, class fast, RWO"
    assert templates["When it goes"] == "Claims are kept when the set is scaled down or deleted."
    assert templates["Left behind"] == "1 claim of ordinals that it no longer has"


def test_any_other_kind_is_described_by_the_field_table() -> None:
    quota = build(
        ResourceQuota,
        "shop/storage",
        {"status": {"hard": {"requests.storage": "1Ti"}, "used": {"requests.storage": "900Gi"}}},
        {},
    )
    job = build(
        Job,
        "shop/backup",
        {"status": {"active": 2, "conditions": [{"type": "Failed", "status": "True", "message": "gave up"}]}},
        {},
    )
    frame = frame_of(quota, job)

    assert said(frame, quota.key, "ResourceQuota") == {
        "status.hard": "requests.storage=1Ti",
        "status.used": "requests.storage=900Gi",
    }
    assert said(frame, job.key, "Job") == {"status.active": "2"}
    assert said(frame, job.key, "Conditions") == {"Failed": "True | gave up"}


def test_findings_come_first_with_what_to_do() -> None:
    one = claim("shop/a")
    frame = frame_of(
        one,
        findings=(
            finding(one, "calm", Severity.INFO),
            finding(one, "Class fast does not exist", next_step="Create the class."),
        ),
    )
    first = describe(frame, one.key, NOW)[0]

    assert first.title == "Findings"
    assert [(line.label, line.value) for line in first.lines] == [
        ("✖ high", "Class fast does not exist"),
        ("", "Create the class."),
        ("● info", "calm"),
    ]


def test_what_is_gone_is_told_from_what_is_not_known() -> None:
    key = Key(CLAIM, "shop", "data-db-9")
    blind = live_feeds(feed_health(CLAIM, FeedState.FORBIDDEN))

    gone, unknown = describe(frame_of(), key, NOW), describe(frame_of(feeds=blind), key, NOW)

    assert gone[0].lines[0].value == "There is no claim shop/data-db-9 any more."
    assert unknown[0].title == "Not known"
    assert unknown[0].lines[1].value == "You may not list claims."


@pytest.mark.parametrize("key", [one.key for one in shop()], ids=lambda key: f"{key.kind} {key.name}")
def test_every_object_is_described_and_has_a_chain_and_a_title(key: Key) -> None:
    frame = shop_frame()

    assert describe(frame, key, NOW)
    assert title(key).endswith(key.name)
    found = chains(frame, key)
    assert found
    assert all(any(link.is_focus for link in chain) for chain in found)


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_can_be_described(kind: Kind) -> None:
    info = KINDS[kind]
    record: Record = build(info.record, "shop/thing" if info.is_namespaced else "thing", {}, {})
    frame = frame_of(record)

    assert describe(frame, record.key, NOW)[-1].title == "Metadata"
    assert chains(frame, record.key)


def test_no_line_lets_hostile_text_through() -> None:
    bad: dict[str, Any] = {
        "metadata": {"labels": {HOSTILE: HOSTILE}, "finalizers": [HOSTILE], "deletionTimestamp": stamp(1)}
    }
    records: tuple[Record, ...] = (
        claim("shop/a", volume=HOSTILE, **{**bad, "spec": {"storageClassName": HOSTILE}}),
        volume(HOSTILE, claim="shop/a", **{**bad, "status": {"message": HOSTILE, "reason": HOSTILE}}),
        pod("shop/p", node=HOSTILE, claims=("a", HOSTILE), **{**bad, "status": {"message": HOSTILE}}),
        attachment("csi", volume=HOSTILE, node=HOSTILE, attached=False, status={"attachError": {"message": HOSTILE}}),
        stateful_set("shop/db", **{**bad, "spec": {"serviceName": HOSTILE, "updateStrategy": {"type": HOSTILE}}}),
        node(HOSTILE, spec={"taints": [{"key": HOSTILE, "value": HOSTILE, "effect": HOSTILE}]}),
        storage_class(HOSTILE, provisioner=HOSTILE, parameters={HOSTILE: HOSTILE}, mountOptions=[HOSTILE]),
        build(CSIDriver, HOSTILE, {"spec": {"fsGroupPolicy": HOSTILE}}, {}),
        build(Job, f"shop/{HOSTILE}", {"status": {"conditions": [{"type": HOSTILE, "message": HOSTILE}]}}, {}),
    )
    noisy = event(records[0], HOSTILE, HOSTILE, source=HOSTILE)
    frame = frame_of(*records, noisy, findings=(finding(records[0], HOSTILE, next_step=HOSTILE),))
    found = []
    for record in records:
        for one in describe(frame, record.key, NOW + timedelta(seconds=5)):
            found += [text for line in one.lines for text in (line.label, line.value)]
        found += [text for chain in chains(frame, record.key) for link in chain for text in (link.text, link.state)]
        found.append(title(record.key))
    for line in event_lines(frame, records[0].key, records[0].uid, NOW):
        found += [line.reason, line.component, line.message]

    assert len(found) > 200
    assert [text for text in found if not text.isprintable()] == []
