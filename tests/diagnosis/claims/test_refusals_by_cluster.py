import pytest

from storagetui.model.classes import StorageClass
from storagetui.model.drivers import CSINode
from storagetui.model.keys import Key, Kind
from tests.build import build, csi_node, node, storage_class
from tests.diagnosis.claims.asking import IMMEDIATE, asked, check_advice, check_told, failure
from tests.diagnosis.world import only


@pytest.mark.parametrize(
    ("text", "code", "particular"),
    [
        (
            'persistentvolumes is forbidden: User "system:serviceaccount:csi:controller" cannot create resource '
            '"persistentvolumes" in API group "" at the cluster scope',
            "driver-rbac-missing",
            "Service account controller in namespace csi may not create persistentvolumes.",
        ),
        (
            'failed to create volume pvc-1: pods "helper-pod-create-pvc-1" is forbidden: violates PodSecurity "x"',
            "pvc-helper-pod-failed",
            "PodSecurity",
        ),
        ("no topology key found on CSINode n1", "pvc-topology-impossible", "n1"),
    ],
)
def test_the_answer_is_read_with_its_particulars(text: str, code: str, particular: str) -> None:
    check_told(text, code, particular)


@pytest.mark.parametrize(
    ("driver", "text", "advice"),
    [
        ("rancher.io/local-path", "create process timeout after 120 seconds", "local-path-provisioner"),
    ],
)
def test_the_drivers_name_changes_the_advice(driver: str, text: str, advice: str) -> None:
    check_advice(driver, text, advice)


def test_what_the_driver_lacks_is_the_drivers_trouble() -> None:
    text = 'nodes is forbidden: User "system:serviceaccount:csi:x" cannot list resource "nodes" in API group ""'
    finding = only(asked(), IMMEDIATE, failure(asked(), text))
    assert finding.causes == (Key(Kind.CSI_DRIVER, "", "disk.csi.example"),)
    assert finding.shared.startswith("disk.csi.example lacks a right in the cluster. Service account x")


def topology(made_by: StorageClass, there: CSINode) -> str:
    claimed = asked(chosen="node-a")
    text = "error generating accessibility requirements: selected node '\"node-a\"' is not in allowed topologies: x"
    finding = only(claimed, made_by, failure(claimed, text), node("node-a"), there)
    assert finding.code == "pvc-topology-impossible"
    return finding.explanation


def test_the_chosen_nodes_topology_is_compared_with_the_class() -> None:
    terms = [{"matchLabelExpressions": [{"key": "topology.kubernetes.io/zone", "values": ["b", "c"]}]}]
    made_by = storage_class(allowedTopologies=terms)
    drivers = {"drivers": [{"name": "disk.csi.example", "topologyKeys": ["topology.kubernetes.io/zone"]}]}
    there = build(CSINode, "node-a", {"spec": drivers}, {})
    told = topology(made_by, there)
    assert "Node node-a was chosen, which has topology.kubernetes.io/zone=a." in told
    assert "Class fast allows topology.kubernetes.io/zone=b|c." in told
    assert "is not registered there" in topology(made_by, csi_node("node-a"))
