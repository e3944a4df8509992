"""The controller side of an expansion: the expand controller's event, and the external resizer of every CSI driver.

Source: kubernetes/pkg/controller/volume/expand/expand_controller.go,
external-resizer/pkg/controller/expand_and_recover.go and resize_status.go.
"""

from collections.abc import Iterable
from fractions import Fraction

from storagetui.sim.controllers.controller import Backoff, Controller
from storagetui.sim.controllers.drivers import EXPAND, Driver, Fault
from storagetui.sim.controllers.resizing import (
    EXPAND_ERROR,
    FS_PENDING,
    IN_PROGRESS,
    INFEASIBLE,
    NODE_IN_PROGRESS,
    NODE_INFEASIBLE,
    NODE_PENDING,
    RESIZING,
    finish,
    resize_state,
    set_conditions,
)
from storagetui.sim.controllers.world import World
from storagetui.sim.events import Source
from storagetui.sim.facts import (
    Key,
    amount,
    being_deleted,
    driver_of,
    is_bound_to,
    key_of,
    phase,
    requested,
    volume_mode,
)
from storagetui.sim.quantity import Quantity
from storagetui.sim.wire import Json, dig, name_of

CLAIMS = "persistentvolumeclaims"
VOLUMES = "persistentvolumes"
EXPAND_SOURCE = Source("volume_expand")
PRE_RESIZE = "volume.alpha.kubernetes.io/pre-resize-capacity"
_NOT_FINAL = frozenset({"Canceled", "DeadlineExceeded", "Unavailable", "ResourceExhausted", "Aborted"})
_INFEASIBLE_CODES = frozenset({"InvalidArgument", "OutOfRange", "NotFound"})
INFEASIBLE_RETRY_S = 300.0


class Resizer(Controller):
    """Grows the volumes of claims that ask for more than they have."""

    watches = (CLAIMS,)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._due_s: dict[Key, tuple[float, Fraction]] = {}
        self._not_before: dict[Key, tuple[float, Fraction]] = {}
        """When a size that was refused is tried again; another size need not wait."""
        self._retries = Backoff(1.0, 300.0)
        self._final: set[Key] = set()
        """Claims whose last failure was final: a lower wish may be taken up."""

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """A claim whose wish, volume or state changes."""
        if event == "DELETED":
            self._forget(key_of(obj))
            return ()
        if phase(obj) == "Bound" and requested(obj) > _capacity(obj):
            if old is not None and requested(obj) > requested(old):
                self._announce(obj)
            return [key_of(obj)]
        return ()

    def driver_changed(self, name: str) -> None:
        """A controller part that starts looks at all claims that wait for it."""
        for claim in self.world.store.list(CLAIMS):
            if phase(claim) == "Bound" and requested(claim) > _capacity(claim):
                self.look(key_of(claim))

    def _forget(self, key: Key) -> None:
        self._due_s.pop(key, None)
        self._not_before.pop(key, None)
        self._retries.forget(key)
        self._final.discard(key)

    def _announce(self, claim: Json) -> None:
        said = "waiting for an external controller to expand this PVC"
        self.world.recorder.normal(EXPAND_SOURCE, CLAIMS, claim, "ExternalExpanding", said)

    def reconcile(self, key: Key) -> None:
        """Begin, go on with or finish one expansion."""
        claim = self.world.store.find(CLAIMS, key[1], key[0])
        volume = self.world.store.find(VOLUMES, dig(claim, "spec", "volumeName", default=""))
        if claim is None or volume is None or being_deleted(claim) or not is_bound_to(volume, claim):
            self._forget(key)
            return
        driver = self.world.drivers[driver_of(volume)]
        if not driver.controller_runs or phase(claim) != "Bound" or not driver_of(volume):
            return
        if requested(claim) <= _capacity(claim) and not resize_state(claim):
            return
        size = self._target(claim, volume, key)
        if size is None:
            return
        again_s, refused_size = self._not_before.get(key, (0.0, size))
        wait_s = again_s - self.world.clock.elapsed_s()
        if wait_s > 0 and size == refused_size:
            self.look(key, wait_s)
            return
        if key not in self._due_s:
            self._begin(claim, volume, driver, size)
        else:
            self._go_on(claim, volume, driver)

    def _target(self, claim: Json, volume: Json, key: Key) -> Fraction | None:
        """The size to grow to now, or None when it is the node's turn (expandAndRecover)."""
        state, wish = resize_state(claim), requested(claim)
        allocated = dig(claim, "status", "allocatedResources", "storage")
        if state in (NODE_PENDING, NODE_IN_PROGRESS):
            return None
        if state == NODE_INFEASIBLE and allocated is not None:
            return amount(allocated)
        if amount(dig(volume, "spec", "capacity", "storage")) >= wish and not state:
            return None if allocated is not None and amount(allocated) == wish else wish
        if state == IN_PROGRESS and allocated is not None and key not in self._final:
            return amount(allocated)
        return wish

    def _begin(self, claim: Json, volume: Json, driver: Driver, size: Fraction) -> None:
        key, now = key_of(claim), self.world.clock.timestamp()
        text = str(Quantity(size, "binary"))
        fresh = dig(claim, "status", "allocatedResources", "storage") != text

        def put(obj: Json) -> None:
            status = obj["status"]
            resizing = {"type": RESIZING, "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
            set_conditions(status, [resizing], keep=not fresh)
            if fresh:
                status.setdefault("allocatedResourceStatuses", {})["storage"] = IN_PROGRESS
            status.setdefault("allocatedResources", {})["storage"] = text

        self._final.discard(key)
        takes_s = self.world.draw_s(self.world.drivers.takes_s(driver.name, EXPAND, name_of(claim), name_of(volume)))
        self._due_s[key] = (self.world.clock.elapsed_s() + takes_s, size)
        claim = self.world.store.modify(CLAIMS, key[1], key[0], put, subresource="status")
        said = f"External resizer is resizing volume {name_of(volume)}"
        self.world.recorder.normal(_source(driver), CLAIMS, claim, "Resizing", said)
        self.look(key, takes_s)

    def _go_on(self, claim: Json, volume: Json, driver: Driver) -> None:
        key = key_of(claim)
        due_s, size = self._due_s[key]
        left_s = due_s - self.world.clock.elapsed_s()
        if left_s > 0:
            self.look(key, left_s)
            return
        del self._due_s[key]
        fault = self.world.drivers.fault(driver.name, EXPAND, name_of(claim), name_of(volume))
        if fault is not None:
            self._fail(claim, volume, driver, fault, size)
            return
        self._retries.forget(key)
        self._not_before.pop(key, None)
        self._grow_volume(claim, volume, size)
        if driver.expands_on_node and volume_mode(claim) == "Filesystem":
            self._leave_to_node(claim, driver)
        else:
            claim = finish(self.world, claim, str(Quantity(size, "binary")))
            said = "Resize volume succeeded"
            self.world.recorder.normal(_source(driver), CLAIMS, claim, "VolumeResizeSuccessful", said)

    def _grow_volume(self, claim: Json, volume: Json, size: Fraction) -> None:
        def grow(obj: Json) -> None:
            notes = obj["metadata"].setdefault("annotations", {})
            notes[PRE_RESIZE] = dig(claim, "status", "capacity", "storage", default="0")
            obj["spec"]["capacity"]["storage"] = str(Quantity(size, "binary"))

        self.world.store.modify(VOLUMES, name_of(volume), "", grow)

    def _leave_to_node(self, claim: Json, driver: Driver) -> None:
        key, now = key_of(claim), self.world.clock.timestamp()
        message = "Waiting for user to (re-)start a pod to finish file system resize of volume on node."
        pending = {"type": FS_PENDING, "status": "True", "lastProbeTime": None, "lastTransitionTime": now}

        def put(obj: Json) -> None:
            set_conditions(obj["status"], [{**pending, "message": message}], keep=True)
            obj["status"].setdefault("allocatedResourceStatuses", {})["storage"] = NODE_PENDING

        claim = self.world.store.modify(CLAIMS, key[1], key[0], put, subresource="status")
        said = "Require file system resize of volume on node"
        self.world.recorder.normal(_source(driver), CLAIMS, claim, "FileSystemResizeRequired", said)

    def _fail(self, claim: Json, volume: Json, driver: Driver, fault: Fault, size: Fraction) -> None:
        key, now = key_of(claim), self.world.clock.timestamp()
        why = f'resize volume "{name_of(volume)}" by resizer "{driver.name}" failed: {fault.message}'
        infeasible = fault.code in _INFEASIBLE_CODES
        delay_s = INFEASIBLE_RETRY_S if infeasible else self._retries.next_s(key)
        self._not_before[key] = (self.world.clock.elapsed_s() + delay_s, size)
        if fault.code not in _NOT_FINAL:
            self._final.add(key)
            error = {"type": EXPAND_ERROR, "status": "True", "lastProbeTime": None, "lastTransitionTime": now}

            def put(obj: Json) -> None:
                set_conditions(
                    obj["status"], [{**error, "message": f"failed to expand pvc with {fault.message}"}], keep=True
                )
                if infeasible:
                    obj["status"].setdefault("allocatedResourceStatuses", {})["storage"] = INFEASIBLE

            claim = self.world.store.modify(CLAIMS, key[1], key[0], put, subresource="status")
        self.world.recorder.warning(_source(driver), CLAIMS, claim, "VolumeResizeFailed", why)
        self.look(key, delay_s)


def _source(driver: Driver) -> Source:
    return Source(f"external-resizer {driver.name}")


def _capacity(claim: Json) -> Fraction:
    return amount(dig(claim, "status", "capacity", "storage"))
