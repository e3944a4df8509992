import asyncio

import pytest

from storagetui.sim.store import ObjectStore
from tests.sim.client import TABLE, Client
from tests.sim.given import CLAIMS, PODS, claim, pod

LIST = "/api/v1/namespaces/shop/persistentvolumeclaims"
ALL = "/api/v1/pods"


def label(store: ObjectStore, name: str, value: str) -> None:
    store.modify(CLAIMS, name, "shop", lambda obj: obj["metadata"].update(labels={"a": value}))


async def test_a_watch_tells_what_comes_after_its_version(store: ObjectStore, client: Client) -> None:
    store.create(CLAIMS, claim("before"))
    async with client.watch(f"{LIST}?resourceVersion={store.version}") as events:
        store.create(CLAIMS, claim("data"))
        label(store, "data", "b")
        store.delete(CLAIMS, "data", "shop")
        store.modify(CLAIMS, "data", "shop", lambda obj: obj["metadata"].pop("finalizers"))

        seen = [await events.next() for _ in range(4)]

    assert [event["type"] for event in seen] == ["ADDED", "MODIFIED", "MODIFIED", "DELETED"]
    assert seen[0]["object"]["kind"] == "PersistentVolumeClaim"
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in seen]
    assert versions == sorted(versions)
    assert versions[-1] == store.version


async def test_a_watch_waits_without_a_sign(store: ObjectStore, client: Client) -> None:
    async with client.watch(f"{LIST}?resourceVersion={store.version}") as events:
        waiting = asyncio.create_task(events.next(within_s=3000))
        await asyncio.sleep(1000)
        assert not waiting.done()
        store.create(CLAIMS, claim("data"))
        event = await waiting

    assert event["object"]["metadata"]["name"] == "data"


async def test_another_namespace_is_not_seen(store: ObjectStore, client: Client) -> None:
    async with client.watch(f"{LIST}?resourceVersion={store.version}&timeoutSeconds=5") as events:
        store.create(CLAIMS, claim("data", namespace="other"))

        assert await events.rest() == []


async def test_objects_come_into_a_selection_and_leave_it(store: ObjectStore, client: Client) -> None:
    store.create(CLAIMS, claim("data"))
    async with client.watch(f"{LIST}?labelSelector=a=b&resourceVersion={store.version}&timeoutSeconds=5") as events:
        label(store, "data", "b")
        store.modify(CLAIMS, "data", "shop", lambda obj: obj["metadata"].update(annotations={"x": "y"}))
        label(store, "data", "c")
        left = store.version
        label(store, "data", "d")

        seen = await events.rest()

    assert [event["type"] for event in seen] == ["ADDED", "MODIFIED", "DELETED"]
    assert seen[-1]["object"]["metadata"]["labels"] == {"a": "b"}
    assert seen[-1]["object"]["metadata"]["resourceVersion"] == str(left)


async def test_one_object_can_be_watched_by_name(store: ObjectStore, client: Client) -> None:
    async with client.watch(f"{LIST}/data?resourceVersion={store.version}&timeoutSeconds=5") as events:
        store.create(CLAIMS, claim("other-data"))
        store.create(CLAIMS, claim("data"))

        assert [event["object"]["metadata"]["name"] for event in await events.rest()] == ["data"]


@pytest.mark.parametrize("version", ["", "&resourceVersion=0"])
async def test_without_a_version_all_there_is_comes_first(store: ObjectStore, client: Client, version: str) -> None:
    store.create(CLAIMS, claim("b"))
    store.create(CLAIMS, claim("a"))
    async with client.watch(f"{LIST}?timeoutSeconds=5{version}") as events:
        first = [await events.next(), await events.next()]
        label(store, "a", "x")
        rest = await events.rest()

    assert [(event["type"], event["object"]["metadata"]["name"]) for event in first] == [("ADDED", "a"), ("ADDED", "b")]
    assert [event["type"] for event in rest] == ["MODIFIED"]


async def test_a_watch_list_ends_its_beginning_with_a_bookmark(store: ObjectStore, client: Client) -> None:
    store.create(PODS, pod("p"))
    options = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=5"
    async with client.watch(f"{ALL}?{options}") as events:
        added, bookmark = await events.next(), await events.next()

    assert added["type"] == "ADDED"
    assert bookmark == {
        "type": "BOOKMARK",
        "object": {
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": {
                "resourceVersion": str(store.version),
                "annotations": {"k8s.io/initial-events-end": "true"},
            },
            "spec": {"containers": None},
            "status": {},
        },
    }


async def test_initial_events_of_a_version_to_come_are_an_error_after_a_while(
    store: ObjectStore, client: Client
) -> None:
    ahead = store.version + 9
    options = f"sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion={ahead}"
    async with client.watch(f"{ALL}?{options}") as events:
        seen = await events.rest()

    assert [event["type"] for event in seen] == ["ERROR"]
    assert seen[0]["object"]["message"] == f"Timeout: Too large resource version: {ahead}, current: {store.version}"


async def test_initial_events_can_be_declined(store: ObjectStore, client: Client) -> None:
    store.create(PODS, pod("p"))
    version = store.version
    store.create(PODS, pod("q"))
    options = f"sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion={version}&timeoutSeconds=5"
    async with client.watch(f"{ALL}?{options}") as events:
        assert [event["object"]["metadata"]["name"] for event in await events.rest()] == ["q"]


async def test_bookmarks_come_every_minute_and_before_the_end(store: ObjectStore, client: Client) -> None:
    loop = asyncio.get_running_loop()
    began, times, versions = loop.time(), [], []
    async with client.watch(
        f"{LIST}?resourceVersion={store.version}&allowWatchBookmarks=true&timeoutSeconds=150"
    ) as events:
        store.create(PODS, pod("p"))
        while event := await events.next():
            assert event["type"] == "BOOKMARK"
            times.append(round(loop.time() - began))
            versions.append(event["object"]["metadata"]["resourceVersion"])

    assert times == [60, 120, 148]
    assert versions == [str(store.version)] * 3
    assert round(loop.time() - began) == 150


async def test_a_watch_lasts_half_an_hour_to_an_hour_unless_it_says(store: ObjectStore, client: Client) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with client.watch(f"{LIST}?resourceVersion={store.version}", idle_s=7200.0) as events:
        assert await events.rest() == []

    assert 1800 <= loop.time() - began <= 3600


async def test_a_forgotten_version_comes_as_an_error_in_the_stream(store: ObjectStore, client: Client) -> None:
    version = store.version
    store.create(CLAIMS, claim("data"))
    store.compact()

    async with client.watch(f"{LIST}?resourceVersion={version}") as events:
        seen = await events.rest()

    assert events.status == 200
    assert len(seen) == 1
    assert seen[0]["type"] == "ERROR"
    assert seen[0]["object"]["reason"] == "Expired"
    assert seen[0]["object"]["code"] == 410
    assert seen[0]["object"]["message"] == f"too old resource version: {version} ({store.version})"


async def test_a_watch_in_progress_does_not_mind_a_compaction(store: ObjectStore, client: Client) -> None:
    async with client.watch(f"{LIST}?resourceVersion={store.version}&timeoutSeconds=60") as events:
        store.create(CLAIMS, claim("a"))
        store.create(PODS, pod("p"))
        store.compact()
        store.create(CLAIMS, claim("b"))
        store.compact()
        store.create(CLAIMS, claim("c"))

        seen = [await events.next() for _ in range(3)]

    assert [event["object"]["metadata"]["name"] for event in seen] == ["a", "b", "c"]


async def test_rows_come_with_headers_once(store: ObjectStore, client: Client) -> None:
    async with client.watch(f"{LIST}?resourceVersion={store.version}&timeoutSeconds=5", accept=TABLE) as events:
        store.create(CLAIMS, claim("data"))
        label(store, "data", "b")
        first, second = await events.rest()

    assert first["object"]["kind"] == "Table"
    assert [column["name"] for column in first["object"]["columnDefinitions"]][:2] == ["Name", "Status"]
    assert second["object"]["columnDefinitions"] is None
    assert second["object"]["rows"][0]["cells"][:2] == ["data", "Pending"]


async def test_chunks_end_anywhere(store: ObjectStore, client: Client) -> None:
    async with client.watch(f"{LIST}?resourceVersion={store.version}&timeoutSeconds=5") as events:
        for number in range(20):
            store.create(CLAIMS, claim(f"c-{number}"))
        seen = await events.rest()

    assert len(seen) == 20
    assert events.chunks > 20


async def test_a_watcher_that_leaves_leaves_nothing_behind(store: ObjectStore, client: Client) -> None:
    async with client.watch(f"{LIST}?resourceVersion={store.version}") as events:
        assert len(store.log(CLAIMS).followers) == 1
        reading = asyncio.create_task(events.next())
        await asyncio.sleep(1)
        reading.cancel()
        await asyncio.wait([reading])

    assert store.log(CLAIMS).followers == []


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ("resourceVersion=x", 400),
        ("timeoutSeconds=x", 400),
        ("sendInitialEvents=true", 422),
        ("resourceVersionMatch=NotOlderThan", 422),
        ("labelSelector=a%20b", 400),
        ("fieldSelector=spec.none=1", 400),
    ],
)
async def test_options_that_mean_nothing_are_refused_at_once(client: Client, options: str, status: int) -> None:
    async with client.watch(f"{ALL}?{options}") as events:
        assert events.status == status
