"""Random histories of a small cluster: every kind of change that a row can show."""

import random
from collections.abc import Callable
from typing import Any

import msgspec

from storagetui.cluster.shared_map import Draft
from storagetui.cluster.store import Store
from storagetui.diagnosis.finding import Finding, Severity
from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.change import Drop, Feed, FeedHealth, FeedState, Put
from storagetui.model.keys import Key, Kind
from storagetui.model.workloads import ReplicaSet
from tests.build import (
    NOW,
    attachment,
    build,
    claim,
    feed_health,
    live_feeds,
    node,
    pod,
    stamp,
    stateful_set,
    storage_class,
    volume,
)
from tests.view.world import finding, owned, service

Chance = random.Random

SETS, NODES, CLASSES = ("db", "web"), ("worker-a", "worker-b"), ("fast", "slow")
CLAIMS = tuple(f"{template}-{name}-{n}" for template in ("data", "wal") for name in (*SETS, "old") for n in range(3))
VOLUMES = tuple(f"pv-{n}" for n in range(4))


class World:
    """One cluster and its past; `step` changes something and gives the next Frame."""

    def __init__(self, seed: int) -> None:
        self.chance = Chance(seed)
        self._store = Store()
        self._version = 0
        self._findings: dict[Key, tuple[Finding, ...]] = {}
        self._feeds: dict[Feed, FeedHealth] = live_feeds()
        self._frame = self._publish(frozenset(), frozenset())

    @property
    def frame(self) -> Frame:
        """The latest one."""
        return self._frame

    def step(self, changes: int) -> Frame:
        """So many changes, in one Frame."""
        made: list[Put | Drop] = []
        for _ in range(changes):
            record = self.chance.choice(MAKERS)(self.chance)
            feed = Feed(record.kind)
            made.append(Drop(feed, record.key) if self.chance.random() < 0.3 else Put(feed, self._fresh(record)))
        effect = self._store.apply(made)
        rediagnosed = self._rediagnose() if self.chance.random() < 0.4 else frozenset()
        if self.chance.random() < 0.1:
            self._refeed()
        self._frame = self._publish(effect.changed, rediagnosed)
        return self._frame

    def _fresh(self, record: Record) -> Record:
        self._version += 1
        return msgspec.structs.replace(record, resource_version=str(self._version))

    def _rediagnose(self) -> frozenset[Key]:
        record = self.chance.choice(MAKERS)(self.chance)
        severity = self.chance.choice((None, *Severity))
        if severity is None:
            self._findings.pop(record.key, None)
        else:
            self._findings[record.key] = (finding(record, f"trouble {severity}", severity),)
        return frozenset((record.key,))

    def _refeed(self) -> None:
        kind = self.chance.choice((Kind.POD, Kind.NODE, Kind.PERSISTENT_VOLUME, Kind.STATEFUL_SET))
        state = self.chance.choice((FeedState.LIVE, FeedState.FORBIDDEN, FeedState.STALE))
        self._feeds = live_feeds(feed_health(kind, state, was_listed=True))

    def _publish(self, changed: frozenset[Key], rediagnosed: frozenset[Key]) -> Frame:
        shared: Draft[Key, tuple[Finding, ...]] = Draft()
        for key, group in self._findings.items():
            shared.put(key, group)
        number = self._frame.number + 1 if hasattr(self, "_frame") else 1
        return Frame(
            number=number,
            cluster_id="test-cluster",
            at=NOW,
            cluster=self._store.publish(),
            findings=shared.publish(),
            feeds=self._feeds,
            changed=changed,
            rediagnosed=rediagnosed,
        )


def _claim(chance: Chance) -> Record:
    over: dict[str, Any] = {"spec": {"storageClassName": chance.choice(CLASSES)}}
    if chance.random() < 0.2:
        over["metadata"] = {"deletionTimestamp": stamp(1)}
    elif chance.random() < 0.2:
        over["metadata"] = owned("Cluster", "x")
    phase = chance.choice(("Bound", "Bound", "Pending", "Lost"))
    held = chance.choice(VOLUMES) if phase != "Pending" else ""
    size = chance.choice(("1Gi", "20Gi"))
    return claim(f"shop/{chance.choice(CLAIMS)}", phase=phase, size=size, volume=held, **over)


def _volume(chance: Chance) -> Record:
    holder = f"shop/{chance.choice(CLAIMS)}" if chance.random() < 0.7 else ""
    return volume(chance.choice(VOLUMES), claim=holder, zone=chance.choice(("", "a", "b")))


def _pod(chance: Chance) -> Record:
    name = chance.choice(SETS)
    owner = chance.choice((f"StatefulSet/{name}", "ReplicaSet/web-abc", ""))
    return pod(
        f"shop/{name}-{chance.randrange(4)}",
        phase=chance.choice(("Running", "Pending")),
        node=chance.choice((*NODES, "")),
        claims=tuple(chance.sample(CLAIMS, chance.choice((0, 1, 1, 2)))),
        owner=owner,
    )


def _attachment(chance: Chance) -> Record:
    return attachment(
        f"csi-{chance.randrange(5)}",
        volume=chance.choice(VOLUMES),
        node=chance.choice(NODES),
        attached=chance.random() < 0.6,
    )


def _set(chance: Chance) -> Record:
    templates = ("data",) if chance.random() < 0.5 else ("data", "wal")
    name = chance.choice(SETS)
    return stateful_set(f"shop/{name}", replicas=chance.randrange(4), templates=templates)


def _node(chance: Chance) -> Record:
    return node(chance.choice(NODES), ready=chance.choice(("True", "Unknown")), zone=chance.choice(("a", "b")))


def _class(chance: Chance) -> Record:
    binding = chance.choice(("Immediate", "WaitForFirstConsumer"))
    return storage_class(chance.choice(CLASSES), binding=binding)


def _replica_set(chance: Chance) -> Record:
    over = {"metadata": owned("Deployment", chance.choice(("web", "other")))}
    return build(ReplicaSet, "shop/web-abc", {}, over)


def _service(chance: Chance) -> Record:
    return service(f"shop/{chance.choice(SETS)}", ip=chance.choice(("None", "10.0.0.1")))


MAKERS: tuple[Callable[[Chance], Record], ...] = (
    _claim,
    _claim,
    _pod,
    _pod,
    _volume,
    _attachment,
    _set,
    _node,
    _class,
    _replica_set,
    _service,
)
