import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import claim, node, pod, volume
from tests.diagnosis.world import after, codes, only, unscheduled

OLD = "0/6 nodes are available: 2 node(s) had untolerated taint {x: y}, 4 node(s) had volume node affinity conflict."
NEW = "0/6 nodes are available: 6 node(s) didn't match PersistentVolume's node affinity."
CHAIN = (claim("shop/data"), volume("pv-data", claim="shop/data", zone="b"))


@pytest.mark.parametrize("message", [OLD, NEW])
def test_no_node_fits_pod_and_volume(message: str) -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(message, 40))
    shut = node("node-b", zone="b", spec={"unschedulable": True})
    dead = node("node-c", zone="b", ready="Unknown")
    finding = only(waiting, *CHAIN, node("node-a"), shut, dead)
    assert finding.code == "sched-node-affinity-conflict"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "No node fits both the pod and its volume in zone b"
    assert "within reach of 2 nodes (node-b and node-c)" in finding.explanation
    assert "node-b is cordoned and node-c is not Ready; none of them takes pods" in finding.explanation
    assert message in finding.explanation


def test_no_node_is_left_in_the_volumes_zone() -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(NEW, 40))
    assert "no node of the cluster is there" in only(waiting, *CHAIN, node("node-a")).explanation


def test_zone_labels_are_another_state() -> None:
    labelled = volume("pv-data", claim="shop/data", metadata={"labels": {"topology.kubernetes.io/zone": "b"}})
    verdict = unscheduled("0/1 nodes are available: 1 node(s) had no available volume zone.", 40)
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status=verdict)
    finding = only(waiting, claim("shop/data"), labelled, node("node-a"))
    assert (finding.code, finding.severity) == ("sched-zone-conflict", Severity.HIGH)
    assert "is in zone b." in finding.explanation


def test_it_is_reported_from_the_threshold_on() -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(NEW, 30))
    assert codes(waiting, *CHAIN, at=after(-0.001)) == []
    assert codes(waiting, *CHAIN) == ["sched-node-affinity-conflict"]


def test_other_words_of_the_scheduler_are_not_about_places() -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled("no cpu", 40))
    assert codes(waiting, *CHAIN) == ["pod-pending"]


def test_it_says_what_it_cannot_tell() -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(NEW, 40))
    no_nodes = only(waiting, *CHAIN, blind=(Kind.NODE,))
    assert "Cannot tell which nodes reach it, because nodes cannot be listed." in no_nodes.explanation
    no_volumes = only(waiting, *CHAIN, blind=(Kind.PERSISTENT_VOLUME,))
    assert "Cannot tell where its volumes are, because volumes cannot be listed." in no_volumes.explanation
