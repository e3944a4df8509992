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
    assert "within reach of 2 nodes: node-b (cordoned) and node-c (not Ready); none of them takes the pod." in (
        finding.explanation
    )
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


def test_what_else_keeps_the_pod_off_is_told_of_each_node() -> None:
    taints = [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]
    picky = pod(
        "shop/web",
        phase="Pending",
        node="",
        claims=("data",),
        status=unscheduled(NEW, 40),
        spec={"nodeSelector": {"disk": "ssd"}},
    )
    plain = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(NEW, 40))
    there = node("node-b", zone="b", spec={"taints": taints})
    assert "node-b (lacks disk=ssd, which the pod selects by)" in only(picky, *CHAIN, there).explanation
    assert "1 node: node-b (taint gpu=yes:NoSchedule)." in only(plain, *CHAIN, there).explanation


def test_volumes_in_two_zones_are_told_apart() -> None:
    both = pod("shop/web", phase="Pending", node="", claims=("data", "log"), status=unscheduled(NEW, 40))
    other = (claim("shop/log"), volume("pv-log", claim="shop/log", zone="a"))
    finding = only(both, *CHAIN, *other, node("node-a"), node("node-b", zone="b"))
    assert "No node reaches volumes pv-data and pv-log at once." in finding.explanation


def test_dead_nodes_are_the_cause() -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(NEW, 40))
    dead = node("node-b", zone="b", ready="Unknown")
    assert only(waiting, *CHAIN, dead).causes == (dead.key,)
    assert only(waiting, *CHAIN, dead).shared == (
        "Node node-b is not Ready, and volumes are there that no other node reaches."
    )
    assert only(waiting, *CHAIN, dead, node("node-c", zone="b")).causes == ()


def test_a_silent_scheduler_is_helped_out_by_the_objects() -> None:
    silent = pod("shop/web", phase="Pending", node="", claims=("data",), status={"conditions": None}, age=40)
    assert codes(silent, *CHAIN, node("node-a")) == ["sched-node-affinity-conflict"]
    assert codes(silent, *CHAIN, node("node-b", zone="b")) == ["pod-pending"]
