"""The scheduler: chooses a node for each pod, has its claims bound there, and binds it.

Source: kubernetes/pkg/scheduler/schedule_one.go, framework/types.go (FitError), plugins/volumebinding/binder.go.
"""

from collections import Counter
from collections.abc import Iterable

import msgspec

from storagetui.sim.controllers.controller import Backoff, Controller
from storagetui.sim.controllers.scheduling import (
    HELPED_BY_PREEMPTION,
    PodVolumes,
    obstacles,
    static_matches,
    unmatched,
    volumes_of,
)
from storagetui.sim.controllers.world import World
from storagetui.sim.events import Source
from storagetui.sim.facts import (
    BIND_COMPLETED,
    SELECTED_NODE,
    ZONE,
    Key,
    annotation,
    being_deleted,
    claim_names,
    condition,
    controller_of,
    fits_node,
    is_finished,
    key_of,
    labels,
    node_of,
)
from storagetui.sim.wire import Json, dig, name_of, namespace_of, uid_of

CLAIMS = "persistentvolumeclaims"
SOURCE = Source("default-scheduler", series=True)
BIND_TIMEOUT_S = 600.0
FLUSH_PERIOD_S = 300.0
"""Pods that could not be scheduled are tried again that often even if nothing happens."""
NOT_BOUND = 'running PreBind plugin "VolumeBinding": binding volumes: '


class _Choice(msgspec.Struct):
    """A node that was chosen for a pod whose claims are still being bound."""

    uid: str
    node: str
    since_s: float


class Scheduler(Controller):
    """Binds pods to nodes."""

    watches = ("pods", CLAIMS, "persistentvolumes", "nodes", "csinodes.storage.k8s.io", "storageclasses.storage.k8s.io")
    latency_s = (0.02, 0.15)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._choices: dict[Key, _Choice] = {}
        self._tries = Backoff(1.0, 10.0)
        self._not_before: dict[Key, float] = {}

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """An unscheduled pod itself, those that wait for a claim, all of them when nodes or volumes change."""
        if resource == "pods":
            if event == "DELETED" or node_of(obj):
                self._forget(key_of(obj))
                return self._waiting() if event == "DELETED" and node_of(obj) else ()
            return [key_of(obj)] if event == "ADDED" or being_deleted(obj) else ()
        if resource == CLAIMS:
            return [key_of(pod) for pod in self.world.relations.pods_of_claim.of(key_of(obj)) if not node_of(pod)]
        if resource == "nodes" and old is not None and _same_to_scheduler(obj, old):
            return ()
        return self._waiting() if event != "DELETED" else ()

    def _waiting(self) -> list[Key]:
        return [key_of(pod) for pod in self.world.relations.unscheduled_pods.of(True)]

    def _forget(self, key: Key) -> None:
        self._choices.pop(key, None)
        self._not_before.pop(key, None)
        self._tries.forget(key)

    def reconcile(self, key: Key) -> None:
        """Choose a node, or go on binding the claims of a pod whose node is chosen."""
        pod = self.world.store.find("pods", key[1], key[0])
        if pod is None or node_of(pod) or being_deleted(pod) or is_finished(pod):
            self._forget(key)
            return
        if dig(pod, "spec", "schedulerName", default="default-scheduler") != "default-scheduler":
            return
        choice = self._choices.get(key)
        if choice is not None and choice.uid == uid_of(pod):
            self._go_on_binding(pod, choice)
            return
        wait_s = self._not_before.get(key, 0.0) - self.world.clock.elapsed_s()
        if wait_s > 0:
            self.look(key, wait_s)
        else:
            self._schedule(pod)

    def _schedule(self, pod: Json) -> None:
        nodes = self.world.store.list("nodes")
        volumes = volumes_of(self.world, pod)
        if volumes.problem:
            self._give_up(pod, f"0/{len(nodes)} nodes are available: {volumes.problem}." + _helpless(len(nodes), 0))
            return
        neighbors = {name_of(node): self._pods_on(name_of(node)) for node in nodes}
        found = {name_of(node): obstacles(self.world, pod, node, volumes, neighbors[name_of(node)]) for node in nodes}
        fitting = [node for node in nodes if not found[name_of(node)]]
        if not fitting:
            self._give_up(pod, _fit_error(found))
            return
        places = self._places_of_siblings(pod)
        zones = {name_of(node): labels(node).get(ZONE) for node in nodes}

        def crowd(node: Json) -> tuple[int, int, int, str]:
            """How full a node is in the eyes of this pod: its siblings in the zone and on the node, then all pods."""
            name = name_of(node)
            in_zone = sum(zones.get(place) == zones[name] for place in places)
            return in_zone, places.count(name), len(neighbors[name]), name

        self._reserve(pod, min(fitting, key=crowd), volumes)

    def _pods_on(self, node: str) -> list[Json]:
        """The pods of a node that have not ended, and those whose claims are being bound there."""
        pods = [item for item in self.world.relations.pods_on_node.of(node) if not is_finished(item)]
        for (namespace, name), choice in self._choices.items():
            chosen = self.world.store.find("pods", name, namespace) if choice.node == node else None
            if chosen is not None and not node_of(chosen):
                pods.append(chosen)
        return pods

    def _places_of_siblings(self, pod: Json) -> list[str]:
        """The nodes of the other pods of the same controller."""
        owner = controller_of(pod)
        siblings = self.world.relations.pods_of_controller.of(owner["uid"]) if owner else []
        return [place for item in siblings if (place := node_of(item) or self._chosen(item))]

    def _chosen(self, pod: Json) -> str:
        choice = self._choices.get(key_of(pod))
        return choice.node if choice is not None and choice.uid == uid_of(pod) else ""

    def _reserve(self, pod: Json, node: Json, volumes: PodVolumes) -> None:
        """Have late claims bound on the node, or bind the pod at once when there are none."""
        if not volumes.late:
            self._bind(pod, name_of(node))
            return
        matches = static_matches(self.world, node, volumes)
        for claim in unmatched(self.world, node, volumes):

            def select(obj: Json) -> None:
                obj["metadata"].setdefault("annotations", {})[SELECTED_NODE] = name_of(node)

            self.world.store.modify(CLAIMS, name_of(claim), namespace_of(claim), select)
        for (namespace, name), volume in matches.items():
            reference = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": namespace, "name": name}
            reference["uid"] = uid_of(self.world.store.get(CLAIMS, name, namespace))

            def reserve(obj: Json, reference: Json = reference) -> None:
                obj["spec"]["claimRef"] = reference
                obj["metadata"].setdefault("annotations", {})["pv.kubernetes.io/bound-by-controller"] = "yes"

            self.world.store.modify("persistentvolumes", name_of(volume), "", reserve)
        now_s = self.world.clock.elapsed_s()
        self._choices[key_of(pod)] = _Choice(uid_of(pod), name_of(node), now_s)
        self.look(key_of(pod), BIND_TIMEOUT_S)

    def _go_on_binding(self, pod: Json, choice: _Choice) -> None:
        """Bind the pod once all its claims are bound where it is to run."""
        node = self.world.store.find("nodes", choice.node)
        waiting = False
        for name in claim_names(pod):
            claim = self.world.store.find(CLAIMS, name, namespace_of(pod))
            if problem := self._binding_problem(name, claim, node):
                self._choices.pop(key_of(pod))
                self._give_up(pod, NOT_BOUND + problem)
                return
            waiting |= claim is not None and not annotation(claim, BIND_COMPLETED)
        if not waiting:
            self._choices.pop(key_of(pod))
            self._bind(pod, choice.node)
        elif self.world.clock.elapsed_s() - choice.since_s >= BIND_TIMEOUT_S:
            self._choices.pop(key_of(pod))
            self._give_up(pod, NOT_BOUND + "context deadline exceeded")

    def _binding_problem(self, name: str, claim: Json | None, node: Json | None) -> str:
        if node is None:
            return f"failed to get node: node for claim {name!r} not found"
        if claim is None or being_deleted(claim):
            return f'provisioning failed for PVC "{name}"'
        if annotation(claim, BIND_COMPLETED):
            volume = self.world.store.find("persistentvolumes", dig(claim, "spec", "volumeName", default=""))
            if volume is not None and not fits_node(volume, node):
                why = "no matching NodeSelectorTerms"
                return f'pv "{name_of(volume)}" node affinity doesn\'t match node "{name_of(node)}": {why}'
            return ""
        volumes = self.world.relations.volumes_of_claim.of(key_of(claim))
        if not annotation(claim, SELECTED_NODE) and not volumes:
            return f'selectedNode annotation reset for PVC "{name}"'
        return ""

    def _bind(self, pod: Json, node: str) -> None:
        key = key_of(pod)
        now = self.world.clock.timestamp()

        def assign(obj: Json) -> None:
            obj["spec"]["nodeName"] = node

        def put(obj: Json) -> None:
            status = obj.setdefault("status", {})
            scheduled = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
            others = [item for item in status.get("conditions", []) if item["type"] != "PodScheduled"]
            status["conditions"] = [*others, scheduled]

        self.world.store.modify("pods", key[1], key[0], assign, subresource="binding")
        bound = self.world.store.modify("pods", key[1], key[0], put, subresource="status")
        said = f"Successfully assigned {key[0]}/{key[1]} to {node}"
        self.world.recorder.normal(SOURCE, "pods", bound, "Scheduled", said, "Binding")
        self._forget(key)

    def _give_up(self, pod: Json, message: str) -> None:
        """Say why in the condition and an event; try again when something changes, or after five minutes."""
        now = self.world.clock.timestamp()
        old = condition(pod, "PodScheduled") or {}
        said = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}

        def put(obj: Json) -> None:
            status = obj.setdefault("status", {})
            since = old.get("lastTransitionTime", now) if old.get("status") == "False" else now
            others = [item for item in status.get("conditions", []) if item["type"] != "PodScheduled"]
            status["conditions"] = [*others, {**said, "lastProbeTime": None, "lastTransitionTime": since}]

        key = key_of(pod)
        self.world.store.modify("pods", key[1], key[0], put, subresource="status")
        self.world.recorder.warning(SOURCE, "pods", pod, "FailedScheduling", message, "Scheduling")
        self._not_before[key] = self.world.clock.elapsed_s() + self._tries.next_s(key)
        self.look(key, self.world.agenda.rest(FLUSH_PERIOD_S))


def _same_to_scheduler(new: Json, old: Json) -> bool:
    same = all(dig(new, *path) == dig(old, *path) for path in (("metadata", "labels"), ("spec",)))
    return same and dig(new, "status", "allocatable") == dig(old, "status", "allocatable")


def _fit_error(found: dict[str, list[str]]) -> str:
    """All nodes with the reasons against them, counted and sorted as text, and what preemption makes of it."""
    counts = Counter(reason for reasons in found.values() for reason in reasons)
    listed = ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))
    victims = sum(bool(reasons) and set(reasons) <= HELPED_BY_PREEMPTION for reasons in found.values())
    why = f" {listed}." if listed else ""
    return f"0/{len(found)} nodes are available:{why} no new claims to deallocate," + _helpless(len(found), victims)


def _helpless(nodes: int, victims: int) -> str:
    parts = []
    if victims:
        parts.append(f"{victims} No preemption victims found for incoming pod")
    if nodes - victims or not nodes:
        parts.append(f"{nodes - victims} Preemption is not helpful for scheduling")
    return f" preemption: 0/{nodes} nodes are available: {', '.join(parts)}."
