"""The official Python client against an API server: what a program that knows nothing of ours can do with it.

The same tests run against a real cluster: tests/realcluster/test_witness.py has `cluster_kubeconfig` of its own.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import kubernetes
import kubernetes.dynamic
import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic.exceptions import NotFoundError

from tests.realcluster.waiting import wait_until

WITHIN_S = 60.0
FEW = 7


OFFICIAL: Any = kubernetes
"""The client without its types: they make everything optional and want models where it takes plain objects too."""


class Place(NamedTuple):
    """A namespace of the test's own, and the client's APIs."""

    namespace: str
    api: Any
    core: Any
    apps: Any

    def claim(self, name: str, size: str = "1Gi", **labels: str) -> dict[str, Any]:
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
        spec |= {"storageClassName": f"{self.namespace}-none"}
        return {"metadata": {"name": name, "labels": labels}, "spec": spec}

    def create_claim(self, name: str, **labels: str) -> Any:
        return self.core.create_namespaced_persistent_volume_claim(self.namespace, self.claim(name, **labels))


@pytest.fixture
def place(cluster_kubeconfig: Path) -> Iterator[Place]:
    """The client, configured from the kubeconfig, and a namespace that is removed in the end."""
    api = OFFICIAL.config.new_client_from_config(str(cluster_kubeconfig))
    core = OFFICIAL.client.CoreV1Api(api)
    namespace = f"witness-{secrets.token_hex(3)}"
    core.create_namespace({"metadata": {"name": namespace}})
    with api:
        try:
            yield Place(namespace, api, core, OFFICIAL.client.AppsV1Api(api))
        finally:
            core.delete_namespace(namespace)


def refusal_of(ask: Callable[[], Any]) -> ApiException:
    """The error that a call ends in."""
    with pytest.raises(ApiException) as caught:
        ask()
    return caught.value


def test_a_typed_list_has_typed_objects(place: Place) -> None:
    place.create_claim("data", app="db")

    found = place.core.list_namespaced_persistent_volume_claim(place.namespace)

    assert [item.metadata.name for item in found.items] == ["data"]
    claim = found.items[0]
    assert claim.metadata.creation_timestamp.tzinfo is not None
    assert claim.metadata.finalizers == ["kubernetes.io/pvc-protection"]
    assert claim.spec.resources.requests == {"storage": "1Gi"}
    assert claim.spec.volume_mode == "Filesystem"
    assert claim.status.phase == "Pending"


def test_selectors_choose(place: Place) -> None:
    place.create_claim("one", app="db", tier="a")
    place.create_claim("two", app="db", tier="b")
    place.create_claim("three", app="web")

    def names(**chosen: str) -> list[str]:
        found = place.core.list_namespaced_persistent_volume_claim(place.namespace, **chosen)
        return [item.metadata.name for item in found.items]

    assert names(label_selector="app=db") == ["one", "two"]
    assert names(label_selector="tier in (a,c)") == ["one"]
    assert names(label_selector="!tier") == ["three"]
    assert names(label_selector="app!=db") == ["three"]
    assert names(field_selector="metadata.name=two") == ["two"]


def test_pages_make_up_a_list(place: Place) -> None:
    for number in range(FEW):
        place.create_claim(f"c-{number}")
    names: list[str] = []
    token, remaining = "", []

    while True:
        page = place.core.list_namespaced_persistent_volume_claim(place.namespace, limit=3, _continue=token)
        names += [item.metadata.name for item in page.items]
        token = page.metadata._continue
        remaining.append(page.metadata.remaining_item_count)
        if len(names) == 3:
            place.core.delete_namespaced_persistent_volume_claim(f"c-{FEW - 1}", place.namespace)
            place.create_claim("late")
        if not token:
            break

    assert names == [f"c-{number}" for number in range(FEW)]
    assert remaining == [4, 1, None]


def test_a_watch_tells_what_happens(place: Place) -> None:
    version = place.core.list_namespaced_config_map(place.namespace).metadata.resource_version
    seen: list[tuple[str, str]] = []

    def act() -> None:
        time.sleep(0.2)
        place.core.create_namespaced_config_map(place.namespace, {"metadata": {"name": "watched"}, "data": {"a": "1"}})
        place.core.patch_namespaced_config_map("watched", place.namespace, {"data": {"a": "2"}})
        place.core.delete_namespaced_config_map("watched", place.namespace)

    actor = threading.Thread(target=act)
    actor.start()
    stream = OFFICIAL.watch.Watch()
    for event in stream.stream(
        place.core.list_namespaced_config_map,
        place.namespace,
        resource_version=version,
        field_selector="metadata.name=watched",
        timeout_seconds=30,
    ):
        seen.append((event["type"], event["object"].data["a"]))
        if event["type"] == "DELETED":
            stream.stop()
    actor.join()

    assert seen == [("ADDED", "1"), ("MODIFIED", "2"), ("DELETED", "2")]


def test_a_watch_ends_with_its_timeout(place: Place) -> None:
    started = time.monotonic()

    events = list(OFFICIAL.watch.Watch().stream(place.core.list_namespaced_secret, place.namespace, timeout_seconds=1))

    assert events == []
    assert time.monotonic() - started >= 1


def test_patches_change_what_they_name(place: Place) -> None:
    place.create_claim("data", app="db")
    patch = place.core.patch_namespaced_persistent_volume_claim

    merged = patch("data", place.namespace, {"metadata": {"labels": {"tier": "a"}}})
    listed = patch("data", place.namespace, [{"op": "remove", "path": "/metadata/labels/app"}])

    assert merged.metadata.labels == {"app": "db", "tier": "a"}
    assert listed.metadata.labels == {"tier": "a"}
    failed = refusal_of(lambda: patch("data", place.namespace, [{"op": "test", "path": "/metadata/uid", "value": "x"}]))
    assert (failed.status, failed.reason) == (422, "Unprocessable Entity")


def test_a_replacement_needs_the_latest_version(place: Place) -> None:
    first = place.create_claim("data")
    place.core.patch_namespaced_persistent_volume_claim("data", place.namespace, {"metadata": {"labels": {"a": "b"}}})
    first.metadata.labels = {"c": "d"}

    refused = refusal_of(lambda: place.core.replace_namespaced_persistent_volume_claim("data", place.namespace, first))

    assert refused.status == 409
    assert "the object has been modified" in str(refused.body)


def test_a_deletion_heeds_its_preconditions(place: Place) -> None:
    made = place.core.create_namespaced_config_map(place.namespace, {"metadata": {"name": "kept"}})
    delete = place.core.delete_namespaced_config_map

    other = OFFICIAL.client.V1DeleteOptions(preconditions=OFFICIAL.client.V1Preconditions(uid="another"))
    refused = refusal_of(lambda: delete("kept", place.namespace, body=other))
    same = OFFICIAL.client.V1DeleteOptions(preconditions=OFFICIAL.client.V1Preconditions(uid=made.metadata.uid))
    answer = delete("kept", place.namespace, body=same)

    assert refused.status == 409
    assert answer["status"] == "Success"
    assert refusal_of(lambda: place.core.read_namespaced_config_map("kept", place.namespace)).status == 404


def test_a_dry_run_keeps_everything(place: Place) -> None:
    place.core.create_namespaced_config_map(place.namespace, {"metadata": {"name": "kept"}, "data": {"a": "1"}})

    place.core.create_namespaced_config_map(place.namespace, {"metadata": {"name": "dry"}}, dry_run="All")
    changed = place.core.patch_namespaced_config_map("kept", place.namespace, {"data": {"a": "2"}}, dry_run="All")
    place.core.delete_namespaced_config_map("kept", place.namespace, dry_run="All")

    assert changed.data == {"a": "2"}
    assert refusal_of(lambda: place.core.read_namespaced_config_map("dry", place.namespace)).status == 404
    assert place.core.read_namespaced_config_map("kept", place.namespace).data == {"a": "1"}


def test_refusals_have_their_codes(place: Place) -> None:
    place.create_claim("data")
    create = place.core.create_namespaced_persistent_volume_claim

    assert refusal_of(lambda: place.create_claim("data")).status == 409
    assert refusal_of(lambda: create(place.namespace, place.claim("b", "0"))).status == 422
    assert refusal_of(lambda: create(place.namespace, place.claim("b", "1Gx"))).status == 400
    assert refusal_of(lambda: place.core.read_namespaced_pod("none", place.namespace)).status == 404


def test_a_set_is_scaled_and_its_templates_stay(place: Place) -> None:
    labels = {"app": "db"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "registry.example/i"}]}}
    spec = {"replicas": 0, "serviceName": "db", "selector": {"matchLabels": labels}, "template": template}
    spec |= {"volumeClaimTemplates": [place.claim("data")]}
    place.apps.create_namespaced_stateful_set(place.namespace, {"metadata": {"name": "db"}, "spec": spec})
    grown = [{"op": "replace", "path": "/spec/volumeClaimTemplates/0/spec/resources/requests/storage", "value": "2Gi"}]

    scale = place.apps.read_namespaced_stateful_set_scale("db", place.namespace)
    refused = refusal_of(lambda: place.apps.patch_namespaced_stateful_set("db", place.namespace, grown))
    place.apps.delete_namespaced_stateful_set("db", place.namespace, propagation_policy="Orphan")

    assert (scale.spec.replicas, scale.status.selector) == (None, "app=db")
    assert refused.status == 422
    assert "field is immutable" in str(refused.body)
    wait_until(lambda: not place.apps.list_namespaced_stateful_set(place.namespace).items, WITHIN_S, "the set gone")


def test_a_pod_without_a_node_goes_at_once(place: Place) -> None:
    spec = {"schedulerName": "nobody", "containers": [{"name": "c", "image": "registry.example/i"}]}
    body = {"metadata": {"name": "p"}, "spec": {**spec, "automountServiceAccountToken": False}}

    def created() -> bool:
        try:
            place.core.create_namespaced_pod(place.namespace, body)
        except ApiException as error:
            if error.status == 403:  # a real cluster makes the service account first
                return False
            raise
        return True

    wait_until(created, WITHIN_S, "the pod created")

    place.core.delete_namespaced_pod("p", place.namespace, grace_period_seconds=30)

    assert refusal_of(lambda: place.core.read_namespaced_pod("p", place.namespace)).status == 404


def test_reviews_tell_rights(place: Place) -> None:
    wish = OFFICIAL.client.V1ResourceAttributes(
        verb="delete", resource="persistentvolumeclaims", namespace=place.namespace
    )
    review = OFFICIAL.client.V1SelfSubjectAccessReview(
        spec=OFFICIAL.client.V1SelfSubjectAccessReviewSpec(resource_attributes=wish)
    )

    answer = OFFICIAL.client.AuthorizationV1Api(place.api).create_self_subject_access_review(review)

    assert answer.status.allowed is True


def test_the_dynamic_client_finds_its_way(place: Place) -> None:
    place.create_claim("data", app="db")
    explorer = OFFICIAL.dynamic.DynamicClient(place.api)

    claims = explorer.resources.get(api_version="v1", kind="PersistentVolumeClaim")
    found = claims.get(namespace=place.namespace, label_selector="app=db")
    claims.patch(
        body={"metadata": {"annotations": {"a": "b"}}},
        name="data",
        namespace=place.namespace,
        content_type="application/merge-patch+json",
    )
    attachments = explorer.resources.get(api_version="storage.k8s.io/v1", kind="VolumeAttachment")

    assert [item.metadata.name for item in found.items] == ["data"]
    assert claims.get(name="data", namespace=place.namespace).metadata.annotations.a == "b"
    assert isinstance(attachments.get().items, list)
    with pytest.raises(NotFoundError):
        claims.get(name="none", namespace=place.namespace)
