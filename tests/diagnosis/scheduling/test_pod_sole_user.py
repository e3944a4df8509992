from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.workloads import Deployment, ReplicaSet
from tests.build import build, claim, node, pod, volume
from tests.diagnosis.world import after, codes, only, unscheduled

OLD = (
    "0/3 nodes are available: 1 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod "
    "access mode."
)
SOLE = claim("shop/data", spec={"accessModes": ["ReadWriteOncePod"]})
CHAIN = (SOLE, volume("pv-data", claim="shop/data"), node("node-a"))
WAITING = pod(
    "shop/web-2", phase="Pending", node="", claims=("data",), status=unscheduled(OLD, 30), owner="ReplicaSet/web"
)
HOLDER = pod("shop/web-1", node="node-a", claims=("data",), owner="ReplicaSet/web")


def test_another_pod_holds_the_claim() -> None:
    finding = only(WAITING, *CHAIN, HOLDER)
    assert finding.code == "sched-rwop-conflict"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Claim data is held by pod web-1 on node-a"
    assert "pod web-1 on node node-a does since 2026-01-14T14:02:11Z." in finding.explanation
    assert "Node node-a is Ready." in finding.explanation
    assert finding.causes == (HOLDER.key,)
    assert codes(WAITING, *CHAIN, HOLDER, at=after(-0.001)) == []


def test_a_rollout_that_cannot_end_is_told() -> None:
    owner = {"kind": "Deployment", "name": "web", "uid": "x", "controller": True}
    made = build(ReplicaSet, "shop/web", {}, {"metadata": {"ownerReferences": [owner]}})
    finding = only(WAITING, *CHAIN, HOLDER, made, build(Deployment, "shop/web", {}, {}))
    assert "Both pods belong to Deployment web" in finding.explanation


def test_a_pod_that_has_ended_or_has_no_node_holds_nothing() -> None:
    over = pod("shop/web-1", phase="Succeeded", node="node-a", claims=("data",))
    idle = pod("shop/web-1", phase="Pending", node="", claims=("data",))
    assert codes(WAITING, *CHAIN, over) == ["pod-pending"]
    assert codes(WAITING, *CHAIN, idle) == ["pod-pending"]


def test_a_claim_for_one_node_is_another_matter() -> None:
    shared = claim("shop/data", spec={"accessModes": ["ReadWriteOnce"]})
    assert codes(WAITING, shared, *CHAIN[1:], HOLDER) == ["pod-pending"]
