"""The cluster that all scenes stand on: nodes in three zones, drivers, classes, what runs in kube-system."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from storagetui.sim import objects
from storagetui.sim.facts import HOSTNAME, ZONE
from storagetui.sim.scenes.story import Story
from storagetui.sim.wire import Json

BLOCK = "ebs.csi.aws.com"
FILES = "efs.csi.aws.com"
REGION = "eu-west-1"
ZONES = tuple(f"{REGION}{letter}" for letter in "abc")
SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
ATTACH_LIMIT = 26
BIRTH = "-39d"
"""When the cluster was made."""
POOL = "node.example.com/pool"
DATABASES = "databases"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def on_node(name: str) -> dict[str, str]:
    """Node selector: that node and no other."""
    return {HOSTNAME: name}


def in_zone(letter: str) -> dict[str, str]:
    """Node selector: zone a, b or c."""
    return {ZONE: f"{REGION}{letter}"}


def in_database_pool() -> dict[str, Any]:
    """Parts of a pod's specification that bring it to the nodes kept for databases."""
    toleration = {"key": POOL, "operator": "Equal", "value": DATABASES, "effect": "NoSchedule"}
    return {"nodeSelector": {POOL: DATABASES}, "tolerations": [toleration]}


def lay_ground(
    story: Story,
    *,
    workers: int = 3,
    databases: int = 0,
    namespaces: Iterable[str] = (),
    without: Mapping[str, Collection[str]] | None = None,
) -> None:
    """Nodes worker-a, worker-b ... in turn over the zones, drivers for disks and files, and their classes.

    The last `databases` of the workers are tainted and labeled for databases, and have no driver for files; `without`
    says on which other nodes a driver is not registered. Classes: gp3 (default, late binding, grows), gp3-immediate,
    io2-fixed (does not grow), io2-retain (kept on deletion), efs (many nodes, no attachment), local-static (volumes
    made by hand).
    """
    story.create(BIRTH, *(objects.namespace(name) for name in (*SYSTEM_NAMESPACES, *namespaces)))
    for number in range(workers):
        name = f"worker-{_LETTERS[number]}"
        missing = {driver for driver, nodes in (without or {}).items() if name in nodes}
        _join(story, BIRTH, number, number % 3, missing, for_databases=number >= workers - databases)
    story.create(BIRTH, objects.csi_driver(BLOCK), objects.csi_driver(FILES, attach=False))
    story.create(
        BIRTH,
        objects.storage_class("gp3", BLOCK, default=True),
        objects.storage_class("gp3-immediate", BLOCK, late=False),
        objects.storage_class("io2-fixed", BLOCK, expands=False),
        objects.storage_class("io2-retain", BLOCK, reclaim="Retain"),
        objects.storage_class("efs", FILES, late=False, expands=False),
        objects.storage_class("local-static", "kubernetes.io/no-provisioner", expands=False),
    )
    files = story.world.drivers[FILES]
    files.topology_key, files.volume_prefix, files.expands_on_node = "", "fs-", False


def add_database_worker(story: Story, when: str, number: int, zone: str) -> None:
    """One more node for databases, in zone a, b or c; `number` counts from 0 for worker-a."""
    _join(story, when, number, "abc".index(zone), set(), for_databases=True)


def _join(story: Story, when: str, number: int, zone: int, missing: set[str], *, for_databases: bool) -> None:
    name = f"worker-{_LETTERS[number]}"
    drivers: dict[str, int | None] = {BLOCK: ATTACH_LIMIT, FILES: None}
    here = {driver: limit for driver, limit in drivers.items() if driver not in missing}
    node = objects.node(name, ZONES[zone], number + 1)
    if for_databases:
        here.pop(FILES, None)
        _keep_for_databases(node)
    node["metadata"]["labels"] |= {f"{driver}/node": "enabled" for driver in here}
    story.create(when, node, objects.csi_node(name, here))


def _keep_for_databases(node: Json) -> None:
    node["metadata"]["labels"][POOL] = DATABASES
    node["spec"]["taints"] = [{"key": POOL, "value": DATABASES, "effect": "NoSchedule"}]


def keep_house(story: Story) -> None:
    """What runs in kube-system: DNS, and the controllers and node parts of the drivers."""
    story.create(
        BIRTH,
        objects.deployment("kube-system", "coredns", "registry.k8s.io/coredns/coredns:v1.13.1", 2),
        objects.deployment("kube-system", "ebs-csi-controller", "public.ecr.aws/ebs-csi-driver/controller:v1.54.0", 2),
        objects.deployment("kube-system", "efs-csi-controller", "public.ecr.aws/efs-csi-driver/controller:v2.1.13", 1),
        objects.daemon_set(
            "kube-system", "ebs-csi-node", "public.ecr.aws/ebs-csi-driver/node:v1.54.0", {f"{BLOCK}/node": "enabled"}
        ),
        objects.daemon_set(
            "kube-system", "efs-csi-node", "public.ecr.aws/efs-csi-driver/node:v2.1.13", {f"{FILES}/node": "enabled"}
        ),
    )


def database(
    story: Story, when: str, where: str, name: str, image: str, replicas: int, claim: Json, **pod: Any
) -> None:
    """A StatefulSet with its headless service and one claim template; `pod` goes into the pods' specification."""
    story.create(
        when,
        objects.service(where, name, headless=True, port=5432),
        objects.stateful_set(where, name, image, replicas, [claim], pod=pod),
    )
