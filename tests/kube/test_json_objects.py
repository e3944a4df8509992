"""Objects of every kind, as an API server keeps them, become the records that a reader of them would write down."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from storagetui.kube.json_codec import JsonCodec
from storagetui.model.base import Record
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from storagetui.model.quantity import parse
from tests.kube.scripted import Json, Reply, ScriptedAnswer, encoded, event

OBJECTS: dict[str, Json] = {
    one["kind"]: one for one in yaml.safe_load_all((Path(__file__).parent / "objects.yaml").read_text(encoding="utf-8"))
}
NODE, DRIVER, HANDLE = "ip-10-0-1-7.ec2.internal", "ebs.csi.aws.com", "vol-0abc123"


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-01-15T{text}+00:00")


WANTED: dict[Kind, Callable[[Any], list[tuple[object, object]]]] = {
    Kind.PERSISTENT_VOLUME_CLAIM: lambda one: [
        (one.phase, "Bound"),
        (one.storage_class, "gp3"),
        (one.volume_name, "pvc-3f0f0d9a"),
        (one.requested, parse("200Gi")),
        (one.capacity, parse("100Gi")),
        (one.allocated_status, "NodeResizePending"),
        (one.conditions[0].type, "FileSystemResizePending"),
        (one.selected_node, NODE),
        (one.provisioner, DRIVER),
        (one.bind_completed, True),
        (one.deletion_timestamp, at("13:00:00")),
        (one.finalizers, ("kubernetes.io/pvc-protection",)),
        (one.labels, (("app", "postgres"), ("apps.kubernetes.io/pod-index", "0"))),
        (one.resource_version, "481516"),
    ],
    Kind.PERSISTENT_VOLUME: lambda one: [
        (one.claim_namespace, "shop"),
        (one.claim_name, "data-postgres-0"),
        (one.driver, DRIVER),
        (one.volume_handle, HANDLE),
        (one.zones, ("us-east-1a",)),
        (one.reclaim_policy, "Delete"),
        (one.provisioned_by, DRIVER),
        (one.last_phase_transition_time, datetime(2026, 1, 10, 8, 0, 5, tzinfo=UTC)),
        (one.is_migrated, False),
    ],
    Kind.POD: lambda one: [
        (one.phase, "Pending"),
        (one.node_name, NODE),
        (one.controller.name, "postgres"),
        (tuple(key.name for key in one.claim_keys), ("data-postgres-0", "postgres-0-scratch")),
        (one.containers[0].waiting_reason, "ContainerCreating"),
        (one.containers[0].restart_count, 4),
        (one.containers[0].last_finished_at, at("13:57:00")),
        (one.init_container_specs[0].restart_policy, "Always"),
        (one.is_ready, False),
    ],
    Kind.VOLUME_ATTACHMENT: lambda one: [
        (one.attacher, DRIVER),
        (one.node_name, NODE),
        (one.volume_name, "pvc-3f0f0d9a"),
        (one.is_attached, False),
        (one.attach_error, "rpc error: code = ResourceExhausted"),
        (one.attach_error_time, at("14:00:00")),
    ],
    Kind.STORAGE_CLASS: lambda one: [
        (one.is_default, True),
        (one.volume_binding_mode, "WaitForFirstConsumer"),
        (one.parameters, (("encrypted", "true"), ("type", "gp3"))),
        (one.allowed_topologies[0].expressions[0].values, ("us-east-1a", "us-east-1b")),
        (one.mount_options, ("noatime",)),
    ],
    Kind.STATEFUL_SET: lambda one: [
        (one.ordinals, range(2, 5)),
        (one.claim_templates[0].name, "data"),
        (one.claim_templates[0].requested, parse("100Gi")),
        (one.template_volumes[0].claim_name, "shared"),
        (one.retention_when_scaled, "Delete"),
        (one.partition, 1),
        (one.update_revision, "postgres-b"),
        (one.observed_generation, 7),
    ],
    Kind.NODE: lambda one: [
        (one.is_ready, False),
        (one.ready.status, "Unknown"),
        (one.taints[0].key, "node.kubernetes.io/unreachable"),
        (one.taints[0].time_added, at("13:50:00")),
        (one.volumes_attached[0].name, f"kubernetes.io/csi/{DRIVER}^{HANDLE}"),
        (one.zone, "us-east-1a"),
    ],
    Kind.CSI_DRIVER: lambda one: [(one.attach_required, True), (one.lifecycle_modes, ("Persistent",))],
    Kind.CSI_NODE: lambda one: [
        (
            tuple((driver.name, driver.allocatable) for driver in one.drivers),
            ((DRIVER, 25), ("efs.csi.aws.com", None)),
        ),
        (one.drivers[1].topology_keys, ()),
    ],
    Kind.CSI_STORAGE_CAPACITY: lambda one: [
        (one.capacity, parse("1024Gi")),
        (one.maximum_volume_size, parse("512Gi")),
        (one.node_labels, (("topology.kubernetes.io/zone", "us-east-1a"),)),
    ],
    Kind.VOLUME_ATTRIBUTES_CLASS: lambda one: [(one.driver, DRIVER), (one.parameters, (("iops", "9000"),))],
    Kind.RESOURCE_QUOTA: lambda one: [
        (dict(one.used)["requests.storage"], parse("900Gi")),
        (dict(one.hard)["persistentvolumeclaims"], parse("10")),
    ],
    Kind.LIMIT_RANGE: lambda one: [
        (one.limits[0].maximum_storage, parse("500Gi")),
        (one.limits[0].minimum_storage, parse("1Gi")),
    ],
    Kind.NAMESPACE: lambda one: [(one.phase, "Terminating")],
    Kind.SERVICE: lambda one: [(one.cluster_ip, "None"), (one.selector, (("app", "postgres"),))],
    Kind.DEPLOYMENT: lambda one: [
        (one.strategy, "Recreate"),
        (one.template_volumes[0].claim_name, "files"),
        (one.conditions[0].reason, "MinimumReplicasUnavailable"),
    ],
    Kind.REPLICA_SET: lambda one: [(one.controller.kind, "Deployment"), (one.ready_replicas, 1)],
    Kind.JOB: lambda one: [(one.completion_time, at("03:00:00")), (one.active, None)],
    Kind.LEASE: lambda one: [
        (one.renew_time, datetime(2026, 1, 15, 13, 49, 10, 123456, tzinfo=UTC)),
        (one.duration_seconds, 40),
    ],
    Kind.VOLUME_SNAPSHOT: lambda one: [
        (one.claim_name, "data-postgres-0"),
        (one.content_name, "snapcontent-vs-1"),
        (one.ready_to_use, False),
        (one.restore_size, parse("100Gi")),
        (one.error, "Failed to create snapshot"),
        (one.creation_time, at("02:00:00")),
    ],
    Kind.VOLUME_SNAPSHOT_CONTENT: lambda one: [
        (one.driver, DRIVER),
        ((one.snapshot_namespace, one.snapshot_name), ("shop", "nightly")),
        (one.snapshot_handle, "snap-0def"),
        (one.ready_to_use, True),
    ],
    Kind.VOLUME_SNAPSHOT_CLASS: lambda one: [(one.driver, DRIVER), (one.deletion_policy, "Delete")],
    Kind.BACKUP: lambda one: [
        (one.phase, "PartiallyFailed"),
        (one.included_namespaces, ("shop",)),
        (one.errors, 2),
        ((one.items_done, one.items_total), (88, 90)),
    ],
    Kind.SCHEDULE: lambda one: [
        (one.cron, "0 1 * * *"),
        (one.last_backup, at("01:00:00")),
        (one.snapshots_volumes, False),
        (one.copies_files, None),
    ],
    Kind.RESTORE: lambda one: [(one.backup_name, "nightly-20260115"), (one.phase, "Failed")],
    Kind.BACKUP_STORAGE_LOCATION: lambda one: [
        (one.is_default, True),
        (one.bucket, "shop-backups"),
        (one.phase, "Unavailable"),
    ],
    Kind.EVENT: lambda one: [
        (one.involved_uid, "9d1b"),
        (one.reason, "FailedAttachVolume"),
        (one.count, 12),
        (one.first_seen, at("13:58:10")),
        (one.last_seen, at("14:01:00")),
        (one.component, "attachdetach-controller"),
    ],
}


async def listed(kind: Kind) -> Record:
    body = encoded({"kind": f"{kind}List", "metadata": {"resourceVersion": "1"}, "items": [OBJECTS[kind]]})
    (part,) = [one async for one in JsonCodec(KINDS[kind]).read_list(ScriptedAnswer(Reply((body,))))]
    assert not part.set_aside
    return part.records[0]


async def watched(kind: Kind) -> Record:
    answer = ScriptedAnswer(Reply((event("ADDED", OBJECTS[kind]),)))
    ((one,),) = [batch async for batch in JsonCodec(KINDS[kind]).read_watch(answer)]
    return cast("Record", one.record)


@pytest.mark.parametrize("kind", list(Kind))
def test_an_object_becomes_its_record(kind: Kind) -> None:
    made = asyncio.run(listed(kind))
    metadata = OBJECTS[kind]["metadata"]
    assert (made.name, made.uid, made.namespace) == (metadata["name"], metadata["uid"], metadata.get("namespace", ""))
    for value, wanted in WANTED[kind](made):
        assert value == wanted


@pytest.mark.parametrize("kind", list(Kind))
def test_a_watch_gives_the_same_record_as_a_list(kind: Kind) -> None:
    assert asyncio.run(watched(kind)) == asyncio.run(listed(kind))
