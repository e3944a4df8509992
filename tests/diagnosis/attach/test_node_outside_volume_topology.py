from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import claim, csi_node, event, node, pod, volume
from tests.diagnosis.world import after, codes, only, placed

WAITING = pod("shop/web", phase="Pending", claims=("data",), status=placed(70))
REGISTERED = csi_node("node-a", "disk.csi.example")


def test_volume_and_node_are_in_different_zones() -> None:
    finding = only(WAITING, claim("shop/data"), volume("pv-data", claim="shop/data", zone="b"), node("node-a"))
    assert finding.code == "mount-node-affinity"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Volume is in zone b, the pod's node node-a in zone a"
    assert "topology.kubernetes.io/zone=a" in finding.explanation


def test_it_is_reported_from_the_threshold_on() -> None:
    chain = (claim("shop/data"), volume("pv-data", claim="shop/data", zone="b"), node("node-a"))
    waiting = pod("shop/web", phase="Pending", claims=("data",), status=placed(60))
    assert codes(waiting, *chain, at=after(-0.001)) == []
    assert codes(waiting, *chain) == ["mount-node-affinity"]


def test_a_node_within_reach_is_no_trouble() -> None:
    chain = (claim("shop/data"), volume("pv-data", claim="shop/data", zone="a"), node("node-a"), REGISTERED)
    assert codes(WAITING, *chain) == ["attach-silent-timeout"]


def test_it_does_not_guess_about_nodes_that_cannot_be_listed() -> None:
    chain = (claim("shop/data"), volume("pv-data", claim="shop/data", zone="b"), node("node-a"), REGISTERED)
    assert codes(WAITING, *chain, blind=(Kind.NODE,)) == ["attach-silent-timeout"]


def test_an_affinity_that_is_not_about_labels_is_not_judged() -> None:
    terms = [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-z"]}]}]
    affinity = {"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}}
    chain = (claim("shop/data"), volume("pv-data", claim="shop/data", spec=affinity), node("node-a"), REGISTERED)
    assert codes(WAITING, *chain) == ["attach-silent-timeout"]


def test_the_kubelets_word_stands_in_for_a_node_that_cannot_be_read() -> None:
    chain = (claim("shop/data"), volume("pv-data", claim="shop/data", zone="b"), node("node-a"), REGISTERED)
    told = event(
        WAITING, "FailedMount", 'MountVolume.NodeAffinity check failed for volume "pv-data" : no matching terms'
    )
    finding = only(WAITING, *chain, told, blind=(Kind.NODE,))
    assert (finding.code, finding.certainty) == ("mount-node-affinity", Certainty.INFERRED)
    assert (
        "Cannot tell whether the node's labels fit the volume, because nodes cannot be listed." in finding.explanation
    )
    fits = (claim("shop/data"), volume("pv-data", claim="shop/data", zone="a"), node("node-a"), REGISTERED)
    mended = only(WAITING, *fits, told)
    assert (mended.code, mended.certainty) == ("mount-node-affinity", Certainty.INFERRED)
    assert "By its labels the node may have the volume now." in mended.explanation
