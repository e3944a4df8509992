"""The node lifecycle controller: a node that stops renewing its lease is Unknown, and tainted.

Source: kubernetes/pkg/controller/nodelifecycle/node_lifecycle_controller.go, pkg/controller/util/node.
"""

from collections.abc import Iterable

from storagetui.sim.controllers.controller import Controller
from storagetui.sim.controllers.heartbeat import LEASE_NAMESPACE, LEASES
from storagetui.sim.controllers.world import World
from storagetui.sim.events import Source
from storagetui.sim.facts import Key, condition, is_node_ready, is_true, key_of
from storagetui.sim.wire import Json, copied, dig, name_of, namespace_of

SOURCE = Source("node-controller")
GRACE_S = 50.0
"""After that long without a sign of life a node counts as Unknown (node-monitor-grace-period, 50 s since 1.32)."""
UNREACHABLE = "node.kubernetes.io/unreachable"
NOT_READY = "node.kubernetes.io/not-ready"


class NodeLifecycle(Controller):
    """Judges nodes by the time since it saw their leases change."""

    watches = ("nodes", LEASES)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._seen_s: dict[str, float] = {}
        self._readiness: dict[str, bool] = {}

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """The node itself, or the one whose lease was renewed."""
        if resource == LEASES:
            if namespace_of(obj) != LEASE_NAMESPACE or event == "DELETED":
                return ()
            self._seen_s[name_of(obj)] = self._renewed_s(obj)
            return [("", name_of(obj))]
        if event == "DELETED":
            self._seen_s.pop(name_of(obj), None)
            self._readiness.pop(name_of(obj), None)
        return [key_of(obj)]

    def _renewed_s(self, lease: Json) -> float:
        stamp = dig(lease, "spec", "renewTime") or lease["metadata"]["creationTimestamp"]
        return self.world.clock.elapsed_s() - self.world.clock.since_s(stamp)

    def reconcile(self, key: Key) -> None:
        """Mark the node Unknown when it is silent; taint it by its Ready condition; tell its pods."""
        node = self.world.store.find("nodes", key[1])
        if node is None:
            return
        now_s = self.world.clock.elapsed_s()
        silent_s = now_s - self._seen_s.setdefault(key[1], now_s)
        if self.world.agenda.present_s is not None and self.world.machines.is_up(key[1]):
            # While the past is played in no time the heartbeats of living machines are left out.
            self.look(key, self.world.agenda.rest(GRACE_S, tail_s=0.0))
            silent_s = 0.0
        elif silent_s < GRACE_S:
            self.look(key, GRACE_S - silent_s + 0.5)
        if silent_s >= GRACE_S and dig(condition(node, "Ready"), "status") != "Unknown":
            node = self._mark_unknown(node)
        self._taint(node)
        ready = is_node_ready(node)
        if self._readiness.get(key[1]) and not ready:
            said = f"Node {key[1]} status is now: NodeNotReady"
            self.world.recorder.normal(SOURCE, "nodes", node, "NodeNotReady", said)
            self._mark_pods(key[1])
        self._readiness[key[1]] = ready

    def _mark_unknown(self, node: Json) -> Json:
        now = self.world.clock.timestamp()

        def put(obj: Json) -> None:
            for item in dig(obj, "status", "conditions", default=[]):
                if item["status"] != "Unknown":
                    item |= {"status": "Unknown", "reason": "NodeStatusUnknown", "lastTransitionTime": now}
                    item["message"] = "Kubelet stopped posting node status."

        return self.world.store.modify("nodes", name_of(node), "", put, subresource="status")

    def _taint(self, node: Json) -> None:
        """Unknown: unreachable; False: not ready; True: neither. Each with both effects."""
        state = dig(condition(node, "Ready"), "status", default="Unknown")
        key = {"Unknown": UNREACHABLE, "False": NOT_READY}.get(state)
        old = dig(node, "spec", "taints", default=[])
        kept = [item for item in old if item["key"] not in (UNREACHABLE, NOT_READY)]
        known = {(item["key"], item["effect"]): item for item in old}
        now = self.world.clock.timestamp()
        for effect in ("NoSchedule", "NoExecute") if key else ():
            fresh = {"key": key, "effect": effect, "timeAdded": now}
            kept.append(copied(known.get((key or "", effect), fresh)))
        if kept == old:
            return

        def put(obj: Json) -> None:
            obj["spec"]["taints"] = kept
            if not kept:
                del obj["spec"]["taints"]

        self.world.store.modify("nodes", name_of(node), "", put)

    def _mark_pods(self, node: str) -> None:
        """Pods of a node that is not ready are not Ready either (MarkPodsNotReady)."""
        now = self.world.clock.timestamp()

        def put(obj: Json) -> None:
            for item in dig(obj, "status", "conditions", default=[]):
                if item["type"] == "Ready":
                    item |= {"status": "False", "lastTransitionTime": now}

        for pod in self.world.relations.pods_on_node.of(node):
            if is_true(pod, "Ready"):
                where = ("pods", name_of(pod), namespace_of(pod))
                self.world.store.modify(*where, put, subresource="status")
                self.world.recorder.warning(SOURCE, "pods", pod, "NodeNotReady", "Node is not ready")
