"""The one writer: batches in, a cluster and the effect of each batch out."""

from hypothesis import given, settings
from hypothesis import strategies as st

from storagetui.cluster import copy_relations, relations
from storagetui.cluster.index import Relation
from storagetui.cluster.relations import ALL_RELATIONS, PODS_OF_CLAIM, PODS_OF_NODE
from storagetui.cluster.state import Cluster
from storagetui.cluster.store import Store
from storagetui.model.base import Record
from storagetui.model.change import Drop, Feed, Put, Replace
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from tests.build import claim, pod

EVERYWHERE, SHOP, NARROW = Feed(Kind.POD), Feed(Kind.POD, "shop"), Feed(Kind.POD, "", "spec.nodeName=a")
FEEDS = (EVERYWHERE, SHOP, NARROW)


def instance(name: str, generation: int, version: int) -> Pod:
    """A pod in one of its lives: every generation has another uid."""
    metadata = {"uid": f"{name}-{generation}", "resourceVersion": f"{generation}.{version}"}
    node, claims = f"node-{version}", (f"data-{version}",) if version else ()
    return pod(f"shop/{name}", node=node, claims=claims, metadata=metadata)


names = st.sampled_from([f"db-{number}" for number in range(6)])
puts = st.tuples(st.just("put"), st.sampled_from(FEEDS), names, st.integers(0, 2), st.integers(0, 2))
drops = st.tuples(st.just("drop"), st.sampled_from(FEEDS), names, st.just(0), st.just(0))
replaces = st.tuples(st.just("replace"), st.sampled_from(FEEDS), st.just(""), st.integers(0, 6), st.just(0))
batches = st.lists(st.lists(st.one_of(puts, drops, replaces), max_size=6), max_size=8)


class Model:
    """What the store must come to, in the plainest terms."""

    def __init__(self) -> None:
        self.held: dict[Feed, set[Key]] = {feed: set() for feed in FEEDS}
        self.objects: dict[Key, Record] = {}

    def change(self, what: str, feed: Feed, name: str, one: int, two: int) -> Put | Drop | Replace:
        """Do a step here, and give the change that should do it there."""
        key = Key(Kind.POD, "shop", name)
        if what == "put":
            record = instance(name, one, two)
            self.held[feed].add(key)
            self.objects[key] = record
            return Put(feed, record)
        if what == "drop":
            self.held[feed].discard(key)
            self.forget()
            return Drop(feed, key)
        kept = frozenset(sorted(self.held[feed])[:one])
        self.held[feed] = set(kept)
        self.forget()
        return Replace(feed, kept)

    def forget(self) -> None:
        for key in list(self.objects):
            if not any(key in held for held in self.held.values()):
                del self.objects[key]


def contents(cluster: Cluster) -> dict[Key, Record]:
    return {key: record for kind in cluster.objects.values() for key, record in kind.items()}


def check_indexes(cluster: Cluster) -> None:
    """Every index holds what a look at all objects gives."""
    for relation in ALL_RELATIONS:
        groups: dict[object, set[Key]] = {}
        for record in cluster.all(relation.record).values():
            for value in relation.values(record):
                groups.setdefault(value, set()).add(record.key)
        assert {value: set(keys) for value, keys in cluster.indexes[relation.name].items()} == groups


@settings(max_examples=200)
@given(batches)
def test_a_store_is_what_its_feeds_show_and_its_past_never_changes(
    steps: list[list[tuple[str, Feed, str, int, int]]],
) -> None:
    store, model = Store(), Model()
    published: list[tuple[Cluster, dict[Key, Record]]] = []
    for batch in steps:
        before = dict(model.objects)
        effect = store.apply([model.change(*step) for step in batch])
        cluster = store.publish()
        published.append((cluster, dict(model.objects)))
        differing = {key for key in before | model.objects if before.get(key) != model.objects.get(key)}
        assert differing <= effect.changed == set(effect.previous)
        assert effect.previous == {key: before.get(key) for key in effect.changed}
        check_indexes(cluster)
    for cluster, then in published:
        assert contents(cluster) == then


def test_an_object_made_again_under_its_name_is_told_by_its_uid() -> None:
    store = Store()
    old, new = instance("db-0", 1, 1), instance("db-0", 2, 2)
    store.apply([Put(EVERYWHERE, old)])
    effect = store.apply([Drop(EVERYWHERE, old.key), Put(EVERYWHERE, new)])
    previous, now = effect.previous[old.key], store.publish().get(Pod, "shop", "db-0")
    assert previous is not None
    assert now is not None
    assert (previous.uid, now.uid) == ("db-0-1", "db-0-2")
    without_a_drop = store.apply([Put(EVERYWHERE, instance("db-0", 3, 2))])
    again = without_a_drop.previous[old.key]
    assert again is not None
    assert again.uid == "db-0-2"


def test_what_is_said_twice_is_no_change() -> None:
    store = Store()
    store.apply([Put(EVERYWHERE, instance("db-0", 1, 1))])
    before = store.publish()
    assert (
        store.apply([Put(SHOP, instance("db-0", 1, 1)), Drop(EVERYWHERE, Key(Kind.POD, "", "none"))]).changed == set()
    )
    assert store.publish().objects[Kind.POD] is before.objects[Kind.POD]


def test_a_record_that_differs_is_a_change_whatever_its_version() -> None:
    """Dumps carry no versions at all."""
    store = Store()
    store.apply([Put(EVERYWHERE, pod("shop/db-0", metadata={"resourceVersion": None}))])
    effect = store.apply([Put(EVERYWHERE, pod("shop/db-0", node="b", metadata={"resourceVersion": None}))])
    assert effect.changed == {Key(Kind.POD, "shop", "db-0")}


def test_a_replace_removes_what_that_feed_alone_held() -> None:
    store = Store()
    one, two, three = (instance(f"db-{number}", 0, 0) for number in range(3))
    store.apply([Put(EVERYWHERE, one), Put(EVERYWHERE, two), Put(SHOP, two), Put(SHOP, three)])
    assert store.apply([Replace(EVERYWHERE, frozenset())]).changed == {one.key}
    assert set(contents(store.publish())) == {two.key, three.key}
    assert store.apply([Replace(EVERYWHERE, frozenset()), Drop(EVERYWHERE, two.key)]).changed == set()
    assert store.apply([Replace(SHOP, frozenset({three.key}))]).changed == {two.key}
    assert store.apply([Replace(SHOP, frozenset())]).changed == {three.key}


def test_publishing_one_change_among_fifty_thousand_objects_shares_the_rest() -> None:
    store = Store()
    store.apply([Put(Feed(Kind.PERSISTENT_VOLUME_CLAIM), claim(f"ns-{n % 90}/data-db-{n}")) for n in range(50_000)])
    before = store.publish()
    store.apply([Put(Feed(Kind.PERSISTENT_VOLUME_CLAIM), claim("ns-7/data-db-7", phase="Lost", volume="pv-other"))])
    after = store.publish()
    kind = Kind.PERSISTENT_VOLUME_CLAIM
    maps = [(before.objects[kind], after.objects[kind])]
    maps += [(old, after.indexes[name]) for name, old in before.indexes.items()]  # type: ignore[misc]  # of two kinds
    copied = [
        len(new)
        for first, second in maps
        for old, new in zip(first._shards, second._shards, strict=True)
        if old is not new
    ]
    assert len(copied) <= 10
    assert sum(copied) < 1000
    assert sum(old is new for old, new in maps) > len(ALL_RELATIONS) // 2
    assert before.get(PersistentVolumeClaim, "ns-7", "data-db-7") != after.get(
        PersistentVolumeClaim, "ns-7", "data-db-7"
    )


def test_every_relation_is_kept_and_has_a_name_of_its_own() -> None:
    places = (relations, copy_relations)
    defined = [value for place in places for value in vars(place).values() if isinstance(value, Relation)]
    assert set(map(id, defined)) == set(map(id, ALL_RELATIONS))
    assert len({relation.name for relation in ALL_RELATIONS}) == len(ALL_RELATIONS)


def test_a_cluster_is_asked_for_objects_and_relations() -> None:
    store = Store()
    made = instance("db-0", 1, 1)
    store.apply([Put(EVERYWHERE, made)])
    cluster = store.publish()
    assert cluster.find(made.key) is cluster.get(Pod, "shop", "db-0") is made
    assert cluster.find(Key(Kind.NODE, "", "none")) is None
    assert list(cluster.related(Pod, PODS_OF_NODE, "node-1")) == [made]
    assert list(cluster.keys_of(PODS_OF_CLAIM, made.claim_keys[0])) == [made.key]
    assert list(cluster.keys_of(PODS_OF_CLAIM, "nothing")) == []
    empty = Cluster({}, {})
    assert not empty.all(Pod)
    assert list(empty.related(Pod, PODS_OF_NODE, "node-1")) == []


def test_an_object_that_changes_shares_with_its_past_what_stays_the_same() -> None:
    store = Store()
    store.apply([Put(EVERYWHERE, instance("db-0", 1, 1))])
    before = store.publish().get(Pod, "shop", "db-0")
    store.apply([Put(EVERYWHERE, instance("db-0", 1, 2))])
    now = store.publish().get(Pod, "shop", "db-0")
    assert before is not None
    assert now is not None
    assert now == instance("db-0", 1, 2)
    assert now.uid is before.uid
    assert now.name is before.name


def test_what_the_only_feed_of_a_kind_holds_is_known_once_another_comes() -> None:
    store = Store()
    one, two, three = (instance(f"db-{number}", 0, 0) for number in range(3))
    store.apply([Put(EVERYWHERE, one), Put(EVERYWHERE, two)])
    store.apply([Put(SHOP, two), Put(SHOP, three), Replace(EVERYWHERE, frozenset({one.key}))])
    assert set(contents(store.publish())) == {one.key, two.key, three.key}
    store.apply([Replace(EVERYWHERE, frozenset())])
    assert set(contents(store.publish())) == {two.key, three.key}
    store.apply([Drop(EVERYWHERE, two.key), Drop(SHOP, three.key)])
    assert set(contents(store.publish())) == {two.key}
