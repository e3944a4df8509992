"""What one change costs to diagnose among 50,000 objects: `python -m tests.bench.diagnosis` prints a table.

A change is taken as the session takes it: into the store, through the engine, out as a published value. Where thousands
hang on one object the work is spread, and the longest stretch between two breaths counts. All in processor time.
"""

import gc
import statistics
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from time import thread_time
from typing import NamedTuple, TypeVar

import msgspec

from storagetui.cluster.store import Effect, Store
from storagetui.diagnosis.engine import Findings
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import Record
from storagetui.model.change import Drop, Feed, Put
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.classes import StorageClass
from storagetui.model.drivers import CSIDriver, CSINode
from storagetui.model.kinds import KINDS
from storagetui.model.nodes import Node
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume
from storagetui.model.workloads import StatefulSet
from storagetui.settings import Thresholds
from tests.bench.objects import Size, objects
from tests.build import NOW, decode, event, live_feeds

R = TypeVar("R", bound=Record)

SIZE = Size.of(20_000)
"""With its claims, volumes, attachments and nodes some 51,000 objects."""
ROUNDS = 60
"""Objects that are changed, and changed back."""
REPEATS = 3
"""Times that each of them is: the best one counts, for the others met what else the machine does."""
LIMIT_MS = 5.0
"""What one change may cost."""
STRETCH_MS = 30.0
"""What a stretch of work between two breaths may take, of changes that matter to thousands."""
HUB = ", spread"
"""How the names of changes end that matter to hundreds."""
_BY_PLURAL = {info.plural: info for info in KINDS.values()}


class Cost(NamedTuple):
    """What a change cost, in milliseconds."""

    what: str
    median: float
    worst: float
    """Of all rounds but the slowest twentieth."""
    stretch: float
    """The longest between two breaths."""
    is_hub: bool
    """Whether the change matters to hundreds, so that the work is spread."""

    @property
    def is_slow(self) -> bool:
        """Whether it cost more than it may."""
        return self.stretch > STRETCH_MS if self.is_hub else self.worst > LIMIT_MS


class World:
    """A store and an engine that are fed changes and timed."""

    def __init__(self) -> None:
        self.store = Store()
        self.engine = Findings(Thresholds())
        self.feeds = live_feeds()
        self.at = NOW
        self.version = 0

    def load(self) -> tuple[int, float, float]:
        """Everything at once; returns the objects, the seconds that the first run took and its longest stretch."""
        records = [decode(_BY_PLURAL[plural].record, wire) for plural, wire in objects(SIZE)]
        self.store.apply(Put(Feed(record.kind), record) for record in records)
        gc.collect()
        gc.disable()  # what is measured is the engine, not the collector's walk over the whole cluster
        stretches = list(self._stretches(Effect(frozenset(), {})))
        return len(records), sum(stretches), max(stretches)

    def some(self, record: type[R], count: int) -> list[R]:
        """Objects of a kind, in a fixed order."""
        found = self.store.publish().all(record)
        return [found[key] for key in sorted(found)[:: max(1, len(found) // count)][:count]]

    def put(self, *records: Record) -> list[float]:
        """Objects that changed; returns the seconds between breaths."""
        self.version += 1
        fresh = [msgspec.structs.replace(one, resource_version=f"v{self.version}") for one in records]
        return self._timed(lambda: self.store.apply(Put(Feed(one.kind), one) for one in fresh))

    def drop(self, *records: Record) -> list[float]:
        """Objects that went."""
        return self._timed(lambda: self.store.apply(Drop(Feed(one.kind), one.key) for one in records))

    def _timed(self, apply: Callable[[], Effect]) -> list[float]:
        self.at += timedelta(seconds=0.1)
        begun = thread_time()
        effect = apply()
        taken = thread_time() - begun
        first, *rest = self._stretches(effect)
        return [taken + first, *rest]

    def _stretches(self, effect: Effect) -> Iterator[float]:
        begun = thread_time()
        for _ in self.engine.update(self.store.publish(), effect, self.at, self.feeds):
            yield thread_time() - begun
            begun = thread_time()
        self.engine.publish()
        yield thread_time() - begun


def costs(world: World) -> Iterator[Cost]:
    """Each sort of change, done and undone."""
    replace = msgspec.structs.replace
    yield _cost("a claim becomes Pending", world, PersistentVolumeClaim, lambda one: replace(one, phase="Pending"))
    yield _cost("a pod is no longer Running", world, Pod, lambda one: replace(one, phase="Pending", node_name=""))
    yield _cost("a volume is Released", world, PersistentVolume, lambda one: replace(one, phase="Released"))
    yield _cost("an attachment is undone", world, VolumeAttachment, lambda one: replace(one, is_attached=False))
    yield _cost("a set wants more pods", world, StatefulSet, lambda one: replace(one, replicas=30))
    yield _cost("a node is no longer Ready (50 pods)", world, Node, _unready)
    yield _cost("a node is cordoned (50 pods)", world, Node, lambda one: replace(one, is_unschedulable=True))
    yield _cost(
        "a node loses its drivers (300 pods wait somewhere)" + HUB, world, CSINode, lambda one: replace(one, drivers=())
    )
    yield _report_cost(world)
    yield _cost(
        "a class changes (10,000 claims)" + HUB,
        world,
        StorageClass,
        lambda one: replace(one, allow_volume_expansion=False),
    )
    yield _cost(
        "a driver changes (10,000 volumes)" + HUB, world, CSIDriver, lambda one: replace(one, attach_required=False)
    )
    yield from _missing_class(world)


def _unready(machine: Node) -> Node:
    conditions = tuple(msgspec.structs.replace(one, status="Unknown") for one in machine.conditions)
    return msgspec.structs.replace(machine, conditions=conditions)


def _cost(what: str, world: World, record: type[R], change: Callable[[R], R]) -> Cost:
    rounds: list[list[float]] = []
    for one in world.some(record, ROUNDS):
        there_and_back = [(world.put(change(one)), world.put(one)) for _ in range(REPEATS)]
        rounds += [min(ways, key=sum) for ways in zip(*there_and_back, strict=True)]
    return _summed(what, rounds)


def _report_cost(world: World) -> Cost:
    """An event about a claim, which comes and expires."""
    rounds: list[list[float]] = []
    for one in world.some(PersistentVolumeClaim, ROUNDS):
        told = event(one, "ProvisioningFailed", "rpc error: code = ResourceExhausted desc = no room")
        rounds += [world.put(told), world.drop(told)]
    return _summed("an event is reported", rounds)


def _missing_class(world: World) -> Iterator[Cost]:
    """The class of 10,000 claims, all unbound, goes; then one of them changes at a time; then the class comes back."""
    claims = world.some(PersistentVolumeClaim, 10_000)
    for position in range(0, len(claims), 500):
        part = claims[position : position + 500]
        world.put(*(msgspec.structs.replace(one, phase="Pending", volume_name="") for one in part))
    (fast,) = world.some(StorageClass, 1)
    yield _summed("the class of 10,000 unbound claims goes" + HUB, [world.drop(fast)])
    rounds = []
    for one in claims[:: len(claims) // ROUNDS]:
        lost = msgspec.structs.replace(one, phase="Pending", volume_name="")
        rounds += [world.put(one), world.put(lost)]
    yield _summed("one of 10,000 claims without a class changes", rounds)
    yield _summed("the class of 10,000 unbound claims comes" + HUB, [world.put(fast)])


def _summed(what: str, rounds: list[list[float]]) -> Cost:
    totals = sorted(sum(stretches) * 1e3 for stretches in rounds)
    longest = sorted(max(stretches) * 1e3 for stretches in rounds)
    last = min(len(rounds) - 1, len(rounds) * 19 // 20)
    is_hub = what.endswith(HUB)
    return Cost(what.removesuffix(HUB), statistics.median(totals), totals[last], longest[last], is_hub)


def table(rows: list[Cost]) -> list[str]:
    """The rows in Markdown."""
    lines = ["| one change | median | 95 of 100 | longest stretch |", "| --- | --- | --- | --- |"]
    return [
        *lines,
        *(f"| {one.what} | {one.median:.2f} ms | {one.worst:.2f} ms | {one.stretch:.2f} ms |" for one in rows),
    ]


def main() -> int:
    """Print the table; 1 when a change costs more than it may."""
    world = World()
    count, seconds, stretch = world.load()
    sys.stdout.write(f"{count:,} objects, first run {seconds:.1f} s, longest stretch {stretch * 1e3:.1f} ms\n\n")
    rows = list(costs(world))
    sys.stdout.write("\n".join(table(rows)) + "\n")
    slow = [one.what for one in rows if one.is_slow]
    sys.stdout.write(f"\nover the limit: {', '.join(slow)}\n" if slow else "\nall within their limits\n")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
