from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from storagetui.cluster.store import Effect, Store
from storagetui.diagnosis.catalog import ALL_RULES
from storagetui.diagnosis.engine import Findings
from storagetui.diagnosis.finding import Finding
from storagetui.diagnosis.roots import grouped
from storagetui.diagnosis.rule import Context, Rule
from storagetui.model.base import Record
from storagetui.model.change import Drop, Feed, FeedState, Put
from storagetui.model.keys import Key, Kind
from storagetui.settings import Thresholds
from tests.build import NOW, claim, event, feed_health, live_feeds, node, pod, storage_class, volume
from tests.diagnosis.history import KINDS_READ, key_of, record_of, scene
from tests.diagnosis.world import after, full_run, placed

SEEDS = st.integers(0, 2**32 - 1)
STEPS = st.sampled_from((0.0, 0.5, 1.0, 29.0, 30.0, 60.0, 300.0, -1.0, -30.0, -400.0))
STATES = (FeedState.LIVE, FeedState.LIVE, FeedState.STALE, FeedState.FORBIDDEN, FeedState.LISTING, FeedState.ABSENT)


class Laboratory:
    """A store and an engine that follow one history."""

    def __init__(self, rules: tuple[Rule[Any], ...] = ALL_RULES) -> None:
        self.store = Store()
        self.engine = Findings(Thresholds(), rules)
        self.now = NOW
        self.feeds = live_feeds()
        self.versions = count(1)

    def put(self, *records: Record) -> None:
        fresh = (msgspec.structs.replace(one, resource_version=f"v{next(self.versions)}") for one in records)
        self.update(self.store.apply([Put(Feed(one.kind), one) for one in fresh]))

    def drop(self, *keys: Key) -> None:
        self.update(self.store.apply([Drop(Feed(key.kind), key) for key in keys]))

    def at(self, now: datetime) -> None:
        self.now = now
        self.update(Effect(frozenset(), {}))

    def health(self, kind: Kind, state: FeedState, *, was_listed: bool = True) -> None:
        self.feeds = {**self.feeds, Feed(kind): feed_health(kind, state, was_listed=was_listed)}
        self.update(Effect(frozenset(), {}))

    def update(self, effect: Effect) -> None:
        for _ in self.engine.update(self.store.publish(), effect, self.now, self.feeds):
            pass

    def found(self) -> dict[Key, tuple[Finding, ...]]:
        return dict(self.engine.publish())

    def anew(self, at: datetime | None = None) -> dict[Key, tuple[Finding, ...]]:
        return full_run(self.store.publish(), at or self.now, self.feeds)


@given(
    st.lists(
        st.one_of(
            st.lists(SEEDS, min_size=1, max_size=6).map(lambda seeds: ("put", seeds)),
            st.lists(SEEDS, min_size=1, max_size=2).map(lambda seeds: ("drop", seeds)),
            STEPS.map(lambda seconds: ("time", seconds)),
            st.tuples(st.sampled_from(KINDS_READ), st.sampled_from(STATES), st.booleans()).map(
                lambda health: ("health", health)
            ),
        ),
        min_size=3,
        max_size=25,
    )
)
@settings(max_examples=150, deadline=None)
def test_incremental_equals_a_full_run(history: list[tuple[str, Any]]) -> None:
    lab = Laboratory()
    lab.put(*scene())
    for what, how in history:
        before = lab.found()
        if what == "put":
            lab.put(*(record_of(seed) for seed in how))
        elif what == "drop":
            lab.drop(*(key_of(seed) for seed in how))
        elif what == "time":
            lab.at(lab.now + timedelta(seconds=how))
        else:
            lab.health(how[0], how[1], was_listed=how[2])
        now = lab.found()
        assert now == lab.anew()
        assert lab.engine.groups == grouped(now, lab.store.publish())
        different = {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
        assert lab.engine.rediagnosed == different
        kept = {id(finding) for group in before.values() for finding in group}
        old = {finding for group in before.values() for finding in group}
        assert all(id(finding) in kept for group in now.values() for finding in group if finding in old)
    flip = lab.engine.next_flip()
    if flip is not None:
        assert flip > lab.now
        assert lab.anew(flip - timedelta(microseconds=1)) == lab.found()


def test_a_finding_that_becomes_due_appears_then_without_an_event() -> None:
    lab = Laboratory()
    waiting = claim("shop/data", phase="Pending", age=0)
    lab.put(waiting)
    assert lab.found() == {}
    flip = lab.engine.next_flip()
    assert flip == after(30)
    lab.at(after(29.999))
    assert lab.found() == {}
    lab.at(flip)
    assert [one.code for one in lab.found()[waiting.key]] == ["pvc-storageclass-missing"]
    assert lab.engine.next_flip() == after(86400)
    lab.at(after(86400))
    assert [one.code for one in lab.found()[waiting.key]] == ["pvc-idle-namespace"]
    assert lab.engine.next_flip() is None


def test_time_may_run_backwards() -> None:
    lab = Laboratory()
    lab.put(claim("shop/data", phase="Pending", age=40))
    assert len(lab.found()) == 1
    lab.at(after(-20))
    assert lab.found() == {}


def test_a_pod_that_is_gone_gives_its_claim_back_its_calm() -> None:
    lab = Laboratory()
    waiting = claim("shop/data", phase="Pending")
    user = pod("shop/web", phase="Pending", claims=("data",), status=placed(70))
    lab.put(storage_class("fast"), waiting, user)
    assert [one.code for one in lab.found()[waiting.key]] == ["pvc-nodename-bypasses-scheduler"]
    lab.drop(user.key)
    assert lab.found()[waiting.key][0].code == "pvc-wait-for-first-consumer"
    assert user.key not in lab.found()


def test_an_object_made_again_has_findings_of_its_own() -> None:
    lab = Laboratory()
    first = claim("shop/data", phase="Pending", age=40)
    lab.put(first, event(first, "ProvisioningFailed", "boom"), storage_class(binding="Immediate"))
    (old,) = lab.found()[first.key]
    lab.put(claim("shop/data", phase="Pending", age=40, metadata={"uid": "second"}))
    (new,) = lab.found()[first.key]
    assert (old.uid, old.code) == (first.uid, "pvc-provisioning-failed")
    assert (new.uid, new.code) == ("second", "pvc-idle-namespace")


def test_what_is_stale_does_not_grow_older() -> None:
    lab = Laboratory()
    waiting = claim("shop/data", phase="Pending", age=20)
    lab.put(waiting)
    lab.health(Kind.PERSISTENT_VOLUME_CLAIM, FeedState.STALE)
    lab.at(after(3600))
    assert lab.found() == {}
    lab.health(Kind.PERSISTENT_VOLUME_CLAIM, FeedState.LIVE)
    assert [one.code for one in lab.found()[waiting.key]] == ["pvc-storageclass-missing"]


def test_a_finding_that_rests_on_something_stale_says_so() -> None:
    lab = Laboratory()
    waiting = claim("shop/data", phase="Pending", age=40)
    lab.put(waiting)
    lab.health(Kind.STORAGE_CLASS, FeedState.STALE)
    (finding,) = lab.found()[waiting.key]
    assert finding.certainty == "inferred"
    assert "Nothing is heard about classes at present" in finding.explanation


def test_the_health_of_a_kind_touches_those_alone_that_rest_on_it() -> None:
    counted, calls = counting()
    lab = Laboratory(counted)
    lab.put(claim("shop/data", phase="Pending", age=40), *(claim(f"shop/b-{n}") for n in range(50)))
    calls.clear()
    lab.health(Kind.STORAGE_CLASS, FeedState.FORBIDDEN)
    assert {key.name for key in calls} == {"data"}


def test_the_first_run_lets_others_breathe() -> None:
    store = Store()
    store.apply([Put(Feed(Kind.PERSISTENT_VOLUME_CLAIM), claim(f"shop/c-{n}")) for n in range(1000)])
    breaths = list(Findings(Thresholds()).update(store.publish(), Effect(frozenset(), {}), NOW, live_feeds()))
    assert len(breaths) > 20


def counting() -> tuple[tuple[Rule[Any], ...], list[Key]]:
    """The rules, and the keys of all objects that a rule was asked about or whose symptoms were looked at."""
    calls: list[Key] = []

    def watched(rule: Rule[Any]) -> Rule[Any]:
        def shows(record: Record) -> bool:
            calls.append(record.key)
            return rule.symptom.shows(record)

        def find(record: Record, ctx: Context) -> Iterator[Finding]:
            calls.append(record.key)
            return rule.find(record, ctx)

        return msgspec.structs.replace(rule, symptom=msgspec.structs.replace(rule.symptom, shows=shows), find=find)

    return tuple(watched(rule) for rule in ALL_RULES), calls


def test_one_change_looks_at_few_objects_among_many() -> None:
    rules, calls = counting()
    lab = Laboratory(rules)
    many: list[Record] = [storage_class("fast"), *(node(f"node-{n}") for n in range(400))]
    template = (claim("shop/x"), volume("pv-x", claim="shop/x"), pod("shop/x", claims=("x",)))
    for n in range(20_000):
        many += _chain(n, template)
    lab.put(*many)

    def cost(act: Callable[[], None]) -> int:
        calls.clear()
        act()
        return len(set(calls))

    pending = msgspec.structs.replace(template[0], name="c-7", phase="Pending")
    assert cost(lambda: lab.put(pending)) <= 3
    assert cost(lambda: lab.put(msgspec.structs.replace(template[1], name="v-7", phase="Released"))) <= 4
    assert cost(lambda: lab.drop(Key(Kind.POD, "shop", "p-7"))) <= 3
    assert cost(lambda: lab.put(event(pending, "ProvisioningFailed", "boom"))) <= 1
    assert cost(lambda: lab.put(node("node-7", ready="Unknown"))) <= 2 * 50 + 2
    assert cost(lambda: lab.put(node("node-7", ready="Unknown"))) == 0
    assert cost(lambda: lab.at(after(1))) == 0
    assert cost(lambda: lab.health(Kind.NODE, FeedState.STALE)) <= 2


def _chain(number: int, template: tuple[Any, ...]) -> list[Record]:
    """A bound claim, its volume and the pod that uses it; made from records, because decoding is not the point."""
    claim_, volume_, pod_ = template
    replace = msgspec.structs.replace
    (mount,) = pod_.volumes
    return [
        replace(claim_, name=f"c-{number}", uid=f"c-{number}", volume_name=f"v-{number}"),
        replace(volume_, name=f"v-{number}", claim_name=f"c-{number}", claim_uid=f"c-{number}"),
        replace(
            pod_,
            name=f"p-{number}",
            uid=f"p-{number}",
            node_name=f"node-{number % 400}",
            volumes=(replace(mount, claim_name=f"c-{number}"),),
        ),
    ]
