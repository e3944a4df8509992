"""Events live for an hour after their last write (kube-apiserver --event-ttl)."""

from collections.abc import Iterable

from storagetui.sim.controllers.controller import Controller
from storagetui.sim.events import EVENT_TTL_S, last_seen
from storagetui.sim.facts import Key, key_of
from storagetui.sim.wire import Json


class EventExpiry(Controller):
    """Deletes events whose time is over."""

    watches = ("events",)

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """Each event that appears; a later write is seen when its first hour is over."""
        if event == "ADDED":
            self.look(key_of(obj), EVENT_TTL_S)
        return ()

    def reconcile(self, key: Key) -> None:
        """Delete the event, or look again when it was written since."""
        event = self.world.store.find("events", key[1], key[0])
        if event is None:
            return
        left_s = EVENT_TTL_S - self.world.clock.since_s(last_seen(event))
        if left_s > 0:
            self.look(key, left_s + 1.0)
        else:
            self.world.store.delete("events", key[1], key[0])
