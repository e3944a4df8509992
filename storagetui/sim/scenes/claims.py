"""Scenes of claims that do not bind."""

from storagetui.sim import objects
from storagetui.sim.controllers.drivers import PROVISION
from storagetui.sim.scenes.ground import BLOCK, database
from storagetui.sim.scenes.scene import small_scene
from storagetui.sim.scenes.story import Story

FULL = (
    "rpc error: code = ResourceExhausted desc = Could not create volume: not enough capacity left for volumes of type "
    "gp3 in this zone"
)


def class_missing(story: Story) -> None:
    """A cache was deployed 22 minutes ago with a class that nobody made."""
    database(
        story,
        "-22m",
        "shop",
        "cache",
        "docker.io/library/redis:8.2",
        3,
        objects.claim_template("data", "20Gi", "fast-ssd"),
    )


def quota_used_up(story: Story) -> None:
    """The third shard of an analytics database does not fit into the namespace's quota."""
    story.create("-30d", objects.quota("analytics", "storage", requests_storage="200Gi", persistentvolumeclaims="10"))
    claim = objects.claim_template("data", "80Gi")
    database(story, "-14d", "analytics", "clickhouse", "docker.io/clickhouse/clickhouse-server:25.8", 2, claim)
    story.scale("-18m", "statefulsets.apps", "analytics/clickhouse", 3)


def no_static_fit(story: Story) -> None:
    """Three volumes of 50Gi were made by hand; the archive asks for 100Gi."""
    story.create(
        "-20d",
        *(
            objects.static_volume(f"archive-disk-{number}", "50Gi", "local-static", BLOCK, zone=f"eu-west-1{letter}")
            for number, letter in enumerate("abc", start=1)
        ),
    )
    claim = objects.claim_template("store", "100Gi", "local-static")
    database(story, "-41m", "media", "archive", "registry.example/media/archive:2.1", 1, claim)


def late_and_calm(story: Story) -> None:
    """A claim with late binding that no pod uses: nothing is wrong."""
    story.create("-2d", objects.claim("ci", "scratch", "50Gi", "gp3"))


def backend_full(story: Story) -> None:
    """The storage system has no room for a search index."""
    story.at("-2h", lambda: story.world.drivers.fail(BLOCK, PROVISION, FULL, only="gp3-immediate"))
    claim = objects.claim_template("index", "500Gi", "gp3-immediate")
    database(story, "-35m", "shop", "search", "docker.io/opensearchproject/opensearch:3.3.0", 2, claim)


def driver_silent(story: Story) -> None:
    """The controller part of the disk driver has not run for two hours; five claims have been made since."""
    story.at("-2h", lambda: story.world.drivers.stop(BLOCK))
    for number in range(1, 6):
        claim = objects.claim("shop", f"export-{number}", "20Gi", "gp3-immediate")
        image = "registry.example/shop/export:1.7"
        pod = objects.pod("shop", f"export-{number}", image, claims={"data": f"export-{number}"})
        story.create(f"-{50 + number}m", claim, pod)


def deleted_in_use(story: Story) -> None:
    """Somebody deleted the claim of a running database; it stays until the pod goes."""
    database(
        story, "-8d", "shop", "orders", "docker.io/library/postgres:17.6", 2, objects.claim_template("data", "50Gi")
    )
    story.delete("-12m", "persistentvolumeclaims", "shop/data-orders-1")


SCENES = (
    small_scene("claim-class-missing", "A claim names a class that does not exist; its set waits.", class_missing),
    small_scene(
        "claim-quota",
        "A set cannot make its third claim: the quota is used up.",
        quota_used_up,
        namespaces=("analytics",),
    ),
    small_scene(
        "claim-no-static-fit",
        "All volumes made by hand are of 50Gi, and 100Gi is asked for.",
        no_static_fit,
        namespaces=("media",),
    ),
    small_scene(
        "claim-waits-for-pod",
        "A claim with late binding waits for its first pod, calmly.",
        late_and_calm,
        namespaces=("ci",),
    ),
    small_scene("claim-backend-full", "The driver has no room for the volumes of a set.", backend_full),
    small_scene("claim-driver-silent", "No controller of the driver runs: five claims wait.", driver_silent),
    small_scene("claim-deleted-in-use", "A claim is being deleted while its pod runs.", deleted_in_use),
)
