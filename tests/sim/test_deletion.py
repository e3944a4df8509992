import asyncio
from datetime import datetime

import pytest

from storagetui.sim.clock import parse
from storagetui.sim.deletion import DeleteOptions
from storagetui.sim.refusal import Refusal
from storagetui.sim.wire import Json
from tests.sim.given import CLAIMS, PODS, SETS, claim, pod, stateful_set, store_with


def drop_finalizers(obj: Json) -> None:
    obj["metadata"].pop("finalizers", None)


def remaining_s(obj: Json, now: datetime) -> int:
    return round((parse(obj["metadata"]["deletionTimestamp"]) - now).total_seconds())


async def test_a_pod_on_a_node_is_marked_with_the_end_of_its_grace_and_stays() -> None:
    store = store_with("shop")
    store.create(PODS, pod("p", nodeName="n", terminationGracePeriodSeconds=45))

    marked = store.delete(PODS, "p", "shop")
    await asyncio.sleep(3600)

    assert marked["metadata"]["deletionGracePeriodSeconds"] == 45
    assert remaining_s(marked, store.clock.now()) in (-3555, -3556)
    assert store.find(PODS, "p", "shop") is not None


async def test_whoever_deletes_without_grace_removes_it() -> None:
    store = store_with("shop")
    events: list[str] = []
    store.create(PODS, pod("p", nodeName="n"))
    store.delete(PODS, "p", "shop")
    store.subscribe(lambda event, *_: events.append(event))

    store.delete(PODS, "p", "shop", grace_s=0)

    assert store.find(PODS, "p", "shop") is None
    assert events == ["MODIFIED", "DELETED"]


@pytest.mark.parametrize(
    ("spec", "status"),
    [({}, {}), ({"nodeName": "n"}, {"phase": "Succeeded"}), ({"nodeName": "n"}, {"phase": "Failed"})],
    ids=["on no node", "succeeded", "failed"],
)
async def test_a_pod_that_nobody_runs_goes_at_once(spec: Json, status: Json) -> None:
    store = store_with("shop")
    store.create(PODS, pod("p", **spec))
    store.modify(PODS, "p", "shop", lambda obj: obj["status"].update(status), subresource="status")

    store.delete(PODS, "p", "shop", grace_s=30)

    assert store.find(PODS, "p", "shop") is None


async def test_grace_can_be_shortened_and_not_prolonged() -> None:
    store = store_with("shop")
    store.create(PODS, pod("p", nodeName="n"))
    store.delete(PODS, "p", "shop")
    version = store.version

    store.delete(PODS, "p", "shop", grace_s=60)
    store.delete(PODS, "p", "shop")
    assert store.version == version

    await asyncio.sleep(10)
    sooner = store.delete(PODS, "p", "shop", grace_s=5)
    assert sooner["metadata"]["deletionGracePeriodSeconds"] == 1
    assert remaining_s(sooner, store.clock.now().replace(microsecond=0)) == 0


async def test_negative_grace_counts_as_a_second() -> None:
    store = store_with("shop")
    store.create(PODS, pod("p", nodeName="n"))

    assert store.delete(PODS, "p", "shop", grace_s=-5)["metadata"]["deletionGracePeriodSeconds"] == 1


async def test_finalizers_keep_what_is_deleted_until_the_last_one_goes() -> None:
    store = store_with("shop")
    store.create(CLAIMS, claim("data"))
    last: list[Json] = []
    store.subscribe(lambda event, _resource, obj, _old: last.append(obj) if event == "DELETED" else None)

    marked = store.delete(CLAIMS, "data", "shop")
    assert marked["metadata"]["deletionGracePeriodSeconds"] == 0
    assert store.find(CLAIMS, "data", "shop") is not None

    answer = store.modify(CLAIMS, "data", "shop", drop_finalizers)
    assert store.find(CLAIMS, "data", "shop") is None
    assert "finalizers" not in answer["metadata"]
    assert last[0]["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
    assert last[0]["metadata"]["resourceVersion"] == str(store.version)


async def test_a_forced_pod_with_a_finalizer_stays() -> None:
    store = store_with("shop")
    sent = pod("p", nodeName="n")
    sent["metadata"]["finalizers"] = ["example.com/keep"]
    store.create(PODS, sent)

    store.delete(PODS, "p", "shop", grace_s=0)

    assert store.get(PODS, "p", "shop")["metadata"]["deletionGracePeriodSeconds"] == 0
    store.modify(PODS, "p", "shop", drop_finalizers)
    assert store.find(PODS, "p", "shop") is None


@pytest.mark.parametrize(("propagation", "finalizer"), [("Orphan", "orphan"), ("Foreground", "foregroundDeletion")])
async def test_propagation_puts_the_collectors_finalizer(propagation: str, finalizer: str) -> None:
    store = store_with("shop")
    store.create(SETS, stateful_set("db"))

    marked = store.delete(SETS, "db", "shop", propagation=propagation)
    again = store.delete(SETS, "db", "shop")

    assert marked["metadata"]["finalizers"] == [finalizer]
    assert marked["metadata"]["generation"] == 2
    assert again["metadata"]["finalizers"] == [finalizer]


async def test_deleting_in_the_background_takes_the_collectors_finalizer_away() -> None:
    store = store_with("shop")
    store.create(SETS, stateful_set("db"))
    store.delete(SETS, "db", "shop", propagation="Orphan")

    store.delete(SETS, "db", "shop", propagation="Background")

    assert store.find(SETS, "db", "shop") is None


async def test_preconditions_are_checked_against_what_is_stored() -> None:
    store = store_with("shop")
    made = store.create(PODS, pod("p", nodeName="n"))

    wrong: tuple[tuple[DeleteOptions, str], ...] = (
        ({"uid": "other"}, "the UID in the precondition (other) does not match the UID in record"),
        ({"resource_version": "1"}, "the ResourceVersion in the precondition (1) does not match"),
    )
    for options, said in wrong:
        with pytest.raises(Refusal, match="Operation cannot be fulfilled on Pod") as error:
            store.delete(PODS, "p", "shop", **options)
        assert said in error.value.message
        assert error.value.code == 409
    uid, version = made["metadata"]["uid"], made["metadata"]["resourceVersion"]
    store.delete(PODS, "p", "shop", grace_s=0, uid=uid, resource_version=version)
    assert store.find(PODS, "p", "shop") is None


async def test_a_namespace_is_terminating_until_it_is_finalized() -> None:
    store = store_with("shop")

    going = store.delete("namespaces", "shop")
    with pytest.raises(Refusal, match="because it is being terminated") as error:
        store.create(CLAIMS, claim("late"))
    with pytest.raises(Refusal, match="object is being deleted: namespaces"):
        store.create("namespaces", {"metadata": {"name": "shop"}})
    store.modify("namespaces", "shop", "", lambda obj: obj["spec"].update(finalizers=[]), subresource="finalize")

    assert going["status"]["phase"] == "Terminating"
    assert error.value.details is not None
    assert error.value.details["causes"][0]["reason"] == "NamespaceTerminating"
    assert store.find("namespaces", "shop") is None


async def test_no_finalizer_is_added_to_what_is_being_deleted() -> None:
    store = store_with("shop")
    store.create(CLAIMS, claim("data"))
    store.delete(CLAIMS, "data", "shop")

    with pytest.raises(Refusal, match="no new finalizers can be added"):
        store.modify(CLAIMS, "data", "shop", lambda obj: obj["metadata"]["finalizers"].append("example.com/late"))


async def test_an_update_takes_no_deletion_back() -> None:
    store = store_with("shop")
    store.create(CLAIMS, claim("data"))
    store.delete(CLAIMS, "data", "shop")

    def pretend(obj: Json) -> None:
        del obj["metadata"]["deletionTimestamp"]
        obj["metadata"]["labels"] = {"a": "b"}

    assert "deletionTimestamp" in store.modify(CLAIMS, "data", "shop", pretend)["metadata"]
