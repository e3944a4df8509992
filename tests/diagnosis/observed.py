"""A simulated cluster whose every change is diagnosed, without the wire between: for days that have to pass quickly."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator

import msgspec

from storagetui.cluster.store import Store
from storagetui.diagnosis.engine import Findings
from storagetui.diagnosis.finding import Finding
from storagetui.diagnosis.group import Group
from storagetui.kube.json_object import decode_object
from storagetui.model.change import Drop, Feed, Put
from storagetui.model.kinds import KINDS
from storagetui.settings import Thresholds
from storagetui.sim.cluster import SimCluster
from storagetui.sim.resources import RESOURCES
from storagetui.sim.wire import Json
from tests.build import live_feeds

BETWEEN_S = 0.1
"""As in a session: what happens within is looked at together."""
_BY_RESOURCE = {f"{info.plural}.{info.group}" if info.group else info.plural: info for info in KINDS.values()}


class Observed:
    """The engine's view of a simulated cluster, as a session would have it."""

    def __init__(self, cluster: SimCluster) -> None:
        self.changes = 0
        self._cluster = cluster
        self._store = Store()
        self._engine = Findings(Thresholds())
        self._inbox: deque[Put | Drop] = deque()
        self._arrived = asyncio.Event()
        for resource in _BY_RESOURCE.keys() & {one.name for one in RESOURCES}:
            for obj in cluster.store.list(resource):
                self._take("ADDED", resource, obj, None)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The root causes now."""
        return self._engine.groups

    async def changed(self) -> AsyncIterator[list[Finding]]:
        """The findings of each update that are new or differ, for ever."""
        unsubscribe = self._cluster.store.subscribe(self._take)
        try:
            while True:
                yield list(self._update())
                flip = self._engine.next_flip()
                due_s = None if flip is None else max(0.0, (flip - self._cluster.clock.now()).total_seconds())
                try:
                    await asyncio.wait_for(self._arrived.wait(), due_s)
                    await asyncio.sleep(BETWEEN_S)
                except TimeoutError:
                    pass
        finally:
            unsubscribe()

    def _update(self) -> Iterator[Finding]:
        self._arrived.clear()
        batch, self._inbox = self._inbox, deque()
        self.changes += len(batch)
        effect = self._store.apply(batch)
        for _ in self._engine.update(self._store.publish(), effect, self._cluster.clock.now(), live_feeds()):
            pass
        found = self._engine.publish()
        for subject in self._engine.rediagnosed:
            yield from found.get(subject) or ()

    def _take(self, event: str, resource: str, obj: Json, _old: Json | None) -> None:
        info = _BY_RESOURCE.get(resource)
        if info is None or resource.startswith("leases"):
            return
        record = decode_object(info, msgspec.json.encode(obj))
        feed = Feed(info.kind)
        self._inbox.append(Drop(feed, record.key) if event == "DELETED" else Put(feed, record))
        self._arrived.set()
