from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Key, Kind
from storagetui.model.volumes import PersistentVolume
from tests.build import claim, node, pod, volume
from tests.diagnosis.world import after, codes, only, unscheduled

TEXT = "0/3 nodes are available: 3 node(s) had volume node affinity conflict."
WAITING = pod("shop/db-0", phase="Pending", node="", claims=("data",), status=unscheduled(TEXT, 30))


def local(key: str = "kubernetes.io/hostname") -> PersistentVolume:
    expression = {"key": key, "operator": "In", "values": ["node-x"]}
    affinity = {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}
    return volume("pv-data", claim="shop/data", spec={"nodeAffinity": affinity})


def test_the_node_of_the_local_volume_is_gone() -> None:
    finding = only(WAITING, claim("shop/data"), local(), node("node-a"))
    assert finding.code == "sched-local-pv-node-gone"
    assert (finding.severity, finding.certainty) == (Severity.CRITICAL, Certainty.CONFIRMED)
    assert "Volume pv-data of claim data is a disk of node node-x, and the cluster has no such node." in (
        finding.explanation
    )
    assert finding.causes == (Key(Kind.NODE, "", "node-x"),)
    assert codes(WAITING, claim("shop/data"), local(), at=after(-0.001)) == []


def test_drivers_of_local_disks_name_nodes_by_keys_of_their_own() -> None:
    chain = (claim("shop/data"), local("topology.topolvm.io/node"))
    assert codes(WAITING, *chain) == ["sched-local-pv-node-gone"]


def test_a_node_that_is_there_or_a_zone_is_another_matter() -> None:
    there = node("node-x", metadata={"labels": {"kubernetes.io/hostname": "node-x"}})
    assert codes(WAITING, claim("shop/data"), local(), there) == ["sched-node-affinity-conflict"]
    zonal = volume("pv-data", claim="shop/data", zone="z")
    assert codes(WAITING, claim("shop/data"), zonal) == ["sched-node-affinity-conflict"]
    assert codes(WAITING, claim("shop/data"), local(), blind=(Kind.NODE,)) == ["sched-node-affinity-conflict"]
