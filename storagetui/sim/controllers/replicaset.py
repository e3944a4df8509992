"""The ReplicaSet controller: as many pods as wanted. Source: kubernetes/pkg/controller/replicaset/replica_set.go."""

from collections.abc import Iterable

from storagetui.sim.controllers.controller import Controller
from storagetui.sim.controllers.set_identity import owner_reference
from storagetui.sim.events import Source
from storagetui.sim.facts import (
    Key,
    being_deleted,
    condition,
    controller_of,
    is_finished,
    is_true,
    key_of,
    node_of,
    phase,
)
from storagetui.sim.refusal import Refusal
from storagetui.sim.wire import Json, copied, dig, name_of, namespace_of, uid_of

REPLICA_SETS = "replicasets.apps"
SOURCE = Source("replicaset-controller")


class ReplicaSetController(Controller):
    """Creates and deletes the pods of each replica set."""

    watches = (REPLICA_SETS, "pods")

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """The replica set itself, or the one that controls a pod."""
        if resource == REPLICA_SETS:
            return [key_of(obj)]
        owner = controller_of(obj)
        return [(namespace_of(obj), owner["name"])] if owner and owner["kind"] == "ReplicaSet" else []

    def reconcile(self, key: Key) -> None:
        """Create missing pods or delete surplus ones, then count them."""
        replica_set = self.world.store.find(REPLICA_SETS, key[1], key[0])
        if replica_set is None:
            return
        try:
            if not being_deleted(replica_set):
                self._scale(replica_set)
        finally:
            self._write_status(replica_set)

    def _pods(self, replica_set: Json) -> list[Json]:
        pods = self.world.relations.pods_of_controller.of(uid_of(replica_set))
        return [pod for pod in pods if not is_finished(pod) and not being_deleted(pod)]

    def _scale(self, replica_set: Json) -> None:
        pods = self._pods(replica_set)
        missing = int(dig(replica_set, "spec", "replicas", default=1)) - len(pods)
        for _ in range(missing):
            self._create(replica_set)
        for pod in sorted(pods, key=_worth)[: max(0, -missing)]:
            self.world.store.delete("pods", name_of(pod), namespace_of(pod), uid=uid_of(pod))
            said = f"Deleted pod: {name_of(pod)}"
            self.world.recorder.normal(SOURCE, REPLICA_SETS, replica_set, "SuccessfulDelete", said)

    def _create(self, replica_set: Json) -> None:
        template = dig(replica_set, "spec", "template", default={})
        metadata = copied(template.get("metadata") or {})
        metadata.pop("creationTimestamp", None)
        metadata |= {"generateName": f"{name_of(replica_set)}-", "namespace": namespace_of(replica_set)}
        metadata["ownerReferences"] = [owner_reference(replica_set)]
        recorder = self.world.recorder
        try:
            made = self.world.store.create("pods", {"metadata": metadata, "spec": copied(template.get("spec") or {})})
        except Refusal as error:
            said = f"Error creating: {error.message}"
            recorder.warning(SOURCE, REPLICA_SETS, replica_set, "FailedCreate", said)
            raise
        recorder.normal(SOURCE, REPLICA_SETS, replica_set, "SuccessfulCreate", f"Created pod: {name_of(made)}")

    def _write_status(self, replica_set: Json) -> None:
        pods = self._pods(replica_set)
        ready = sum(is_true(pod, "Ready") for pod in pods)
        available = sum(self._is_available(replica_set, pod) for pod in pods)
        status: Json = {"replicas": len(pods), "observedGeneration": replica_set["metadata"]["generation"]}
        counts = {"fullyLabeledReplicas": len(pods), "readyReplicas": ready, "availableReplicas": available}
        status |= {name: count for name, count in counts.items() if count}
        old = self.world.store.find(REPLICA_SETS, name_of(replica_set), namespace_of(replica_set))
        if old is not None and old.get("status") != status:

            def put(obj: Json) -> None:
                obj["status"] = status

            where = (REPLICA_SETS, name_of(replica_set), namespace_of(replica_set))
            self.world.store.modify(*where, put, subresource="status")

    def _is_available(self, replica_set: Json, pod: Json) -> bool:
        if not is_true(pod, "Ready"):
            return False
        min_ready_s = int(dig(replica_set, "spec", "minReadySeconds", default=0))
        ready_s = self.world.clock.since_s(dig(condition(pod, "Ready"), "lastTransitionTime"))
        if min_ready_s and ready_s < min_ready_s:
            self.look(key_of(replica_set), min_ready_s - ready_s + 0.01)
            return False
        return True


def _worth(pod: Json) -> tuple[bool, bool, bool, tuple[int, ...], str]:
    """Least wanted first: not scheduled, not running, not ready, youngest (controller.ActivePodsWithRanks)."""
    created = dig(pod, "metadata", "creationTimestamp", default="")
    youngest = tuple(-ord(letter) for letter in created)
    return bool(node_of(pod)), phase(pod) == "Running", is_true(pod, "Ready"), youngest, name_of(pod)
