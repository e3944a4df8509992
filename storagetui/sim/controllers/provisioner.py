"""The external provisioner of every CSI driver: makes volumes for claims, deletes released ones.

Source: sig-storage-lib-external-provisioner and external-provisioner, controller.go in both.
"""

import hashlib
import uuid
from collections.abc import Iterable
from fractions import Fraction
from math import ceil

from storagetui.sim.controllers.binding import wants_first_consumer
from storagetui.sim.controllers.controller import Backoff, Controller
from storagetui.sim.controllers.drivers import DELETE, PROVISION, Driver, Fault
from storagetui.sim.controllers.world import World
from storagetui.sim.events import Source
from storagetui.sim.facts import (
    PROVISIONED_BY,
    SELECTED_NODE,
    STORAGE_PROVISIONER,
    Key,
    annotation,
    being_deleted,
    class_of,
    finalizers,
    key_of,
    labels,
    phase,
    requested,
    volume_mode,
)
from storagetui.sim.quantity import Quantity
from storagetui.sim.wire import Json, copied, dig, name_of, namespace_of, uid_of

CLAIMS = "persistentvolumeclaims"
VOLUMES = "persistentvolumes"
CLASSES = "storageclasses.storage.k8s.io"
FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer"
GIBIBYTE = 1024**3
INFEASIBLE_RETRY_S = 300.0


def source_of(driver: str) -> Source:
    """The provisioner's name in events: the driver, its pod, and an identity drawn at its start."""
    digest = hashlib.sha256(driver.encode()).digest()
    pod = f"{driver.split('.', 1)[0]}-csi-controller-{digest.hex()[:5]}"
    return Source(f"{driver}_{pod}_{uuid.UUID(bytes=digest[:16], version=4)}")


class Provisioner(Controller):
    """Answers claims that carry a driver's name, and deletes volumes that nobody needs any more."""

    watches = (CLAIMS, VOLUMES, "volumeattachments.storage.k8s.io")

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._retries = Backoff(1.0, 300.0)
        self._under_way: dict[Key, str] = {}
        self._not_before: dict[Key, float] = {}

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """Claims by namespace and name, volumes by name alone; the volume of an attachment that goes."""
        if resource == CLAIMS:
            if event == "DELETED":
                self._forget(key_of(obj))
            return [key_of(obj)] if annotation(obj, STORAGE_PROVISIONER) else []
        if resource == VOLUMES:
            return [key_of(obj)] if phase(obj) == "Released" or being_deleted(obj) else []
        return [("", dig(obj, "spec", "source", "persistentVolumeName", default=""))] if event == "DELETED" else []

    def driver_changed(self, name: str) -> None:
        """A controller part that starts looks at everything."""
        if not self.world.drivers[name].controller_runs:
            self._under_way.clear()
            return
        for claim in self.world.relations.unbound_claims.of(True):
            self.look(key_of(claim))
        for volume in self.world.store.list(VOLUMES):
            if phase(volume) == "Released":
                self.look(key_of(volume))

    def reconcile(self, key: Key) -> None:
        """Provision for a claim, or delete a volume."""
        if not key[0]:
            self._delete_volume(key)
            return
        claim = self.world.store.find(CLAIMS, key[1], key[0])
        if claim is None or dig(claim, "spec", "volumeName") or being_deleted(claim):
            self._forget(key)
            return
        driver = self.world.drivers[annotation(claim, STORAGE_PROVISIONER)]
        storage_class = self.world.store.find(CLASSES, class_of(claim))
        if storage_class is None or not driver.controller_runs:
            return
        if wants_first_consumer(storage_class) and not annotation(claim, SELECTED_NODE):
            self._under_way.pop(key, None)
            return
        wait_s = self._not_before.get(key, 0.0) - self.world.clock.elapsed_s()
        if wait_s > 0:
            self.look(key, wait_s)
        elif self._under_way.pop(key, "") == uid_of(claim):
            self._finish(claim, storage_class, driver)
        else:
            self._begin(claim, driver)

    def _forget(self, key: Key) -> None:
        self._under_way.pop(key, None)
        self._not_before.pop(key, None)
        self._retries.forget(key)

    def _begin(self, claim: Json, driver: Driver) -> None:
        said = f'External provisioner is provisioning volume for claim "{namespace_of(claim)}/{name_of(claim)}"'
        self.world.recorder.normal(source_of(driver.name), CLAIMS, claim, "Provisioning", said)
        self._pause(
            key_of(claim),
            self.world.draw_s(self.world.drivers.takes_s(driver.name, PROVISION, name_of(claim), class_of(claim))),
        )
        self._under_way[key_of(claim)] = uid_of(claim)

    def _pause(self, key: Key, seconds: float) -> None:
        self._not_before[key] = self.world.clock.elapsed_s() + seconds
        self.look(key, seconds)

    def _finish(self, claim: Json, storage_class: Json, driver: Driver) -> None:
        zone = self._zone(claim, storage_class, driver)
        fault = self.world.drivers.fault(
            driver.name, PROVISION, name_of(claim), annotation(claim, SELECTED_NODE), zone, class_of(claim)
        )
        if fault is not None:
            self._fail(claim, storage_class, driver, fault)
            return
        self.world.store.create(VOLUMES, self._volume(claim, storage_class, driver, zone))
        source = source_of(driver.name)
        said = f"Successfully provisioned volume pvc-{uid_of(claim)}"
        self.world.recorder.normal(source, CLAIMS, claim, "ProvisioningSucceeded", said)
        self._forget(key_of(claim))

    def _fail(self, claim: Json, storage_class: Json, driver: Driver, fault: Fault) -> None:
        """Report, and try again later; without room on the chosen node the scheduler shall choose another."""
        key, said = key_of(claim), f'failed to provision volume with StorageClass "{name_of(storage_class)}": '
        said += fault.message
        delay_s = self._retries.next_s(key)
        if fault.code == "InvalidArgument":
            said = f"Volume provisioning failed with infeasible error. Retries will be delayed. {said}"
            delay_s = INFEASIBLE_RETRY_S
        self.world.recorder.warning(source_of(driver.name), CLAIMS, claim, "ProvisioningFailed", said)
        self._pause(key, delay_s)
        if fault.code == "ResourceExhausted" and annotation(claim, SELECTED_NODE):

            def choose_again(obj: Json) -> None:
                obj["metadata"]["annotations"].pop(SELECTED_NODE)

            self.world.store.modify(CLAIMS, key[1], key[0], choose_again)

    def _zone(self, claim: Json, storage_class: Json, driver: Driver) -> str:
        """Where the volume is made: with the chosen node, or in one of the zones the class allows."""
        if not driver.topology_key:
            return ""
        if node := self.world.store.find("nodes", annotation(claim, SELECTED_NODE)):
            return labels(node).get(driver.topology_key, "")
        allowed = [
            value
            for term in storage_class.get("allowedTopologies", [])
            for item in term.get("matchLabelExpressions", [])
            if item["key"] == driver.topology_key
            for value in item["values"]
        ]
        found = {labels(node).get(driver.topology_key, "") for node in self.world.store.list("nodes")} - {""}
        zones = sorted(allowed or found)
        return self.world.random.choice(zones) if zones else ""

    def _volume(self, claim: Json, storage_class: Json, driver: Driver, zone: str) -> Json:
        size = Quantity(Fraction(ceil(requested(claim) / GIBIBYTE) * GIBIBYTE), "binary")
        handle = f"{driver.volume_prefix}{self.world.random.getrandbits(68):017x}"
        source: Json = {"driver": driver.name, "volumeHandle": handle}
        source["volumeAttributes"] = {"storage.kubernetes.io/csiProvisionerIdentity": source_of(driver.name).component}
        if volume_mode(claim) == "Filesystem":
            source["fsType"] = dig(storage_class, "parameters", "csi.storage.k8s.io/fstype", default="ext4")
        spec: Json = {
            "capacity": {"storage": str(size)},
            "accessModes": copied(claim["spec"]["accessModes"]),
            "claimRef": {
                "kind": "PersistentVolumeClaim",
                "apiVersion": "v1",
                "namespace": namespace_of(claim),
                "name": name_of(claim),
                "uid": uid_of(claim),
                "resourceVersion": claim["metadata"]["resourceVersion"],
            },
            "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
            "storageClassName": name_of(storage_class),
            "volumeMode": volume_mode(claim),
            "csi": source,
        }
        if zone:
            wanted = {"key": driver.topology_key, "operator": "In", "values": [zone]}
            spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [wanted]}]}}
        if options := storage_class.get("mountOptions"):
            spec["mountOptions"] = options
        notes = {
            PROVISIONED_BY: driver.name,
            "volume.kubernetes.io/provisioner-deletion-secret-name": "",
            "volume.kubernetes.io/provisioner-deletion-secret-namespace": "",
        }
        metadata: Json = {"name": f"pvc-{uid_of(claim)}", "annotations": notes}
        if spec["persistentVolumeReclaimPolicy"] == "Delete":
            metadata["finalizers"] = [FINALIZER]
        return {"metadata": metadata, "spec": spec}

    def _delete_volume(self, key: Key) -> None:
        """Delete the storage of a released volume with policy Delete, then its object."""
        volume = self.world.store.find(VOLUMES, key[1])
        if volume is None or dig(volume, "spec", "persistentVolumeReclaimPolicy") != "Delete":
            self._forget(key)
            return
        driver = self.world.drivers[annotation(volume, PROVISIONED_BY)]
        if not annotation(volume, PROVISIONED_BY) or phase(volume) != "Released" or not driver.controller_runs:
            return
        wait_s = self._not_before.get(key, 0.0) - self.world.clock.elapsed_s()
        if wait_s > 0:
            self.look(key, wait_s)
        elif self._under_way.pop(key, "") != uid_of(volume):
            if self._still_attached(volume, driver):
                return
            self._under_way[key] = uid_of(volume)
            self._pause(
                key, self.world.draw_s(self.world.drivers.takes_s(driver.name, DELETE, key[1], class_of(volume)))
            )
        elif fault := self.world.drivers.fault(driver.name, DELETE, key[1], class_of(volume)):
            source = source_of(driver.name)
            self.world.recorder.warning(source, VOLUMES, volume, "VolumeFailedDelete", fault.message)
            self._pause(key, self._retries.next_s(key))
        else:
            self._forget(key)
            self._remove(volume)

    def _still_attached(self, volume: Json, driver: Driver) -> bool:
        attached = self.world.relations.attachments_of_volume.of(name_of(volume))
        if not attached:
            return False
        said = f"persistentvolume {name_of(volume)} is still attached to node {attached[0]['spec']['nodeName']}"
        self.world.recorder.warning(source_of(driver.name), VOLUMES, volume, "VolumeFailedDelete", said)
        self._pause(key_of(volume), self._retries.next_s(key_of(volume)))
        return True

    def _remove(self, volume: Json) -> None:
        if not being_deleted(volume):
            self.world.store.delete(VOLUMES, name_of(volume), uid=uid_of(volume))
        left = self.world.store.find(VOLUMES, name_of(volume))
        if left is not None and FINALIZER in finalizers(left):

            def let_go(obj: Json) -> None:
                obj["metadata"]["finalizers"].remove(FINALIZER)

            self.world.store.modify(VOLUMES, name_of(volume), "", let_go)
