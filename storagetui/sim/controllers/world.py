"""What all controllers share, and how changes and time reach them."""

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from storagetui.sim.agenda import Agenda
from storagetui.sim.clock import Clock
from storagetui.sim.controllers.drivers import Drivers, Span
from storagetui.sim.controllers.images import Images
from storagetui.sim.controllers.machines import Machines
from storagetui.sim.controllers.relations import Relations
from storagetui.sim.events import Recorder
from storagetui.sim.store import ObjectStore
from storagetui.sim.wire import Json

if TYPE_CHECKING:
    from storagetui.sim.controllers.controller import Controller


class World:
    """The store and everything around it that is not an API object: machines, drivers, images, dice and the agenda.

    Controllers that `employ` takes in hear of every change of the store after the relations have followed it.
    """

    def __init__(self, store: ObjectStore, clock: Clock, seed: int = 0) -> None:
        self.store = store
        self.clock = clock
        self.random = random.Random(seed)
        self.agenda = Agenda(clock)
        self.recorder = Recorder(store, clock)
        self.relations = Relations(store)
        self.drivers = Drivers()
        self.images = Images()
        self.machines = Machines()
        self._controllers: list[Controller] = []
        self._watchers: dict[str, list[Controller]] = {}
        self._unsubscribe: Callable[[], None] = store.subscribe(self._take)
        self.drivers.listen(self._driver_changed)
        self.machines.listen(self._machine_changed)

    def employ(self, controller: "Controller") -> None:
        """Let a controller hear of changes, and look at all that exists already."""
        self._controllers.append(controller)
        for resource in controller.watches:
            self._watchers.setdefault(resource, []).append(controller)
            for obj in self.store.list(resource):
                controller.hear("ADDED", resource, obj, None)

    def close(self) -> None:
        """Stop listening to the store."""
        self._unsubscribe()

    def draw_s(self, span: Span) -> float:
        """A time within the span."""
        return self.random.uniform(*span)

    def _take(self, event: str, resource: str, obj: Json, old: Json | None) -> None:
        self.relations.take(event, resource, obj, old)
        for controller in self._watchers.get(resource, ()):
            controller.hear(event, resource, obj, old)

    def _driver_changed(self, name: str) -> None:
        for controller in self._controllers:
            controller.driver_changed(name)

    def _machine_changed(self, node: str) -> None:
        for controller in self._controllers:
            controller.machine_changed(node)
