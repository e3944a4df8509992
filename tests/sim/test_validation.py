from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from storagetui.sim.refusal import Refusal
from storagetui.sim.store import ObjectStore
from storagetui.sim.wire import Json
from tests.sim.given import (
    CLAIMS,
    CLASSES,
    PODS,
    SETS,
    VOLUMES,
    bind,
    claim,
    grow,
    pod,
    stateful_set,
    store_with,
    volume,
)

IMMUTABLE_CLAIM = "spec is immutable after creation except resources.requests and volumeAttributesClassName"


def refused(code: int, action: Callable[[], Any]) -> str:
    with pytest.raises(Refusal) as error:
        action()
    assert error.value.code == code, error.value.message
    return error.value.message


def spec(**fields: Any) -> Callable[[Json], None]:
    return lambda obj: obj["spec"].update(fields)


@pytest.fixture
async def store() -> ObjectStore:
    made = store_with("shop")
    made.create(CLAIMS, claim("data"))
    made.create(CLAIMS, claim("rigid", storageClassName="rigid"))
    made.create(VOLUMES, volume("v"))
    made.create(SETS, stateful_set("db"))
    made.create(PODS, pod("p", tolerations=[{"key": "a"}]))
    return made


@pytest.mark.parametrize("name", ["Data", "da_ta", "-data", "data.", "d" * 254])
async def test_names_are_subdomains(store: ObjectStore, name: str) -> None:
    assert "metadata.name: Invalid value" in refused(422, lambda: store.create(CLAIMS, claim(name)))


async def test_every_fault_is_told_at_once(store: ObjectStore) -> None:
    said = refused(422, lambda: store.create(CLAIMS, claim("X", "0", accessModes=[], volumeMode="Tape")))

    assert said.startswith('PersistentVolumeClaim "X" is invalid: [metadata.name: ')
    for fault in ("spec.accessModes: Required", "spec.resources[storage]: Invalid", "spec.volumeMode: Unsupported"):
        assert fault in said


async def test_a_pending_claim_stays_as_it_is(store: ObjectStore) -> None:
    assert IMMUTABLE_CLAIM in refused(422, lambda: grow(store, "data", "2Gi"))
    assert IMMUTABLE_CLAIM in refused(422, lambda: store.modify(CLAIMS, "data", "shop", spec(storageClassName="rigid")))


async def test_a_claim_gets_its_volume_once(store: ObjectStore) -> None:
    store.modify(CLAIMS, "data", "shop", spec(volumeName="v"))

    assert IMMUTABLE_CLAIM in refused(422, lambda: store.modify(CLAIMS, "data", "shop", spec(volumeName="w")))


async def test_a_claim_without_a_class_gets_one_once(store: ObjectStore) -> None:
    sent = claim("none")
    del sent["spec"]["storageClassName"]
    store.create(CLAIMS, sent)

    store.modify(CLAIMS, "none", "shop", spec(storageClassName="fast"))

    assert IMMUTABLE_CLAIM in refused(422, lambda: store.modify(CLAIMS, "none", "shop", spec(storageClassName="rigid")))


async def test_a_bound_claim_grows_where_its_class_allows_it(store: ObjectStore) -> None:
    bind(store, "data")
    bind(store, "rigid")

    assert grow(store, "data", "2Gi")["spec"]["resources"]["requests"]["storage"] == "2Gi"
    said = refused(403, lambda: grow(store, "rigid", "2Gi"))
    assert said == (
        'persistentvolumeclaims "rigid" is forbidden: only dynamically provisioned pvc can be resized and the '
        "storageclass that provisions the pvc must support resize"
    )


async def test_growth_needs_a_class_that_is_still_there(store: ObjectStore) -> None:
    bind(store, "data")
    store.delete(CLASSES, "fast")

    assert "must support resize" in refused(403, lambda: grow(store, "data", "2Gi"))


async def test_a_wish_can_be_lowered_down_to_above_what_was_reached(store: ObjectStore) -> None:
    bind(store, "data", "1Gi")
    grow(store, "data", "3Gi")

    grow(store, "data", "2Gi")
    grow(store, "data", "1025Mi")

    assert "field can not be less than status.capacity" in refused(422, lambda: grow(store, "data", "1Gi"))
    assert "field can not be less than status.capacity" in refused(422, lambda: grow(store, "data", "500Mi"))


async def test_resize_states_are_a_closed_vocabulary(store: ObjectStore) -> None:
    def put(state: str) -> Callable[[Json], None]:
        return lambda obj: obj["status"].update(allocatedResourceStatuses={"storage": state})

    store.modify(CLAIMS, "data", "shop", put("NodeResizePending"), subresource="status")
    said = refused(422, lambda: store.modify(CLAIMS, "data", "shop", put("Sleeping"), subresource="status"))
    assert "status.allocatedResourceStatuses: Unsupported value" in said


async def test_a_volumes_source_cannot_change_but_its_policy_and_claim_can(store: ObjectStore) -> None:
    said = refused(422, lambda: store.modify(VOLUMES, "v", "", lambda obj: obj["spec"]["csi"].update(volumeHandle="i")))
    assert "spec.persistentvolumesource is immutable after creation\n@@" in said
    assert '-  "VolumeHandle": "h",\n+  "VolumeHandle": "i",' in said

    changed = store.modify(VOLUMES, "v", "", spec(persistentVolumeReclaimPolicy="Delete", claimRef={"name": "data"}))
    assert changed["spec"]["persistentVolumeReclaimPolicy"] == "Delete"


async def test_a_volume_remembers_when_its_phase_changed(store: ObjectStore) -> None:
    made = store.get(VOLUMES, "v")
    changed = store.modify(VOLUMES, "v", "", lambda obj: obj["status"].update(phase="Available"), subresource="status")

    assert made["status"]["lastPhaseTransitionTime"] == made["metadata"]["creationTimestamp"]
    assert changed["status"] == {"phase": "Available", "lastPhaseTransitionTime": store.clock.timestamp()}


@pytest.mark.parametrize("field", ["serviceName", "podManagementPolicy", "volumeClaimTemplates", "selector"])
async def test_what_a_set_is_stays(store: ObjectStore, field: str) -> None:
    other: dict[str, Any] = {
        "serviceName": "other",
        "podManagementPolicy": "Parallel",
        "volumeClaimTemplates": [],
        "selector": {"matchLabels": {"app": "other"}},
    }

    said = refused(422, lambda: store.modify(SETS, "db", "shop", spec(**{field: other[field]})))

    assert f"spec.{field}: Invalid value" in said
    assert "field is immutable" in said


async def test_how_many_and_how_they_are_kept_changes(store: ObjectStore) -> None:
    policy = {"whenDeleted": "Delete", "whenScaled": "Retain"}

    changed = store.modify(
        SETS, "db", "shop", spec(replicas=5, persistentVolumeClaimRetentionPolicy=policy, minReadySeconds=3)
    )

    assert changed["metadata"]["generation"] == 2
    assert "greater than or equal to 0" in refused(422, lambda: store.modify(SETS, "db", "shop", spec(replicas=-1)))


async def test_a_pods_specification_hardly_changes(store: ObjectStore) -> None:
    store.modify(PODS, "p", "shop", lambda obj: obj["spec"]["containers"][0].update(image="registry.example/app:2"))
    store.modify(PODS, "p", "shop", lambda obj: obj["spec"]["tolerations"].append({"key": "b"}))

    for change in (spec(nodeName="n"), spec(priority=5), spec(tolerations=[]), spec(containers=[])):
        refused(422, partial(store.modify, PODS, "p", "shop", change))


async def test_a_pod_is_put_on_a_node_by_binding_it_once(store: ObjectStore) -> None:
    bound = store.modify(PODS, "p", "shop", spec(nodeName="n"), subresource="binding")

    assert bound["spec"]["nodeName"] == "n"
    assert bound["status"]["conditions"][0]["type"] == "PodScheduled"
    again = refused(409, lambda: store.modify(PODS, "p", "shop", spec(nodeName="m"), subresource="binding"))
    assert again == 'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n"'


@pytest.mark.parametrize("field", ["provisioner", "reclaimPolicy", "volumeBindingMode", "parameters"])
async def test_a_class_is_what_it_is_but_for_its_permission_to_grow(store: ObjectStore, field: str) -> None:
    other: dict[str, Any] = {
        "provisioner": "y",
        "reclaimPolicy": "Retain",
        "volumeBindingMode": "WaitForFirstConsumer",
        "parameters": {"a": "b"},
    }

    refused(422, lambda: store.modify(CLASSES, "rigid", "", lambda obj: obj.update({field: other[field]})))
    store.modify(CLASSES, "rigid", "", lambda obj: obj.update(allowVolumeExpansion=True))


async def test_an_attachment_changes_in_its_status_alone(store: ObjectStore) -> None:
    kind = "volumeattachments.storage.k8s.io"
    sent = {"attacher": "x", "nodeName": "n", "source": {"persistentVolumeName": "v"}}
    store.create(kind, {"metadata": {"name": "a"}, "spec": sent})

    refused(422, lambda: store.modify(kind, "a", "", spec(nodeName="m")))
    attached = store.modify(kind, "a", "", lambda obj: obj["status"].update(attached=True), subresource="status")
    assert attached["status"]["attached"] is True
    long = {"message": "x" * 1025}
    said = refused(
        422,
        lambda: store.modify(kind, "a", "", lambda obj: obj["status"].update(attachError=long), subresource="status"),
    )
    assert "Too long: may not be more than 1024 bytes" in said


async def test_a_csi_node_keeps_what_a_driver_registered(store: ObjectStore) -> None:
    kind, driver = (
        "csinodes.storage.k8s.io",
        {"name": "x", "nodeID": "1", "topologyKeys": None, "allocatable": {"count": 3}},
    )
    store.create(kind, {"metadata": {"name": "n"}, "spec": {"drivers": [driver]}})

    store.modify(kind, "n", "", lambda obj: obj["spec"]["drivers"][0].update(allocatable={"count": 5}))
    said = refused(422, lambda: store.modify(kind, "n", "", lambda obj: obj["spec"]["drivers"][0].update(nodeID="2")))
    assert "spec.drivers" in said


async def test_labels_annotations_finalizers_and_owners_are_checked(store: ObjectStore) -> None:
    sent = claim("b")
    sent["metadata"] |= {
        "labels": {"a b": "c d", "x": "y" * 64},
        "annotations": {"p/q/r": ""},
        "finalizers": ["plain", "/x"],
        "ownerReferences": [{"kind": "Pod"}],
    }

    said = refused(422, lambda: store.create(CLAIMS, sent))

    for fault in (
        'metadata.labels: Invalid value: "a b": name part must consist of',
        "must be no more than 63 bytes",
        'metadata.annotations: Invalid value: "p/q/r": a valid label key',
        "metadata.ownerReferences[0].uid: Required value",
        'metadata.finalizers[0]: Invalid value: "plain": name is neither a standard finalizer name',
        'metadata.finalizers: Invalid value: "/x": prefix part must be non-empty',
    ):
        assert fault in said
