import asyncio

import pytest

from storagetui.sim.refusal import Refusal
from storagetui.sim.wire import Json
from tests.sim.given import CLAIMS, CLASSES, PODS, VOLUMES, bind, claim, grow, pod, storage_class, store_with, volume

DEFAULT = {"storageclass.kubernetes.io/is-default-class": "true"}


def default_class(name: str) -> Json:
    made = storage_class(name)
    made["metadata"]["annotations"] = DEFAULT
    return made


def without_class(name: str) -> Json:
    made = claim(name)
    del made["spec"]["storageClassName"]
    return made


async def test_a_namespace_must_be_there() -> None:
    with pytest.raises(Refusal, match='namespaces "nowhere" not found') as error:
        store_with("shop").create(CLAIMS, claim("data", namespace="nowhere"))

    assert error.value.code == 404


async def test_a_claim_that_names_no_class_gets_the_newest_default() -> None:
    store = store_with("shop")
    before = store.create(CLAIMS, without_class("before"))
    store.create(CLASSES, default_class("old"))
    await asyncio.sleep(60)
    store.create(CLASSES, default_class("new"))

    after = store.create(CLAIMS, without_class("after"))
    none = store.create(CLAIMS, claim("none", storageClassName=""))

    assert "storageClassName" not in before["spec"]
    assert after["spec"]["storageClassName"] == "new"
    assert none["spec"]["storageClassName"] == ""


async def test_of_defaults_of_one_age_the_first_by_name_counts() -> None:
    store = store_with("shop")
    for name in ("b", "a", "c"):
        store.create(CLASSES, default_class(name))

    assert store.create(CLAIMS, without_class("data"))["spec"]["storageClassName"] == "a"


async def test_claims_and_volumes_are_protected_from_their_beginning() -> None:
    store = store_with("shop")

    assert store.create(CLAIMS, claim("data"))["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
    assert store.create(VOLUMES, volume("v"))["metadata"]["finalizers"] == ["kubernetes.io/pv-protection"]


async def test_pods_tolerate_dead_nodes_for_five_minutes_unless_they_say_otherwise() -> None:
    store = store_with("shop")
    own = {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 2}

    usual = store.create(PODS, pod("usual"))["spec"]["tolerations"]
    special = store.create(PODS, pod("special", tolerations=[own]))["spec"]["tolerations"]
    all_of_them = store.create(PODS, pod("agent", tolerations=[{"operator": "Exists"}]))["spec"]["tolerations"]

    assert [(item["key"], item["tolerationSeconds"]) for item in usual] == [
        ("node.kubernetes.io/not-ready", 300),
        ("node.kubernetes.io/unreachable", 300),
    ]
    assert sorted(item["tolerationSeconds"] for item in special) == [2, 300]
    assert all_of_them == [{"operator": "Exists"}]


async def test_a_limit_bounds_what_claims_ask_for_and_grow_to() -> None:
    store = store_with("shop")
    limit = {"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}, "max": {"storage": "4Gi"}}
    store.create("limitranges", {"metadata": {"name": "l", "namespace": "shop"}, "spec": {"limits": [limit]}})

    with pytest.raises(Refusal) as small:
        store.create(CLAIMS, claim("small", "500Mi"))
    with pytest.raises(Refusal) as large:
        store.create(CLAIMS, claim("large", "5Gi"))
    store.create(CLAIMS, claim("data", "4096Mi"))
    bind(store, "data", "4Gi")
    with pytest.raises(Refusal) as grown:
        grow(store, "data", "5Gi")

    place = "usage per PersistentVolumeClaim is"
    assert small.value.message.endswith(f"minimum storage {place} 1Gi, but request is 500Mi")
    assert large.value.message.endswith(f"maximum storage {place} 4Gi, but request is 5Gi")
    assert grown.value.message.endswith(f"maximum storage {place} 4Gi, but request is 5Gi")
    assert small.value.code == large.value.code == grown.value.code == 403


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
async def test_some_namespaces_must_stay(name: str) -> None:
    with pytest.raises(Refusal, match="this namespace may not be deleted"):
        store_with(name).delete("namespaces", name)


async def test_services_have_addresses_and_jobs_their_own_labels() -> None:
    store = store_with("shop")
    ports = [{"port": 80}]

    usual = store.create("services", {"metadata": {"name": "a", "namespace": "shop"}, "spec": {"ports": ports}})
    headless = store.create(
        "services", {"metadata": {"name": "b", "namespace": "shop"}, "spec": {"clusterIP": "None", "ports": ports}}
    )
    template = {"spec": {**pod("p")["spec"], "restartPolicy": "Never"}}
    job = store.create("jobs.batch", {"metadata": {"name": "j", "namespace": "shop"}, "spec": {"template": template}})

    assert usual["spec"]["clusterIP"].startswith("10.96.")
    assert headless["spec"]["clusterIPs"] == ["None"]
    uid = job["metadata"]["uid"]
    assert job["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    assert job["spec"]["template"]["metadata"]["labels"]["job-name"] == "j"


async def test_secrets_keep_text_as_data() -> None:
    secret = {"metadata": {"name": "s", "namespace": "shop"}, "stringData": {"a": "b"}}

    made = store_with("shop").create("secrets", secret)

    assert (made["type"], made["data"]) == ("Opaque", {"a": "Yg=="})
    assert "stringData" not in made
