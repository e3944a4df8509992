import asyncio
import base64
import json
from typing import Any

import pytest

from storagetui.kube.api import Request
from storagetui.sim.server import SimApi
from storagetui.sim.store import ObjectStore
from tests.sim.client import TABLE, Client, names
from tests.sim.given import CLAIMS, PODS, claim, pod

LIST = "/api/v1/namespaces/shop/persistentvolumeclaims"
ALL = "/api/v1/persistentvolumeclaims"


def label(store: ObjectStore, name: str, value: str) -> None:
    store.modify(CLAIMS, name, "shop", lambda obj: obj["metadata"].update(labels={"a": value}))


def drop(store: ObjectStore, name: str) -> None:
    store.delete(CLAIMS, name, "shop")
    store.modify(CLAIMS, name, "shop", lambda obj: obj["metadata"].pop("finalizers"))


async def test_one_object_names_its_kind_and_an_item_of_a_list_does_not(store: ObjectStore, client: Client) -> None:
    store.create(CLAIMS, claim("data"))

    one = await client.get(f"{LIST}/data")
    listed = await client.get(LIST)

    assert (one["kind"], one["apiVersion"]) == ("PersistentVolumeClaim", "v1")
    assert (listed["kind"], listed["apiVersion"]) == ("PersistentVolumeClaimList", "v1")
    assert listed["metadata"] == {"resourceVersion": str(store.version)}
    assert listed["items"] == [{key: one[key] for key in one if key not in ("kind", "apiVersion")}]


async def test_items_of_a_custom_resource_name_their_kind(store: ObjectStore, client: Client) -> None:
    kind = "volumesnapshotclasses.snapshot.storage.k8s.io"
    store.create(kind, {"metadata": {"name": "c"}, "driver": "x", "deletionPolicy": "Delete"})

    listed = await client.get("/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses")

    assert listed["items"][0]["kind"] == "VolumeSnapshotClass"


async def test_an_empty_list_has_items(client: Client) -> None:
    assert (await client.get(LIST))["items"] == []
    assert (await client.get("/api/v1/namespaces/nowhere/pods"))["items"] == []


async def test_lists_are_in_the_order_of_namespace_and_name(store: ObjectStore, client: Client) -> None:
    for name, namespace in (("b", "shop"), ("z", "other"), ("a", "shop")):
        store.create(CLAIMS, claim(name, namespace=namespace))

    assert names(await client.get(ALL)) == ["z", "a", "b"]
    assert names(await client.get(LIST)) == ["a", "b"]


async def test_selectors_go_with_namespaces(store: ObjectStore, client: Client) -> None:
    store.create(PODS, pod("p", labels={"app": "db"}, nodeName="n"))
    store.create(PODS, pod("q", labels={"app": "db"}))
    store.create(PODS, pod("r", namespace="other", labels={"app": "db"}, nodeName="n"))

    assert names(await client.get("/api/v1/pods?fieldSelector=spec.nodeName=n&labelSelector=app=db")) == ["r", "p"]
    assert names(await client.get("/api/v1/pods?fieldSelector=metadata.namespace=shop,spec.nodeName=n")) == ["p"]


async def test_pages_show_one_moment_while_the_world_goes_on(store: ObjectStore, client: Client) -> None:
    for number in range(6):
        store.create(CLAIMS, claim(f"c-{number}"))
    began = store.version

    first = await client.get(f"{LIST}?limit=2")
    label(store, "c-3", "new")
    drop(store, "c-4")
    store.create(CLAIMS, claim("c-2-late"))
    second = await client.get(f"{LIST}?limit=2&continue={first['metadata']['continue']}")
    third = await client.get(f"{LIST}?limit=2&continue={second['metadata']['continue']}")

    assert [names(page) for page in (first, second, third)] == [["c-0", "c-1"], ["c-2", "c-3"], ["c-4", "c-5"]]
    assert [page["metadata"].get("remainingItemCount") for page in (first, second, third)] == [4, 2, None]
    assert {page["metadata"]["resourceVersion"] for page in (first, second, third)} == {str(began)}
    assert "labels" not in second["items"][1]["metadata"]
    assert "continue" not in third["metadata"]


async def test_the_rest_of_a_selection_is_not_counted(store: ObjectStore, client: Client) -> None:
    for number in range(3):
        store.create(PODS, pod(f"p-{number}", labels={"app": "db"}))

    page = await client.get("/api/v1/pods?limit=1&labelSelector=app=db")

    assert "remainingItemCount" not in page["metadata"]
    assert page["metadata"]["continue"]


async def test_a_page_that_was_compacted_is_gone_with_a_token_to_go_on(store: ObjectStore, client: Client) -> None:
    for number in range(4):
        store.create(CLAIMS, claim(f"c-{number}"))
    first = await client.get(f"{LIST}?limit=2")
    drop(store, "c-0")
    store.compact()

    refused = await client.send("GET", f"{LIST}?limit=2&continue={first['metadata']['continue']}")
    rest = await client.get(f"{LIST}?limit=9&continue={refused.json['metadata']['continue']}")

    assert (refused.status, refused.json["reason"]) == (410, "Expired")
    assert refused.json["message"].startswith("The provided continue parameter is too old")
    assert names(rest) == ["c-2", "c-3"]
    assert rest["metadata"]["resourceVersion"] == str(store.version)


async def test_version_0_knows_no_pages(store: ObjectStore, client: Client) -> None:
    for number in range(4):
        store.create(CLAIMS, claim(f"c-{number}"))

    assert len((await client.get(f"{LIST}?limit=2&resourceVersion=0"))["items"]) == 4


async def test_an_exact_version_shows_what_was(store: ObjectStore, client: Client) -> None:
    store.create(CLAIMS, claim("a"))
    then = store.version
    drop(store, "a")
    store.create(CLAIMS, claim("b"))

    exact = await client.get(f"{LIST}?resourceVersion={then}&resourceVersionMatch=Exact")
    at_least = await client.get(f"{LIST}?resourceVersion={then}&resourceVersionMatch=NotOlderThan")
    store.compact()
    gone = await client.send("GET", f"{LIST}?resourceVersion={then}&resourceVersionMatch=Exact")

    assert names(exact) == ["a"]
    assert exact["metadata"]["resourceVersion"] == str(then)
    assert names(at_least) == ["b"]
    assert (gone.status, gone.json["message"]) == (410, "The resourceVersion for the provided list is too old.")


async def test_a_version_to_come_is_waited_for_a_while(store: ObjectStore, client: Client) -> None:
    ahead = store.version + 1
    waiting = asyncio.create_task(client.send("GET", f"{LIST}?resourceVersion={ahead}"))
    await asyncio.sleep(1)
    store.create(CLAIMS, claim("a"))
    refused = await client.send("GET", f"{LIST}?resourceVersion={ahead + 5}")

    assert names((await waiting).json) == ["a"]
    assert (refused.status, refused.json["reason"]) == (504, "Timeout")
    assert refused.json["message"] == f"Timeout: Too large resource version: {ahead + 5}, current: {store.version}"
    assert refused.json["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge"
    assert refused.headers["Retry-After"] == "1"


@pytest.mark.parametrize("token", ["abc", "e30", base64.urlsafe_b64encode(b'{"v":"x","rv":1,"start":"a"}').decode()])
async def test_a_token_of_somebody_else_is_a_bad_request(client: Client, token: str) -> None:
    refused = await client.send("GET", f"{LIST}?continue={token}")

    assert refused.status == 400
    assert "continue key is not valid" in refused.json["message"]


async def test_an_object_is_encoded_once_for_all_who_read_it(store: ObjectStore, client: Client) -> None:
    store.create(CLAIMS, claim("a"))
    stored = store.log(CLAIMS).find("shop", "a")
    assert stored is not None
    first = stored.json

    await client.get(LIST)
    await client.get(f"{LIST}/a")

    assert store.log(CLAIMS).find("shop", "a") is stored
    assert stored.json is first


async def test_a_large_list_comes_in_pieces_that_end_anywhere(store: ObjectStore, api: SimApi) -> None:
    for number in range(200):
        store.create(PODS, pod(f"p-{number:03}"))

    async with api.open(Request(path="/api/v1/pods")) as answer:
        pieces = [piece async for piece in answer.chunks()]

    assert len(pieces) > 3
    assert all(len(piece) <= 32 * 1024 for piece in pieces)
    assert len(json.loads(b"".join(pieces))["items"]) == 200


async def test_tables_have_the_rows_of_kubectl(store: ObjectStore, client: Client) -> None:
    store.create(CLAIMS, claim("data"))
    await asyncio.sleep(300)

    table = await client.get(LIST, accept=TABLE)
    one = await client.get(f"{LIST}/data?includeObject=Object", accept=TABLE)
    bare = await client.get(f"{LIST}?includeObject=None", accept=TABLE)

    assert (table["kind"], table["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert table["metadata"] == {"resourceVersion": str(store.version)}
    assert table["rows"][0]["cells"] == ["data", "Pending", "", "", "", "fast", "<unset>", "5m", "Filesystem"]
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    assert one["rows"][0]["object"]["spec"]["storageClassName"] == "fast"
    assert "object" not in bare["rows"][0]


async def test_metadata_alone_can_be_asked_for(store: ObjectStore, client: Client) -> None:
    store.create(CLAIMS, claim("data"))
    form = "application/json;as=PartialObjectMetadata{};v=v1;g=meta.k8s.io"

    listed = await client.get(LIST, accept=form.format("List"))
    one = await client.get(f"{LIST}/data", accept=form.format(""))

    assert listed["kind"] == "PartialObjectMetadataList"
    assert set(listed["items"][0]) == set(one) == {"kind", "apiVersion", "metadata"}


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("", 200),
        ("*/*", 200),
        ("application/vnd.kubernetes.protobuf,application/json;q=0.5", 200),
        ("application/json;as=Table;v=v9;g=meta.k8s.io,application/json", 200),
        ("application/vnd.kubernetes.protobuf", 406),
        ("application/json;as=Foo;v=v1;g=meta.k8s.io", 406),
        ("application/json;q=0", 406),
    ],
)
async def test_answers_are_json_or_none(client: Client, accept: str, status: int) -> None:
    answered = await client.send("GET", LIST, accept=accept)

    assert answered.status == status
    assert answered.headers["content-type"] == "application/json"


async def test_every_answer_tells_the_worlds_time(store: ObjectStore, client: Client) -> None:
    answered = await client.send("GET", LIST)

    assert answered.headers["date"] == store.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT")


async def test_history_has_an_end(store: ObjectStore, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storagetui.sim.watchlog.KEPT_CHANGES", 5)
    store.create(CLAIMS, claim("a"))
    then = store.version
    for number in range(6):
        label(store, "a", str(number))

    old: Any = await client.send("GET", f"{LIST}?resourceVersion={then}&resourceVersionMatch=Exact")
    recent: Any = await client.send("GET", f"{LIST}?resourceVersion={then + 2}&resourceVersionMatch=Exact")

    assert (old.status, recent.status) == (410, 200)
    assert recent.json["items"][0]["metadata"]["labels"] == {"a": "1"}
