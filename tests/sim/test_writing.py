import asyncio
from typing import Any

import pytest

from storagetui.sim.store import ObjectStore
from tests.sim.client import JSON_PATCH, MERGE, STRATEGIC, Client, names
from tests.sim.given import CLAIMS, PODS, SETS, bind, claim, pod, stateful_set

LIST = "/api/v1/namespaces/shop/persistentvolumeclaims"
POD_LIST = "/api/v1/namespaces/shop/pods"
DB = "/apis/apps/v1/namespaces/shop/statefulsets/db"


def size(amount: str) -> Any:
    return {"spec": {"resources": {"requests": {"storage": amount}}}}


async def test_creating_answers_with_what_was_stored(store: ObjectStore, client: Client) -> None:
    sent = claim("data")
    del sent["metadata"]["namespace"]

    answered = await client.send("POST", LIST, sent)

    assert answered.status == 201
    assert answered.json == store.get(CLAIMS, "data", "shop")


async def test_a_name_can_be_generated(client: Client) -> None:
    answered = await client.send("POST", POD_LIST, {"metadata": {"generateName": "p-"}, "spec": pod("p")["spec"]})

    assert answered.status == 201
    assert answered.json["metadata"]["name"].startswith("p-")


async def test_replacing_needs_the_latest_version_when_it_names_one(store: ObjectStore, client: Client) -> None:
    first = store.create(CLAIMS, claim("data"))
    labeled = {**first, "metadata": {**first["metadata"], "labels": {"a": "b"}}}

    accepted = await client.send("PUT", f"{LIST}/data", labeled)
    refused = await client.send("PUT", f"{LIST}/data", labeled | {"status": {}})

    assert accepted.json["metadata"]["labels"] == {"a": "b"}
    assert (refused.status, refused.json["reason"]) == (409, "Conflict")
    assert refused.json["message"].endswith("please apply your changes to the latest version and try again")
    assert refused.json["details"] == {"name": "data", "kind": "persistentvolumeclaims"}


async def test_patches_of_all_three_kinds(store: ObjectStore, client: Client) -> None:
    store.create(CLAIMS, claim("data"))
    uid = store.get(CLAIMS, "data", "shop")["metadata"]["uid"]

    merged = await client.send("PATCH", f"{LIST}/data", {"metadata": {"labels": {"a": "b"}}}, MERGE)
    strategic = await client.send("PATCH", f"{LIST}/data", {"metadata": {"annotations": {"c": "d"}}}, STRATEGIC)
    guarded = [{"op": "test", "path": "/metadata/uid", "value": uid}, {"op": "remove", "path": "/metadata/labels"}]
    listed = await client.send("PATCH", f"{LIST}/data", guarded, JSON_PATCH)

    assert [answer.status for answer in (merged, strategic, listed)] == [200, 200, 200]
    assert "labels" not in listed.json["metadata"]
    assert listed.json["metadata"]["annotations"] == {"c": "d"}


async def test_a_guarded_patch_does_nothing_to_another_object(store: ObjectStore, client: Client) -> None:
    store.create(CLAIMS, claim("data"))
    version = store.version
    guarded = [{"op": "test", "path": "/metadata/uid", "value": "x"}, {"op": "remove", "path": "/metadata/finalizers"}]

    refused = await client.send("PATCH", f"{LIST}/data", guarded, JSON_PATCH)

    assert refused.status == 422
    assert store.version == version


async def test_a_patch_with_an_older_version_conflicts(store: ObjectStore, client: Client) -> None:
    first = store.create(CLAIMS, claim("data"))
    bind(store, "data")
    patch = {"metadata": {"resourceVersion": first["metadata"]["resourceVersion"]}, **size("2Gi")}

    assert (await client.send("PATCH", f"{LIST}/data", patch, MERGE)).status == 409


async def test_a_patch_to_what_cannot_be_decoded_tells_the_whole_of_it(store: ObjectStore, client: Client) -> None:
    store.create(CLAIMS, claim("data"))

    refused = await client.send("PATCH", f"{LIST}/data", size("1Gx"), MERGE)

    assert refused.status == 422
    assert refused.json["message"].startswith(' "" is invalid: patch: Invalid value: "{')
    assert "quantities must match the regular expression" in refused.json["message"]


async def test_dry_runs_are_checked_like_the_real_thing_and_kept_nowhere(store: ObjectStore, client: Client) -> None:
    store.create(CLAIMS, claim("data", storageClassName="rigid"))
    bind(store, "data")
    version = store.version

    created = await client.send("POST", f"{LIST}?dryRun=All", claim("other"))
    taken = await client.send("POST", f"{LIST}?dryRun=All", claim("data"))
    grown = await client.send("PATCH", f"{LIST}/data?dryRun=All", size("2Gi"), MERGE)
    deleted = await client.send("DELETE", f"{LIST}/data", {"dryRun": ["All"]})
    unknown = await client.send("POST", f"{LIST}?dryRun=Some", claim("other"))

    assert [answer.status for answer in (created, taken, grown, deleted, unknown)] == [201, 409, 403, 200, 422]
    assert store.version == version


async def test_deleting_answers_with_the_object_or_a_status_as_its_kind_has_it(
    store: ObjectStore, client: Client
) -> None:
    store.create(CLAIMS, claim("data"))
    store.create("configmaps", {"metadata": {"name": "c", "namespace": "shop"}})
    uid = store.get("configmaps", "c", "shop")["metadata"]["uid"]

    marked = await client.send("DELETE", f"{LIST}/data")
    gone = await client.send("DELETE", "/api/v1/namespaces/shop/configmaps/c")

    assert marked.json["kind"] == "PersistentVolumeClaim"
    assert gone.json["status"] == "Success"
    assert gone.json["details"] == {"name": "c", "kind": "configmaps", "uid": uid}


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ({"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 5}, ""),
        (None, "?gracePeriodSeconds=5"),
        ({"gracePeriodSeconds": 5}, "?gracePeriodSeconds=60"),
    ],
)
async def test_grace_comes_with_the_body_or_the_query(
    store: ObjectStore, client: Client, body: Any, query: str
) -> None:
    store.create(PODS, pod("p", nodeName="n"))

    answered = await client.send("DELETE", f"{POD_LIST}/p{query}", body)

    assert answered.json["metadata"]["deletionGracePeriodSeconds"] == 5


@pytest.mark.parametrize(
    ("options", "finalizers"),
    [
        ({"propagationPolicy": "Orphan"}, ["orphan"]),
        ({"orphanDependents": True}, ["orphan"]),
        ({"propagationPolicy": "Foreground"}, ["foregroundDeletion"]),
    ],
)
async def test_how_dependents_go_comes_with_the_options(
    store: ObjectStore, client: Client, options: Any, finalizers: list[str]
) -> None:
    store.create(SETS, stateful_set("db"))

    assert (await client.send("DELETE", DB, options)).json["metadata"]["finalizers"] == finalizers


async def test_a_collection_is_deleted_by_selector(store: ObjectStore, client: Client) -> None:
    for name, app in (("a", "db"), ("b", "web"), ("c", "db")):
        store.create(PODS, pod(name, labels={"app": app}))

    answered = await client.send("DELETE", f"{POD_LIST}?labelSelector=app=db")

    assert names(answered.json) == ["a", "c"]
    assert [item["metadata"]["name"] for item in store.list(PODS)] == ["b"]


async def test_scale_reads_and_writes_the_replicas_alone(store: ObjectStore, client: Client) -> None:
    store.create(SETS, stateful_set("db"))

    read = await client.get(f"{DB}/scale")
    patched = await client.send("PATCH", f"{DB}/scale", {"spec": {"replicas": 5}}, MERGE)
    replaced = await client.send("PUT", f"{DB}/scale", {**patched.json, "spec": {"replicas": 2}})
    stale = await client.send("PUT", f"{DB}/scale", {**patched.json, "spec": {"replicas": 7}})

    assert (read["kind"], read["spec"], read["status"]) == (
        "Scale",
        {"replicas": 3},
        {"replicas": 0, "selector": "app=db"},
    )
    assert (patched.status, patched.json["spec"]["replicas"]) == (200, 5)
    assert (replaced.status, stale.status) == (200, 409)
    assert store.get(SETS, "db", "shop")["spec"]["replicas"] == 2


async def test_status_is_written_alone(store: ObjectStore, client: Client) -> None:
    store.create(SETS, stateful_set("db"))

    patch = {"spec": {"replicas": 9}, "status": {"readyReplicas": 1, "replicas": 1}}
    answered = await client.send("PATCH", f"{DB}/status", patch, MERGE)

    assert (answered.json["spec"]["replicas"], answered.json["status"]["readyReplicas"]) == (3, 1)


async def test_a_binding_puts_a_pod_on_a_node(store: ObjectStore, client: Client) -> None:
    store.create(PODS, pod("p"))
    body = {"kind": "Binding", "apiVersion": "v1", "metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n"}}

    answered = await client.send("POST", f"{POD_LIST}/p/binding", body)

    assert (answered.status, answered.json["status"]) == (201, "Success")
    assert store.get(PODS, "p", "shop")["spec"]["nodeName"] == "n"


async def test_an_eviction_deletes_a_pod_unless_its_budget_forbids_it(store: ObjectStore, client: Client) -> None:
    budgets = "poddisruptionbudgets.policy"
    for name in ("p", "q"):
        store.create(PODS, pod(name, labels={"app": "db"}, nodeName="n"))
        store.modify(PODS, name, "shop", lambda obj: obj["status"].update(phase="Running"), subresource="status")
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "db"}}}
    store.create(budgets, {"metadata": {"name": "b", "namespace": "shop"}, "spec": spec})

    def allow(count: int) -> None:
        store.modify(
            budgets, "b", "shop", lambda obj: obj["status"].update(disruptionsAllowed=count), subresource="status"
        )

    def eviction(name: str) -> Any:
        return {"kind": "Eviction", "apiVersion": "policy/v1", "metadata": {"name": name}}

    allow(1)
    granted = await client.send("POST", f"{POD_LIST}/p/eviction", eviction("p"))
    refused = await client.send("POST", f"{POD_LIST}/q/eviction", eviction("q"))

    assert granted.status == 201
    going = store.get(PODS, "p", "shop")
    assert going["metadata"]["deletionGracePeriodSeconds"] == 30
    assert going["status"]["conditions"][-1]["type"] == "DisruptionTarget"
    assert refused.status == 429
    assert refused.json["message"] == "Cannot evict pod as it would violate the pod's disruption budget."
    assert refused.json["details"]["causes"][0]["reason"] == "DisruptionBudget"
    assert "deletionTimestamp" not in store.get(PODS, "q", "shop")["metadata"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/api/v1/pods", 405),
        ("PUT", POD_LIST, 405),
        ("PATCH", POD_LIST, 405),
        ("POST", f"{POD_LIST}/p", 405),
        ("GET", f"{POD_LIST}/p/eviction", 405),
        ("GET", f"{POD_LIST}/p/log", 404),
        ("DELETE", f"{POD_LIST}/p/status", 405),
        ("DELETE", "/api/v1/namespaces", 405),
        ("BREW", POD_LIST, 405),
        ("GET", "/api/v1/nothings", 404),
        ("GET", "/apis/apps/v1beta1/statefulsets", 404),
        ("GET", "/apis/none.example/v1/things", 404),
        ("GET", "/api/v1/namespaces/shop/nodes", 404),
        ("GET", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", 405),
    ],
)
async def test_what_cannot_be_done_is_refused(client: Client, method: str, path: str, status: int) -> None:
    assert (await client.send(method, path, {} if method != "GET" else None)).status == status


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"", "application/json", 400),
        (b"kind: Pod", "application/yaml", 415),
        (b'{"kind":"Node","apiVersion":"v1"}', "application/json", 400),
        (b'{"kind":"Pod","apiVersion":"v9"}', "application/json", 400),
        (b'{"metadata":{"name":"p","namespace":"other"}}', "application/json", 400),
        (b'{"metadata":3}', "application/json", 400),
    ],
)
async def test_bodies_that_are_no_object_of_the_kind_are_refused(
    client: Client, body: bytes, content_type: str, status: int
) -> None:
    assert (await client.send("POST", POD_LIST, body, content_type)).status == status


async def test_two_writers_do_not_lose_each_others_words(store: ObjectStore, client: Client) -> None:
    store.create(CLAIMS, claim("data"))

    async def annotate(key: str) -> int:
        return (await client.send("PATCH", f"{LIST}/data", {"metadata": {"annotations": {key: "x"}}}, MERGE)).status

    assert await asyncio.gather(*(annotate(f"k{number}") for number in range(20))) == [200] * 20
    assert len(store.get(CLAIMS, "data", "shop")["metadata"]["annotations"]) == 20
