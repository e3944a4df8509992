"""The pod garbage collector: removes pods of nodes that are gone or out of service.

Source: kubernetes/pkg/controller/podgc/gc_controller.go.
"""

from collections.abc import Iterable

from storagetui.sim.controllers.controller import Controller
from storagetui.sim.controllers.eviction import mark_as_disrupted
from storagetui.sim.facts import (
    OUT_OF_SERVICE,
    Key,
    being_deleted,
    has_taint,
    is_finished,
    is_node_ready,
    key_of,
    node_of,
)
from storagetui.sim.wire import Json, name_of, namespace_of, uid_of

QUARANTINE_S = 40.0
"""How long a node must be missing before its pods are orphans."""
PERIOD_S = 20.0
"""The real collector looks that often; this one looks after as long."""


class PodCollection(Controller):
    """Deletes pods that no kubelet will ever delete; its keys are nodes."""

    watches = ("nodes", "pods")
    latency_s = (0.0, PERIOD_S)

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """A node that goes or changes; the node of a pod that is being deleted."""
        if resource == "nodes":
            if event == "DELETED":
                self.look(key_of(obj), QUARANTINE_S)
                return ()
            return [key_of(obj)] if has_taint(obj, OUT_OF_SERVICE) and not is_node_ready(obj) else ()
        if not node_of(obj) or not being_deleted(obj) or event == "DELETED":
            return ()
        return [("", node_of(obj))]

    def reconcile(self, key: Key) -> None:
        """Remove the pods of a node that is gone, or Terminating ones of a node that is out of service."""
        node = self.world.store.find("nodes", key[1])
        if node is None:
            for pod in self.world.relations.pods_on_node.of(key[1]):
                self._remove(pod, "PodGC: node no longer exists")
        elif has_taint(node, OUT_OF_SERVICE) and not is_node_ready(node):
            for pod in self.world.relations.pods_on_node.of(key[1]):
                if being_deleted(pod):
                    self._remove(pod, "")

    def _remove(self, pod: Json, why: str) -> None:
        if why:
            mark_as_disrupted(self.world, pod, "DeletionByPodGC", why, self.world.clock.timestamp())
        if not is_finished(pod):

            def fail(obj: Json) -> None:
                obj["status"]["phase"] = "Failed"

            where = ("pods", name_of(pod), namespace_of(pod))
            self.world.store.modify(*where, fail, subresource="status")
        self.world.store.delete("pods", name_of(pod), namespace_of(pod), grace_s=0, uid=uid_of(pod))
