"""A session through a day of random changes and random faults, in fake time.

Each Frame on the way is held against the server: what a feed that is called live shows of an object must be what the
server had within the time for which the longest silence goes unnoticed. When the faults end, the session has exactly
what the server has. Every seed is a day of its own; STORAGETUI_DAYS says how many whole days are run instead of two
hours for each of a few seeds, STORAGETUI_SEEDS how many of those.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from storagetui.frame import Frame
from storagetui.kube.sleep import Slept
from storagetui.live import LiveSource
from storagetui.model.change import Feed, FeedState
from storagetui.model.keys import Key
from storagetui.model.kinds import KINDS
from storagetui.session import Session
from storagetui.settings import Settings
from storagetui.sim import refusal
from storagetui.sim.faults import (
    Absent,
    Again,
    Cut,
    Delay,
    Effect,
    ErrorEvent,
    Insert,
    Lost,
    Match,
    Page,
    Refuse,
    Repeat,
    Silence,
    Slow,
)
from storagetui.sim.refusal import Refusal
from storagetui.sim.resources import RESOURCES
from storagetui.sim.store import ObjectStore
from tests.kube.simulated import WitnessedApi, served
from tests.sim.given import claim, pod, stateful_set, volume
from tests.source import IDENTITY

DAYS = int(os.environ.get("STORAGETUI_DAYS", "0"))
DAY_S = 86400.0
HOURS, SEEDS = (24.0, DAYS) if DAYS else (2.0, int(os.environ.get("STORAGETUI_SEEDS", "5")))
UNNOTICED_S = 97.0
"""The longest for which a connection that died without a word can pass for a quiet one: ninety seconds, and a Frame."""
UNHEARD_S = 12.0
"""The same for a server that says nothing at all: the heartbeat's five seconds, twice, and a Frame."""
SERVED = {kind.name for kind in RESOURCES}
MADE: dict[str, Callable[[str], Any]] = {
    "persistentvolumeclaims": claim,
    "persistentvolumes": volume,
    "pods": pod,
    "statefulsets.apps": stateful_set,
    "nodes": lambda name: {"metadata": {"name": name}},
    "volumesnapshots.snapshot.storage.k8s.io": lambda name: {
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"source": {"persistentVolumeClaimName": "c-0"}},
    },
    "events": lambda name: {
        "metadata": {"name": name, "namespace": "shop"},
        "involvedObject": {"kind": "PersistentVolumeClaim", "namespace": "shop", "name": "c-0", "uid": "u"},
        "type": "Warning",
        "reason": "ProvisioningFailed",
        "message": "no space",
    },
}
OF_CLAIMS = "involvedObject.kind=PersistentVolumeClaim"
"""What all events here are about, so that one feed of events has them all."""
ILL = Refusal(500, "InternalError", "etcdserver: leader changed")
TABLE = b'{"type":"ADDED","object":{"kind":"Table","metadata":{"resourceVersion":"9999999"}}}\n'


def resource_of(feed: Feed) -> str:
    info = KINDS[feed.kind]
    return f"{info.plural}.{info.group}" if info.group else info.plural


class Truth:
    """What the server has, and had in the last minutes, of each object."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._past: dict[tuple[str, str, str], deque[tuple[float, str]]] = {}
        """By resource, namespace and name: since when it has which version; "" while it does not exist."""
        self._stop = store.subscribe(self._note)

    def _note(self, event: str, resource: str, obj: Any, old: Any) -> None:
        metadata = obj["metadata"]
        key = (resource, metadata.get("namespace", ""), metadata["name"])
        version = "" if event == "DELETED" else metadata["resourceVersion"]
        before = old["metadata"]["resourceVersion"] if old else ""
        past = self._past.setdefault(key, deque([(-DAY_S, before)], 50))
        past.append((asyncio.get_running_loop().time(), version))

    def had(self, resource: str, key: Key, within_s: float) -> set[str]:
        """The versions that an object had at any moment of the last seconds."""
        since = asyncio.get_running_loop().time() - within_s
        past = self._past.get((resource, key.namespace, key.name))
        if past is None:
            stored = self._store.find(resource, key.name, key.namespace)
            return {stored["metadata"]["resourceVersion"] if stored else ""}
        recent = {version for at, version in past if at >= since}
        return recent | {next((version for at, version in reversed(past) if at < since), "")}

    def keys(self, resource: str) -> list[tuple[str, str]]:
        """Namespace and name of everything there is."""
        return [stored.key for stored in self._store.log(resource).all()]

    def now(self, resource: str) -> dict[str, str]:
        held = [stored.object["metadata"] for stored in self._store.log(resource).all()]
        return {f"{one.get('namespace', '')}/{one['name']}": one["resourceVersion"] for one in held}


class Day:
    """A server that changes and fails by the roll of a seed's dice."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.api: WitnessedApi = served(4)
        self.truth = Truth(self.api.store)
        self.slept_s = 0.0
        self.down_since: float | None = None
        self.struck: list[str] = []

    async def change(self) -> None:
        """Objects come, change and go, in bursts and with pauses."""
        number, store = 0, self.api.store
        while True:
            await asyncio.sleep(self.dice.expovariate(1 / 40.0))
            for _ in range(self.dice.choice((1, 1, 1, 2, 20))):
                number += 1
                self._change_one(store, self.dice.choice(list(MADE)), number)

    def _change_one(self, store: ObjectStore, resource: str, number: int) -> None:
        there = store.log(resource).all()
        roll = self.dice.random()
        if len(there) < 3 or (roll < 0.3 and len(there) < 25):
            store.create(resource, MADE[resource](f"n-{number}"))
            return
        stored = self.dice.choice(there)
        namespace, name = stored.key

        def touch(obj: Any) -> None:
            obj["metadata"].setdefault("annotations", {})["touched"] = str(number)
            if roll > 0.7:
                obj["metadata"]["finalizers"] = []

        store.modify(resource, name, namespace, touch)
        if roll > 0.7:
            store.delete(resource, name, namespace, grace_s=0)

    async def fail(self) -> None:
        """Something goes wrong, for a while; then all is well for a while, or not."""
        while True:
            await asyncio.sleep(self.dice.expovariate(1 / 240.0))
            trouble = self.dice.choice(
                (self._restart, self._hang, self._tear, self._forget, self._sleep, *[self._strike] * 6)
            )
            self.struck.append(trouble.__name__)
            await trouble()

    async def _restart(self) -> None:
        self.down_since = asyncio.get_running_loop().time()
        self.api.faults.stop()
        await asyncio.sleep(self.dice.choice((1.0, 20.0, 300.0)))
        if self.dice.random() < 0.5:
            self.api.store.compact()
        self.api.faults.start()
        self.down_since = None

    async def _hang(self) -> None:
        self.down_since = asyncio.get_running_loop().time()
        self.api.faults.hang()
        await asyncio.sleep(self.dice.choice((3.0, 30.0, 200.0)))
        self.api.faults.resume()
        self.down_since = None

    async def _tear(self) -> None:
        self.api.faults.sever(resource=self.dice.choice(["", *MADE]))

    async def _forget(self) -> None:
        self.api.store.compact()
        self.api.faults.sever()

    async def _sleep(self) -> None:
        self.slept_s += self.dice.choice((10.0, 600.0, 28_800.0))

    async def _strike(self) -> None:
        effect = self.dice.choice(self._effects())
        match = Match(
            verb=self.dice.choice(("", "list", "watch", "watch")),
            resource=self.dice.choice(["", *MADE]),
            times=self.dice.choice((1, 3, None)),
        )
        if isinstance(effect, Absent):
            match = Match(resource="volumesnapshots.snapshot.storage.k8s.io")
        lift = self.api.faults.add(effect, match)
        self.struck.append(f"{effect} {match}")
        if self.dice.random() < 0.7:
            self.api.faults.sever(resource=match.resource)
        await asyncio.sleep(self.dice.choice((5.0, 60.0, 400.0)))
        lift()

    def _effects(self) -> list[Effect]:
        events = self.dice.randrange(4)
        return [
            Refuse(refusal.expired("too old")),
            Refuse(refusal.too_many_requests("slow down", self.dice.randrange(1, 20))),
            Refuse(ILL),
            Refuse(refusal.unauthorized()),
            Refuse(refusal.forbidden("whatever", "", "no")),
            Page(503),
            Page(404),
            Page(404, "404 page not found\n", "text/plain"),
            Absent(),
            Lost(),
            Delay(self.dice.choice((2.0, 40.0, 1000.0))),
            Slow(0.2),
            Cut(events, more_bytes=self.dice.randrange(100), clean=self.dice.random() < 0.5),
            Silence(events),
            Repeat(events + 1),
            Again(events + 1, events + 3),
            Insert(TABLE, events),
            Insert(b"rubbish\n", events),
            ErrorEvent(refusal.expired("too old"), events),
            ErrorEvent(ILL, events),
            ErrorEvent(refusal.too_many_requests("slow down"), events),
        ]

    def check(self, frame: Frame) -> None:
        """Hold a Frame against the truth."""
        live = [feed for feed, health in frame.feeds.items() if health.state is FeedState.LIVE]
        if self.down_since is not None and asyncio.get_running_loop().time() - self.down_since > UNHEARD_S:
            assert not live, (live[0], self.struck[-3:])
        for feed in live:
            resource = resource_of(feed)
            if feed.field_selector not in ("", OF_CLAIMS) or resource not in MADE:
                continue
            shown = frame.cluster.objects[feed.kind]
            keys = {Key(feed.kind, *found) for found in self.truth.keys(resource)} | set(shown)
            for key in keys:
                if feed.namespace in ("", key.namespace):
                    record = shown.get(key)
                    version = record.resource_version if record else ""
                    assert version in self.truth.had(resource, key, UNNOTICED_S), (key, version, self.struck[-3:])


@asynccontextmanager
async def running(day: Day, folder: Path) -> AsyncIterator[Session]:
    """The session of a day; nothing of it is left afterwards."""
    before = asyncio.all_tasks()
    clock = asyncio.get_running_loop().time
    slept = Slept(lambda: clock() + day.slept_s, clock)
    source = LiveSource(day.api, IDENTITY, now=day.api.store.clock.now, random=day.dice, slept=slept)
    session = Session(source, Settings(), ("shop",), folder)
    task = asyncio.create_task(session.run())
    try:
        yield session
        assert not task.done(), task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert asyncio.all_tasks() <= before
    assert day.api.open_now == 0
    assert day.api.faults.streams == ()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_day_of_changes_and_faults_ends_with_the_truth(seed: int, tmp_path: Path) -> None:
    day = Day(seed)
    looked = 0

    async def look(session: Session) -> None:
        nonlocal looked
        async for frame in session.frames():
            day.check(frame)
            looked += 1

    async with running(day, tmp_path) as session:
        work = [asyncio.create_task(run) for run in (day.change(), day.fail(), look(session))]
        done, _ = await asyncio.wait(work, timeout=3600.0 * HOURS, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        day.api.faults.clear()
        await asyncio.sleep(700.0)
        check_end(day, session.frame)
    assert looked > 50 * HOURS
    assert len(day.struck) > 5 * HOURS


def check_end(day: Day, frame: Frame) -> None:
    """All is well, and all is there."""
    for feed, health in frame.feeds.items():
        expected = FeedState.LIVE if resource_of(feed) in SERVED else FeedState.ABSENT
        assert health.state is expected, (health, day.struck[-10:])
    for resource in MADE:
        kind = next(kind for kind, info in KINDS.items() if resource == resource_of(Feed(kind)))
        shown = frame.cluster.objects[kind].values()
        assert {f"{one.namespace}/{one.name}": one.resource_version for one in shown} == day.truth.now(resource)
