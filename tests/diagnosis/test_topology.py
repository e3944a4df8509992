from typing import Any

import pytest

from storagetui.diagnosis.topology import is_judged, labels_of, nodes_within_reach, place, reaches
from storagetui.model.nodes import Node
from storagetui.model.volumes import PersistentVolume
from tests.build import node, volume
from tests.diagnosis.world import cluster_of

ZONE = "topology.kubernetes.io/zone"


def tied(*terms: list[dict[str, Any]]) -> PersistentVolume:
    selector = [{"matchExpressions": term} for term in terms]
    return volume("pv", spec={"nodeAffinity": {"required": {"nodeSelectorTerms": selector}}})


def labelled(**labels: str) -> Node:
    return node("n", zone="", metadata={"labels": labels})


@pytest.mark.parametrize(
    ("expression", "labels", "holds"),
    [
        ({"key": "k", "operator": "In", "values": ["a", "b"]}, {"k": "b"}, True),
        ({"key": "k", "operator": "In", "values": ["a"]}, {"k": "b"}, False),
        ({"key": "k", "operator": "In", "values": [""]}, {}, False),
        ({"key": "k", "operator": "NotIn", "values": ["a"]}, {"k": "b"}, True),
        ({"key": "k", "operator": "NotIn", "values": ["a"]}, {}, True),
        ({"key": "k", "operator": "NotIn", "values": ["a"]}, {"k": "a"}, False),
        ({"key": "k", "operator": "Exists"}, {"k": ""}, True),
        ({"key": "k", "operator": "Exists"}, {}, False),
        ({"key": "k", "operator": "DoesNotExist"}, {}, True),
        ({"key": "k", "operator": "DoesNotExist"}, {"k": ""}, False),
        ({"key": "k", "operator": "Gt", "values": ["4"]}, {"k": "5"}, True),
        ({"key": "k", "operator": "Gt", "values": ["5"]}, {"k": "5"}, False),
        ({"key": "k", "operator": "Lt", "values": ["5"]}, {"k": "4"}, True),
        ({"key": "k", "operator": "Gt", "values": ["x"]}, {"k": "5"}, False),
        ({"key": "k", "operator": "Like", "values": ["5"]}, {"k": "5"}, False),
    ],
)
def test_operators_mean_what_they_mean_to_the_scheduler(
    expression: dict[str, Any], labels: dict[str, str], holds: bool
) -> None:
    assert reaches(labelled(**labels), tied([expression])) is holds


def test_all_expressions_of_one_term_must_hold() -> None:
    a, b = ({"key": key, "operator": "Exists"} for key in "ab")
    assert reaches(labelled(a="1"), tied([a], [b]))
    assert not reaches(labelled(a="1"), tied([a, b]))


def test_a_volume_without_affinity_is_within_reach_of_all() -> None:
    assert reaches(labelled(), volume("pv"))
    assert nodes_within_reach(volume("pv"), cluster_of()) is None
    assert place(volume("pv")) == ""


def test_a_term_without_label_expressions_is_not_judged() -> None:
    assert not is_judged(tied([]))
    assert is_judged(volume("pv", zone="a"))


def test_nodes_are_found_by_their_labels() -> None:
    cluster = cluster_of(node("n1", zone="a"), node("n2", zone="b"), node("n3", zone="b"))
    assert [one.name for one in nodes_within_reach(volume("pv", zone="b"), cluster) or ()] == ["n2", "n3"]
    assert nodes_within_reach(volume("pv", zone="c"), cluster) == []
    assert nodes_within_reach(tied([{"key": ZONE, "operator": "Exists"}]), cluster) is None


def test_places_are_put_in_words() -> None:
    assert place(volume("pv", zone="b")) == "zone b"
    assert place(volume("pv", metadata={"labels": {ZONE: "c"}})) == "zone c"
    local = tied([{"key": "kubernetes.io/hostname", "operator": "In", "values": ["n1"]}])
    assert place(local) == "kubernetes.io/hostname=n1"
    assert labels_of(labelled(), local) == "kubernetes.io/hostname=(absent)"
