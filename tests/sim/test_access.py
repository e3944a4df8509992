from typing import Any

import pytest

from storagetui.kube.api import Request
from storagetui.sim.access import ANONYMOUS, READ, Rule
from storagetui.sim.server import SimApi
from storagetui.sim.store import ObjectStore
from tests.sim.client import MERGE, Client
from tests.sim.given import CLAIMS, claim

ALL = "/api/v1/persistentvolumeclaims"
SHOP = "/api/v1/namespaces/shop/persistentvolumeclaims"
OTHER = "/api/v1/namespaces/other/persistentvolumeclaims"
REVIEWS = "/apis/authorization.k8s.io/v1"


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("admin", [200, 200, 200, 200]),
        ("viewer", [200, 200, 403, 403]),
        ("tenant", [403, 200, 403, 200]),
        ("nobody", [403, 403, 403, 403]),
        ("stranger", [401, 401, 401, 401]),
        ("", [200, 200, 200, 200]),
    ],
)
async def test_users_may_what_they_may(store: ObjectStore, api: SimApi, user: str, expected: list[int]) -> None:
    store.create(CLAIMS, claim("data"))
    store.create(CLAIMS, claim("data", namespace="other"))
    client = Client(api, user)
    patch = {"metadata": {"labels": {"a": "b"}}}

    answers = [
        await client.send("GET", ALL),
        await client.send("GET", SHOP),
        await client.send("PATCH", f"{OTHER}/data", patch, MERGE),
        await client.send("PATCH", f"{SHOP}/data", patch, MERGE),
    ]

    assert [answer.status for answer in answers] == expected


IN_SHOP = 'in the namespace "shop"'
EVERYWHERE = "at the cluster scope"
SETS = "/apis/apps/v1/namespaces/shop/statefulsets"


@pytest.mark.parametrize(
    ("method", "path", "subject", "wanted"),
    [
        ("GET", "/api/v1/pods", "pods", f'list resource "pods" in API group "" {EVERYWHERE}'),
        ("GET", "/api/v1/namespaces/shop/pods?watch=1", "pods", f'watch resource "pods" in API group "" {IN_SHOP}'),
        (
            "GET",
            "/api/v1/namespaces/shop/pods?fieldSelector=metadata.name=p",
            'pods "p"',
            f'list resource "pods" in API group "" {IN_SHOP}',
        ),
        (
            "DELETE",
            "/apis/storage.k8s.io/v1/volumeattachments/a",
            'volumeattachments.storage.k8s.io "a"',
            f'delete resource "volumeattachments" in API group "storage.k8s.io" {EVERYWHERE}',
        ),
        (
            "PATCH",
            f"{SETS}/db/scale",
            'statefulsets.apps "db"',
            f'patch resource "statefulsets/scale" in API group "apps" {IN_SHOP}',
        ),
        (
            "GET",
            "/api/v1/namespaces/shop",
            'namespaces "shop"',
            f'get resource "namespaces" in API group "" {IN_SHOP}',
        ),
        (
            "GET",
            "/apis/none.example/v1/things",
            "things.none.example",
            f'list resource "things" in API group "none.example" {EVERYWHERE}',
        ),
    ],
)
async def test_a_refusal_says_what_was_not_allowed(
    api: SimApi, method: str, path: str, subject: str, wanted: str
) -> None:
    refused = await Client(api, "nobody").send(method, path)

    assert (refused.status, refused.json["reason"]) == (403, "Forbidden")
    assert refused.json["message"] == f'{subject} is forbidden: User "nobody" cannot {wanted}'


async def test_paths_are_refused_as_paths(api: SimApi) -> None:
    refused = await Client(api, "nobody").send("GET", "/metrics")

    assert refused.json["message"] == 'forbidden: User "nobody" cannot get path "/metrics"'


@pytest.mark.parametrize("path", ["/api", "/apis", "/api/v1", "/apis/apps/v1", "/version", "/openapi/v3", "/readyz"])
async def test_whoever_logs_in_may_look_around(api: SimApi, path: str) -> None:
    assert (await Client(api, "nobody").send("GET", path)).status == 200


async def test_a_stranger_sees_the_version_and_no_more(api: SimApi) -> None:
    for path, status in (("/version", 200), ("/healthz", 200), ("/api", 403), (ALL, 403)):
        async with api.open_for(Request(path=path), ANONYMOUS) as answer:
            body = b"".join([chunk async for chunk in answer.chunks()])
            assert answer.status == status
            assert status == 200 or b"system:anonymous" in body


async def test_rights_may_change_while_the_server_runs(store: ObjectStore, api: SimApi) -> None:
    client = Client(api, "nobody")
    before = await client.send("GET", ALL)
    api.access.grant("nobody", Rule(verbs=READ, groups=("",), resources=(CLAIMS,)))
    after = await client.send("GET", ALL)
    other = await client.send("GET", "/api/v1/pods")

    assert (before.status, after.status, other.status) == (403, 200, 403)


async def test_a_rule_may_be_for_single_names(store: ObjectStore, api: SimApi) -> None:
    store.create(CLAIMS, claim("data"))
    store.create(CLAIMS, claim("other"))
    api.access.grant("nobody", Rule(verbs=("get", "list"), groups=("",), resources=(CLAIMS,), names=("data",)))
    client = Client(api, "nobody")

    statuses = [
        (await client.send("GET", path)).status
        for path in (f"{SHOP}/data", f"{SHOP}/other", SHOP, f"{SHOP}?fieldSelector=metadata.name=data")
    ]

    assert statuses == [200, 403, 403, 200]


async def test_one_user_may_act_for_another(api: SimApi) -> None:
    async def ask(user: str, *headers: tuple[str, str]) -> tuple[int, bytes]:
        request = Request(path=ALL, headers=(("Authorization", f"Bearer {user}-token"), *headers))
        async with api.open(request) as answer:
            return answer.status, b"".join([chunk async for chunk in answer.chunks()])

    as_nobody = await ask("admin", ("Impersonate-User", "nobody"))
    as_master = await ask("admin", ("Impersonate-User", "nobody"), ("Impersonate-Group", "system:masters"))
    not_allowed = await ask("viewer", ("Impersonate-User", "admin"))

    assert as_nobody[0] == 403
    assert as_master[0] == 200
    assert not_allowed[0] == 403
    assert (
        b'users \\"admin\\" is forbidden: User \\"viewer\\" cannot impersonate resource \\"users\\"' in not_allowed[1]
    )


def wish(**attributes: str) -> Any:
    return {"kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": attributes}}


@pytest.mark.parametrize(
    ("user", "attributes", "allowed"),
    [
        ("admin", {"verb": "delete", "resource": "persistentvolumes"}, True),
        ("viewer", {"verb": "list", "resource": "pods"}, True),
        ("viewer", {"verb": "list", "resource": "secrets"}, False),
        ("restricted", {"verb": "watch", "resource": "statefulsets", "group": "apps"}, True),
        ("restricted", {"verb": "watch", "resource": "persistentvolumes"}, False),
        ("viewer", {"verb": "patch", "resource": "pods", "namespace": "shop"}, False),
        (
            "tenant",
            {"verb": "patch", "resource": "statefulsets", "subresource": "scale", "group": "apps", "namespace": "shop"},
            True,
        ),
        ("tenant", {"verb": "get", "resource": "pods", "namespace": "other"}, False),
        ("nobody", {"verb": "get", "resource": "pods"}, False),
    ],
)
async def test_a_review_answers_what_the_request_would_meet(
    api: SimApi, user: str, attributes: dict[str, str], allowed: bool
) -> None:
    answered = await Client(api, user).send("POST", f"{REVIEWS}/selfsubjectaccessreviews", wish(**attributes))

    assert answered.status == 201
    assert answered.json["status"]["allowed"] is allowed
    assert answered.json["spec"] == {"resourceAttributes": attributes}


async def test_reviews_about_paths_others_and_oneself(api: SimApi) -> None:
    nobody, admin = Client(api, "nobody"), Client(api, "admin")
    path = {"spec": {"nonResourceAttributes": {"verb": "get", "path": "/version"}}}
    about = {"spec": {"user": "viewer", "resourceAttributes": {"verb": "list", "resource": "pods"}}}

    of_path = await nobody.send("POST", f"{REVIEWS}/selfsubjectaccessreviews", path)
    of_other = await admin.send("POST", f"{REVIEWS}/subjectaccessreviews", about)
    not_allowed = await nobody.send("POST", f"{REVIEWS}/subjectaccessreviews", about)
    who = await nobody.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {})
    rules = await Client(api, "tenant").send(
        "POST", f"{REVIEWS}/selfsubjectrulesreviews", {"spec": {"namespace": "shop"}}
    )
    empty = await nobody.send("POST", f"{REVIEWS}/selfsubjectaccessreviews", {"spec": {}})

    assert of_path.json["status"]["allowed"] is True
    assert of_other.json["status"]["allowed"] is True
    assert not_allowed.status == 403
    assert who.json["status"]["userInfo"]["username"] == "nobody"
    assert {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]} in rules.json["status"]["resourceRules"]
    assert empty.status == 422


def test_an_unknown_user_has_no_token(api: SimApi) -> None:
    with pytest.raises(LookupError, match="there are admin"):
        api.access.token_of("ghost")
