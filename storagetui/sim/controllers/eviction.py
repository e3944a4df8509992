"""The taint eviction controller: pods leave a node whose NoExecute taint they do not tolerate, or not for ever.

Source: kubernetes/pkg/controller/tainteviction/taint_eviction.go.
"""

from collections.abc import Iterable

from storagetui.sim.controllers.controller import Controller
from storagetui.sim.controllers.world import World
from storagetui.sim.events import Source
from storagetui.sim.facts import Key, being_deleted, is_finished, key_of, node_of
from storagetui.sim.wire import Json, copied, dig, name_of, namespace_of, uid_of

SOURCE = Source("taint-eviction-controller")


class Eviction(Controller):
    """Deletes pods from tainted nodes when their toleration is over."""

    watches = ("nodes", "pods")

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._since_s: dict[str, float] = {}
        """Since when a pod, by uid, stands under taints that it tolerates for a while only."""

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """A pod that is bound; all pods of a node whose taints change."""
        if resource == "pods":
            if event == "DELETED":
                self._since_s.pop(uid_of(obj), None)
                return ()
            return [key_of(obj)] if node_of(obj) and (old is None or not node_of(old)) else ()
        if old is not None and dig(obj, "spec", "taints") == dig(old, "spec", "taints"):
            return ()
        return [key_of(pod) for pod in self.world.relations.pods_on_node.of(name_of(obj))]

    def reconcile(self, key: Key) -> None:
        """Delete the pod when the shortest toleration is over."""
        pod = self.world.store.find("pods", key[1], key[0])
        node = self.world.store.find("nodes", node_of(pod)) if pod is not None else None
        if pod is None or node is None or being_deleted(pod) or is_finished(pod):
            return
        taints = [item for item in dig(node, "spec", "taints", default=[]) if item["effect"] == "NoExecute"]
        limits = [_tolerated_s(pod, taint) for taint in taints]
        bounded = [limit for limit in limits if limit is not None]
        if not bounded:
            if self._since_s.pop(uid_of(pod), None) is not None:
                said = f"Cancelling deletion of Pod {key[0]}/{key[1]}"
                self.world.recorder.normal(SOURCE, "pods", pod, "TaintManagerEviction", said)
            return
        now_s = self.world.clock.elapsed_s()
        left_s = self._since_s.setdefault(uid_of(pod), now_s) + min(bounded) - now_s
        if left_s > 0:
            self.look(key, left_s)
            return
        self._evict(pod)

    def _evict(self, pod: Json) -> None:
        key, now = key_of(pod), self.world.clock.timestamp()
        said = f"Marking for deletion Pod {key[0]}/{key[1]}"
        self.world.recorder.normal(SOURCE, "pods", pod, "TaintManagerEviction", said)
        why = "Taint manager: deleting due to NoExecute taint"
        mark_as_disrupted(self.world, pod, "DeletionByTaintManager", why, now)
        self.world.store.delete("pods", key[1], key[0], uid=uid_of(pod))


def mark_as_disrupted(world: World, pod: Json, reason: str, message: str, now: str) -> None:
    """Say in the condition DisruptionTarget who takes the pod away."""

    def put(obj: Json) -> None:
        status = obj.setdefault("status", {})
        others = [copied(item) for item in status.get("conditions", []) if item["type"] != "DisruptionTarget"]
        said = {"type": "DisruptionTarget", "status": "True", "reason": reason, "message": message}
        status["conditions"] = [*others, {**said, "lastProbeTime": None, "lastTransitionTime": now}]

    world.store.modify("pods", name_of(pod), namespace_of(pod), put, subresource="status")


def _tolerated_s(pod: Json, taint: Json) -> float | None:
    """How long the pod tolerates the taint; None for ever."""
    fitting = [
        item
        for item in dig(pod, "spec", "tolerations", default=[])
        if item.get("key") in (taint["key"], None, "") and item.get("effect") in (taint["effect"], None, "")
    ]
    if not fitting:
        return 0.0
    limits = [float(item["tolerationSeconds"]) for item in fitting if item.get("tolerationSeconds") is not None]
    return max(0.0, min(limits)) if limits else None
