import asyncio
from typing import Any

import pytest

from storagetui.sim.clock import Clock
from storagetui.sim.refusal import Refusal
from storagetui.sim.store import ObjectStore
from storagetui.sim.wire import Json
from tests.sim.given import CLAIMS, PODS, SETS, claim, pod, stateful_set, store_with


def refusal_of(error: pytest.ExceptionInfo[Refusal]) -> tuple[int, str]:
    return error.value.code, error.value.reason


def labeled(**labels: str) -> Any:
    def put(obj: Json) -> None:
        obj["metadata"]["labels"] = labels

    return put


async def test_a_new_object_gets_what_only_the_server_gives() -> None:
    store = store_with("shop")
    sent = {**claim("data"), "status": {"phase": "Bound"}}
    sent["metadata"] |= {"uid": "mine", "resourceVersion": "7", "generation": 9, "deletionTimestamp": "never"}

    made = store.create(CLAIMS, sent)

    metadata = made["metadata"]
    assert len(metadata["uid"]) == 36
    assert int(metadata["resourceVersion"]) == store.version
    assert metadata["creationTimestamp"] == store.clock.timestamp()
    assert "generation" not in metadata
    assert "deletionTimestamp" not in metadata
    assert made["status"] == {"phase": "Pending"}
    assert list(made)[:2] == ["kind", "apiVersion"]
    assert sent["metadata"]["uid"] == "mine"


async def test_seeded_stores_give_the_same_uids_and_names() -> None:
    made = [
        store_with("shop", seed=3).create(
            PODS, {"metadata": {"generateName": "p-", "namespace": "shop"}, "spec": pod("p")["spec"]}
        )
        for _ in range(2)
    ]

    assert made[0]["metadata"]["name"] == made[1]["metadata"]["name"]
    assert made[0]["metadata"]["name"].startswith("p-")
    assert made[0]["metadata"]["uid"] == made[1]["metadata"]["uid"]


async def test_a_name_is_taken_once() -> None:
    store = store_with("shop")
    store.create(CLAIMS, claim("data"))

    with pytest.raises(Refusal) as error:
        store.create(CLAIMS, claim("data"))

    assert refusal_of(error) == (409, "AlreadyExists")


async def test_an_update_of_an_older_version_is_refused() -> None:
    store = store_with("shop")
    old = store.create(CLAIMS, claim("data"))
    store.modify(CLAIMS, "data", "shop", labeled(a="b"))

    with pytest.raises(Refusal) as error:
        store.update(CLAIMS, old)

    assert refusal_of(error) == (409, "Conflict")


async def test_an_update_that_changes_nothing_makes_no_version() -> None:
    store = store_with("shop")
    store.create(CLAIMS, claim("data", "1024Mi"))
    version = store.version

    store.modify(CLAIMS, "data", "shop", lambda _: None)
    store.modify(CLAIMS, "data", "shop", lambda obj: obj["spec"]["resources"]["requests"].update(storage="1048576Ki"))

    assert store.version == version


async def test_status_and_the_rest_are_written_apart() -> None:
    store = store_with("shop")
    store.create(SETS, stateful_set("db"))

    def put(obj: Json) -> None:
        obj["spec"]["replicas"] = 5
        obj["status"] = {"replicas": 2}

    by_status = store.modify(SETS, "db", "shop", put, subresource="status")
    assert (by_status["spec"]["replicas"], by_status["status"]["replicas"]) == (3, 2)
    assert by_status["metadata"]["generation"] == 1

    def forget_status(obj: Json) -> None:
        obj["spec"]["replicas"] = 5
        obj["status"] = {}

    by_spec = store.modify(SETS, "db", "shop", forget_status)
    assert (by_spec["spec"]["replicas"], by_spec["status"]["replicas"]) == (5, 2)
    assert by_spec["metadata"]["generation"] == 2


async def test_what_is_stored_is_not_what_was_passed() -> None:
    store = store_with("shop")
    sent = claim("data")
    store.create(CLAIMS, sent)

    sent["spec"]["accessModes"].append("ReadWriteMany")

    assert store.get(CLAIMS, "data", "shop")["spec"]["accessModes"] == ["ReadWriteOnce"]


async def test_listeners_hear_every_write_in_order_with_what_was_before() -> None:
    store = store_with("shop")
    heard: list[tuple[str, str, str | None]] = []

    def listen(event: str, resource: str, obj: Json, old: Json | None) -> None:
        heard.append((event, resource, old["metadata"]["resourceVersion"] if old else None))

    unsubscribe = store.subscribe(listen)
    first = store.create(CLAIMS, claim("data"))
    second = store.modify(CLAIMS, "data", "shop", labeled(a="b"))
    unsubscribe()
    store.modify(CLAIMS, "data", "shop", labeled(a="c"))

    assert heard == [("ADDED", CLAIMS, None), ("MODIFIED", CLAIMS, first["metadata"]["resourceVersion"])]
    assert second["metadata"]["labels"] == {"a": "b"}


async def test_a_write_by_a_listener_is_told_after_the_one_it_answers() -> None:
    store = store_with("shop")
    heard: list[str] = []

    def answer(event: str, _resource: str, obj: Json, _old: Json | None) -> None:
        if event == "ADDED" and obj["metadata"]["name"] == "data":
            store.create(CLAIMS, claim("answer"))

    store.subscribe(answer)
    store.subscribe(lambda event, _resource, obj, _old: heard.append(obj["metadata"]["name"]))

    store.create(CLAIMS, claim("data"))

    assert heard == ["data", "answer"]


async def test_restoring_keeps_an_object_as_it_was() -> None:
    store = store_with()
    old = {**pod("ghost", namespace="nowhere"), "status": {"phase": "Running"}}
    old["metadata"] |= {
        "uid": "u",
        "creationTimestamp": "2020-01-01T00:00:00Z",
        "deletionTimestamp": "2020-01-02T00:00:00Z",
    }

    kept = store.restore(PODS, old)

    assert kept["metadata"]["uid"] == "u"
    assert kept["metadata"]["deletionTimestamp"] == "2020-01-02T00:00:00Z"
    assert kept["status"]["phase"] == "Running"
    assert kept["spec"]["terminationGracePeriodSeconds"] == 30


async def test_a_restored_object_can_be_updated_afterwards() -> None:
    store = store_with("shop")
    store.restore(PODS, pod("p", nodeName="n"))

    changed = store.modify(PODS, "p", "shop", labeled(a="b"))

    assert changed["metadata"]["labels"] == {"a": "b"}


async def test_dry_runs_say_what_would_be_and_keep_what_is() -> None:
    store = store_with("shop")
    store.create(CLAIMS, claim("data"))
    version = store.version

    store.create(CLAIMS, claim("other"), dry_run=True)
    changed = store.update(
        CLAIMS, {**claim("data"), "metadata": {**claim("data")["metadata"], "labels": {"a": "b"}}}, dry_run=True
    )
    store.delete(CLAIMS, "data", "shop", dry_run=True)

    assert changed["metadata"]["labels"] == {"a": "b"}
    assert store.version == version
    assert [item["metadata"]["name"] for item in store.list(CLAIMS)] == ["data"]
    assert "labels" not in store.get(CLAIMS, "data", "shop")["metadata"]


async def test_an_unknown_resource_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(LookupError, match="statefulsets"):
        store_with().list("statefulsets")


async def test_the_world_ages_with_the_loop() -> None:
    store = ObjectStore(Clock())
    first = store.create("namespaces", {"metadata": {"name": "a"}})
    await asyncio.sleep(3600)
    second = store.create("namespaces", {"metadata": {"name": "b"}})

    assert first["metadata"]["creationTimestamp"] < second["metadata"]["creationTimestamp"]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (
            {"metadata": {"name": "p", "namespace": "shop", "labels": {"a": 1}}},
            "number into Go struct field ObjectMeta.metadata.labels of type string",
        ),
        (
            {"metadata": {"name": "p", "namespace": "shop", "finalizers": {}}},
            "object into Go struct field ObjectMeta.metadata.finalizers of type []string",
        ),
        (
            {"metadata": {"name": 3, "namespace": "shop"}},
            "number into Go struct field ObjectMeta.metadata.name of type string",
        ),
        ({"metadata": [], "spec": {}}, "array into Go struct field Pod.metadata of type v1.ObjectMeta"),
        (
            {"metadata": {"name": "p", "namespace": "shop"}, "spec": "x"},
            "string into Go struct field Pod.spec of type PodSpec",
        ),
        ({"metadata": {"name": "p", "namespace": "shop"}, "spec": {"containers": [3]}}, "cannot unmarshal the body"),
    ],
)
async def test_what_has_not_the_shape_of_its_kind_cannot_be_decoded(sent: Json, said: str) -> None:
    with pytest.raises(Refusal) as error:
        store_with("shop").create(PODS, sent)

    assert error.value.code == 400
    assert said in error.value.message
