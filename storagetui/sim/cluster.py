"""A whole simulated cluster: store, controllers, API, and the scene it plays."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from storagetui.sim.clock import Clock
from storagetui.sim.controllers.crew import employ_all
from storagetui.sim.controllers.drivers import Drivers
from storagetui.sim.controllers.images import Images
from storagetui.sim.controllers.world import World
from storagetui.sim.events import EVENT_TTL_S
from storagetui.sim.faults import Faults
from storagetui.sim.scenes.catalog import scene_named
from storagetui.sim.scenes.story import Story
from storagetui.sim.server import SimApi
from storagetui.sim.store import ObjectStore


class SimCluster:
    """A cluster that lives on the running event loop, from entering to leaving the context.

    Entering plays the scene's past in no time, so that objects have their ages, events their times and counts, and
    versions their order; from then on everything happens by the loop's time. The same scene, seed and start give the
    same story. Raises ValueError for a scene that is not in the catalog; a mistake in a controller ends the context
    with that exception.
    """

    def __init__(
        self, scene: str = "calm", seed: int = 7, start: datetime | None = None, *, controllers: bool = True
    ) -> None:
        self._scene = scene_named(scene)
        self._start = start
        self._controllers = controllers
        past = timedelta(seconds=self._scene.past_s)
        self.clock = Clock((start or datetime.now(UTC)) - past)
        self.store = ObjectStore(self.clock, seed)
        self.world = World(self.store, self.clock, seed)
        self.faults = Faults()
        self.api = SimApi(self.store, faults=self.faults)
        self._work: asyncio.Task[None] | None = None
        self._owner: asyncio.Task[Any] | None = None

    @property
    def drivers(self) -> Drivers:
        """The CSI drivers: switch their faults and their pace here."""
        return self.world.drivers

    @property
    def images(self) -> Images:
        """What containers do, by image."""
        return self.world.images

    def node_dies(self, name: str) -> None:
        """Let the machine of a node die; the API server finds out when the lease gets old."""
        self.world.machines.take_down(name)

    def node_returns(self, name: str) -> None:
        """Let the machine of a node come back."""
        self.world.machines.bring_up(name)

    async def __aenter__(self) -> Self:
        self._play_the_past()
        if self._controllers:
            self._owner = asyncio.current_task()
            self._work = asyncio.create_task(self.world.agenda.run(), name="simulated controllers")
            self._work.add_done_callback(self._interrupt_owner)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.world.close()
        if self._work is None:
            return
        self._work.cancel()
        await asyncio.wait([self._work])
        failure = None if self._work.cancelled() else self._work.exception()
        if failure is not None:
            if self._owner is not None and isinstance(error, asyncio.CancelledError):
                self._owner.uncancel()
            raise failure

    def _interrupt_owner(self, work: asyncio.Task[None]) -> None:
        """A controller that failed ends the context at once."""
        if not work.cancelled() and work.exception() is not None and self._owner is not None:
            self._owner.cancel()

    def _play_the_past(self) -> None:
        """Build the cluster and run it up to now with the clock held."""
        agenda, past_s = self.world.agenda, self._scene.past_s
        self.clock.hold()
        agenda.present_s = past_s
        self.world.recorder.forgets_before_s = past_s - EVENT_TTL_S
        if self._controllers:
            employ_all(self.world)
        self._scene.tell(Story(self.world, past_s))
        agenda.hurry(past_s)
        if self._start is None:
            agenda.hurry(past_s + (datetime.now(UTC) - self.clock.now()).total_seconds())
        agenda.present_s = None
        self.clock.release()
