"""The persistent volume controller: binds claims to volumes, hands claims to provisioners, releases volumes.

Source: kubernetes/pkg/controller/volume/persistentvolume/pv_controller.go.
"""

from collections.abc import Iterable

from storagetui.sim.controllers.binding import best_match, mismatch, wants_first_consumer
from storagetui.sim.controllers.controller import Controller
from storagetui.sim.events import Source
from storagetui.sim.facts import (
    BIND_COMPLETED,
    BOUND_BY_CONTROLLER,
    SELECTED_NODE,
    STORAGE_PROVISIONER,
    Key,
    annotation,
    class_of,
    is_bound_to,
    is_finished,
    key_of,
    node_of,
    phase,
)
from storagetui.sim.wire import Json, copied, dig, name_of, namespace_of, uid_of

CLAIMS = "persistentvolumeclaims"
VOLUMES = "persistentvolumes"
CLASSES = "storageclasses.storage.k8s.io"
SOURCE = Source("persistentvolume-controller")
SYNC_PERIOD_S = 15.0
"""Claims that cannot be bound are looked at, and reported, again (--pvclaimbinder-sync-period)."""
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


class Binder(Controller):
    """Moves claims from Pending to Bound or Lost."""

    watches = (CLAIMS, VOLUMES, CLASSES)

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """The claim itself, those that a volume may suit, those that wait for a class."""
        if resource == CLAIMS:
            return [key_of(obj)]
        unbound = self.world.relations.unbound_claims.of(True)
        if resource == CLASSES:
            return [] if event == "MODIFIED" else [key_of(claim) for claim in unbound]
        reference = dig(obj, "spec", "claimRef") or dig(old, "spec", "claimRef")
        if reference:
            return [(reference.get("namespace", ""), reference["name"])]
        return [key_of(claim) for claim in unbound if class_of(claim) == class_of(obj)]

    def reconcile(self, key: Key) -> None:
        """Look at one claim."""
        claim = self.world.store.find(CLAIMS, key[1], key[0])
        if claim is None:
            return
        if annotation(claim, BIND_COMPLETED):
            self._check_bound(claim)
        elif name := dig(claim, "spec", "volumeName"):
            self._bind_to_named(claim, name)
        else:
            self._find_volume(claim)

    def _check_bound(self, claim: Json) -> None:
        """A bound claim keeps its volume, or is lost."""
        name = dig(claim, "spec", "volumeName", default="")
        volume = self.world.store.find(VOLUMES, name) if name else None
        if volume is None:
            said = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
            self._lose(claim, "ClaimLost", said)
        elif not dig(volume, "spec", "claimRef") or is_bound_to(volume, claim):
            if phase(claim) != "Bound" or dig(volume, "spec", "claimRef", "uid") != uid_of(claim):
                self.bind(claim, volume)
        else:
            said = "Two claims are bound to the same volume, this one is bound incorrectly"
            self._lose(claim, "ClaimMisbound", said)

    def _lose(self, claim: Json, reason: str, said: str) -> None:
        if phase(claim) == "Lost":
            return

        def lose(obj: Json) -> None:
            obj["status"] = {"phase": "Lost"}

        lost = self.world.store.modify(CLAIMS, name_of(claim), namespace_of(claim), lose, subresource="status")
        self.world.recorder.warning(SOURCE, CLAIMS, lost, reason, said)

    def _bind_to_named(self, claim: Json, name: str) -> None:
        volume = self.world.store.find(VOLUMES, name)
        if volume is None:
            return
        if not dig(volume, "spec", "claimRef"):
            if why := mismatch(volume, claim):
                said = f'Cannot bind to requested volume "{name}": {why}'
                self.world.recorder.warning(SOURCE, CLAIMS, claim, "VolumeMismatch", said)
                self._look_again(claim)
            else:
                self.bind(claim, volume)
        elif is_bound_to(volume, claim):
            self.bind(claim, volume)
        else:
            said = f'volume "{name}" already bound to a different claim.'
            self.world.recorder.warning(SOURCE, CLAIMS, claim, "FailedBinding", said)
            self._look_again(claim)

    def _find_volume(self, claim: Json) -> None:
        storage_class = self.world.store.find(CLASSES, class_of(claim)) if class_of(claim) else None
        delayed = wants_first_consumer(storage_class)
        volume = self._reserved_for(claim)
        if volume is None and not delayed:
            volume = best_match(claim, self.world.relations.free_volumes_in_class.of(class_of(claim)))
        if volume is not None:
            self.bind(claim, volume)
        elif dig(claim, "spec", "storageClassName") is None and self._assign_default(claim):
            return
        elif delayed and not annotation(claim, SELECTED_NODE):
            self._wait_for_consumer(claim)
            self._look_again(claim)
        elif class_of(claim):
            self._hand_over(claim, storage_class)
            self._look_again(claim)
        else:
            said = "no persistent volumes available for this claim and no storage class is set"
            self.world.recorder.normal(SOURCE, CLAIMS, claim, "FailedBinding", said)
            self._look_again(claim)

    def _look_again(self, claim: Json) -> None:
        self.look(key_of(claim), self.world.agenda.rest(SYNC_PERIOD_S))

    def _reserved_for(self, claim: Json) -> Json | None:
        for volume in self.world.relations.volumes_of_claim.of(key_of(claim)):
            if is_bound_to(volume, claim) and not mismatch(volume, claim):
                return volume
        return None

    def _assign_default(self, claim: Json) -> bool:
        """Give a claim without class the default one that exists by now (retroactive default class, GA in 1.28)."""
        marked = [item for item in self.world.store.list(CLASSES) if annotation(item, DEFAULT_CLASS) == "true"]
        if not marked:
            return False
        newest = max(marked, key=lambda item: (item["metadata"]["creationTimestamp"], name_of(item)))

        def assign(obj: Json) -> None:
            obj["spec"]["storageClassName"] = name_of(newest)

        self.world.store.modify(CLAIMS, name_of(claim), namespace_of(claim), assign)
        return True

    def _wait_for_consumer(self, claim: Json) -> None:
        """Say whom a late binding claim waits for (emitEventForUnboundDelayBindingClaim)."""
        pods = [
            name_of(pod)
            for pod in self.world.relations.pods_of_claim.of(key_of(claim))
            if not node_of(pod) and not is_finished(pod)
        ]
        reason, said = "WaitForFirstConsumer", "waiting for first consumer to be created before binding"
        if pods:
            reason = "WaitForPodScheduled"
            said = f"waiting for pod{'s' if len(pods) > 1 else ''} {','.join(pods)} to be scheduled"
        self.world.recorder.normal(SOURCE, CLAIMS, claim, reason, said)

    def _hand_over(self, claim: Json, storage_class: Json | None) -> None:
        """Ask the class's provisioner for a volume (provisionClaim)."""
        recorder = self.world.recorder
        if storage_class is None:
            said = f'storageclass.storage.k8s.io "{class_of(claim)}" not found'
            recorder.warning(SOURCE, CLAIMS, claim, "ProvisioningFailed", said)
            return
        provisioner = storage_class.get("provisioner", "")
        if provisioner == "kubernetes.io/no-provisioner":
            return
        if annotation(claim, STORAGE_PROVISIONER) != provisioner:

            def annotate(obj: Json) -> None:
                notes = obj["metadata"].setdefault("annotations", {})
                notes["volume.beta.kubernetes.io/storage-provisioner"] = provisioner
                notes[STORAGE_PROVISIONER] = provisioner

            claim = self.world.store.modify(CLAIMS, name_of(claim), namespace_of(claim), annotate)
        said = (
            f"Waiting for a volume to be created either by the external provisioner '{provisioner}' "
            "or manually by the system administrator. If volume creation is delayed, please verify that "
            "the provisioner is running and correctly registered."
        )
        recorder.normal(SOURCE, CLAIMS, claim, "ExternalProvisioning", said)

    def bind(self, claim: Json, volume: Json) -> None:
        """Write the bond into volume and claim, whatever of it is missing."""
        store = self.world.store
        ours = not dig(volume, "spec", "claimRef", "name")
        chosen = not dig(claim, "spec", "volumeName")

        def bind_volume(obj: Json) -> None:
            reference = obj["spec"].setdefault("claimRef", {})
            reference |= {"kind": "PersistentVolumeClaim", "apiVersion": "v1"}
            reference |= {"namespace": namespace_of(claim), "name": name_of(claim), "uid": uid_of(claim)}
            reference.setdefault("resourceVersion", claim["metadata"]["resourceVersion"])
            if ours:
                obj["metadata"].setdefault("annotations", {})[BOUND_BY_CONTROLLER] = "yes"

        volume = store.modify(VOLUMES, name_of(volume), "", bind_volume)

        def bind_claim(obj: Json) -> None:
            obj["spec"]["volumeName"] = name_of(volume)
            notes = obj["metadata"].setdefault("annotations", {})
            notes[BIND_COMPLETED] = "yes"
            if chosen:
                notes[BOUND_BY_CONTROLLER] = "yes"

        claim = store.modify(CLAIMS, name_of(claim), namespace_of(claim), bind_claim)
        if phase(claim) != "Bound":

            def put(obj: Json) -> None:
                status = obj.setdefault("status", {})
                status |= {"phase": "Bound", "accessModes": copied(volume["spec"]["accessModes"])}
                status["capacity"] = {"storage": volume["spec"]["capacity"]["storage"]}

            store.modify(CLAIMS, name_of(claim), namespace_of(claim), put, subresource="status")
