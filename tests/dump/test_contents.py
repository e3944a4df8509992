from typing import Any

import pytest

from storagetui.dump.contents import Contents
from storagetui.model.change import Feed
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind

Json = dict[str, Any]


def named(kind: str, name: str, namespace: str = "", group: str = "v1", **more: Any) -> Json:
    metadata: Json = {"name": name, "uid": f"uid-{name}"} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": group, "kind": kind, "metadata": metadata, **more}


def contents(*documents: Json, **place: Any) -> Contents:
    made = Contents()
    for document in documents:
        made.add(document, **place)
    return made


POD, CLAIM = named("Pod", "db-0", "shop"), named("PersistentVolumeClaim", "data-0", "shop")
KEYS = {Key(Kind.POD, "shop", "db-0"), Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "data-0")}


@pytest.mark.parametrize(
    "documents",
    [
        ({"apiVersion": "v1", "kind": "List", "items": [POD, CLAIM]},),
        (
            {"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": POD["metadata"]}]},
            {"apiVersion": "v1", "kind": "PersistentVolumeClaimList", "items": [CLAIM]},
        ),
        (
            {
                "apiVersion": "v1",
                "kind": "List",
                "items": [
                    {"apiVersion": "v1", "kind": "PodList", "items": [POD]},
                    {"apiVersion": "v1", "kind": "List", "items": [CLAIM]},
                ],
            },
        ),
    ],
    ids=["list", "typed", "nested"],
)
def test_lists_of_every_sort_are_read_and_count_as_lists(documents: tuple[Json, ...]) -> None:
    made = contents(*documents)
    assert made.records.keys() == KEYS
    assert made.listed == {Feed(Kind.POD), Feed(Kind.PERSISTENT_VOLUME_CLAIM)}
    assert not made.single


def test_an_empty_typed_list_says_that_there_are_none_and_an_empty_list_says_nothing() -> None:
    made = contents(
        {"kind": "List", "items": []}, {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClassList", "items": None}
    )
    assert made.listed == {Feed(Kind.STORAGE_CLASS)}


def test_single_objects_are_known_and_make_no_list() -> None:
    made = contents(POD, CLAIM)
    assert made.records.keys() == KEYS
    assert not made.listed
    assert made.single == {Kind.POD, Kind.PERSISTENT_VOLUME_CLAIM}


def test_the_place_of_a_file_says_for_which_namespace_a_list_stands() -> None:
    made = contents({"apiVersion": "v1", "kind": "PodList", "items": []}, namespace="shop")
    assert made.listed == {Feed(Kind.POD, "shop")}
    made = contents(named("StorageClass", "fast", group="storage.k8s.io/v1"), namespace="shop", is_whole=True)
    assert made.listed == {Feed(Kind.STORAGE_CLASS)}


def test_kinds_are_told_by_their_group_whatever_the_version() -> None:
    made = contents(
        named("CSIStorageCapacity", "a", "kube-system", "storage.k8s.io/v1beta1"),
        named("Service", "knative", "shop", "serving.knative.dev/v1"),
        named("Secret", "s", "shop"),
        {"kind": "Status", "apiVersion": "v1"},
        {},
    )
    assert [key.kind for key in made.records] == [Kind.CSI_STORAGE_CAPACITY]


def test_both_apis_of_events_are_read() -> None:
    old = named("Event", "e1", "shop", message="slow", reason="A", count=3, involvedObject={"kind": "Pod", "uid": "u"})
    new = named(
        "Event",
        "e2",
        "shop",
        "events.k8s.io/v1",
        note="slow",
        reason="A",
        deprecatedCount=3,
        regarding={"kind": "Pod", "uid": "u"},
        reportingController="kubelet",
    )
    made = [record for record in contents(old, new).records.values() if isinstance(record, Event)]
    assert [(one.message, one.count, one.involved_uid) for one in made] == [("slow", 3, "u")] * 2
    assert made[1].component == "kubelet"


def test_the_stage_of_an_expansion_is_read_as_old_servers_wrote_it() -> None:
    old = {**CLAIM, "status": {"resizeStatus": "NodeExpansionFailed"}}
    (record,) = contents(old).records.values()
    assert isinstance(record, PersistentVolumeClaim)
    assert record.allocated_status == "NodeResizeFailed"
    for status in ({"resizeStatus": ""}, {"resizeStatus": None}, None):
        (record,) = contents({**CLAIM, "status": status}).records.values()
        assert isinstance(record, PersistentVolumeClaim)
        assert record.allocated_status == ""


@pytest.mark.parametrize(
    "item",
    [
        {**POD, "metadata": {"namespace": "shop"}},
        {**POD, "spec": {"volumes": "none"}},
        {**POD, "metadata": "x"},
        {**CLAIM, "spec": {"resources": {"requests": {"storage": "many"}}}},
    ],
)
def test_an_object_that_does_not_fit_is_set_aside_and_the_rest_is_read(item: Json) -> None:
    made = contents({"kind": "List", "apiVersion": "v1", "items": [item, "text", None, named("Pod", "web", "shop")]})
    assert [key.name for key in made.records] == ["web"]
    assert sum(len(aside) for aside in made.aside.values()) == 1


def test_lists_in_lists_end_somewhere() -> None:
    document: Json = {"kind": "List", "items": [POD]}
    for _ in range(500):
        document = {"kind": "List", "items": [document]}
    assert not contents(document).records
