"""What records say of themselves, through objects as the API writes them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from storagetui.model.base import Condition, condition, value_of
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind
from storagetui.model.nodes import Node
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume
from storagetui.model.workloads import StatefulSet
from tests.build import claim, decode, node, pod, stateful_set, storage_class, volume

ZONE = "topology.kubernetes.io/zone"
OLD_ZONE = "failure-domain.beta.kubernetes.io/zone"


def in_zones(*terms: list[dict[str, Any]]) -> PersistentVolume:
    affinity = {"required": {"nodeSelectorTerms": [{"matchExpressions": term} for term in terms]}}
    return volume("pv-1", spec={"nodeAffinity": affinity})


def asks(key: str, *values: str, operator: str = "In") -> dict[str, Any]:
    return {"key": key, "operator": operator, "values": list(values)}


@pytest.mark.parametrize(
    ("made", "zones"),
    [
        (volume("pv-1"), ()),
        (volume("pv-1", zone="a"), ("a",)),
        (in_zones([asks(OLD_ZONE, "a", "b")]), ("a", "b")),
        (in_zones([asks("topology.gke.io/zone", "a"), asks("disk", "ssd")]), ("a",)),
        (in_zones([asks("topology.ebs.csi.aws.com/zone", "a")], [asks(ZONE, "b")]), ("b",)),
        (in_zones([asks(ZONE, "a"), asks(OLD_ZONE, "a")], [asks(ZONE, "b")]), ("a", "b")),
        (in_zones([asks("topology.disk.csi.azure.com/zone", "")]), ()),
        (
            in_zones([asks("topology.disk.csi.azure.com/zone", "e-1")], [asks("topology.disk.csi.azure.com/zone", "")]),
            ("e-1",),
        ),
        (in_zones([asks(ZONE, "a", operator="NotIn")]), ()),
        (in_zones([asks("kubernetes.io/hostname", "node-a")]), ()),
    ],
)
def test_the_zones_of_a_volume(made: PersistentVolume, zones: tuple[str, ...]) -> None:
    assert made.zones == zones


def test_any_other_part_of_a_topology_can_be_asked_for() -> None:
    local = in_zones([asks("kubernetes.io/hostname", "node-a")])
    assert local.topology("kubernetes.io/hostname") == ("node-a",)
    assert local.topology(ZONE) == ()


@pytest.mark.parametrize(
    ("labels", "zone"),
    [({ZONE: "a", OLD_ZONE: "b"}, "a"), ({OLD_ZONE: "b"}, "b"), ({"zone": "c"}, "")],
)
def test_the_zone_of_a_node(labels: dict[str, str], zone: str) -> None:
    assert node("n", zone="", metadata={"labels": labels}).zone == zone


@pytest.mark.parametrize(("status", "is_ready"), [("True", True), ("False", False), ("Unknown", False)])
def test_a_node_is_ready_when_its_kubelet_says_so(status: str, is_ready: bool) -> None:
    assert node("n", ready=status).is_ready is is_ready
    assert not decode(Node, {"metadata": {"name": "n"}}).is_ready


@pytest.mark.parametrize(
    ("conditions", "since"),
    [
        ([], None),
        ([{"type": "Resizing", "status": "True", "lastTransitionTime": "2026-01-15T10:00:00Z"}], None),
        ([{"type": "Unused", "status": "False", "lastTransitionTime": "2026-01-15T10:00:00Z"}], None),
        (
            [{"type": "Unused", "status": "True", "lastTransitionTime": "2026-01-15T10:00:00Z"}],
            datetime(2026, 1, 15, 10, tzinfo=UTC),
        ),
        ([{"type": "Unused", "status": "True"}], None),
    ],
)
def test_since_when_a_claim_is_unused(conditions: list[dict[str, str]], since: datetime | None) -> None:
    assert claim("shop/data", status={"conditions": conditions}).unused_since == since


def test_no_class_and_the_empty_class_are_told_apart() -> None:
    left_out = claim("shop/data", spec={"storageClassName": None})
    empty = claim("shop/data", spec={"storageClassName": ""})
    assert (left_out.storage_class, left_out.class_is_named) == ("", False)
    assert (empty.storage_class, empty.class_is_named) == ("", True)


@pytest.mark.parametrize(
    ("spec", "ordinals"),
    [
        ({"replicas": 3}, range(3)),
        ({"replicas": None}, range(1)),
        ({"replicas": 0}, range(0)),
        ({"replicas": 2, "ordinals": {"start": 5}}, range(5, 7)),
        ({"replicas": 2, "ordinals": {}}, range(2)),
    ],
)
def test_the_ordinals_of_a_set(spec: dict[str, Any], ordinals: range) -> None:
    made: StatefulSet = stateful_set("shop/db", spec=spec)
    assert made.ordinals == ordinals
    assert made.wanted == len(ordinals)


def test_the_claims_of_a_pod_are_those_its_volumes_name() -> None:
    volumes = [
        {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}},
        {"name": "config", "configMap": {"name": "db"}},
        {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}},
        {"name": "logs", "persistentVolumeClaim": {"claimName": "logs", "readOnly": True}},
    ]
    made: Pod = pod("shop/db-0", spec={"volumes": volumes})
    names = ["data-db-0", "db-0-scratch", "logs"]
    assert made.claim_keys == tuple(Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", name) for name in names)
    assert [one.is_read_only for one in made.volumes] == [False, False, False, True]
    assert made.is_ready


def test_the_controller_is_the_owner_that_says_so() -> None:
    owners = [
        {"kind": "ConfigMap", "name": "other", "uid": "u1"},
        {"kind": "StatefulSet", "name": "db", "uid": "u2", "controller": True},
    ]
    made = pod("shop/db-0", metadata={"ownerReferences": owners})
    assert made.controller is not None
    assert (made.controller.name, len(made.owners)) == ("db", 2)
    assert pod("shop/alone").controller is None


def test_the_default_class_may_be_marked_in_the_old_way() -> None:
    def marked(key: str, value: str) -> bool:
        return storage_class(metadata={"annotations": {key: value}}).is_default

    assert marked("storageclass.kubernetes.io/is-default-class", "true")
    assert marked("storageclass.beta.kubernetes.io/is-default-class", "true")
    assert not marked("storageclass.kubernetes.io/is-default-class", "false")
    assert not storage_class().is_default


NEW_SHAPE = {
    "eventTime": "2026-01-15T10:00:00.123456Z",
    "reportingComponent": "default-scheduler",
    "metadata": {"creationTimestamp": "2026-01-15T10:00:01Z"},
}
SERIES = {**NEW_SHAPE, "series": {"count": 7, "lastObservedTime": "2026-01-15T11:00:00.000000Z"}}
OLD_SHAPE = {
    "count": 3,
    "firstTimestamp": "2026-01-15T09:00:00Z",
    "lastTimestamp": "2026-01-15T09:30:00Z",
    "eventTime": None,
    "source": {"component": "kubelet", "host": "node-a"},
    "reportingComponent": "kubelet",
    "metadata": {"creationTimestamp": "2026-01-15T09:00:00Z"},
}
BARE = {"metadata": {"creationTimestamp": "2026-01-15T08:00:00Z"}}


@pytest.mark.parametrize(
    ("wire", "first", "last", "count", "component"),
    [
        (OLD_SHAPE, "09:00:00", "09:30:00", 3, "kubelet"),
        (NEW_SHAPE, "10:00:00.123456", "10:00:00.123456", 1, "default-scheduler"),
        (SERIES, "10:00:00.123456", "11:00:00", 7, "default-scheduler"),
        (BARE, "08:00:00", "08:00:00", 1, ""),
    ],
)
def test_both_shapes_of_events(wire: dict[str, Any], first: str, last: str, count: int, component: str) -> None:
    made = decode(Event, wire)
    day = "2026-01-15T"
    assert made.first_seen == datetime.fromisoformat(f"{day}{first}+00:00")
    assert made.last_seen == datetime.fromisoformat(f"{day}{last}+00:00")
    assert (made.count, made.component) == (count, component)


def test_look_ups_in_small_tuples() -> None:
    ready = Condition(type="Ready", status="True", reason="", message="", last_transition_time=None)
    assert condition((ready,), "Ready") is ready
    assert condition((ready,), "Initialized") is None
    assert value_of((("a", "1"), ("b", "2")), "b") == "2"
    assert value_of((), "b") == ""
