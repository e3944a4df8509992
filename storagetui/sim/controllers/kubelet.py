"""The kubelets of all nodes: mount volumes, start containers, report, stop and remove pods.

Source: kubernetes/pkg/kubelet: kubelet.go, pod_workers.go, kuberuntime/kuberuntime_container.go, images.
"""

from collections.abc import Iterable

import msgspec

from storagetui.sim.controllers.controller import Controller
from storagetui.sim.controllers.images import Behavior
from storagetui.sim.controllers.mounts import Mounts
from storagetui.sim.controllers.pod_status import ENDED, RUNNING, WAITING, Containers, ended, readable, status_of
from storagetui.sim.controllers.world import World
from storagetui.sim.events import Source
from storagetui.sim.facts import Key, being_deleted, is_finished, is_true, key_of, node_of, phase, uses_volumes
from storagetui.sim.wire import Json, copied, dig, name_of, namespace_of, uid_of

STOP_S = (0.4, 2.0)
CRASH_BACKOFF_S = (10.0, 300.0)
CRASH_RESET_S = 600.0
PROBE_PERIOD_S = 10.0


class _Sandbox(msgspec.Struct):
    """What a kubelet keeps about one pod."""

    node: str
    stage: str = "volumes"
    """volumes, image, started, running, backoff, stopping, ended."""
    due_s: float | None = None
    """When the stage is over."""
    containers: Containers = msgspec.field(default_factory=Containers)
    started_s: float = 0.0
    crashes: int = 0


class Kubelet(Controller):
    """Moves pods from bound to Running and, once they are deleted, out of the cluster."""

    watches = ("pods", "persistentvolumeclaims", "volumeattachments.storage.k8s.io", "csinodes.storage.k8s.io")
    latency_s = (0.02, 0.2)

    def __init__(self, world: World, mounts: Mounts) -> None:
        super().__init__(world)
        self._mounts = mounts
        self._sandboxes: dict[str, _Sandbox] = {}
        """By the uid of the pod."""
        self._pulled: set[tuple[str, str]] = set()
        self._addresses: dict[str, int] = {}

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """A bound pod itself; pods on a node whose volumes or drivers change."""
        if resource == "pods":
            if event == "DELETED":
                self._release(obj)
                return ()
            return [key_of(obj)] if node_of(obj) else ()
        if resource == "persistentvolumeclaims":
            users = self.world.relations.pods_of_claim.of(key_of(obj))
            return [key_of(pod) for pod in users if node_of(pod) and not is_true(pod, "Ready")]
        node = name_of(obj) if resource == "csinodes.storage.k8s.io" else dig(obj, "spec", "nodeName", default="")
        return self._starting_on(node)

    def _starting_on(self, node: str) -> list[Key]:
        pods = self.world.relations.pods_on_node.of(node)
        return [key_of(pod) for pod in pods if phase(pod) == "Pending" and uses_volumes(pod)]

    def machine_changed(self, node: str) -> None:
        """A machine that comes back finds pods to remove and volumes to unmount."""
        if not self.world.machines.is_up(node):
            return
        here = self.world.relations.pods_on_node.of(node)
        alive = {uid_of(pod) for pod in here}
        for uid in [uid for uid, box in self._sandboxes.items() if box.node == node and uid not in alive]:
            del self._sandboxes[uid]
            self._mounts.release(node, uid)
        for pod in here:
            self.look(key_of(pod), self.world.draw_s((0.5, 3.0)))

    def _release(self, pod: Json) -> None:
        """The pod object has gone: unmount, unless nobody is there to do it."""
        if uid_of(pod) in self._sandboxes and self.world.machines.is_up(node_of(pod)):
            del self._sandboxes[uid_of(pod)]
            self.world.agenda.add(self._unmount, (node_of(pod), uid_of(pod)), self.world.draw_s(STOP_S))

    def _unmount(self, key: Key) -> None:
        if self.world.machines.is_up(key[0]):
            self._mounts.release(*key)

    def reconcile(self, key: Key) -> None:
        """Take the pod through its current stage."""
        pod = self.world.store.find("pods", key[1], key[0])
        if pod is None or not node_of(pod) or not self.world.machines.is_up(node_of(pod)):
            return
        box = self._sandboxes.get(uid_of(pod)) or self._admit(pod)
        if being_deleted(pod):
            self._stop(pod, box)
        elif is_finished(pod) or box.stage == "ended":
            self._mounts.release(box.node, uid_of(pod))
        else:
            self._advance(pod, box)

    def _admit(self, pod: Json) -> _Sandbox:
        """Take a pod in; one that runs already is taken as it is."""
        box = self._sandboxes[uid_of(pod)] = _Sandbox(node_of(pod))
        if phase(pod) == "Running":
            box.stage = "running"
            box.containers.address = dig(pod, "status", "podIP", default="")
            box.containers.sandbox = True
            box.containers.state = RUNNING
            box.containers.ready = is_true(pod, "Ready")
            state = dig(pod, "status", "containerStatuses", 0, default={})
            box.containers.started_at = dig(
                state, "state", "running", "startedAt", default=self.world.clock.timestamp()
            )
            box.containers.restarts = state.get("restartCount", 0)
            box.containers.last = copied(dig(state, "lastState", "terminated", default={}))
            self._mounts.adopt(pod)
        elif not is_finished(pod) and not self.world.agenda.is_long_ago():
            self._report(pod, box)
        return box

    def _advance(self, pod: Json, box: _Sandbox) -> None:
        if box.stage == "volumes":
            wait_s = self._mounts.prepare(pod)
            if wait_s is not None:
                self.look(key_of(pod), wait_s)
                return
            self._pull(pod, box)
        elif box.stage == "running" and box.containers.ready != is_true(pod, "Ready"):
            self._report(pod, box)  # somebody else wrote the condition, as the node controller does for a silent node
        left_s = 0.0 if box.due_s is None else box.due_s - self.world.clock.elapsed_s()
        if left_s > 0:
            self.look(key_of(pod), left_s)
        elif box.stage == "image":
            self._start(pod, box)
        elif box.stage == "started":
            self._become_ready(pod, box)
        elif box.stage == "running" and box.due_s is not None:
            self._end(pod, box)
        elif box.stage == "backoff":
            box.containers.restarts += 1
            self._start(pod, box)

    def _behavior(self, pod: Json) -> Behavior:
        return self.world.images.of(pod["spec"]["containers"][0]["image"])

    def _wait(self, pod: Json, box: _Sandbox, stage: str, seconds: float | None) -> None:
        box.stage = stage
        box.due_s = None if seconds is None else self.world.clock.elapsed_s() + seconds
        if seconds is not None:
            self.look(key_of(pod), seconds)

    def _pull(self, pod: Json, box: _Sandbox) -> None:
        """Volumes are there: set up the network, pull the images."""
        number = self._addresses[box.node] = self._addresses.get(box.node, 1) % 250 + 1
        prefix = dig(self.world.store.find("nodes", box.node), "spec", "podCIDR", default="10.244.0.0/24")
        box.containers.address = f"{prefix.rsplit('.', 1)[0]}.{number}"
        box.containers.sandbox = True
        longest_s = 0.0
        for image in dict.fromkeys(item["image"] for item in pod["spec"]["containers"]):
            if (box.node, image) in self._pulled:
                self._say(pod, "Pulled", f'Container image "{image}" already present on machine')
                continue
            self._pulled.add((box.node, image))
            took_s = self.world.draw_s(self.world.images.of(image).pull_s)
            longest_s = max(longest_s, took_s)
            self._say(pod, "Pulling", f'Pulling image "{image}"')
            size = 20_000_000 + hash_number(image) % 180_000_000
            took = f"{took_s:.3f}s ({took_s:.3f}s including waiting)"
            said = f'Successfully pulled image "{image}" in {took}. Image size: {size} bytes.'
            self.world.agenda.add(self._say_later, (*key_of(pod), "Pulled", said), took_s)
        self._wait(pod, box, "image", longest_s)
        if not self.world.agenda.is_long_ago():
            self._report(pod, box)

    def _say_later(self, key: tuple[str, str, str, str]) -> None:
        namespace, name, reason, said = key
        if pod := self.world.store.find("pods", name, namespace):
            self._say(pod, reason, said)

    def _start(self, pod: Json, box: _Sandbox) -> None:
        for _ in pod["spec"]["containers"]:
            self._say(pod, "Created", "Container created")
            self._say(pod, "Started", "Container started")
        box.containers.state = RUNNING
        box.containers.started_at = self.world.clock.timestamp()
        box.started_s = self.world.clock.elapsed_s()
        self._wait(pod, box, "started", self.world.draw_s(self._behavior(pod).ready_s))
        self._report(pod, box)

    def _become_ready(self, pod: Json, box: _Sandbox) -> None:
        behavior = self._behavior(pod)
        if behavior.unready:
            self._say(pod, "Unhealthy", f"Readiness probe failed: {behavior.probe}", warning=True)
            self._wait(pod, box, "started", self.world.agenda.rest(PROBE_PERIOD_S))
            return
        box.containers.ready = True
        self._wait(pod, box, "running", self.world.draw_s(behavior.runs_s) if behavior.runs_s else None)
        self._report(pod, box)

    def _end(self, pod: Json, box: _Sandbox) -> None:
        """The containers end by themselves: for good, or to be started again after a pause."""
        containers, behavior = box.containers, self._behavior(pod)
        containers.finished_at = self.world.clock.timestamp()
        containers.exit_code = behavior.exit_code
        containers.ready = False
        policy = dig(pod, "spec", "restartPolicy", default="Always")
        if policy == "Never" or (policy == "OnFailure" and not behavior.exit_code):
            containers.state = ENDED
            self._wait(pod, box, "ended", None)
            self._report(pod, box)
            self._mounts.release(box.node, uid_of(pod))
            return
        lived_s = self.world.clock.elapsed_s() - box.started_s
        box.crashes = 0 if lived_s > CRASH_RESET_S else box.crashes
        containers.last = ended(containers)
        containers.state = WAITING
        pause_s = min(CRASH_BACKOFF_S[1], CRASH_BACKOFF_S[0] * 2.0 ** (box.crashes - 1)) if box.crashes else 1.0
        box.crashes += 1
        name = pod["spec"]["containers"][0]["name"]
        containers.reason = "CrashLoopBackOff"
        containers.message = f"back-off {int(pause_s)}s restarting failed container={name} pod={readable(pod)}"
        if pause_s > 1.0:
            said = f"Back-off restarting failed container {name} in pod {readable(pod)}"
            self._say(pod, "BackOff", said, warning=True)
        self._wait(pod, box, "backoff", pause_s)
        self._report(pod, box)

    def _stop(self, pod: Json, box: _Sandbox) -> None:
        """Stop the containers within the grace period, unmount, and remove the pod object."""
        grace_s = float(dig(pod, "metadata", "deletionGracePeriodSeconds", default=30))
        behavior = self._behavior(pod)
        if box.stage != "stopping":
            running = box.containers.state == RUNNING
            if running:
                for item in pod["spec"]["containers"]:
                    self._say(pod, "Killing", f"Stopping container {item['name']}")
            takes_s = grace_s if behavior.ignores_stop else min(grace_s, self.world.draw_s(STOP_S))
            self._wait(pod, box, "stopping", takes_s if running else 0.1)
        if behavior.hangs and box.containers.state == RUNNING:
            return
        left_s = (box.due_s or 0.0) - self.world.clock.elapsed_s()
        if left_s > 0 and grace_s > 0:
            self.look(key_of(pod), left_s)
            return
        if not is_finished(pod) and box.containers.state == RUNNING:
            box.containers.state, box.containers.ready = ENDED, False
            box.containers.exit_code = 137 if behavior.ignores_stop else 0
            box.containers.finished_at = self.world.clock.timestamp()
            self._report(pod, box)
        self._mounts.release(box.node, uid_of(pod))
        self.world.store.delete("pods", name_of(pod), namespace_of(pod), grace_s=0, uid=uid_of(pod))

    def _report(self, pod: Json, box: _Sandbox) -> None:
        node = self.world.store.find("nodes", box.node)
        host = next(
            (item["address"] for item in dig(node, "status", "addresses", default=[]) if item["type"] == "InternalIP"),
            "",
        )

        def put(obj: Json) -> None:
            obj["status"] = status_of(obj, box.containers, host, self.world.clock.timestamp())

        if self.world.store.find("pods", name_of(pod), namespace_of(pod)) is not None:
            self.world.store.modify("pods", name_of(pod), namespace_of(pod), put, subresource="status")

    def _say(self, pod: Json, reason: str, message: str, *, warning: bool = False) -> None:
        source = Source("kubelet", node_of(pod))
        say = self.world.recorder.warning if warning else self.world.recorder.normal
        say(source, "pods", pod, reason, message)


def hash_number(text: str) -> int:
    """A number that always belongs to the same text."""
    return sum((index + 1) * ord(letter) * 7919 for index, letter in enumerate(text))
