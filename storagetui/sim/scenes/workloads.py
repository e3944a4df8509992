"""Scenes of workloads that use their volumes in an unlucky way."""

from storagetui.sim import objects
from storagetui.sim.controllers.images import Behavior
from storagetui.sim.scenes.ground import database, in_zone
from storagetui.sim.scenes.scene import small_scene
from storagetui.sim.scenes.story import Story
from storagetui.sim.wire import Json

BROKEN_IMAGE = "registry.example/shop/sessions:3.0"


def deployment_shares_claim(story: Story) -> None:
    """A Deployment with one claim that one node may use was scaled to three."""
    story.create("-11d", objects.claim("analytics", "reports", "25Gi", "gp3"))
    reports = objects.deployment("analytics", "reports", "registry.example/bi/reports:8.0", 1, claim_name="reports")
    reports["spec"]["template"]["spec"]["nodeSelector"] = in_zone("a")
    story.create("-11d", reports)
    story.scale("-16m", "deployments.apps", "analytics/reports", 3)


def deployment_shares_files(story: Story) -> None:
    """Three replicas of a Deployment write into the same file system, which many nodes may use."""
    story.create("-11d", objects.claim("media", "renditions", "1Ti", "efs", modes=("ReadWriteMany",)))
    encoder = objects.deployment("media", "encoder", "registry.example/media/encoder:5.2", 3, claim_name="renditions")
    story.create("-11d", encoder)


def left_behind(story: Story) -> None:
    """A set was scaled from five to three; another one was deleted; the claims of both are still there."""
    claim = objects.claim_template("chunks", "100Gi")
    database(story, "-27d", "monitoring", "loki", "docker.io/grafana/loki:3.5.5", 5, claim)
    story.scale("-3d", "statefulsets.apps", "monitoring/loki", 3)
    claim = objects.claim_template("data", "30Gi")
    database(story, "-24d", "monitoring", "graphite", "docker.io/graphiteapp/graphite-statsd:1.1.10", 2, claim)
    story.delete("-4d", "statefulsets.apps", "monitoring/graphite")


def rollout_stuck(story: Story) -> None:
    """A new version never becomes ready: the rollout stands at its first pod."""
    claim = objects.claim_template("data", "5Gi")
    database(story, "-13d", "shop", "sessions", "registry.example/shop/sessions:2.9", 4, claim)
    probe = 'Get "http://10.244.1.17:8080/ready": context deadline exceeded'
    story.world.images.behave(BROKEN_IMAGE, Behavior(unready=True, probe=probe))

    def upgrade(obj: Json) -> None:
        obj["spec"]["template"]["spec"]["containers"][0]["image"] = BROKEN_IMAGE

    story.change("-9m", "statefulsets.apps", "shop/sessions", upgrade)


def service_missing(story: Story) -> None:
    """The headless service of a running set was deleted: its pods have no names any more."""
    claim = objects.claim_template("data", "15Gi")
    database(story, "-7d", "shop", "registry", "docker.io/library/consul:1.22", 3, claim)
    story.delete("-90m", "services", "shop/registry")


SCENES = (
    small_scene(
        "deployment-shares-claim",
        "Three replicas share a claim that one node may use.",
        deployment_shares_claim,
        workers=9,
        namespaces=("analytics",),
    ),
    small_scene(
        "deployment-shares-files",
        "Three replicas write into one file system, which many nodes may use.",
        deployment_shares_files,
        namespaces=("media",),
    ),
    small_scene(
        "set-left-behind",
        "Claims that a scale-down and a deleted set left behind.",
        left_behind,
        namespaces=("monitoring",),
    ),
    small_scene("set-rollout", "A rollout stands because its first new pod never becomes ready.", rollout_stuck),
    small_scene("set-service-missing", "The headless service of a set is missing.", service_missing),
)
