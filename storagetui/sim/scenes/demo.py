"""The demo: a living cluster of some sixty pods with several incidents in progress."""

from storagetui.sim import objects
from storagetui.sim.scenes import attachments, claims, expansion, workloads
from storagetui.sim.scenes.churn import Churn
from storagetui.sim.scenes.ground import FILES, database, keep_house, lay_ground
from storagetui.sim.scenes.scene import Scene
from storagetui.sim.scenes.story import Story


def tell(story: Story) -> None:
    """Five general workers and four for databases in three zones; half of what the lessons teach, at once."""
    namespaces = ("shop", "analytics", "media", "finance", "monitoring", "ci")
    lay_ground(story, workers=8, databases=3, namespaces=namespaces, without={FILES: ("worker-e",)})
    keep_house(story)
    attachments.dead_database_node(story, workers=8)
    claims.class_missing(story)
    claims.quota_used_up(story)
    claims.no_static_fit(story)
    claims.late_and_calm(story)
    attachments.other_zone(story)
    attachments.files_driver_missing(story, "worker-e")
    attachments.refused(story)
    workloads.deployment_shares_claim(story)
    workloads.left_behind(story)
    workloads.rollout_stuck(story)
    expansion.class_forbids(story)
    expansion.waits_for_pod(story)
    expansion.node_refuses(story)
    expansion.under_way(story)
    database(story, "-10d", "shop", "cart", "docker.io/library/redis:8.2", 3, objects.claim_template("data", "8Gi"))
    churn = Churn(story)
    churn.begin()
    churn.crash()


DEMO = Scene("demo", "A living cluster with several incidents in progress.", tell)
