"""The external attacher of every CSI driver: carries out what VolumeAttachments ask for. It writes no events.

Source: external-attacher/pkg/controller/csi_handler.go.
"""

import re
from collections.abc import Iterable

from storagetui.sim.controllers.controller import Backoff, Controller
from storagetui.sim.controllers.drivers import ATTACH, DETACH, Driver
from storagetui.sim.controllers.world import World
from storagetui.sim.facts import Key, annotation, being_deleted, finalizers, key_of
from storagetui.sim.wire import Json, dig, name_of, uid_of

ATTACHMENTS = "volumeattachments.storage.k8s.io"
VOLUMES = "persistentvolumes"
NODE_ID = "csi.alpha.kubernetes.io/node-id"


def finalizer_of(driver: str) -> str:
    """The driver's finalizer on volumes and attachments (GetFinalizerName)."""
    return "external-attacher/" + re.sub(r"[^a-zA-Z0-9-]", "-", driver)


def node_id(csi_node: Json | None, driver: str) -> str:
    """The driver's own name of a node, or nothing when it is not registered there."""
    for item in dig(csi_node, "spec", "drivers", default=[]):
        if item["name"] == driver:
            return str(item["nodeID"])
    return ""


def claim_of(volume: Json) -> tuple[str, ...]:
    """The name of the claim that a volume is bound to, if it is."""
    name = dig(volume, "spec", "claimRef", "name")
    return (name,) if name else ()


class ExternalAttacher(Controller):
    """Attaches and detaches; keys are attachments by name."""

    watches = (ATTACHMENTS, VOLUMES, "csinodes.storage.k8s.io")

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._retries = Backoff(1.0, 300.0)
        self._due_s: dict[tuple[str, str], float] = {}
        """When the call that is under way is answered, by the attachment's uid and operation."""
        self._not_before: dict[Key, float] = {}

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """The attachment itself; a volume that is to go once its attachments are gone."""
        if resource == ATTACHMENTS:
            if event == "DELETED":
                self._free_volume(dig(obj, "spec", "source", "persistentVolumeName", default=""))
                self._forget(key_of(obj), obj)
                return ()
            return [key_of(obj)]
        if resource == VOLUMES:
            if event == "MODIFIED" and being_deleted(obj):
                self.look(("volume", name_of(obj)))
            return ()
        return [key_of(item) for item in self.world.relations.attachments_of_node.of(name_of(obj))]

    def _forget(self, key: Key, attachment: Json) -> None:
        self._retries.forget(key)
        self._not_before.pop(key, None)
        for operation in (ATTACH, DETACH):
            self._due_s.pop((uid_of(attachment), operation), None)

    def driver_changed(self, name: str) -> None:
        """A controller part that starts looks at all attachments of its driver."""
        for attachment in self.world.store.list(ATTACHMENTS):
            if dig(attachment, "spec", "attacher") == name:
                self.look(key_of(attachment))

    def _free_volume(self, name: str) -> None:
        self.look(("volume", name))

    def reconcile(self, key: Key) -> None:
        """Take the attachment one step further."""
        if key[0] == "volume":
            self._take_off_finalizer(key[1])
            return
        attachment = self.world.store.find(ATTACHMENTS, key[1])
        if attachment is None:
            return
        driver = self.world.drivers[dig(attachment, "spec", "attacher", default="")]
        if not driver.controller_runs:
            return
        deleting = being_deleted(attachment)
        if deleting and finalizer_of(driver.name) not in finalizers(attachment):
            return
        if not deleting and dig(attachment, "status", "attached"):
            return
        wait_s = self._not_before.get(key, 0.0) - self.world.clock.elapsed_s()
        if wait_s > 0 and not deleting:
            self.look(key, wait_s)
        elif deleting:
            self._detach(attachment, driver)
        else:
            self._attach(attachment, driver)

    def _answered(self, attachment: Json, driver: Driver, operation: str, names: tuple[str, ...]) -> bool:
        """Whether the driver's call has been answered; it is made when it was not under way."""
        seconds = self.world.draw_s(self.world.drivers.takes_s(driver.name, operation, *names))
        call = (uid_of(attachment), operation)
        now_s = self.world.clock.elapsed_s()
        due_s = self._due_s.setdefault(call, now_s + seconds)
        if due_s > now_s:
            self.look(key_of(attachment), due_s - now_s)
            return False
        del self._due_s[call]
        return True

    def _attach(self, attachment: Json, driver: Driver) -> None:
        name = dig(attachment, "spec", "source", "persistentVolumeName", default="")
        node = dig(attachment, "spec", "nodeName", default="")
        volume = self.world.store.find(VOLUMES, name)
        known_as = node_id(self.world.store.find("csinodes.storage.k8s.io", node), driver.name)
        if volume is None:
            self._fail(attachment, "attachError", f'persistentvolume "{name}" not found')
        elif being_deleted(volume):
            self._fail(attachment, "attachError", f'PersistentVolume "{name}" is marked for deletion')
        elif not known_as:
            self._fail(attachment, "attachError", f"CSINode {node} does not contain driver {driver.name}")
        else:
            self._put_finalizers(attachment, volume, driver, known_as)
            names = (name, node, *claim_of(volume))
            if not self._answered(attachment, driver, ATTACH, names):
                return
            fault = self.world.drivers.fault(driver.name, ATTACH, *names)
            if fault is not None:
                self._fail(attachment, "attachError", fault.message)
                return

            def attach(obj: Json) -> None:
                obj["status"] = {"attached": True}

            self._forget(key_of(attachment), attachment)
            self.world.store.modify(ATTACHMENTS, name_of(attachment), "", attach, subresource="status")

    def _put_finalizers(self, attachment: Json, volume: Json, driver: Driver, known_as: str) -> None:
        finalizer = finalizer_of(driver.name)

        def finalize(obj: Json) -> None:
            held = obj["metadata"].setdefault("finalizers", [])
            if finalizer not in held:
                held.append(finalizer)

        def prepare(obj: Json) -> None:
            finalize(obj)
            obj["metadata"].setdefault("annotations", {})[NODE_ID] = known_as

        if finalizer not in finalizers(volume):
            self.world.store.modify(VOLUMES, name_of(volume), "", finalize)
        if finalizer not in finalizers(attachment) or annotation(attachment, NODE_ID) != known_as:
            self.world.store.modify(ATTACHMENTS, name_of(attachment), "", prepare)

    def _fail(self, attachment: Json, field: str, message: str) -> None:
        now = self.world.clock.timestamp()

        def put(obj: Json) -> None:
            obj["status"] = {"attached": False, **obj.get("status", {}), field: {"message": message, "time": now}}

        key = key_of(attachment)
        delay_s = self._retries.next_s(key)
        self._not_before[key] = self.world.clock.elapsed_s() + delay_s
        self.world.store.modify(ATTACHMENTS, key[1], "", put, subresource="status")
        self.look(key, delay_s)

    def _detach(self, attachment: Json, driver: Driver) -> None:
        key = key_of(attachment)
        name = dig(attachment, "spec", "source", "persistentVolumeName", default="")
        wait_s = self._not_before.get(key, 0.0) - self.world.clock.elapsed_s()
        if wait_s > 0 and dig(attachment, "status", "detachError"):
            self.look(key, wait_s)
            return
        volume = self.world.store.find(VOLUMES, name)
        if volume is None:
            self._fail(attachment, "detachError", f'persistentvolume "{name}" not found')
            return
        names = (name, dig(attachment, "spec", "nodeName", default=""), *claim_of(volume))
        if not self._answered(attachment, driver, DETACH, names):
            return
        fault = self.world.drivers.fault(driver.name, DETACH, *names)
        if fault is not None:
            self._fail(attachment, "detachError", fault.message)
            return

        def let_go(obj: Json) -> None:
            obj["metadata"]["finalizers"].remove(finalizer_of(driver.name))

        self.world.store.modify(ATTACHMENTS, key[1], "", let_go)

    def _take_off_finalizer(self, name: str) -> None:
        """Release a volume that is being deleted once no attachment names it any more."""
        volume = self.world.store.find(VOLUMES, name)
        if volume is None or not being_deleted(volume) or self.world.relations.attachments_of_volume.of(name):
            return
        ours = [item for item in finalizers(volume) if item.startswith("external-attacher/")]
        if ours:

            def let_go(obj: Json) -> None:
                kept = [item for item in obj["metadata"]["finalizers"] if item not in ours]
                obj["metadata"]["finalizers"] = kept

            self.world.store.modify(VOLUMES, name, "", let_go)
