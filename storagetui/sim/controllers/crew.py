"""All controllers of a cluster, in the order in which they hear of a change."""

from storagetui.sim.controllers.attach_detach import AttachDetachController
from storagetui.sim.controllers.binder import Binder
from storagetui.sim.controllers.daemonset import DaemonSetController
from storagetui.sim.controllers.deployment import DeploymentController
from storagetui.sim.controllers.ephemeral import EphemeralVolumes
from storagetui.sim.controllers.event_expiry import EventExpiry
from storagetui.sim.controllers.eviction import Eviction
from storagetui.sim.controllers.external_attacher import ExternalAttacher
from storagetui.sim.controllers.garbage import GarbageCollector
from storagetui.sim.controllers.heartbeat import Heartbeat
from storagetui.sim.controllers.job import JobController
from storagetui.sim.controllers.kubelet import Kubelet
from storagetui.sim.controllers.mounts import Mounts
from storagetui.sim.controllers.namespaces import Namespaces
from storagetui.sim.controllers.node_expander import NodeExpander
from storagetui.sim.controllers.node_lifecycle import NodeLifecycle
from storagetui.sim.controllers.pod_collection import PodCollection
from storagetui.sim.controllers.protection import Protection
from storagetui.sim.controllers.provisioner import Provisioner
from storagetui.sim.controllers.reclaimer import Reclaimer
from storagetui.sim.controllers.replicaset import ReplicaSetController
from storagetui.sim.controllers.resizer import Resizer
from storagetui.sim.controllers.scheduler import Scheduler
from storagetui.sim.controllers.statefulset import StatefulSetController
from storagetui.sim.controllers.world import World


def employ_all(world: World) -> None:
    """Put every controller to work in that world."""
    mounts = Mounts(world)
    for controller in (
        StatefulSetController(world),
        DeploymentController(world),
        ReplicaSetController(world),
        JobController(world),
        DaemonSetController(world),
        EphemeralVolumes(world),
        Binder(world),
        Reclaimer(world),
        Provisioner(world),
        Scheduler(world),
        AttachDetachController(world),
        ExternalAttacher(world),
        Kubelet(world, mounts),
        Resizer(world),
        NodeExpander(world, mounts),
        Heartbeat(world),
        NodeLifecycle(world),
        Eviction(world),
        PodCollection(world),
        Protection(world),
        GarbageCollector(world),
        Namespaces(world),
        EventExpiry(world),
    ):
        world.employ(controller)
