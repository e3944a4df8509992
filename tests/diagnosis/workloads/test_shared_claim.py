from typing import Any

import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod
from storagetui.model.workloads import Deployment, ReplicaSet
from tests.build import build, claim, pod, stamp
from tests.diagnosis.world import after, codes, found, placed

ROLLOUT, REPLICAS = "deploy-rwo-rollout-deadlock", "deploy-rwo-replicas"
DATA = claim("shop/data")
SETS = tuple(
    build(
        ReplicaSet,
        f"shop/web-{revision}",
        {
            "metadata": {
                "ownerReferences": [{"kind": "Deployment", "name": "web", "uid": "uid-web", "controller": True}]
            }
        },
        {},
    )
    for revision in "ab"
)


def deployment(replicas: int = 1, strategy: str = "RollingUpdate", claims: tuple[str, ...] = ("data",)) -> Deployment:
    volumes = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claims]
    spec = {
        "replicas": replicas,
        "strategy": {"type": strategy},
        "template": {"spec": {"volumes": volumes}},
    }
    return build(Deployment, "shop/web", {"spec": spec}, {})


def old(node: str = "node-a", revision: str = "a") -> Pod:
    return pod("shop/web-old", node=node, claims=("data",), owner=f"ReplicaSet/web-{revision}")


def new(ago: float = 60, node: str = "node-b", revision: str = "b", **over: Any) -> Pod:
    return pod(
        "shop/web-new",
        phase="Pending",
        node=node,
        claims=("data",),
        owner=f"ReplicaSet/web-{revision}",
        status=placed(ago),
        **over,
    )


def test_a_rollout_that_waits_for_its_own_old_pod_is_told_at_the_deployment() -> None:
    (finding,) = found(deployment(), old(), new(), DATA, *SETS)
    assert (finding.code, finding.severity, finding.certainty) == (ROLLOUT, Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Pod web-new waits for the volume that web-old on node-a has"
    assert "It has one replica and the strategy RollingUpdate" in finding.explanation
    assert finding.next_step == "Give Deployment web the strategy Recreate."
    assert [key.name for key in finding.victims] == ["web-new", "data"]


def test_the_pod_that_waits_names_the_deployment_as_the_cause() -> None:
    (finding,) = found(new(), deployment(), old(), DATA, *SETS)
    assert finding.code == ROLLOUT
    assert finding.title == "Volume is held on node node-a by pod web-old"
    assert [(key.kind, key.name) for key in finding.causes] == [(Kind.DEPLOYMENT, "web")]


def test_several_replicas_on_several_nodes_are_told_as_such() -> None:
    world = (old(revision="a"), new(revision="a"), DATA, *SETS)
    (finding,) = found(deployment(replicas=2), *world)
    assert finding.code == REPLICAS
    assert finding.severity is Severity.HIGH
    assert "It has 2 replicas, which all use this one claim." in finding.explanation
    assert codes(new(revision="a"), deployment(replicas=2), *world) == [REPLICAS]


def test_several_replicas_on_one_node_are_a_risk() -> None:
    (finding,) = found(deployment(replicas=3), old(), DATA, *SETS)
    assert (finding.code, finding.severity) == (REPLICAS, Severity.LOW)
    assert "None waits for it now" in finding.explanation


@pytest.mark.parametrize(
    "world",
    [
        (deployment(), old(), new(59), DATA),
        (deployment(), old("node-b"), new(), DATA),
        (deployment(strategy="Recreate"), old(), new(), DATA),
        (deployment(claims=()), old(), new(), DATA),
        (deployment(replicas=0), old(), new(), DATA),
        (deployment(replicas=3), old(), claim("shop/data", spec={"accessModes": ["ReadWriteMany"]})),
        (deployment(), old(), DATA),
        (deployment(), pod("shop/other", claims=("data",)), new(), DATA),
    ],
    ids=["not yet", "same node", "recreate", "no claims", "none wanted", "for many nodes", "all is well", "another's"],
)
def test_what_is_no_such_conflict_is_not_told(world: tuple[Any, ...]) -> None:
    assert codes(*world, *SETS) == []


def test_it_is_told_from_the_threshold_on() -> None:
    world = (deployment(), old(), new(60), DATA, *SETS)
    assert codes(*world) == [ROLLOUT]
    assert codes(*world, at=after(-0.001)) == []


@pytest.mark.parametrize("blind", [Kind.POD, Kind.PERSISTENT_VOLUME_CLAIM, Kind.REPLICA_SET])
def test_without_what_ties_pods_to_the_deployment_nothing_is_told(blind: Kind) -> None:
    assert codes(deployment(), old(), new(), DATA, *SETS, blind=(blind,)) == []


def test_an_old_pod_that_is_to_go_lets_go_by_itself() -> None:
    going = pod(
        "shop/web-old",
        node="node-a",
        claims=("data",),
        owner="ReplicaSet/web-a",
        metadata={"deletionTimestamp": stamp(-60)},
    )
    world = (going, new(), DATA, *SETS)
    assert codes(deployment(), *world) == []
    assert ROLLOUT not in codes(new(), deployment(), going, DATA, *SETS)
