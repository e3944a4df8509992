"""The kubelet's side of an expansion: grows the file system of a mounted volume.

Source: kubernetes/pkg/volume/util/operationexecutor/node_expander.go and operation_generator.go.
"""

from collections.abc import Iterable

from storagetui.sim.controllers.controller import Backoff, Controller
from storagetui.sim.controllers.drivers import EXPAND_ON_NODE, Fault
from storagetui.sim.controllers.mounts import Mounts
from storagetui.sim.controllers.resizer import PRE_RESIZE
from storagetui.sim.controllers.resizing import (
    NODE_ERROR,
    NODE_IN_PROGRESS,
    NODE_INFEASIBLE,
    NODE_PENDING,
    finish,
    resize_state,
    set_conditions,
)
from storagetui.sim.controllers.world import World
from storagetui.sim.events import Source
from storagetui.sim.facts import Key, annotation, claim_names, driver_of, key_of, node_of
from storagetui.sim.wire import Json, dig, name_of, namespace_of

CLAIMS = "persistentvolumeclaims"
VOLUMES = "persistentvolumes"


class NodeExpander(Controller):
    """Finishes expansions that wait for a node; keys are claims."""

    watches = (CLAIMS, "pods")

    def __init__(self, world: World, mounts: Mounts) -> None:
        super().__init__(world)
        self._mounts = mounts
        self._due_s: dict[Key, float] = {}
        self._not_before: dict[Key, float] = {}
        self._retries = Backoff(1.0, 122.0)

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """Claims that wait for a node, also when a pod with them starts."""
        if resource == CLAIMS:
            return [key_of(obj)] if event != "DELETED" and resize_state(obj) == NODE_PENDING else ()
        if not node_of(obj) or event == "DELETED":
            return ()
        keys = [(namespace_of(obj), name) for name in claim_names(obj)]
        claims = [(key, self.world.store.find(CLAIMS, key[1], key[0])) for key in keys]
        return [key for key, claim in claims if claim is not None and resize_state(claim) == NODE_PENDING]

    def reconcile(self, key: Key) -> None:
        """Grow the file system where the volume is mounted."""
        claim = self.world.store.find(CLAIMS, key[1], key[0])
        volume = self.world.store.find(VOLUMES, dig(claim, "spec", "volumeName", default=""))
        if claim is None or volume is None or resize_state(claim) not in (NODE_PENDING, NODE_IN_PROGRESS):
            self._due_s.pop(key, None)
            return
        pod = self._mounting_pod(claim, volume)
        now_s = self.world.clock.elapsed_s()
        if pod is None:
            self._due_s.pop(key, None)
            return
        span = self.world.drivers.takes_s(driver_of(volume), EXPAND_ON_NODE, name_of(volume), name_of(claim))
        takes_s = self.world.draw_s(span)
        due_s = self._due_s.setdefault(key, max(now_s + takes_s, self._not_before.get(key, 0.0)))
        if due_s > now_s:
            self.look(key, due_s - now_s)
            return
        del self._due_s[key]
        fault = self.world.drivers.fault(
            driver_of(volume), EXPAND_ON_NODE, name_of(volume), node_of(pod), name_of(claim)
        )
        if fault is not None:
            self._fail(claim, volume, pod, fault)
        else:
            self._succeed(claim, volume, pod)

    def _mounting_pod(self, claim: Json, volume: Json) -> Json | None:
        for pod in self.world.relations.pods_of_claim.of(key_of(claim)):
            if self._mounts.is_mounted(pod, name_of(volume)) and self.world.machines.is_up(node_of(pod)):
                return pod
        return None

    def _succeed(self, claim: Json, volume: Json, pod: Json) -> None:
        key = key_of(claim)
        self._not_before.pop(key, None)
        self._retries.forget(key)

        def put(obj: Json) -> None:
            obj["status"].setdefault("allocatedResourceStatuses", {})["storage"] = NODE_IN_PROGRESS

        self.world.store.modify(CLAIMS, key[1], key[0], put, subresource="status")
        claim = finish(self.world, claim, volume["spec"]["capacity"]["storage"])
        source = Source("kubelet", node_of(pod))
        said = f'MountVolume.NodeExpandVolume succeeded for volume "{name_of(volume)}" {node_of(pod)}'
        self.world.recorder.normal(source, "pods", pod, "FileSystemResizeSuccessful", said)
        self.world.recorder.normal(source, CLAIMS, claim, "FileSystemResizeSuccessful", said)
        if annotation(volume, PRE_RESIZE):

            def clear(obj: Json) -> None:
                del obj["metadata"]["annotations"][PRE_RESIZE]

            self.world.store.modify(VOLUMES, name_of(volume), "", clear)

    def _fail(self, claim: Json, volume: Json, pod: Json, fault: Fault) -> None:
        key, now = key_of(claim), self.world.clock.timestamp()
        infeasible = fault.code in ("InvalidArgument", "OutOfRange", "NotFound")
        error = {"type": NODE_ERROR, "status": "True", "lastProbeTime": None, "lastTransitionTime": now}

        def put(obj: Json) -> None:
            message = f"failed to expand pvc with {fault.message}"
            set_conditions(obj["status"], [{**error, "message": message}], keep=True)
            if infeasible:
                obj["status"].setdefault("allocatedResourceStatuses", {})["storage"] = NODE_INFEASIBLE

        delay_s = self._retries.next_s(key)
        self._not_before[key] = self.world.clock.elapsed_s() + delay_s
        self.world.store.modify(CLAIMS, key[1], key[0], put, subresource="status")
        why = f"Expander.NodeExpand failed to expand the volume : {fault.message}"
        said = f'NodeExpandVolume.NodeExpandVolume failed for volume "{name_of(volume)}" : {why}'
        self.world.recorder.warning(Source("kubelet", node_of(pod)), "pods", pod, "VolumeResizeFailed", said)
        self.look(key, delay_s)
