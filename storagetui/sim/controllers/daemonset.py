"""The DaemonSet controller: one pod on every node it suits.

A changed template reaches a node when its pod is deleted, as with the OnDelete strategy.
Source: kubernetes/pkg/controller/daemon/daemon_controller.go.
"""

from collections.abc import Iterable

from storagetui.sim.controllers.controller import Controller
from storagetui.sim.controllers.revisions import template_hash
from storagetui.sim.controllers.set_identity import REVISION_LABEL, owner_reference
from storagetui.sim.events import Source
from storagetui.sim.facts import Key, being_deleted, controller_of, is_finished, is_true, key_of, labels, node_of
from storagetui.sim.wire import Json, copied, dig, name_of, namespace_of, uid_of

DAEMON_SETS = "daemonsets.apps"
SOURCE = Source("daemonset-controller")
TOLERATED = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)


class DaemonSetController(Controller):
    """Keeps one pod on each node that the set selects."""

    watches = (DAEMON_SETS, "nodes", "pods")

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """The set itself, the one that controls a pod, all of them for a node that comes, goes or is relabeled."""
        if resource == DAEMON_SETS:
            return [key_of(obj)]
        if resource == "pods":
            owner = controller_of(obj)
            return [(namespace_of(obj), owner["name"])] if owner and owner["kind"] == "DaemonSet" else ()
        if old is not None and labels(obj) == labels(old):
            return ()
        return [key_of(item) for item in self.world.store.list(DAEMON_SETS)]

    def reconcile(self, key: Key) -> None:
        """Create what is missing, delete what is on the wrong node, count."""
        daemon_set = self.world.store.find(DAEMON_SETS, key[1], key[0])
        if daemon_set is None or being_deleted(daemon_set):
            return
        wanted = {name_of(node) for node in self.world.store.list("nodes") if _suits(daemon_set, node)}
        pods = self.world.relations.pods_of_controller.of(uid_of(daemon_set))
        there = {_target(pod): pod for pod in pods if not is_finished(pod)}
        for node in sorted(wanted - set(there)):
            self._create(daemon_set, node)
        for pod in pods:
            if (_target(pod) not in wanted or is_finished(pod)) and not being_deleted(pod):
                self.world.store.delete("pods", name_of(pod), namespace_of(pod), uid=uid_of(pod))
        self._write_status(daemon_set, wanted, list(there.values()))

    def _create(self, daemon_set: Json, node: str) -> None:
        template = copied(dig(daemon_set, "spec", "template", default={}))
        metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
        metadata |= {"generateName": f"{name_of(daemon_set)}-", "namespace": namespace_of(daemon_set)}
        metadata["ownerReferences"] = [owner_reference(daemon_set)]
        metadata["labels"] = {**metadata.get("labels", {}), REVISION_LABEL: template_hash(template)}
        field = {"key": "metadata.name", "operator": "In", "values": [node]}
        required = {"nodeSelectorTerms": [{"matchFields": [field]}]}
        spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
        tolerations = [{"key": key, "operator": "Exists", "effect": effect} for key, effect in TOLERATED]
        spec["tolerations"] = [*spec.get("tolerations", []), *tolerations]
        made = self.world.store.create("pods", {"metadata": metadata, "spec": spec})
        said = f"Created pod: {name_of(made)}"
        self.world.recorder.normal(SOURCE, DAEMON_SETS, daemon_set, "SuccessfulCreate", said)

    def _write_status(self, daemon_set: Json, wanted: set[str], pods: list[Json]) -> None:
        scheduled = [pod for pod in pods if node_of(pod) in wanted]
        ready = sum(is_true(pod, "Ready") for pod in scheduled)
        status: Json = {"currentNumberScheduled": len(scheduled), "desiredNumberScheduled": len(wanted)}
        status |= {"numberMisscheduled": 0, "numberReady": ready, "updatedNumberScheduled": len(scheduled)}
        status["observedGeneration"] = daemon_set["metadata"]["generation"]
        counts = {"numberAvailable": ready, "numberUnavailable": len(wanted) - ready}
        status |= {name: count for name, count in counts.items() if count}
        if daemon_set.get("status") != status:

            def put(obj: Json) -> None:
                obj["status"] = status

            where = (DAEMON_SETS, name_of(daemon_set), namespace_of(daemon_set))
            self.world.store.modify(*where, put, subresource="status")


def _suits(daemon_set: Json, node: Json) -> bool:
    selector = dig(daemon_set, "spec", "template", "spec", "nodeSelector", default={})
    return all(labels(node).get(key) == value for key, value in selector.items())


def _target(pod: Json) -> str:
    """The node a daemon pod is meant for, bound or not."""
    path = ("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
    return str(dig(pod, *path, 0, "matchFields", 0, "values", 0, default=node_of(pod)))
