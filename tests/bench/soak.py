"""`python -m tests.bench soak --minutes 10 --rate 1000`: whether anything grows while the program runs for long.

With `--real` on etcd and kube-apiserver; `--data FOLDER` keeps what was created there for the next time.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.bench import scenes
from tests.bench.objects import Size
from tests.bench.page import Part
from tests.bench.synthetic import serving
from tests.bench.terminal import Terminal

_BETWEEN_S = 10.0
_WARM = 0.3
"""The part of the time after which growth counts. In the first two minutes pages are made, the caches of Textual and of
the codecs fill, and every object is changed once, so that what stood side by side in memory no longer does."""
_KEYS = ("j", "\x06", "5", "\r", "j", "\x1b", "1", "4", "?", "\x1b", "3", "g")
"""They end where they began, so that what stays is what has not been given back."""
_FORGET_EVERY = 6
"""Samples after which the cluster forgets."""
PART = Part(
    "Soak",
    "The program in a terminal while the server changes objects; growth is that of the line through what was sampled.",
    ("what", "after warming up", "at the end", "growth"),
)


class Sample(NamedTuple):
    """How much of what there is at a moment."""

    moment: float
    memory_mib: float
    tasks: float
    descriptors: float


class World(NamedTuple):
    """A cluster whose objects change."""

    kubeconfig: Path
    size: Size
    rate: Callable[[int], None]
    """Has so many objects change a second."""
    forget: Callable[[], None] = lambda: None
    """Has the cluster throw away its history, where it keeps one."""
    made: Callable[[], int] | None = None
    """How many changes were made, where that is counted."""


@contextmanager
def synthetic(pods: int, form: str) -> Iterator[World]:
    """A cluster that costs nothing."""
    with serving(pods, form) as server:
        yield World(server.kubeconfig, server.size, server.rate)


def samples(minutes: float, rate: int, world: World) -> tuple[list[Sample], float]:
    """Sample a running program; and how many changes a second there were."""
    taken: list[Sample] = []
    with TemporaryDirectory() as folder:
        meter = Path(folder) / "meter"
        with scenes.program(world.kubeconfig, meter=meter) as seen:
            scenes.load(seen, world.size)
            world.rate(rate)
            begun = time.monotonic()
            while time.monotonic() - begun < minutes * 60:
                _busy(seen)
                said = scenes.metered(seen, meter)
                moment = (time.monotonic() - begun) / 60
                taken.append(Sample(moment, seen.memory()[0], said["tasks"], seen.descriptors()))
                sys.stderr.write(f"{moment:5.1f} min {taken[-1]} stall {said['stall_ms']:.0f} ms\n")
                if len(taken) % _FORGET_EVERY == 0:
                    world.forget()
            reached = world.made() / (time.monotonic() - begun) if world.made else rate
    return taken, reached


def _busy(seen: Terminal) -> None:
    """Do what people do for a while: move about, look at other screens, open an object and the help, and leave them."""
    for key in _KEYS:
        seen.press(key)
        time.sleep(_BETWEEN_S / len(_KEYS))


def rows(taken: list[Sample]) -> list[tuple[str, ...]]:
    """What grew, after the warming up."""
    warm = taken[int(len(taken) * _WARM) :]
    found: list[tuple[str, ...]] = []
    for name, unit in (("memory_mib", "MiB"), ("tasks", "tasks"), ("descriptors", "files")):
        values = [float(getattr(one, name)) for one in warm]
        slope = statistics.linear_regression([one.moment for one in warm], values).slope
        first, last = statistics.median(values[:6]), statistics.median(values[-6:])
        found.append((name, f"{first:.1f} {unit}", f"{last:.1f} {unit}", f"{slope:+.3f} {unit}/min"))
    return found
