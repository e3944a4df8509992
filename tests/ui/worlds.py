"""Claims that come, change and go at random, as real Frames from a real Store."""

import random
from datetime import datetime

from storagetui.cluster.shared_map import SharedMap
from storagetui.cluster.store import Store
from storagetui.frame import Frame
from storagetui.model.change import Drop, Feed, Put
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from tests.build import NOW, claim, live_feeds

FEED = Feed(Kind.PERSISTENT_VOLUME_CLAIM)


class World:
    """A namespace or three full of claims; every step publishes the next Frame."""

    def __init__(self, size: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.claims: dict[Key, PersistentVolumeClaim] = {}
        self.at: datetime = NOW
        self._store = Store()
        self._version = 0
        self._feeds = live_feeds()
        self._number = 0
        made = [self.make(f"{self.random.choice('abc')}/claim-{number}") for number in range(size)]
        self.frame = self._publish([Put(FEED, record) for record in made])

    def make(self, name: str) -> PersistentVolumeClaim:
        """A claim of that name, in some phase and of some size."""
        self._version += 1
        phase = self.random.choice(("Bound", "Pending", "Lost"))
        record = claim(
            name,
            phase=phase,
            size=f"{self.random.randrange(1, 40)}Gi",
            age=float(self.random.randrange(10**6)),
            metadata={"resourceVersion": str(self._version)},
        )
        self.claims[record.key] = record
        return record

    def step(self, changes: int) -> Frame:
        """Some claims appear, change and go."""
        batch: list[Put | Drop] = []
        for _ in range(changes):
            what = self.random.random()
            if what < 0.25 and self.claims:
                key = self.random.choice(list(self.claims))
                del self.claims[key]
                batch.append(Drop(FEED, key))
            elif what < 0.5 or not self.claims:
                batch.append(Put(FEED, self.make(f"{self.random.choice('abc')}/claim-{self.random.randrange(4000)}")))
            else:
                key = self.random.choice(list(self.claims))
                batch.append(Put(FEED, self.make(f"{key.namespace}/{key.name}")))
        return self._publish(batch)

    def touch(self, key: Key) -> Frame:
        """One claim changes, without changing its place."""
        return self._publish([Put(FEED, self.make(f"{key.namespace}/{key.name}"))])

    def _publish(self, batch: list[Put] | list[Put | Drop]) -> Frame:
        effect = self._store.apply(batch)
        self._number += 1
        self.frame = Frame(
            number=self._number,
            cluster_id="test-cluster",
            at=self.at,
            cluster=self._store.publish(),
            findings=SharedMap(),
            feeds=self._feeds,
            changed=effect.changed,
            rediagnosed=frozenset(),
        )
        return self.frame
