"""expand-claim: when it is offered, what is planned, and each reason to refuse."""

from typing import Any

import pytest

from storagetui.actions.expand_claim import EXPAND_CLAIM
from storagetui.actions.plan import CapacityReached, Plan, Refusal, RequestStep
from storagetui.actions.seen import sight
from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.change import FeedState
from storagetui.model.keys import Key, Kind
from storagetui.model.namespaces import LimitRange, ResourceQuota
from storagetui.model.quantity import parse
from tests.build import (
    NOW,
    build,
    claim,
    event,
    feed_health,
    frame_of,
    live_feeds,
    pod,
    stateful_set,
    storage_class,
    volume,
)

KEY = Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "data-db-0")


def scene(*more: Record, expands: bool = True, **over: Any) -> Frame:
    return frame_of(
        claim("shop/data-db-0", size="10Gi", **over),
        volume("pv-data-db-0", claim="shop/data-db-0"),
        storage_class(expands=expands),
        *more,
    )


def planned(frame: Frame, size: str = "20Gi") -> Plan:
    plan = EXPAND_CLAIM.plan(frame, KEY, {"size": size})
    assert isinstance(plan, Plan), plan
    return plan


def refused(frame: Frame, size: str = "20Gi") -> str:
    refusal = EXPAND_CLAIM.plan(frame, KEY, {"size": size})
    assert isinstance(refusal, Refusal), refusal
    return f"{refusal.reason}. {refusal.next_step}"


def quota(hard: str, used: str, resource: str = "requests.storage") -> ResourceQuota:
    status = {"hard": {resource: hard}, "used": {resource: used}}
    return build(ResourceQuota, "shop/storage", {"status": status}, {})


def test_plan_names_cluster_object_and_what_must_be_typed() -> None:
    plan = planned(scene(pod("shop/db-0", claims=("data-db-0",), owner="StatefulSet/db"), stateful_set("shop/db")))
    assert (plan.cluster_id, plan.key, plan.typed) == ("test-cluster", KEY, "data-db-0")
    (step,) = plan.steps
    assert isinstance(step, RequestStep)
    assert step.done == CapacityReached(KEY, plan.uid, parse("20Gi"))
    assert [(one.op, one.path, one.value) for one in step.request.operations] == [
        ("replace", "/spec/resources/requests/storage", "20Gi")
    ]
    assert any("never shrinks" in sentence for sentence in plan.consequences)
    assert any("template data of set db keeps asking for 10Gi" in sentence for sentence in plan.consequences)
    assert not any("No running pod" in sentence for sentence in plan.consequences)


def test_a_claim_without_a_pod_is_told_that_it_waits_for_one() -> None:
    assert any("No running pod uses the claim" in sentence for sentence in planned(scene()).consequences)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ("10Gi", "not more than the 10Gi that the claim asks for"),
        ("5Gi", "grows and never shrinks"),
        ("10240Mi", "not more than"),
        ("lots", "is not a quantity"),
        ("", "no size was given"),
    ],
)
def test_sizes_that_are_refused(size: str, words: str) -> None:
    assert words in refused(scene(), size)


def test_the_smallest_step_up_is_planned() -> None:
    assert planned(scene(), "10241Mi").inputs == (("size", "10241Mi"),)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (frame_of(), "does not exist"),
        (scene(phase="Pending"), "the claim is Pending"),
        (scene(metadata={"deletionTimestamp": "2026-01-15T14:00:00Z"}), "is being deleted"),
        (scene(expands=False), "class fast does not allow expansion"),
        (frame_of(claim("shop/data-db-0")), "class fast does not exist"),
        (scene(spec={"storageClassName": ""}), "has no class"),
        (
            scene(status={"allocatedResourceStatuses": {"storage": "ControllerResizeInfeasible"}}),
            "an earlier expansion to 10Gi has failed",
        ),
        (
            scene(status={"conditions": [{"type": "NodeResizeError", "status": "True", "message": "xfs_growfs: no"}]}),
            "xfs_growfs: no",
        ),
    ],
)
def test_claims_that_are_refused(frame: Frame, words: str) -> None:
    assert words in refused(frame)
    assert EXPAND_CLAIM.is_for(frame, KEY) is not None


def test_an_unknown_status_is_no_failure() -> None:
    planned(scene(status={"allocatedResourceStatuses": {"storage": "SomethingNew"}}))


@pytest.mark.parametrize(("used", "fits"), [("90Gi", True), ("90.5Gi", False), ("100Gi", False)])
def test_quota_counts_the_growth(used: str, fits: bool) -> None:
    frame = scene(quota("100Gi", used))
    if fits:
        assert any("quota storage has room for 10Gi more" in check.text for check in planned(frame).checks)
    else:
        assert "quota storage leaves" in refused(frame)


def test_quota_of_the_class_counts_and_that_of_another_does_not() -> None:
    assert "leaves" in refused(scene(quota("10Gi", "10Gi", "fast.storageclass.storage.k8s.io/requests.storage")))
    planned(scene(quota("10Gi", "10Gi", "slow.storageclass.storage.k8s.io/requests.storage")))


def test_quotas_that_cannot_be_read_are_left_to_the_dry_run() -> None:
    frame = scene()
    forbidden = live_feeds(feed_health(Kind.RESOURCE_QUOTA, FeedState.FORBIDDEN))
    checks = planned(frame_of(*frame.cluster.objects[KEY.kind].values(), storage_class(), feeds=forbidden)).checks
    assert any(not check.is_known and "dry run decides" in check.text for check in checks)


def test_a_class_that_cannot_be_read_is_left_to_the_dry_run() -> None:
    forbidden = live_feeds(feed_health(Kind.STORAGE_CLASS, FeedState.FORBIDDEN))
    frame = frame_of(claim("shop/data-db-0"), feeds=forbidden)
    plan = planned(frame)
    assert any("the dry run decides: classes cannot be listed" in check.text for check in plan.checks)
    assert EXPAND_CLAIM.reads(frame, KEY) == (KEY,)


def test_pods_that_cannot_be_seen_are_not_called_none() -> None:
    forbidden = live_feeds(feed_health(Kind.POD, FeedState.FORBIDDEN))
    told = planned(frame_of(claim("shop/data-db-0"), storage_class(), feeds=forbidden)).consequences
    assert any("cannot be told: pods cannot be listed" in sentence for sentence in told)
    assert not any("No running pod" in sentence for sentence in told)


def test_a_volume_larger_than_its_claim_is_not_growing() -> None:
    larger = claim("shop/data-db-0", status={"capacity": {"storage": "15Gi"}})
    assert not any("under way" in sentence for sentence in planned(frame_of(larger, storage_class())).consequences)
    smaller = claim("shop/data-db-0", status={"capacity": {"storage": "5Gi"}})
    assert any("to 10Gi is still under way" in one for one in planned(frame_of(smaller, storage_class())).consequences)


def test_an_old_failure_is_not_told_of_a_new_expansion() -> None:
    growing = claim("shop/data-db-0", spec={"resources": {"requests": {"storage": "20Gi"}}})
    old = event(growing, "VolumeResizeFailed", "no space", ago=600.0)
    new = event(growing, "VolumeResizeFailed", "still no space", ago=1.0)
    done = CapacityReached(KEY, growing.uid, parse("20Gi"))
    assert sight(frame_of(growing, old), done, NOW).words == "has 10Gi: the resizer has not begun"
    assert "still no space" in sight(frame_of(growing, old, new), done, NOW).words


def test_limit_range_bounds_the_size() -> None:
    limits = build(
        LimitRange,
        "shop/claims",
        {"spec": {"limits": [{"type": "PersistentVolumeClaim", "max": {"storage": "15Gi"}}]}},
        {},
    )
    assert "allows claims of 15Gi at most" in refused(scene(limits))
    planned(scene(limits), "15Gi")


def test_reads_are_the_claim_its_class_and_the_quotas() -> None:
    keys = EXPAND_CLAIM.reads(scene(quota("100Gi", "1Gi")), KEY)
    assert [key.kind for key in keys] == [KEY.kind, Kind.STORAGE_CLASS, Kind.RESOURCE_QUOTA]
