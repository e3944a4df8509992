from storagetui.diagnosis.affected import affected
from storagetui.model.base import Record
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Key, Kind
from storagetui.model.namespaces import LimitRange, ResourceQuota
from tests.build import (
    attachment,
    build,
    claim,
    csi_node,
    event,
    node,
    pod,
    stateful_set,
    storage_class,
    volume,
)
from tests.diagnosis.world import cluster_of

CLAIM = claim("shop/data-db-0")
VOLUME = volume("pv-data-db-0", claim="shop/data-db-0")
POD = pod("shop/db-0", claims=("data-db-0",), owner="StatefulSet/db")
OTHER = pod("shop/copy", claims=("data-db-0",), node="node-b")
SET = stateful_set("shop/db", replicas=1)
ATTACHED = attachment("va", volume="pv-data-db-0", node="node-a")
CLASS = storage_class("fast")
NODE, CSI_NODE = node("node-a"), csi_node("node-a", "disk.csi.example")
PENDING = claim("shop/new", phase="Pending")
NAMELESS = claim("shop/plain", phase="Pending", spec={"storageClassName": None})
WAITING = pod("shop/waiting", phase="Pending", node="", claims=("new",))
WORLD = (CLAIM, VOLUME, POD, OTHER, SET, ATTACHED, CLASS, NODE, CSI_NODE, PENDING, NAMELESS, WAITING)


def reached(changed: Record, old: Record | None = None, world: tuple[Record, ...] = WORLD) -> set[str]:
    """The names of what a new or changed object touches."""
    cluster = cluster_of(*(one for one in world if one.key != changed.key), changed)
    return {key.name for key in affected(cluster, [changed.key], {changed.key: old})}


def test_each_object_touches_its_neighbors() -> None:
    assert reached(CLAIM) >= {"data-db-0", "db-0", "copy", "pv-data-db-0", "db"}
    assert reached(POD) >= {"db-0", "data-db-0", "copy", "db"}
    assert reached(VOLUME) >= {"pv-data-db-0", "data-db-0", "db-0", "copy", "va"}
    assert reached(ATTACHED) >= {"va", "pv-data-db-0", "data-db-0", "db-0", "copy", "node-a"}
    assert reached(NODE) >= {"node-a", "db-0", "data-db-0", "copy", "va", "waiting"}
    assert reached(CSI_NODE) >= {"node-a", "db-0"}
    assert reached(SET) >= {"db", "db-0", "data-db-0"}
    assert reached(event(CLAIM, "X", "y")) >= {"data-db-0"}


def test_a_class_touches_its_claims_those_without_a_class_and_their_pods() -> None:
    assert reached(CLASS) >= {"fast", "data-db-0", "new", "plain", "waiting"}


def test_a_free_volume_touches_the_unbound_claims_of_its_class() -> None:
    free = volume("pv-free")
    assert reached(free) >= {"pv-free", "new"}
    assert reached(volume("pv-free", claim="shop/other"), free) >= {"new"}
    made = {"annotations": {"pv.kubernetes.io/provisioned-by": "disk.csi.example"}}
    assert "new" not in reached(volume("pv-other", claim="shop/other", metadata=made))


def test_a_driver_touches_what_waits_for_it() -> None:
    asked = {"annotations": {"volume.kubernetes.io/storage-provisioner": "disk.csi.example"}}
    unbound = claim("shop/asked", phase="Pending", metadata=asked)
    creating = pod("shop/creating", phase="Pending", claims=("data-db-0",))
    driver = build(CSIDriver, "disk.csi.example", {}, {})
    assert reached(driver, world=(*WORLD, unbound, creating)) == {"disk.csi.example", "asked", "creating"}


def test_quotas_and_limits_touch_the_sets_of_their_namespace() -> None:
    far = stateful_set("far/db")
    for limit in (build(ResourceQuota, "shop/q", {}, {}), build(LimitRange, "shop/l", {}, {})):
        keys = affected(cluster_of(SET, far, limit), [limit.key], {})
        assert keys == {limit.key, SET.key}


def test_what_was_related_before_is_touched_too() -> None:
    gone = affected(cluster_of(CLAIM, OTHER), [POD.key], {POD.key: POD})
    assert gone >= {POD.key, CLAIM.key, OTHER.key, Key(Kind.STATEFUL_SET, "shop", "db")}
    moved = pod("shop/db-0", claims=("new",))
    assert reached(moved, POD) >= {"data-db-0", "new"}


def test_pods_of_a_shared_volume_do_not_touch_each_other() -> None:
    shared = claim("shop/data-db-0", spec={"accessModes": ["ReadWriteMany"]})
    assert "copy" not in reached(POD, world=(*WORLD[1:], shared))


def test_a_heartbeat_touches_nothing() -> None:
    later = node("node-a", metadata={"resourceVersion": "2"})
    assert reached(later, NODE) == set()
    assert reached(node("node-a", ready="Unknown", metadata={"resourceVersion": "2"}), NODE)


def test_a_node_touches_pods_without_one_only_when_its_place_or_its_readiness_differs() -> None:
    mounted = node("node-a", metadata={"resourceVersion": "2"}, status={"volumesInUse": ["x"]})
    assert "waiting" not in reached(mounted, NODE)
    assert "waiting" in reached(node("node-a", zone="b"), NODE)
    cluster = cluster_of(*(one for one in WORLD if one is not NODE))
    assert WAITING.key in affected(cluster, [NODE.key], {NODE.key: NODE})
