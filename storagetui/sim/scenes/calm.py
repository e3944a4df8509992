"""A small cluster in which everything is well."""

from storagetui.sim import objects
from storagetui.sim.scenes.ground import keep_house, lay_ground
from storagetui.sim.scenes.scene import Scene
from storagetui.sim.scenes.story import Story


def tell(story: Story) -> None:
    """A database of three, a queue of two, a web front and a claim that nobody uses yet."""
    lay_ground(story, namespaces=("shop", "ci"))
    keep_house(story)
    story.create(
        "-21d",
        objects.service("shop", "postgres", headless=True, port=5432),
        objects.stateful_set(
            "shop", "postgres", "docker.io/library/postgres:17.6", 3, [objects.claim_template("data", "100Gi")]
        ),
    )
    story.create(
        "-9d",
        objects.service("shop", "queue", headless=True, port=5672),
        objects.stateful_set(
            "shop", "queue", "docker.io/library/rabbitmq:4.1", 2, [objects.claim_template("data", "20Gi")]
        ),
    )
    story.create(
        "-6d", objects.service("shop", "web"), objects.deployment("shop", "web", "registry.example/shop/web:3.4", 3)
    )
    story.create("-2d", objects.claim("ci", "scratch", "50Gi", "gp3"))


CALM = Scene("calm", "A small cluster in which everything is well.", tell)
