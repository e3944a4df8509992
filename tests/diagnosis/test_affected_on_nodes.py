from storagetui.diagnosis.affected import affected
from storagetui.model.base import Record
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Key
from tests.build import attachment, build, claim, csi_node, node, pod, volume
from tests.diagnosis.world import cluster_of

CLAIM = claim("shop/data")
VOLUME = volume("pv-data", claim="shop/data")
USER = pod("shop/web", claims=("data",))
WAITING = pod("shop/new", phase="Pending", claims=("other",))
REJECTED = pod("shop/turned-away", phase="Failed", node="node-b", claims=("data",))
ATTACHED = attachment("va", volume="pv-data", node="node-a")
ELSEWHERE = attachment("va-b", volume="pv-data", node="node-b", attached=False)
NODES = (node("node-a"), node("node-b"))
WORLD = (CLAIM, VOLUME, USER, WAITING, REJECTED, ATTACHED, ELSEWHERE, *NODES)


def reached(changed: Record, old: Record | None = None) -> set[Key]:
    cluster = cluster_of(*(one for one in WORLD if one.key != changed.key), changed)
    return affected(cluster, [changed.key], {changed.key: old})


def test_a_pod_touches_its_node_and_who_waits_there_and_the_attachments_of_its_volumes() -> None:
    assert reached(USER) >= {NODES[0].key, WAITING.key, ATTACHED.key, ELSEWHERE.key, REJECTED.key}
    assert reached(pod("shop/plain", node="node-b")) == {Key(USER.kind, "shop", "plain"), NODES[1].key}


def test_a_pod_of_a_driver_touches_who_waits_for_it() -> None:
    plugin = pod("storage/node-x", spec={"containers": [{"name": "driver-registrar"}]})
    assert WAITING.key in reached(plugin)
    controller = pod("storage/controller", node="node-c", spec={"containers": [{"name": "csi-attacher"}]})
    assert reached(controller) >= {WAITING.key, ELSEWHERE.key}
    assert ATTACHED.key not in reached(controller)


def test_an_attachment_touches_others_of_its_volume_and_who_waits_for_a_place() -> None:
    assert reached(ATTACHED) >= {ELSEWHERE.key, WAITING.key}


def test_a_volume_and_a_claim_touch_the_nodes_on_which_pods_wait() -> None:
    waiting = claim("shop/other")
    assert NODES[0].key in reached(waiting)
    assert NODES[0].key not in reached(CLAIM)
    assert reached(VOLUME) >= {ATTACHED.key, WAITING.key, REJECTED.key}


def test_a_driver_that_a_node_gets_or_loses_touches_who_waits_anywhere() -> None:
    far = csi_node("node-z", "disk.csi.example")
    assert reached(far) >= {WAITING.key, NODES[0].key}
    assert WAITING.key not in reached(csi_node("node-z", "disk.csi.example", slots=3), far)


def test_what_a_driver_declares_touches_pods_that_are_not_ready() -> None:
    driver = build(CSIDriver, "disk.csi.example", {}, {})
    assert reached(driver) >= {WAITING.key, REJECTED.key}
    assert USER.key not in reached(driver)
