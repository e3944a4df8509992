"""Scenes of pods whose volumes do not get to them."""

from collections.abc import Callable

from storagetui.sim import objects
from storagetui.sim.controllers.drivers import ATTACH
from storagetui.sim.controllers.images import Behavior
from storagetui.sim.facts import node_of
from storagetui.sim.scenes.ground import (
    BLOCK,
    FILES,
    add_database_worker,
    database,
    in_database_pool,
    in_zone,
    lay_ground,
    on_node,
)
from storagetui.sim.scenes.scene import Scene, small_scene
from storagetui.sim.scenes.story import Story
from storagetui.sim.wire import Json

SLOW_IMAGE = "registry.example/shop/catalog:4.4"
REFUSED = (
    'rpc error: code = Internal desc = Could not attach volume "vol-0d4c1f6a5b7e8c932" to node "i-00000000000000003": '
    "UnauthorizedOperation: You are not authorized to perform this operation"
)


def files_driver_missing(story: Story, node: str) -> None:
    """Encoders share a file system; on one node its driver is not registered."""
    story.create("-12d", objects.claim("media", "renditions", "1Ti", "efs", modes=("ReadWriteMany",)))
    encoder = objects.deployment("media", "encoder", "registry.example/media/encoder:5.2", 0, claim_name="renditions")
    rule = {"labelSelector": {"matchLabels": {"app": "encoder"}}, "topologyKey": "kubernetes.io/hostname"}
    apart = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [rule]}}
    encoder["spec"]["template"]["spec"]["affinity"] = apart
    story.create("-12d", encoder)
    story.scale("-12d", "deployments.apps", "media/encoder", 2)
    pinned = objects.deployment("media", "packager", "registry.example/media/packager:1.9", 1, claim_name="renditions")
    pinned["spec"]["template"]["spec"]["nodeSelector"] = on_node(node)
    story.create("-47m", pinned)


def disk_driver_missing(story: Story, node: str) -> None:
    """A database was pinned to a node on which the disk driver is not registered."""
    claim = objects.claim_template("data", "40Gi", "gp3-immediate")
    story.world.drivers[BLOCK].topology_key = ""
    database(story, "-33m", "shop", "ledger", "docker.io/library/postgres:17.6", 1, claim, nodeSelector=on_node(node))


def other_zone(story: Story) -> None:
    """A database was pinned to zone b after its volume had been made in zone a."""
    claim = objects.claim_template("data", "60Gi")
    database(story, "-17d", "shop", "inventory", "docker.io/library/mysql:8.4", 1, claim, nodeSelector=in_zone("a"))

    def pin(obj: Json) -> None:
        obj["spec"]["template"]["spec"]["nodeSelector"] = in_zone("b")

    story.change("-52m", "statefulsets.apps", "shop/inventory", pin)


def held_by_other_pod(story: Story) -> None:
    """A second pod wants a volume that a pod on another node uses."""
    story.create("-5d", objects.claim("shop", "exports", "30Gi", "gp3"))
    image = "registry.example/shop/export:1.7"
    first, second = on_node("worker-a"), on_node("worker-d")
    story.create("-5d", objects.pod("shop", "export-daily", image, claims={"data": "exports"}, nodeSelector=first))
    story.create("-26m", objects.pod("shop", "export-adhoc", image, claims={"data": "exports"}, nodeSelector=second))


def after_drain(story: Story) -> None:
    """A node was drained; the old pod takes its time to stop, and the new one waits for its volume elsewhere."""
    story.world.images.behave(SLOW_IMAGE, Behavior(ignores_stop=True))
    story.create("-9d", objects.claim("shop", "catalog", "40Gi", "gp3"))
    catalog = objects.deployment("shop", "catalog", SLOW_IMAGE, 1, claim_name="catalog")
    catalog["spec"]["template"]["spec"] |= {"nodeSelector": in_zone("a"), "terminationGracePeriodSeconds": 1800}
    story.create("-9d", catalog)

    def drain() -> None:
        store = story.world.store
        pod = next(pod for pod in store.list("pods", "shop") if pod["metadata"]["name"].startswith("catalog-"))
        store.modify("nodes", node_of(pod), "", lambda obj: obj["spec"].update(unschedulable=True))
        store.delete("pods", pod["metadata"]["name"], "shop")

    story.at("-4m", drain)


def refused(story: Story) -> None:
    """The storage system refuses to attach the volume of a search index."""
    story.at("-1d", lambda: story.world.drivers.fail(BLOCK, ATTACH, REFUSED, only="index-search-1"))
    claim = objects.claim_template("index", "120Gi")
    database(story, "-19m", "shop", "search", "docker.io/opensearchproject/opensearch:3.3.0", 2, claim)


def node_dead(story: Story, pod: str = "shop/postgres-1", when: str = "-9m") -> None:
    """The node of a database pod died; its pods cannot end, its volumes stay attached."""
    story.node_dies(when, lambda: story.node_of(pod))


def databases(story: Story, workers: int) -> None:
    """A database and a queue of three pods each, on three nodes of their own, to which a spare one in zone a came."""
    pool = in_database_pool()
    claims = objects.claim_template("data", "200Gi"), objects.claim_template("log", "40Gi")
    story.create(
        "-21d",
        objects.service("shop", "postgres", headless=True, port=5432),
        objects.stateful_set("shop", "postgres", "docker.io/library/postgres:17.6", 3, claims, pod=pool),
    )
    claim = objects.claim_template("data", "20Gi")
    database(story, "-9d", "shop", "queue", "docker.io/library/rabbitmq:4.1", 3, claim, **pool)
    add_database_worker(story, "-2d", workers, "a")


def dead_database_node(story: Story, workers: int) -> None:
    """The database node of zone a died nine minutes ago; its pods have been Terminating for three."""
    databases(story, workers)
    node_dead(story)


def force_deleted(story: Story, workers: int) -> None:
    """The pods of the dead node were force-deleted a minute ago; the new ones wait until their volumes are let go."""
    databases(story, workers)
    node_dead(story, when="-14m")

    def force() -> None:
        for pod in story.world.store.list("pods", "shop"):
            if "deletionTimestamp" in pod["metadata"]:
                story.world.store.delete("pods", pod["metadata"]["name"], "shop", grace_s=0)

    story.at("-1m", force)


def _databases_scene(name: str, about: str, act: Callable[[Story, int], None]) -> Scene:
    def tell(story: Story) -> None:
        lay_ground(story, workers=5, databases=3, namespaces=("shop",))
        act(story, 5)

    return Scene(name, about, tell)


def _driver_missing(story: Story) -> None:
    without = {BLOCK: ("worker-d",), FILES: ("worker-d",)}
    lay_ground(story, workers=4, namespaces=("shop", "media"), without=without)
    files_driver_missing(story, "worker-d")
    disk_driver_missing(story, "worker-d")


SCENES = (
    Scene("attach-driver-missing", "On one node no driver is registered: nothing attaches or mounts.", _driver_missing),
    small_scene("attach-zone", "A pod may run only in another zone than its volume's.", other_zone, workers=6),
    small_scene("attach-held-by-other-node", "A pod on another node holds the volume.", held_by_other_pod, workers=4),
    small_scene("attach-after-drain", "A node was drained; its old pod still has the volume.", after_drain, workers=4),
    small_scene("attach-refused", "The storage system refuses to attach a volume.", refused),
    _databases_scene("node-dead", "A node died; its pods cannot end, its volumes stay.", dead_database_node),
    _databases_scene("node-dead-forced", "Pods of a dead node were force-deleted; volumes lag.", force_deleted),
)
