"""Clusters in which everything is well."""

from storagetui.sim import objects
from storagetui.sim.scenes.ground import database, keep_house, lay_ground
from storagetui.sim.scenes.scene import Scene, small_scene
from storagetui.sim.scenes.story import Story


def tell(story: Story) -> None:
    """A database of three, a queue of two, a web front and a claim that nobody uses yet."""
    lay_ground(story, namespaces=("shop", "ci"))
    keep_house(story)
    claim = objects.claim_template("data", "100Gi")
    database(story, "-21d", "shop", "postgres", "docker.io/library/postgres:17.6", 3, claim)
    claim = objects.claim_template("data", "20Gi")
    database(story, "-9d", "shop", "queue", "docker.io/library/rabbitmq:4.1", 2, claim)
    web = objects.deployment("shop", "web", "registry.example/shop/web:3.4", 3)
    story.create("-6d", objects.service("shop", "web"), web)
    story.create("-2d", objects.claim("ci", "scratch", "50Gi", "gp3"))


CALM = Scene("calm", "A small cluster in which everything is well.", tell)
EMPTY = small_scene("empty", "Nodes, drivers and classes, and nothing that uses them.", workers=6)
