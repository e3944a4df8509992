"""From one object to the next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagetui.cluster import chains
from storagetui.cluster.relations import stem_and_ordinal
from storagetui.cluster.state import Cluster, in_namespace
from storagetui.model.base import Record
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind
from storagetui.model.workloads import ReplicaSet
from tests.build import attachment, build, claim, event, frame_of, node, pod, stateful_set, volume


def of(*records: Record) -> Cluster:
    return frame_of(*records).cluster


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("data-postgres-2", ("data-postgres", 2)),
        ("db-0", ("db", 0)),
        ("db-10", ("db", 10)),
        ("db-01", None),
        ("db", None),
        ("db-", None),
        ("-0", None),
        ("a--0", ("a-", 0)),
        ("db-1a", None),
        ("db-1234567890", None),
        ("", None),
    ],
)
def test_the_stem_and_the_ordinal_of_a_name(name: str, cut: tuple[str, int] | None) -> None:
    assert stem_and_ordinal(name) == cut


@given(st.from_regex(r"[a-z]([-a-z0-9]{0,10}[a-z0-9])?", fullmatch=True), st.integers(0, 10**9 - 1))
def test_every_name_that_a_set_gives_is_cut_where_it_was_joined(stem: str, ordinal: int) -> None:
    assert stem_and_ordinal(f"{stem}-{ordinal}") == (stem, ordinal)


def test_a_claim_and_its_volume_find_each_other() -> None:
    bound, made = claim("shop/data-db-0", volume="pv-1"), volume("pv-1", claim="shop/data-db-0")
    cluster = of(bound, made)
    assert chains.volume_of(cluster, bound) is made
    assert chains.claim_of(cluster, made) is bound
    assert chains.volumes_reserved_for(cluster, bound.key) == [made]


def test_a_volume_of_a_claim_that_was_made_again_is_not_the_new_ones() -> None:
    again = claim("shop/data-db-0", phase="Pending", metadata={"uid": "another"})
    left = volume("pv-1", claim="shop/data-db-0", phase="Released")
    cluster = of(again, left)
    assert chains.claim_of(cluster, left) is None
    assert chains.volume_of(cluster, again) is None
    reserved = volume("pv-1", claim="shop/data-db-0", spec={"claimRef": {"uid": None}})
    assert chains.claim_of(of(again, reserved), reserved) is again
    assert chains.claim_of(of(again), volume("pv-2")) is None


def test_pods_and_attachments_come_in_order() -> None:
    pods = [pod(f"shop/{name}", claims=("shared",)) for name in ("c", "a", "b")]
    held = [attachment(f"va-{name}", volume="pv-1", node=name) for name in ("n2", "n1")]
    cluster = of(*pods, *held, pod("shop/other", claims=("mine",)), pod("cart/a", claims=("shared",)))
    shared = Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "shared")
    assert [one.name for one in chains.pods_of(cluster, shared)] == ["a", "b", "c"]
    assert [one.node_name for one in chains.attachments_of(cluster, "pv-1")] == ["n1", "n2"]


def test_events_come_latest_first_and_those_without_a_time_last() -> None:
    about = claim("shop/data")
    old, new = event(about, "Old", "m1", ago=100), event(about, "New", "m2", ago=1)
    undated = event(
        about, "Undated", "m3", lastTimestamp=None, firstTimestamp=None, metadata={"creationTimestamp": None}
    )
    cluster = of(about, old, undated, new, event(pod("shop/a"), "Other", "m4"))
    assert [one.reason for one in chains.events_about(cluster, about)] == ["New", "Old", "Undated"]
    assert chains.events_of(cluster, "nobody") == []


def test_a_kubelets_events_about_its_node_carry_the_nodes_name_for_a_uid() -> None:
    machine = node("node-a")
    by_kubelet = event(machine, "Rebooted", "m1", ago=5, involvedObject={"uid": "node-a"})
    by_controller = event(machine, "NodeNotReady", "m2", ago=1)
    cluster = of(machine, by_kubelet, by_controller, claim("shop/node-a", metadata={"uid": "node-a"}))
    assert [one.reason for one in chains.events_about(cluster, machine)] == ["NodeNotReady", "Rebooted"]


def test_an_event_without_a_uid_goes_by_the_name_unless_it_is_older_than_the_object() -> None:
    about = claim("shop/data", age=60)
    since, before = (
        event(about, reason, "m", ago=ago, involvedObject={"uid": ""}) for reason, ago in (("Since", 5), ("Before", 90))
    )
    other = event(claim("cart/data"), "Other", "m", involvedObject={"uid": ""})
    cluster = of(about, since, before, other, event(about, "Own", "m", ago=1))
    assert [one.reason for one in chains.events_about(cluster, about)] == ["Own", "Since"]


def test_what_a_pod_belongs_to() -> None:
    made = stateful_set("shop/db")
    generation = build(
        ReplicaSet,
        "shop/web-1",
        {"metadata": {"ownerReferences": [{"kind": "Deployment", "name": "web", "uid": "u", "controller": True}]}},
        {},
    )
    of_set, of_deployment = pod("shop/db-0", owner="StatefulSet/db"), pod("shop/web-1-x", owner="ReplicaSet/web-1")
    of_unknown, alone = pod("shop/agent-x", owner="DaemonSet/agent"), pod("shop/alone")
    orphan = pod("shop/web-2-x", owner="ReplicaSet/web-2")
    cluster = of(made, generation, of_set, of_deployment, of_unknown, alone, orphan)
    assert chains.set_of_pod(cluster, of_set) is made
    assert [chains.set_of_pod(cluster, one) for one in (of_deployment, alone)] == [None, None]
    assert chains.workload_of(cluster, of_set) == made.key
    assert chains.workload_of(cluster, of_deployment) == Key(Kind.DEPLOYMENT, "shop", "web")
    assert chains.workload_of(cluster, orphan) == Key(Kind.REPLICA_SET, "shop", "web-2")
    assert [chains.workload_of(cluster, one) for one in (of_unknown, alone)] == [None, None]


def test_the_claims_of_a_set_are_named_exactly_and_go_beyond_its_replicas() -> None:
    db, replica = stateful_set("shop/db", replicas=2, templates=("data", "log")), stateful_set("shop/db-replica")
    names = [
        "data-db-0",
        "log-db-0",
        "data-db-1",
        "data-db-7",
        "data-db-replica-0",
        "data-db-x",
        "data-db-01",
        "other-db-0",
    ]
    cluster = of(db, replica, *(claim(f"shop/{name}") for name in names), claim("cart/data-db-0"))
    found = {
        ordinal: {template: one.name for template, one in by_template.items()}
        for ordinal, by_template in chains.claims_of_set(cluster, db).items()
    }
    assert found == {0: {"data": "data-db-0", "log": "log-db-0"}, 1: {"data": "data-db-1"}, 7: {"data": "data-db-7"}}
    assert list(chains.claims_of_set(cluster, replica)) == [0]


def test_a_claim_may_fit_the_templates_of_two_sets() -> None:
    one, other = stateful_set("shop/my-db", templates=("data",)), stateful_set("shop/db", templates=("data-my",))
    shared, none = claim("shop/data-my-db-3"), claim("shop/data-my-db")
    cluster = of(one, other, shared, none, stateful_set("shop/elsewhere"))
    assert sorted((owner.name, template, n) for owner, template, n in chains.sets_of_claim(cluster, shared)) == [
        ("db", "data-my", 3),
        ("my-db", "data", 3),
    ]
    assert list(chains.sets_of_claim(cluster, none)) == []


def test_names_and_subjects() -> None:
    about = event(claim("shop/data"), "R", "m")
    assert chains.subject_key(about) == Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "data")
    strange: Event = event(claim("shop/data"), "R", "m", involvedObject={"kind": "DaemonSet"})
    assert chains.subject_key(strange) is None
    assert (chains.name_of(about), chains.name_of(node("n"))) == (f"shop/{about.name}", "n")
    both = [claim("shop/data"), claim("cart/data")]
    assert list(in_namespace(both, "cart")) == both[1:]
    assert list(in_namespace(both, "")) == both
