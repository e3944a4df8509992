"""Scenes of volumes that have to grow."""

from storagetui.sim import objects
from storagetui.sim.controllers.drivers import EXPAND, EXPAND_ON_NODE
from storagetui.sim.scenes.ground import BLOCK, database
from storagetui.sim.scenes.scene import small_scene
from storagetui.sim.scenes.story import Story

NODE_SAYS_NO = (
    'rpc error: code = Internal desc = Could not resize volume "vol-06a2d9": resize of device "/dev/nvme2n1" failed: '
    "exit status 1. resize2fs output: resize2fs: Permission denied to resize filesystem"
)
DRIVER_SAYS_NO = (
    'rpc error: code = Internal desc = Could not resize volume "vol-06a2d9": operation error EC2: ModifyVolume, '
    "VolumeModificationRateExceeded: You've reached the maximum modification rate per volume limit"
)


def class_forbids(story: Story) -> None:
    """A ledger lives on a class whose volumes cannot grow."""
    claim = objects.claim_template("data", "100Gi", "io2-fixed")
    database(story, "-60h", "finance", "ledger", "docker.io/library/postgres:17.6", 3, claim)


def waits_for_pod(story: Story) -> None:
    """The claims of a stopped set have been asked to grow: the disks have grown, the file systems wait for a pod."""
    claim = objects.claim_template("data", "10Gi")
    database(story, "-25d", "monitoring", "alertmanager", "quay.io/prometheus/alertmanager:v0.29.0", 2, claim)
    story.scale("-70m", "statefulsets.apps", "monitoring/alertmanager", 0)
    for number in (0, 1):
        story.expand("-65m", f"monitoring/data-alertmanager-{number}", "20Gi")


def node_refuses(story: Story) -> None:
    """A disk has grown, but its node fails to grow the file system."""
    claim = objects.claim_template("data", "150Gi")
    database(story, "-23d", "monitoring", "prometheus", "quay.io/prometheus/prometheus:v3.7.0", 2, claim)
    fault = ("data-prometheus-1", NODE_SAYS_NO)
    story.at("-2h", lambda: story.world.drivers.fail(BLOCK, EXPAND_ON_NODE, fault[1], only=fault[0]))
    story.expand("-38m", "monitoring/data-prometheus-1", "300Gi")


def driver_refuses(story: Story) -> None:
    """The storage system refuses to grow a disk again so soon."""
    claim = objects.claim_template("data", "80Gi")
    database(story, "-16d", "shop", "orders", "docker.io/library/postgres:17.6", 2, claim)
    story.at("-3h", lambda: story.world.drivers.fail(BLOCK, EXPAND, DRIVER_SAYS_NO, only="data-orders-0"))
    story.expand("-28m", "shop/data-orders-0", "160Gi")


def under_way(story: Story) -> None:
    """A large disk has been growing for some minutes."""
    claim = objects.claim_template("data", "2Ti")
    database(story, "-30d", "shop", "events", "docker.io/apache/kafka:4.1.0", 3, claim)
    slow = (7200.0, 10800.0)
    story.at("-1h", lambda: story.world.drivers.slow_down(BLOCK, EXPAND, slow, only="data-events-1"))
    story.expand("-4m", "shop/data-events-1", "4Ti")


SCENES = (
    small_scene("expand-class-forbids", "The class does not let volumes grow.", class_forbids, namespaces=("finance",)),
    small_scene(
        "expand-pending-filesystem",
        "Disks have grown; no pod runs to grow the file systems.",
        waits_for_pod,
        namespaces=("monitoring",),
    ),
    small_scene(
        "expand-node-refuses",
        "A disk has grown; the node fails to grow the file system.",
        node_refuses,
        namespaces=("monitoring",),
    ),
    small_scene("expand-driver-refuses", "The driver refuses to grow a disk.", driver_refuses),
    small_scene("expand-under-way", "A disk has been growing for minutes.", under_way),
)
