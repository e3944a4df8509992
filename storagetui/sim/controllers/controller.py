"""What a simulated controller is: it hears of changes, and brings one object at a time in line."""

from collections.abc import Iterable
from typing import ClassVar

from storagetui.sim.controllers.drivers import Span
from storagetui.sim.controllers.world import World
from storagetui.sim.facts import Key
from storagetui.sim.refusal import Refusal
from storagetui.sim.wire import Json

_TRIED_AGAIN = (403, 404, 409, 429)
"""What a controller may run into through no fault of its own; anything else is a mistake of the simulation."""


class Backoff:
    """How long to wait before the next try, by key: doubled at each failure, up to a cap."""

    def __init__(self, first_s: float, cap_s: float) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._failures: dict[Key, int] = {}

    def next_s(self, key: Key) -> float:
        """Count a failure and say how long to wait."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        return min(self._cap_s, self._first_s * 2.0 ** min(failures, 30))

    def forget(self, key: Key) -> None:
        """It went well, or is no longer of interest."""
        self._failures.pop(key, None)


class Controller:
    """Base of the controllers: a work queue of keys on the world's agenda.

    `noticed` says which keys a change concerns; `reconcile` looks at one key and writes what is missing. Whatever the
    server refuses is tried again later, as a rate-limited work queue does it.
    """

    watches: ClassVar[tuple[str, ...]] = ()
    """The resources whose changes it hears of."""
    latency_s: ClassVar[Span] = (0.01, 0.06)
    """From a change to the controller's looking at it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._backoff = Backoff(0.02, 1000.0)
        self._refused: set[Key] = set()

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """The keys that a change concerns."""
        raise NotImplementedError

    def reconcile(self, key: Key) -> None:
        """Bring the object of that key in line; it may be gone."""
        raise NotImplementedError

    def driver_changed(self, name: str) -> None:
        """A CSI driver behaves differently from now on."""

    def machine_changed(self, node: str) -> None:
        """The machine of a node went down or came back."""

    def hear(self, event: str, resource: str, obj: Json, old: Json | None) -> None:
        """Queue what a change concerns."""
        for key in self.noticed(event, resource, obj, old):
            self.look(key, self.world.draw_s(self.latency_s))

    def look(self, key: Key, after_s: float = 0.0) -> None:
        """Look at that key in `after_s` seconds, or earlier when that is planned already."""
        self.world.agenda.add(self._visit, key, after_s)

    def _visit(self, key: Key) -> None:
        try:
            self.reconcile(key)
        except Refusal as error:
            if error.code not in _TRIED_AGAIN:
                raise
            self._refused.add(key)
            self.look(key, self._backoff.next_s(key))
        else:
            if key in self._refused:
                self._refused.discard(key)
                self._backoff.forget(key)
