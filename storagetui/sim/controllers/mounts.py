"""What each node has mounted, and how a kubelet gets a pod's volumes there.

Source: kubernetes/pkg/kubelet/volumemanager, pkg/volume/util/operationexecutor/operation_generator.go, pkg/volume/csi.
"""

from collections.abc import Iterator

from storagetui.sim.controllers.controller import Backoff
from storagetui.sim.controllers.drivers import EXPAND_ON_NODE, MOUNT
from storagetui.sim.controllers.world import World
from storagetui.sim.events import Source
from storagetui.sim.facts import (
    Key,
    being_deleted,
    claim_names,
    driver_of,
    fits_node,
    is_bound_to,
    is_finished,
    key_of,
    node_of,
    phase,
    unique_name,
)
from storagetui.sim.wire import Json, dig, name_of, namespace_of, uid_of

SYNC_S = 123.0
"""How long the kubelet waits for volumes before it says what is wrong with the claims (podAttachAndMountTimeout)."""
REPORT_S = (2.0, 10.0)
"""From the last unmount of a volume to the node's next status report (nodeStatusUpdateFrequency)."""


class Mounts:
    """The volumes of all nodes, by node, volume and pod. Keys of operations: pod uid and volume name."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._users: dict[str, dict[str, set[str]]] = {}
        self._ready_s: dict[Key, float] = {}
        self._not_before: dict[Key, float] = {}
        self._retries = Backoff(0.5, 122.0)
        self._unusable_s: dict[Key, float] = {}

    def is_mounted(self, pod: Json, volume: str) -> bool:
        """Whether the pod has that volume mounted."""
        return uid_of(pod) in self._users.get(node_of(pod), {}).get(volume, set())

    def adopt(self, pod: Json) -> None:
        """Take it that a pod that runs already has its volumes mounted."""
        for volume in self._volumes(pod):
            self._users.setdefault(node_of(pod), {}).setdefault(name_of(volume), set()).add(uid_of(pod))

    def _volumes(self, pod: Json) -> Iterator[Json]:
        for name in claim_names(pod):
            claim = self._world.store.find("persistentvolumeclaims", name, namespace_of(pod))
            volume = self._world.store.find("persistentvolumes", dig(claim, "spec", "volumeName", default=""))
            if volume is not None:
                yield volume

    def prepare(self, pod: Json) -> float | None:
        """Mount what is not mounted yet; None once all is, else in how many seconds to look again at the latest."""
        waits = [wait for name in claim_names(pod) if (wait := self._prepare_claim(pod, name)) is not None]
        return min(waits) if waits else None

    def _prepare_claim(self, pod: Json, name: str) -> float | None:
        claim = self._world.store.find("persistentvolumeclaims", name, namespace_of(pod))
        volume = self._world.store.find("persistentvolumes", dig(claim, "spec", "volumeName", default=""))
        if problem := _unusable(name, claim, volume):
            return self._say_unusable(pod, name, problem)
        if claim is None or volume is None:
            return None
        if self.is_mounted(pod, name_of(volume)):
            return None
        operation = (uid_of(pod), name_of(volume))
        wait_s = self._not_before.get(operation, 0.0) - self._world.clock.elapsed_s()
        if wait_s > 0:
            return wait_s
        if not self._is_attached(pod, volume):
            return SYNC_S
        self._enter_in_use(node_of(pod), volume)
        if failure := self._failure(pod, volume, claim):
            self._warn(pod, "FailedMount", failure)
            self._ready_s.pop(operation, None)
            delay_s = self._retries.next_s(operation)
            self._not_before[operation] = self._world.clock.elapsed_s() + delay_s
            return delay_s
        return self._mount(pod, volume, operation)

    def _mount(self, pod: Json, volume: Json, operation: Key) -> float | None:
        now_s = self._world.clock.elapsed_s()
        takes_s = self._world.draw_s(self._world.drivers.takes_s(driver_of(volume), MOUNT, *operation, node_of(pod)))
        due_s = self._ready_s.setdefault(operation, now_s + takes_s)
        if due_s > now_s:
            return due_s - now_s
        self._forget(operation)
        self._users.setdefault(node_of(pod), {}).setdefault(name_of(volume), set()).add(uid_of(pod))
        return None

    def _forget(self, operation: Key) -> None:
        self._ready_s.pop(operation, None)
        self._not_before.pop(operation, None)
        self._retries.forget(operation)

    def _say_unusable(self, pod: Json, name: str, problem: str) -> float:
        """A claim that cannot be used is reported each time the kubelet has waited for it in vain."""
        operation, now_s = (uid_of(pod), name), self._world.clock.elapsed_s()
        due_s = self._unusable_s.setdefault(operation, now_s + SYNC_S)
        if due_s > now_s:
            return due_s - now_s
        self._unusable_s[operation] = now_s + SYNC_S
        volumes = [
            item["name"]
            for item in pod["spec"]["volumes"]
            if dig(item, "persistentVolumeClaim", "claimName") == name or f"{name_of(pod)}-{item['name']}" == name
        ]
        listed = f"[{' '.join(volumes)}]"
        said = f"Unable to attach or mount volumes: unmounted volumes={listed}, unattached volumes=[], "
        said += f"failed to process volumes={listed}: error processing PVC {namespace_of(pod)}/{name}: {problem}"
        self._warn(pod, "FailedMount", said)
        return SYNC_S

    def _is_attached(self, pod: Json, volume: Json) -> bool:
        """Whether there is nothing to attach, or it is attached here."""
        driver = self._world.store.find("csidrivers.storage.k8s.io", driver_of(volume)) if driver_of(volume) else None
        if not driver_of(volume) or not dig(driver, "spec", "attachRequired", default=True):
            return True
        return any(
            dig(item, "spec", "nodeName") == node_of(pod)
            and dig(item, "status", "attached")
            and not being_deleted(item)
            for item in self._world.relations.attachments_of_volume.of(name_of(volume))
        )

    def _failure(self, pod: Json, volume: Json, claim: Json) -> str:
        """Why the volume cannot be mounted now, as the event says it; empty when it can."""
        node, driver, name = node_of(pod), driver_of(volume), name_of(volume)
        found = self._world.store.find("nodes", node)
        if found is not None and not fits_node(volume, found):
            return f'MountVolume.NodeAffinity check failed for volume "{name}" : no matching NodeSelectorTerms'
        if driver and not self._is_registered(node, driver):
            who = "kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient"
            why = f"driver name {driver} not found in the list of registered CSI drivers"
            return f'MountVolume.MountDevice failed for volume "{name}" : {who}: {why}'
        if fault := self._world.drivers.fault(driver, MOUNT, name, node, name_of(claim)):
            return f'MountVolume.MountDevice failed for volume "{name}" : {fault.message}'
        if dig(claim, "status", "allocatedResourceStatuses", "storage") == "NodeResizePending":
            fault = self._world.drivers.fault(driver, EXPAND_ON_NODE, name, node, name_of(claim))
            if fault is not None and fault.code != "FailedPrecondition":
                step = "MountVolume.Setup failed while expanding volume"
                return f'{step} for volume "{name}" : Expander.NodeExpand failed to expand the volume : {fault.message}'
        return ""

    def _is_registered(self, node: str, driver: str) -> bool:
        csi_node = self._world.store.find("csinodes.storage.k8s.io", node)
        return any(item["name"] == driver for item in dig(csi_node, "spec", "drivers", default=[]))

    def _warn(self, pod: Json, reason: str, message: str) -> None:
        self._world.recorder.warning(Source("kubelet", node_of(pod)), "pods", pod, reason, message)

    def release(self, node: str, uid: str) -> None:
        """Unmount all volumes of a pod on a node, and tell the node's volumesInUse what nobody uses any more."""
        volumes = self._users.get(node, {})
        for name in [name for name, users in volumes.items() if uid in users]:
            volumes[name].discard(uid)
            if not volumes[name]:
                del volumes[name]
                self._world.agenda.add(self._report_unused, (node, name), self._world.draw_s(REPORT_S))
        for operation in [item for item in (*self._ready_s, *self._not_before) if item[0] == uid]:
            self._forget(operation)
        for operation in [item for item in self._unusable_s if item[0] == uid]:
            del self._unusable_s[operation]

    def _report_unused(self, key: Key) -> None:
        """Say with the next report that a volume is free, unless a pod of the node wants it again by then."""
        node, name = key
        volume = self._world.store.find("persistentvolumes", name)
        if volume is None or self._users.get(node, {}).get(name) or not self._world.machines.is_up(node):
            return
        claims = self._world.relations.claims_of_volume.of(name)
        pods = [pod for claim in claims for pod in self._world.relations.pods_of_claim.of(key_of(claim))]
        if not any(node_of(pod) == node and not being_deleted(pod) and not is_finished(pod) for pod in pods):
            self._change_in_use(node, unique_name(volume), used=False)

    def _enter_in_use(self, node: str, volume: Json) -> None:
        driver = self._world.store.find("csidrivers.storage.k8s.io", driver_of(volume)) if driver_of(volume) else None
        if driver_of(volume) and dig(driver, "spec", "attachRequired", default=True):
            self._change_in_use(node, unique_name(volume), used=True)

    def _change_in_use(self, node: str, unique: str, *, used: bool) -> None:
        found = self._world.store.find("nodes", node)
        if found is None or (unique in dig(found, "status", "volumesInUse", default=[])) == used:
            return

        def enter(obj: Json) -> None:
            names = set(dig(obj, "status", "volumesInUse", default=[]))
            names ^= {unique}
            obj["status"]["volumesInUse"] = sorted(names)
            if not names:
                del obj["status"]["volumesInUse"]

        self._world.store.modify("nodes", node, "", enter, subresource="status")


def _unusable(name: str, claim: Json | None, volume: Json | None) -> str:
    if claim is None:
        return f'failed to fetch PVC from API server: persistentvolumeclaims "{name}" not found'
    if being_deleted(claim):
        return "PVC is being deleted"
    if phase(claim) != "Bound" or volume is None:
        return "PVC is not bound"
    if not is_bound_to(volume, claim):
        uid = dig(volume, "spec", "claimRef", "uid", default="")
        reference = f'found PV object "{name_of(volume)}" with an incorrect pv.spec.claimRef.UID ({uid})'
        return f"{reference}, expected {uid_of(claim)}"
    return ""
