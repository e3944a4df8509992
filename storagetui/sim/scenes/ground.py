"""The cluster that all scenes stand on: nodes in three zones, drivers, classes, what runs in kube-system."""

from collections.abc import Iterable

from storagetui.sim import objects
from storagetui.sim.scenes.story import Story

BLOCK = "ebs.csi.aws.com"
FILES = "efs.csi.aws.com"
REGION = "eu-west-1"
ZONES = tuple(f"{REGION}{letter}" for letter in "abc")
SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
ATTACH_LIMIT = 26
BIRTH = "-39d"
"""When the cluster was made."""


def worker(letter: str) -> str:
    """The node of that letter: worker-a is in zone a, worker-d again."""
    return f"worker-{letter}"


def lay_ground(story: Story, *, workers: int = 3, namespaces: Iterable[str] = ()) -> None:
    """Nodes worker-a, worker-b ... in turn over the zones, drivers for disks and files, and their classes.

    Classes: gp3 (default, late binding, grows), gp3-immediate, io2-fixed (does not grow), io2-retain (kept on
    deletion), efs (many nodes, no attachment), local-static (volumes made by hand).
    """
    story.create(BIRTH, *(objects.namespace(name) for name in (*SYSTEM_NAMESPACES, *namespaces)))
    names = [worker("abcdefghijklmnopqrstuvwxyz"[number]) for number in range(workers)]
    story.create(BIRTH, *(objects.node(name, ZONES[number % 3], number + 1) for number, name in enumerate(names)))
    drivers: dict[str, int | None] = {BLOCK: ATTACH_LIMIT, FILES: None}
    story.create(BIRTH, objects.csi_driver(BLOCK), objects.csi_driver(FILES, attach=False))
    story.create(BIRTH, *(objects.csi_node(name, drivers) for name in names))
    story.create(
        BIRTH,
        objects.storage_class("gp3", BLOCK, default=True),
        objects.storage_class("gp3-immediate", BLOCK, late=False),
        objects.storage_class("io2-fixed", BLOCK, expands=False),
        objects.storage_class("io2-retain", BLOCK, reclaim="Retain"),
        objects.storage_class("efs", FILES, late=False, expands=False),
        objects.storage_class("local-static", "kubernetes.io/no-provisioner", expands=False),
    )
    story.world.drivers[FILES].topology_key = ""
    story.world.drivers[FILES].volume_prefix = "fs-"
    story.world.drivers[FILES].expands_on_node = False


def keep_house(story: Story) -> None:
    """What runs in kube-system: DNS and the drivers' controllers."""
    story.create(
        BIRTH,
        objects.deployment("kube-system", "coredns", "registry.k8s.io/coredns/coredns:v1.13.1", 2),
        objects.deployment("kube-system", "ebs-csi-controller", "public.ecr.aws/ebs-csi-driver/controller:v1.54.0", 2),
        objects.deployment("kube-system", "efs-csi-controller", "public.ecr.aws/efs-csi-driver/controller:v2.1.13", 1),
    )
