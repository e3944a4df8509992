"""The attach/detach controller: asks for attachments that pods need, and gives up those that none needs.

Source: kubernetes/pkg/controller/volume/attachdetach/reconciler/reconciler.go, pkg/volume/csi/csi_attacher.go.
"""

import hashlib
from collections.abc import Iterable

from storagetui.sim.controllers.controller import Backoff, Controller
from storagetui.sim.controllers.world import World
from storagetui.sim.events import Source
from storagetui.sim.facts import (
    OUT_OF_SERVICE,
    Key,
    being_deleted,
    claim_names,
    driver_of,
    has_taint,
    is_finished,
    is_node_ready,
    key_of,
    node_of,
    one_node_only,
    unique_name,
)
from storagetui.sim.wire import Json, dig, name_of, namespace_of, uid_of

ATTACHMENTS = "volumeattachments.storage.k8s.io"
SOURCE = Source("attachdetach-controller")
MAX_WAIT_FOR_UNMOUNT_S = 360.0
"""After that long a volume is taken from a node that is not Ready although it may still be mounted there."""
ATTACH_TIMEOUT_S = 120.0


def attachment_name(volume: Json, node: str) -> str:
    """The attachment's name: a digest of handle, driver and node (getAttachmentName)."""
    text = f"{dig(volume, 'spec', 'csi', 'volumeHandle', default='')}{driver_of(volume)}{node}"
    return f"csi-{hashlib.sha256(text.encode()).hexdigest()}"


class AttachDetachController(Controller):
    """Keeps VolumeAttachments in line with the pods of each volume; its keys are volumes."""

    watches = ("pods", "persistentvolumeclaims", ATTACHMENTS, "nodes")

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._asked_s: dict[Key, float] = {}
        """Attach operations under way, by volume and node."""
        self._unwanted_s: dict[Key, float] = {}
        """Since when nobody wants an attachment, by volume and node."""
        self._reported: set[Key] = set()
        """Volumes and nodes for which it has been said that the volume is elsewhere."""
        self._in_use: dict[str, frozenset[str]] = {}
        """What each node last said it uses; remembered beyond the node's end."""
        self._retries = Backoff(0.5, 122.0)
        self._not_before: dict[Key, float] = {}

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """The volumes of a pod, of a claim, of an attachment, of a node."""
        if resource == ATTACHMENTS:
            return self._volumes(dig(obj, "spec", "source", "persistentVolumeName"))
        if resource == "persistentvolumeclaims":
            return self._volumes(dig(obj, "spec", "volumeName"))
        if resource == "nodes":
            return self._node_changed(event, obj, old)
        if not node_of(obj) or (old is not None and event == "MODIFIED" and _same_use(obj, old)):
            return ()
        names = [self._volume_of_claim(namespace_of(obj), name) for name in claim_names(obj)]
        return self._volumes(*names)

    def _volumes(self, *names: str | None) -> list[Key]:
        return [("", name) for name in names if name]

    def _volume_of_claim(self, namespace: str, name: str) -> str | None:
        claim = self.world.store.find("persistentvolumeclaims", name, namespace)
        found: str | None = dig(claim, "spec", "volumeName")
        return found

    def _node_changed(self, event: str, node: Json, old: Json | None) -> list[Key]:
        name = name_of(node)
        if event != "DELETED":
            self._in_use[name] = frozenset(dig(node, "status", "volumesInUse", default=[]))
        unchanged = old is not None and all(
            (
                event == "MODIFIED",
                is_node_ready(node) == is_node_ready(old),
                dig(node, "spec", "taints") == dig(old, "spec", "taints"),
                dig(node, "status", "volumesInUse") == dig(old, "status", "volumesInUse"),
            )
        )
        attached = [] if unchanged else self.world.relations.attachments_of_node.of(name)
        return self._volumes(*(dig(item, "spec", "source", "persistentVolumeName") for item in attached))

    def reconcile(self, key: Key) -> None:
        """Detach before attaching, so that a volume can follow its pod."""
        volume = self.world.store.find("persistentvolumes", key[1])
        if volume is None:
            return
        wanted = self._wanted(volume)
        attached = {dig(item, "spec", "nodeName", default=""): item for item in self._attachments(volume)}
        for node, attachment in attached.items():
            if node not in wanted:
                self._let_go(volume, attachment, node)
        if not self._must_attach(volume):
            return
        for node, pods in wanted.items():
            self._unwanted_s.pop((key[1], node), None)
            if node in attached:
                self._follow(volume, attached[node], node, pods)
            elif attached and one_node_only(volume):
                self._report_elsewhere(volume, node, pods, [other for other in attached if other != node])
            else:
                self._attach(volume, node, pods)

    def _attachments(self, volume: Json) -> list[Json]:
        return self.world.relations.attachments_of_volume.of(name_of(volume))

    def _wanted(self, volume: Json) -> dict[str, list[Json]]:
        """The pods that want the volume, by node."""
        wanted: dict[str, list[Json]] = {}
        for claim in self.world.relations.claims_of_volume.of(name_of(volume)):
            for pod in self.world.relations.pods_of_claim.of(key_of(claim)):
                if node_of(pod) and not is_finished(pod):
                    wanted.setdefault(node_of(pod), []).append(pod)
        return wanted

    def _must_attach(self, volume: Json) -> bool:
        driver = self.world.store.find("csidrivers.storage.k8s.io", driver_of(volume)) if driver_of(volume) else None
        return bool(driver_of(volume)) and bool(dig(driver, "spec", "attachRequired", default=True))

    def _attach(self, volume: Json, node: str, pods: list[Json]) -> None:
        operation = (name_of(volume), node)
        if self._must_wait(operation):
            return
        source = {"persistentVolumeName": name_of(volume)}
        spec = {"attacher": driver_of(volume), "nodeName": node, "source": source}
        self._reported.discard(operation)
        self._asked_s[operation] = self.world.clock.elapsed_s()
        self.world.store.create(ATTACHMENTS, {"metadata": {"name": attachment_name(volume, node)}, "spec": spec})
        self.look(("", name_of(volume)), ATTACH_TIMEOUT_S)

    def _must_wait(self, operation: Key) -> bool:
        wait_s = self._not_before.get(operation, 0.0) - self.world.clock.elapsed_s()
        if wait_s > 0:
            self.look(("", operation[0]), wait_s)
        return wait_s > 0

    def _follow(self, volume: Json, attachment: Json, node: str, pods: list[Json]) -> None:
        """See what has become of an attachment that was asked for."""
        operation = (name_of(volume), node)
        if dig(attachment, "status", "attached") and not being_deleted(attachment):
            if self._asked_s.pop(operation, None) is not None:
                self._retries.forget(operation)
                self._not_before.pop(operation, None)
                said = f'AttachVolume.Attach succeeded for volume "{name_of(volume)}" '
                for pod in pods:
                    self.world.recorder.normal(SOURCE, "pods", pod, "SuccessfulAttachVolume", said)
                self._list_as_attached(node, unique_name(volume), attached=True)
            return
        if self._must_wait(operation):
            return
        asked_s = self._asked_s.setdefault(operation, self.world.clock.elapsed_s())
        left_s = asked_s + ATTACH_TIMEOUT_S - self.world.clock.elapsed_s()
        why = dig(attachment, "status", "attachError", "message", default="")
        if being_deleted(attachment):
            why = "volume attachment is being deleted"
        elif not why and left_s <= 0:
            handle = dig(volume, "spec", "csi", "volumeHandle", default="")
            who = f"external-attacher of {driver_of(volume)} CSI driver"
            why = f"timed out waiting for {who} to attach volume {handle}"
        if not why:
            self.look(("", name_of(volume)), left_s)
            return
        said = f'AttachVolume.Attach failed for volume "{name_of(volume)}" : {why}'
        for pod in pods:
            self.world.recorder.warning(SOURCE, "pods", pod, "FailedAttachVolume", said)
        delay_s = self._retries.next_s(operation)
        now_s = self.world.clock.elapsed_s()
        self._not_before[operation] = now_s + delay_s
        self._asked_s[operation] = now_s + delay_s
        self.look(("", name_of(volume)), delay_s)

    def _report_elsewhere(self, volume: Json, node: str, pods: list[Json], others: list[str]) -> None:
        """Say once for each volume and node that the volume is attached to another one."""
        operation = (name_of(volume), node)
        if operation in self._reported:
            return
        self._reported.add(operation)
        prefix = f'Waiting for detach for volume "{name_of(volume)}" '
        holders = [pod for other in others for pod in self._wanted(volume).get(other, [])]
        for pod in pods:
            said = (
                "Volume is already exclusively attached to one node, waiting on detach before it can be attached to "
                "another node"
            )
            if holders:
                said = f"Volume is already used by {_named(holders, namespace_of(pod))}"
            self.world.recorder.warning(SOURCE, "pods", pod, "FailedAttachVolume", prefix + said)

    def _let_go(self, volume: Json, attachment: Json, node: str) -> None:
        """Delete an attachment that nobody needs, once the node has unmounted it or cannot be asked any more."""
        operation = (name_of(volume), node)
        self._asked_s.pop(operation, None)
        self._reported.discard(operation)
        if being_deleted(attachment):
            self._unwanted_s.pop(operation, None)
            return
        now_s = self.world.clock.elapsed_s()
        waited_s = now_s - self._unwanted_s.setdefault(operation, now_s)
        found = self.world.store.find("nodes", node)
        forced = not is_node_ready(found) and waited_s >= MAX_WAIT_FOR_UNMOUNT_S
        given_up = found is not None and has_taint(found, OUT_OF_SERVICE)
        mounted = unique_name(volume) in self._in_use.get(node, frozenset())
        if mounted and not forced and not given_up:
            self.look(("", name_of(volume)), max(1.0, MAX_WAIT_FOR_UNMOUNT_S - waited_s))
            return
        self._unwanted_s.pop(operation, None)
        self._list_as_attached(node, unique_name(volume), attached=False)
        self.world.store.delete(ATTACHMENTS, name_of(attachment), uid=uid_of(attachment))

    def _list_as_attached(self, node: str, unique: str, *, attached: bool) -> None:
        if self.world.store.find("nodes", node) is None:
            return

        def enter(obj: Json) -> None:
            found = [item for item in dig(obj, "status", "volumesAttached", default=[]) if item["name"] != unique]
            if attached:
                found.append({"name": unique, "devicePath": ""})
            obj["status"]["volumesAttached"] = found
            if not found:
                del obj["status"]["volumesAttached"]

        self.world.store.modify("nodes", node, "", enter, subresource="status")


def _same_use(new: Json, old: Json) -> bool:
    return node_of(new) == node_of(old) and is_finished(new) == is_finished(old)


def _named(holders: list[Json], namespace: str) -> str:
    """Pods of the same namespace by name, others only counted (reportMultiAttachError)."""
    local = [name_of(pod) for pod in holders if namespace_of(pod) == namespace]
    others = len(holders) - len(local)
    if not local:
        return f"{others} pod(s) in different namespaces"
    return f"pod(s) {', '.join(local)}" + (f" and {others} pod(s) in different namespaces" if others else "")
