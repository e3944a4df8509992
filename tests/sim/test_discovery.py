from typing import Any

import pytest

from storagetui.sim.faults import Absent, Match
from storagetui.sim.protobuf import decoded
from storagetui.sim.resources import RESOURCES, named
from storagetui.sim.server import SimApi
from tests.sim.client import Client

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
SNAPSHOTS = "snapshot.storage.k8s.io"


async def test_groups_and_versions_are_named(client: Client) -> None:
    versions = await client.get("/api")
    groups = await client.get("/apis")
    apps = await client.get("/apis/apps")

    assert versions["versions"] == ["v1"]
    assert {"apps", "storage.k8s.io", "coordination.k8s.io", SNAPSHOTS} <= {item["name"] for item in groups["groups"]}
    assert apps["preferredVersion"] == {"groupVersion": "apps/v1", "version": "v1"}


async def test_every_resource_is_in_the_documents_of_both_kinds(client: Client) -> None:
    listed: dict[tuple[str, str], Any] = {}
    for place in ("/api/v1", *(f"/apis/{kind.api_version}" for kind in RESOURCES if kind.group)):
        document = await client.get(place)
        listed |= {(document["groupVersion"], item["name"]): item for item in document["resources"]}
    aggregated: dict[tuple[str, str, str], Any] = {}
    for place in ("/api", "/apis"):
        answered = await client.send("GET", place, accept=AGGREGATED)
        assert answered.headers["Content-Type"].startswith("application/json;g=apidiscovery.k8s.io;v=v2")
        for group in answered.json["items"]:
            for version in group["versions"]:
                aggregated |= {
                    (item["responseKind"]["group"], version["version"], item["resource"]): item
                    for item in version["resources"]
                }

    for kind in RESOURCES:
        item = listed[kind.api_version, kind.plural]
        other = aggregated[kind.group, kind.version, kind.plural]
        assert item["kind"] == other["responseKind"]["kind"] == kind.kind
        assert item["namespaced"] == kind.namespaced == (other["scope"] == "Namespaced")
        assert item["verbs"] == other["verbs"]
        assert item.get("shortNames", []) == other.get("shortNames", []) == list(kind.short_names)
        for subresource in kind.subresources:
            assert (kind.api_version, f"{kind.plural}/{subresource}") in listed
        assert [part["subresource"] for part in other.get("subresources", [])] == list(kind.subresources)


async def test_the_version_is_that_of_a_simulation(client: Client) -> None:
    version = await client.get("/version")

    assert (version["major"], version["minor"]) == ("1", "37")
    assert version["gitVersion"].endswith("+simulated")


async def test_what_is_not_served_is_not_named(api: SimApi) -> None:
    client = Client(api)
    lift = [api.faults.add(Absent(), Match(resource=kind.name)) for kind in RESOURCES if kind.group == SNAPSHOTS]
    hidden = await client.get("/apis")
    missing = await client.send("GET", f"/apis/{SNAPSHOTS}/v1/volumesnapshots")
    for undo in lift:
        undo()
    back = await client.get("/apis")

    assert SNAPSHOTS not in {item["name"] for item in hidden["groups"]}
    assert missing.status == 404
    assert SNAPSHOTS in {item["name"] for item in back["groups"]}


async def test_openapi_tells_kubectl_what_it_asks(client: Client) -> None:
    index = await client.get("/openapi/v3")
    apps = await client.get(index["paths"]["apis/apps/v1"]["serverRelativeURL"])
    core = await client.get("/openapi/v3/api/v1")

    patch = apps["paths"]["/apis/apps/v1/namespaces/{namespace}/statefulsets/{name}"]["patch"]
    assert "fieldValidation" in [parameter["name"] for parameter in patch["parameters"]]
    assert patch["x-kubernetes-group-version-kind"] == {"group": "apps", "version": "v1", "kind": "StatefulSet"}
    assert "core.v1.PersistentVolumeClaim" in core["components"]["schemas"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/apis/none.example", 404), ("/apis/apps/v9", 404), ("/api/v9", 404), ("/nothing", 404), ("/openapi/v3/x", 404)],
)
async def test_what_is_nowhere_is_not_found(client: Client, path: str, status: int) -> None:
    assert (await client.send("GET", path)).status == status


async def test_discovery_is_read_only(client: Client) -> None:
    assert (await client.send("POST", "/apis", {})).status == 405


def test_a_resource_is_known_by_its_group_resource() -> None:
    kind = named("statefulsets.apps")

    assert (kind.kind, kind.api_version, kind.has_status) == ("StatefulSet", "apps/v1", True)
    with pytest.raises(LookupError, match="write it as kubectl does"):
        named("sts")


NAMESPACE = (
    b"k8s\x00\n\x0f\n\x02v1\x12\tNamespace\x12\x1c\n\x1a\n\x04shop\x12\x00\x1a\x00\x22\x00\x2a\x00\x32\x00\x38\x00"
    b"Z\x06\n\x01a\x12\x01b"
)


def test_protobuf_of_typed_clients_is_understood() -> None:
    assert decoded(NAMESPACE)["metadata"]["name"] == "shop"
    assert decoded(NAMESPACE)["metadata"]["labels"] == {"a": "b"}


async def test_kubectls_typed_bodies_are_taken(client: Client) -> None:
    body = NAMESPACE.replace(b"\x04shop", b"\x04sh-2")

    answered = await client.send("POST", "/api/v1/namespaces", body, "application/vnd.kubernetes.protobuf")

    assert (answered.status, answered.json["metadata"]["name"]) == (201, "sh-2")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"k8s\x00\n\x0a\n\x02v1\x12\x04Node", 415),
        (b"{}", 400),
        (NAMESPACE[:30], 400),
        (b"k8s\x00\xff", 400),
    ],
)
async def test_other_protobuf_is_not(client: Client, body: bytes, status: int) -> None:
    answered = await client.send("POST", "/api/v1/namespaces", body, "application/vnd.kubernetes.protobuf")

    assert answered.status == status
