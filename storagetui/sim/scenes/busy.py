"""A cluster in which much happens all day and nothing is wrong."""

from collections.abc import Callable
from itertools import cycle

from storagetui.sim import objects
from storagetui.sim.scenes.churn import Churn
from storagetui.sim.scenes.ground import BLOCK, database, keep_house, lay_ground
from storagetui.sim.scenes.scene import Scene
from storagetui.sim.scenes.story import Story
from storagetui.sim.wire import Json

NODES = tuple(f"worker-{letter}" for letter in "abcdef")
SLOWER = 30.0
"""What the demo does every ten seconds happens here every few minutes, so that a day of it can be told quickly."""


class Maintenance:
    """What those who run the cluster do: nodes are drained and come back, drivers are restarted, sets are scaled."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._nodes = cycle(NODES)
        self._restarted = cycle(NODES)
        self._drained = ""

    def begin(self) -> None:
        """Set everything going."""
        self._story.every((2.9 * 3600, 3.1 * 3600), self._drain)
        self._story.every((3.9 * 3600, 4.1 * 3600), self._restart_driver)
        self._story.every((1.9 * 3600, 2.1 * 3600), self._scale)

    def _drain(self) -> None:
        """The node of last time takes pods again; the next one in turn is cordoned, and the sets' pods leave it."""
        store = self._story.world.store
        if self._drained:
            store.modify("nodes", self._drained, "", _cordon(False))
        self._drained = next(self._nodes)
        store.modify("nodes", self._drained, "", _cordon(True))
        for pod in store.list("pods"):
            is_set = any(owner["kind"] == "StatefulSet" for owner in pod["metadata"].get("ownerReferences") or ())
            if is_set and pod["spec"].get("nodeName") == self._drained:
                store.delete("pods", pod["metadata"]["name"], pod["metadata"]["namespace"])

    def _restart_driver(self) -> None:
        """The node part of the disk driver is restarted on a node: for some seconds it is not registered there."""
        store, node, resource = self._story.world.store, next(self._restarted), "csinodes.storage.k8s.io"
        here = store.get(resource, node)["spec"]["drivers"]

        def register(drivers: list[Json]) -> Callable[[Json], None]:
            return lambda obj: obj["spec"].update(drivers=drivers)

        store.modify(resource, node, "", register([one for one in here if one["name"] != BLOCK]))
        self._story.later(20.0, lambda: store.modify(resource, node, "", register(here)))

    def _scale(self) -> None:
        """A set of workers grows by one and shrinks again, so that a claim is left and taken up in turn."""

        def scale(obj: Json) -> None:
            obj["spec"]["replicas"] = 3 if obj["spec"]["replicas"] == 2 else 2

        self._story.world.store.modify("statefulsets.apps", "indexer", "shop", scale)


def _cordon(is_wanted: bool) -> Callable[[Json], None]:
    return lambda obj: obj["spec"].update(unschedulable=is_wanted)


def tell(story: Story) -> None:
    """Databases, queues and workers on six nodes; builds come and go, claims grow, nodes are drained in turn."""
    lay_ground(story, workers=len(NODES), namespaces=("shop", "ci", "media"))
    keep_house(story)
    for when, name, image, replicas, size in (
        ("-21d", "postgres", "docker.io/library/postgres:17.6", 3, "100Gi"),
        ("-10d", "cart", "docker.io/library/redis:8.2", 3, "8Gi"),
        ("-9d", "indexer", "registry.example/shop/indexer:2.0", 2, "20Gi"),
    ):
        database(story, when, "shop", name, image, replicas, objects.claim_template("data", size))
    story.create("-12d", objects.claim("media", "renditions", "1Ti", "efs", modes=("ReadWriteMany",)))
    encoder = objects.deployment("media", "encoder", "registry.example/media/encoder:5.2", 3, claim_name="renditions")
    story.create("-12d", encoder)
    story.create("-2d", objects.claim("ci", "scratch", "50Gi", "gp3"))
    Churn(story, slower=SLOWER).begin()
    Maintenance(story).begin()


BUSY = Scene("busy", "Much happens, and nothing is wrong: builds, growing claims, drained nodes.", tell)
