from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagetui.sim import quantity, quota
from storagetui.sim.refusal import Refusal
from storagetui.sim.resources import RESOURCES
from storagetui.sim.store import ObjectStore
from storagetui.sim.wire import Json
from tests.sim.given import CLAIMS, PODS, QUOTAS, bind, claim, grow, pod, store_with

PER_CLASS = "fast.storageclass.storage.k8s.io/requests.storage"
COUNTED = tuple(kind for kind in RESOURCES if kind.stored and kind.namespaced)


def limited(store: ObjectStore, **hard: str) -> None:
    spec = {"hard": {name.replace("__", "/").replace("_", "."): amount for name, amount in hard.items()}}
    store.create(QUOTAS, {"metadata": {"name": "q", "namespace": "shop"}, "spec": spec})


def used(store: ObjectStore) -> Any:
    return store.get(QUOTAS, "q", "shop")["status"]["used"]


def drop_finalizers(obj: Json) -> None:
    obj["metadata"].pop("finalizers", None)


async def test_a_new_quota_counts_what_is_there() -> None:
    store = store_with("shop", "other")
    store.create(CLAIMS, claim("a", "2Gi"))
    store.create(CLAIMS, claim("b", "1Gi", storageClassName="rigid"))
    store.create(CLAIMS, claim("c", "9Gi", namespace="other"))
    hard = {"requests.storage": "10Gi", "persistentvolumeclaims": "5", PER_CLASS: "4Gi", "count/pods": "3"}

    made = store.create(QUOTAS, {"metadata": {"name": "q", "namespace": "shop"}, "spec": {"hard": hard}})

    assert made["status"]["hard"] == hard
    assert made["status"]["used"] == {
        "requests.storage": "3Gi",
        "persistentvolumeclaims": "2",
        PER_CLASS: "2Gi",
        "count/pods": "0",
    }


async def test_what_exceeds_a_quota_is_refused_in_the_servers_words() -> None:
    store = store_with("shop")
    limited(store, requests_storage="10Gi", persistentvolumeclaims="2")
    store.create(CLAIMS, claim("a", "9Gi"))

    with pytest.raises(Refusal) as error:
        store.create(CLAIMS, claim("b", "2Gi"))

    assert error.value.code == 403
    assert error.value.message == (
        'persistentvolumeclaims "b" is forbidden: exceeded quota: q, requested: requests.storage=2Gi, '
        "used: requests.storage=9Gi, limited: requests.storage=10Gi"
    )
    assert used(store) == {"requests.storage": "9Gi", "persistentvolumeclaims": "1"}


async def test_growth_counts_by_its_difference() -> None:
    store = store_with("shop")
    limited(store, requests_storage="10Gi")
    store.create(CLAIMS, claim("a", "6Gi"))
    bind(store, "a", "6Gi")

    with pytest.raises(Refusal, match=r"requested: requests\.storage=5Gi, used: requests\.storage=6Gi"):
        grow(store, "a", "11Gi")
    grow(store, "a", "10Gi")

    assert used(store) == {"requests.storage": "10Gi"}


async def test_a_failed_wish_keeps_counting_until_it_is_lowered_and_given_up() -> None:
    store = store_with("shop")
    limited(store, requests_storage="100Gi")
    store.create(CLAIMS, claim("a", "6Gi"))
    bind(store, "a", "6Gi")
    grow(store, "a", "50Gi")

    def allocate(size: str) -> None:
        put = lambda obj: obj["status"].update(allocatedResources={"storage": size})  # noqa: E731 - one line reads best
        store.modify(CLAIMS, "a", "shop", put, subresource="status")

    allocate("50Gi")
    grow(store, "a", "7Gi")
    assert used(store) == {"requests.storage": "50Gi"}
    allocate("7Gi")
    assert used(store) == {"requests.storage": "7Gi"}


async def test_deleting_gives_back_only_when_the_object_goes() -> None:
    store = store_with("shop")
    limited(store, requests_storage="10Gi", persistentvolumeclaims="2")
    store.create(CLAIMS, claim("a", "9Gi"))

    store.delete(CLAIMS, "a", "shop")
    assert used(store)["requests.storage"] == "9Gi"
    store.modify(CLAIMS, "a", "shop", drop_finalizers)
    assert used(store) == {"requests.storage": "0", "persistentvolumeclaims": "0"}


async def test_pods_that_ended_do_not_count() -> None:
    store = store_with("shop")
    limited(store, pods="1", count__pods="9")
    store.create(PODS, pod("a", nodeName="n"))
    with pytest.raises(Refusal, match="exceeded quota"):
        store.create(PODS, pod("b"))

    store.modify(PODS, "a", "shop", lambda obj: obj["status"].update(phase="Succeeded"), subresource="status")

    store.create(PODS, pod("b"))
    assert used(store) == {"pods": "1", "count/pods": "1"}


async def test_another_limit_is_counted_anew() -> None:
    store = store_with("shop")
    limited(store, requests_storage="10Gi")
    store.create(CLAIMS, claim("a", "2Gi"))

    store.modify(QUOTAS, "q", "shop", lambda obj: obj["spec"].update(hard={"persistentvolumeclaims": "4"}))

    assert used(store) == {"persistentvolumeclaims": "1"}


Step = tuple[str, int, int]
steps = st.lists(st.tuples(st.sampled_from(["create", "delete", "grow", "free"]), st.integers(0, 3), st.integers(1, 6)))


@given(steps)
def test_the_running_count_is_what_a_count_from_scratch_finds(taken: list[Step]) -> None:
    store = store_with("shop")
    limited(store, requests_storage="20Gi", persistentvolumeclaims="3")

    for action, number, size in taken:
        name = f"c-{number}"
        with suppress(Refusal):
            if action == "create":
                store.create(CLAIMS, claim(name, f"{size}Gi", storageClassName="fast" if number % 2 else "rigid"))
                bind(store, name, f"{size}Gi")
            elif action == "delete":
                store.delete(CLAIMS, name, "shop")
            elif action == "grow":
                grow(store, name, f"{size * 2}Gi")
            else:
                store.modify(CLAIMS, name, "shop", drop_finalizers)

    item = store.get(QUOTAS, "q", "shop")
    assert item["status"] == quota.counted(store, item, COUNTED)
    assert all(
        quantity.parse(item["status"]["used"][name]).value <= quantity.parse(limit).value
        for name, limit in item["status"]["hard"].items()
    )
