"""Real kubectl against the simulated cluster: the commands that a user types, and what they print."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from storagetui.sim.http import serve
from storagetui.sim.server import SimApi
from storagetui.sim.store import ObjectStore
from storagetui.sim.wire import Json
from tests.kube.kubectl import Ran, environment, kubectl, kubectl_program
from tests.realcluster.waiting import until
from tests.sim.given import CLAIMS, PODS, SETS, VOLUMES, bind, claim, pod, stateful_set, volume

WITHIN_S = 30.0


class Kubectl:
    """kubectl with the kubeconfig of a simulated cluster."""

    def __init__(self, home: Path, config: Path) -> None:
        self.environ = environment(home, str(config))

    async def run(self, *args: str, user: str = "admin") -> Ran:
        return await kubectl(self.environ, "--context", f"{user}@simulated", "--namespace", "shop", *args)

    async def __call__(self, *args: str, user: str = "admin") -> str:
        """What a command that succeeds prints."""
        ran = await self.run(*args, user=user)
        assert ran.code == 0, ran.err
        return ran.out


@pytest.fixture
async def run(api: SimApi, store: ObjectStore, tmp_path: Path) -> AsyncIterator[Kubectl]:
    kubectl_program()
    fill(store)
    async with serve(api) as server:
        yield Kubectl(tmp_path, server.kubeconfig(tmp_path / "config"))


def fill(store: ObjectStore) -> None:
    """A set of one with its claim, volume, attachment and node, and events of both."""
    ready = [{"type": "Ready", "status": "True"}]
    store.create("namespaces", {"metadata": {"name": "kube-node-lease"}})
    node = {"metadata": {"name": "n1"}, "status": {"conditions": ready, "capacity": {"cpu": "4", "memory": "8Gi"}}}
    store.create("nodes", node)
    lease = {"metadata": {"name": "n1", "namespace": "kube-node-lease"}, "spec": {"holderIdentity": "n1"}}
    store.create("leases.coordination.k8s.io", lease)
    store.create(VOLUMES, volume("v", claimRef={"namespace": "shop", "name": "data-db-0"}))
    held = store.create(CLAIMS, claim("data-db-0", volumeName="v"))
    bind(store, "data-db-0")
    store.create(SETS, stateful_set("db", 1))
    mounted = [{"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}}]
    made = store.create(PODS, pod("db-0", labels={"app": "db"}, nodeName="n1", volumes=mounted))
    spec = {"attacher": "x.csi.example", "nodeName": "n1", "source": {"persistentVolumeName": "v"}}
    store.create("volumeattachments.storage.k8s.io", {"metadata": {"name": "csi-1"}, "spec": spec})
    tell(store, made, "FailedMount", "the device is not there", "Warning")
    tell(store, held, "Resizing", "external resizer is resizing volume v", "Normal")


def tell(store: ObjectStore, subject: Json, reason: str, message: str, kind: str) -> None:
    metadata, now = subject["metadata"], store.clock.timestamp()
    target = {
        "kind": subject["kind"],
        "apiVersion": "v1",
        **{key: metadata[key] for key in ("name", "namespace", "uid")},
    }
    event: Json = {"metadata": {"name": f"{metadata['name']}.{reason.lower()}", "namespace": "shop"}}
    event |= {"involvedObject": target, "reason": reason, "message": message, "type": kind, "count": 3}
    store.create("events", event | {"firstTimestamp": now, "lastTimestamp": now, "source": {"component": "kubelet"}})


def rows(printed: str) -> list[list[str]]:
    return [line.split() for line in printed.splitlines() if line]


async def test_everything_of_storage_in_one_command(run: Kubectl) -> None:
    printed = rows(await run("get", "pods,pvc,pv,sts,volumeattachments", "-A"))

    assert ["shop", "pod/db-0", "0/1", "Pending", "0"] in [row[:5] for row in printed]
    assert ["shop", "persistentvolumeclaim/data-db-0", "Bound", "v", "1Gi"] in [row[:5] for row in printed]
    assert ["persistentvolume/v", "1Gi", "RWO", "Retain", "Pending", "shop/data-db-0"] in [row[:6] for row in printed]
    assert ["shop", "statefulset.apps/db", "0/1"] in [row[:3] for row in printed]
    attachment = ["volumeattachment.storage.k8s.io/csi-1", "x.csi.example", "v", "n1", "false"]
    assert attachment in [row[:5] for row in printed]


async def test_forms_of_output(run: Kubectl, store: ObjectStore) -> None:
    wide = await run("get", "pods", "-o", "wide")
    as_json = json.loads(await run("get", "pvc", "data-db-0", "-o", "json"))
    as_yaml = await run("get", "pvc", "-o", "yaml")
    named = await run("get", "pvc", "-o", "name")
    columns = await run("get", "pvc", "-o", "custom-columns=N:.metadata.name,V:.spec.volumeName")
    labeled = await run("get", "pods", "-L", "app", "--show-labels", "--sort-by", ".metadata.name")

    assert "NOMINATED NODE" in wide
    assert " n1 " in wide
    assert as_json == store.get(CLAIMS, "data-db-0", "shop")
    assert "kind: List" in as_yaml
    assert "storageClassName: fast" in as_yaml
    assert named == "persistentvolumeclaim/data-db-0\n"
    assert rows(columns) == [["N", "V"], ["data-db-0", "v"]]
    assert rows(labeled)[1][-2:] == ["db", "app=db"]


async def test_selectors(run: Kubectl) -> None:
    assert await run("get", "pods", "-A", "-l", "app in (db,web),!gone", "-o", "name") == "pod/db-0\n"
    assert (
        await run("get", "pods", "-A", "--field-selector", "spec.nodeName=n1,status.phase=Pending", "-o", "name")
        == "pod/db-0\n"
    )
    assert await run("get", "pods", "-l", "app=web", "-o", "name") == ""
    unknown = await run.run("get", "pods", "--field-selector", "spec.none=1")
    assert "field label not supported: spec.none" in unknown.err


async def test_short_names_categories_and_resources_are_known(run: Kubectl) -> None:
    resources = await run("api-resources", "--no-headers")
    everything = await run("get", "all", "-o", "name")

    assert {row[0]: row[1] for row in rows(resources)}["persistentvolumeclaims"] == "pvc"
    assert everything.splitlines() == ["pod/db-0", "statefulset.apps/db"]
    assert "error: the server doesn't have a resource type" in (await run.run("get", "nothings")).err


async def test_describing_tells_events_of_that_object(run: Kubectl) -> None:
    described = await run("describe", "pod", "db-0")

    assert "ClaimName:   data-db-0" in described
    assert "FailedMount" in described
    assert "the device is not there" in described
    assert "Resizing" not in described


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        (("pvc", "data-db-0"), ["Used By:       db-0", "Finalizers:    [kubernetes.io/pvc-protection]", "Resizing"]),
        (("pv", "v"), ["Claim:           shop/data-db-0", "Driver:            x.csi.example"]),
        (("sts", "db"), ["Volume Claims:", "Name:          data", "Pods Status:"]),
        (("node", "n1"), ["HolderIdentity:  n1", "db-0"]),
        (("sc", "fast"), ["AllowVolumeExpansion:  True"]),
        (("volumeattachment", "csi-1"), ["Node Name:  n1"]),
        (("ns", "shop"), ["Status:       Active"]),
    ],
)
async def test_describing_other_kinds(run: Kubectl, target: tuple[str, str], parts: list[str]) -> None:
    described = await run("describe", *target)

    for part in parts:
        assert part in described


async def test_events_of_an_object(run: Kubectl) -> None:
    by_command = await run("events", "--for", "pod/db-0")
    by_field = await run("get", "events", "--field-selector", "involvedObject.name=data-db-0,type=Normal")

    assert "FailedMount" in by_command
    assert "Resizing" not in by_command
    assert rows(by_field)[1][1:4] == ["Normal", "Resizing", "persistentvolumeclaim/data-db-0"]


async def test_watching_prints_each_change(run: Kubectl, store: ObjectStore) -> None:
    command = [kubectl_program(), "--namespace", "shop", "get", "pvc", "-w", "--request-timeout=60s"]
    process = await asyncio.create_subprocess_exec(*command, env=run.environ, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(WITHIN_S):
            assert (await process.stdout.readline()).startswith(b"NAME")
            assert (await process.stdout.readline()).startswith(b"data-db-0")
            store.create(CLAIMS, claim("late"))
            assert (await process.stdout.readline()).split()[:2] == [b"late", b"Pending"]
            store.delete(CLAIMS, "late", "shop")
            assert (await process.stdout.readline()).split()[:2] == [b"late", b"Terminating"]
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        ("strategic", '{"metadata":{"labels":{"a":"b"}}}'),
        ("merge", '{"metadata":{"labels":{"a":"b"}}}'),
        ("json", '[{"op":"add","path":"/metadata/labels","value":{"a":"b"}}]'),
    ],
)
async def test_patching(run: Kubectl, store: ObjectStore, kind: str, patch: str) -> None:
    assert (
        await run("patch", "pvc", "data-db-0", "--type", kind, "-p", patch)
        == "persistentvolumeclaim/data-db-0 patched\n"
    )

    assert store.get(CLAIMS, "data-db-0", "shop")["metadata"]["labels"] == {"a": "b"}


async def test_a_claim_grows_after_a_dry_run(run: Kubectl, store: ObjectStore) -> None:
    patch = '{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}'

    dry = await run("patch", "pvc", "data-db-0", "-p", patch, "--dry-run=server")
    assert dry == "persistentvolumeclaim/data-db-0 patched\n"
    assert store.get(CLAIMS, "data-db-0", "shop")["spec"]["resources"]["requests"]["storage"] == "1Gi"
    await run("patch", "pvc", "data-db-0", "-p", patch)
    assert store.get(CLAIMS, "data-db-0", "shop")["spec"]["resources"]["requests"]["storage"] == "2Gi"


async def test_refusals_reach_the_user_in_the_servers_words(run: Kubectl) -> None:
    shrink = await run.run("patch", "pvc", "data-db-0", "-p", '{"spec":{"resources":{"requests":{"storage":"1Mi"}}}}')
    template = '[{"op":"replace","path":"/spec/serviceName","value":"x"}]'
    change = await run.run("patch", "sts", "db", "--type", "json", "-p", template)
    failed = await run.run(
        "patch", "sts", "db", "--type", "json", "-p", '[{"op":"test","path":"/spec/replicas","value":9}]'
    )

    assert "field can not be less than status.capacity" in shrink.err
    assert "spec.serviceName: Invalid value" in change.err
    assert "The request is invalid: the server rejected our request due to an error in our request" in failed.err


async def test_labels_annotations_scale_and_taints(run: Kubectl, store: ObjectStore) -> None:
    await run("label", "pod", "db-0", "tier=a")
    await run("annotate", "pvc", "data-db-0", "note=x")
    await run("scale", "sts", "db", "--replicas=3")
    await run("taint", "nodes", "n1", "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute")
    await run("cordon", "n1")

    assert store.get(PODS, "db-0", "shop")["metadata"]["labels"] == {"app": "db", "tier": "a"}
    assert store.get(CLAIMS, "data-db-0", "shop")["metadata"]["annotations"] == {"note": "x"}
    assert store.get(SETS, "db", "shop")["spec"]["replicas"] == 3
    node = store.get("nodes", "n1")["spec"]
    assert node["unschedulable"] is True
    assert node["taints"][0]["key"] == "node.kubernetes.io/out-of-service"


async def test_deleting_waits_or_not(run: Kubectl, store: ObjectStore) -> None:
    printed = await run("delete", "pvc", "data-db-0", "--wait=false")
    assert printed.startswith('persistentvolumeclaim "data-db-0" deleted')
    assert rows(await run("get", "pvc"))[1][1] == "Terminating"
    waiting = asyncio.create_task(run("delete", "pvc", "data-db-0"))

    async def watched() -> bool:
        return bool(store.log(CLAIMS).followers)

    await until(watched, WITHIN_S, "kubectl waiting for the claim to go")
    assert not waiting.done()
    await run("patch", "pvc", "data-db-0", "--type", "json", "-p", '[{"op":"remove","path":"/metadata/finalizers/0"}]')
    await waiting

    assert store.find(CLAIMS, "data-db-0", "shop") is None


async def test_a_pod_is_deleted_by_force(run: Kubectl, store: ObjectStore) -> None:
    await run("delete", "pod", "db-0", "--wait=false")
    assert "deletionTimestamp" in store.get(PODS, "db-0", "shop")["metadata"]
    await run("delete", "pod", "db-0", "--grace-period=0", "--force")

    assert store.find(PODS, "db-0", "shop") is None


async def test_a_raw_deletion_has_its_preconditions(run: Kubectl, store: ObjectStore, tmp_path: Path) -> None:
    def options(uid: str) -> str:
        path = tmp_path / f"{uid}.json"
        path.write_text(json.dumps({"gracePeriodSeconds": 0, "preconditions": {"uid": uid}}))
        return str(path)

    raw = "/api/v1/namespaces/shop/pods/db-0"
    refused = await run.run("delete", "--raw", raw, "-f", options("other"))
    await run("delete", "--raw", raw, "-f", options(store.get(PODS, "db-0", "shop")["metadata"]["uid"]))

    assert "does not match the UID in record" in refused.err
    assert store.find(PODS, "db-0", "shop") is None


async def test_a_set_is_orphaned(run: Kubectl, store: ObjectStore) -> None:
    await run("delete", "sts", "db", "--cascade=orphan", "--wait=false")

    assert store.get(SETS, "db", "shop")["metadata"]["finalizers"] == ["orphan"]


@pytest.mark.parametrize(
    ("user", "question", "answer"),
    [
        ("admin", ("delete", "pv"), "yes"),
        ("viewer", ("list", "pods", "-A"), "yes"),
        ("viewer", ("delete", "pods"), "no"),
        ("tenant", ("patch", "sts/db", "--subresource=scale"), "yes"),
        ("tenant", ("list", "pods", "-n", "other"), "no"),
        ("nobody", ("get", "pvc"), "no"),
    ],
)
async def test_rights_are_asked_for(run: Kubectl, user: str, question: tuple[str, ...], answer: str) -> None:
    assert (await run.run("auth", "can-i", *question, user=user)).out.strip() == answer


async def test_users_meet_their_limits(run: Kubectl) -> None:
    who = await run("auth", "whoami", user="tenant")
    refused = await run.run("get", "pods", "-A", user="nobody")
    acting = await run.run("get", "pods", "--as", "nobody")

    assert "tenant" in who
    said = 'pods is forbidden: User "nobody" cannot list resource "pods" in API group "" at the cluster scope'
    assert said in refused.err
    assert 'User "nobody" cannot list resource "pods"' in acting.err


async def test_manifests_are_created_applied_and_replaced(run: Kubectl, store: ObjectStore, tmp_path: Path) -> None:
    manifest = tmp_path / "claim.json"

    def write(**labels: str) -> str:
        made: dict[str, Any] = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim("made")}
        made["metadata"]["labels"] = labels
        manifest.write_text(json.dumps(made))
        return str(manifest)

    assert "created" in await run("apply", "-f", write(a="1"))
    assert "unchanged" in await run("apply", "-f", write(a="1"))
    assert "configured" in await run("apply", "-f", write(b="2"))
    assert store.get(CLAIMS, "made", "shop")["metadata"]["labels"] == {"b": "2"}
    assert "server dry run" in await run("apply", "-f", write(c="3"), "--dry-run=server")
    assert "AlreadyExists" in (await run.run("create", "-f", write())).err
    await run("delete", "-f", str(manifest), "--wait=false")
    await run("create", "configmap", "settings", "--from-literal=a=b")
    await run("create", "namespace", "new")

    assert store.get("configmaps", "settings", "shop")["data"] == {"a": "b"}
    assert store.find("namespaces", "new") is not None


async def test_an_eviction_drains_a_node(run: Kubectl, store: ObjectStore) -> None:
    await run.run("drain", "n1", "--force", "--ignore-daemonsets", "--timeout=1s")

    assert "deletionTimestamp" in store.get(PODS, "db-0", "shop")["metadata"]
