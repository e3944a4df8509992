"""The program while thousands of a real cluster's objects change every second."""

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from tests.bench import scenes
from tests.bench.load import MIX
from tests.bench.page import Bar, milliseconds
from tests.bench.scenes import Spread
from tests.bench.synthetic import Effort
from tests.bench.terminal import Terminal, cpu_s
from tests.bench.writer import Writer
from tests.realcluster.programs import API_SERVER, ETCD
from tests.realcluster.scale import BareCluster

RATES = (1000, 5000)
LESS = (4500, 4000, 3500, 3000, 2500, 2000)
"""What is tried where the processors do not suffice for the highest rate."""
_BETWEEN_S = (0.1, 0.3)
"""From one change that is looked for to the next."""
_BEGIN_S = 2.0
_PROBE_S = 4.0
_REACHED = 0.97
"""The part of a rate that counts as the rate."""
_SATURATED = 98.0
"""Percent of all processors."""
_RECEIVED = re.compile(r'^apiserver_watch_cache_events_received_total\{.*resource="(\w+)"\} (\S+)$', re.MULTILINE)
_ENDED = re.compile(r"^apiserver_terminated_watchers_total\{.*\} (\S+)$", re.MULTILINE)


class Loader:
    """A load in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def rate(self, changes: int) -> None:
        """Change so many objects a second."""
        self._say(f"rate {changes}")

    def compact(self) -> None:
        """Have etcd forget the history, but for what came since it was last asked to."""
        self._say("compact")

    def count(self) -> tuple[int, int]:
        """How many changes were made, and how many etcd has refused because it could not make them in time."""
        self._say("count")
        assert self._process.stdout is not None
        made, refused = self._process.stdout.readline().split()
        return int(made), int(refused)

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


@contextmanager
def loading(cluster: BareCluster) -> Iterator[Loader]:
    """A load on a cluster, until the context is left."""
    command = [sys.executable, "-m", "tests.bench.load", cluster.places.etcd_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                raise RuntimeError("The load on the cluster ended before it began; what it said stands above.")
            yield Loader(process)
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()


class Usage(NamedTuple):
    """What has been used and done until a moment; or, as a difference, within a time."""

    moment: float
    program_s: float
    server_s: float
    etcd_s: float
    busy_s: float
    """Of all processors, by everybody."""
    idle_s: float
    events: float
    """That the API server had from etcd and handed to those who watch."""
    ended: float
    """Watches that the API server ended because their watchers were too slow."""
    refused: float
    """Changes that etcd did not make."""

    @classmethod
    def now(cls, cluster: BareCluster, seen: Terminal, load: Loader) -> "Usage":
        """Until now."""
        said = str(cluster.rest.call("GET", "/metrics"))
        events = sum(float(number) for resource, number in _RECEIVED.findall(said) if resource in MIX)
        ended = sum(float(number) for number in _ENDED.findall(said))
        ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
        idle = ticks[3] + ticks[4]
        used = (seen.cpu_s(), cpu_s(cluster.pid(API_SERVER)), cpu_s(cluster.pid(ETCD)))
        refused = load.count()[1]
        return cls(time.monotonic(), *used, float(sum(ticks) - idle), float(idle), events, ended, refused)

    def since(self, before: "Usage") -> "Usage":
        """The difference."""
        return Usage(*(one - two for one, two in zip(self, before, strict=True)))

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.moment

    @property
    def busy(self) -> float:
        """Percent of all processors."""
        return 100 * self.busy_s / (self.busy_s + self.idle_s)

    @property
    def words(self) -> str:
        """A cell of the table."""
        shares = [
            f"{who} {100 * seconds / self.moment:.0f} %"
            for who, seconds in (("program", self.program_s), ("API server", self.server_s), ("etcd", self.etcd_s))
        ]
        refused = f"; etcd refused {self.refused:,.0f} changes" if self.refused else ""
        return f"{self.rate:,.0f} events/s{refused}; processors {self.busy:.0f} % busy: {', '.join(shares)} of one"


class Found(NamedTuple):
    """What came about at a rate."""

    rate: int
    used: Usage
    cells: Spread
    growth: float
    """The median delay of the last third of the changes, to that of the first."""
    keys: Spread

    @property
    def is_carried(self) -> bool:
        """Whether that was the rate, and the processors had time left."""
        return self.used.rate >= _REACHED * self.rate and self.used.busy < _SATURATED


def rows(cluster: BareCluster, seen: Terminal, writer: Writer, effort: Effort) -> Iterator[tuple[str, ...]]:
    """The rows of every rate; where the highest is too much for this machine, also those of one that is not."""
    with loading(cluster) as load:
        for rate in RATES:
            found = _found(load, rate, cluster, seen, writer, effort)
            yield from _rows(found)
        if not found.is_carried:
            less = next((one for one in LESS if _carries(load, one, cluster, seen)), LESS[-1])
            yield from _rows(_found(load, less, cluster, seen, writer, effort))


def _found(load: Loader, rate: int, cluster: BareCluster, seen: Terminal, writer: Writer, effort: Effort) -> Found:
    load.rate(rate)
    time.sleep(_BEGIN_S)
    before = Usage.now(cluster, seen, load)
    took, lost = scenes.waits(seen, writer.marks(effort.marks, _BETWEEN_S))
    pressed = scenes.keys(seen, effort.keys)
    used = Usage.now(cluster, seen, load).since(before)
    _rest(load, seen)
    return Found(rate, used, Spread.of(took, lost), growth(took), pressed)


def _carries(load: Loader, rate: int, cluster: BareCluster, seen: Terminal) -> bool:
    load.rate(rate)
    time.sleep(_BEGIN_S)
    before = Usage.now(cluster, seen, load)
    time.sleep(_PROBE_S)
    used = Usage.now(cluster, seen, load).since(before)
    _rest(load, seen)
    return used.rate >= _REACHED * rate and used.busy < _SATURATED


def _rest(load: Loader, seen: Terminal) -> None:
    """Let everybody come to rest, and etcd forget."""
    load.rate(0)
    load.compact()
    scenes.settled(seen)


def growth(took: list[float]) -> float:
    """The median of the last third, to that of the first."""
    third = len(took) // 3
    return statistics.median(took[-third:]) / statistics.median(took[:third]) if third else float("nan")


def _rows(found: Found) -> Iterator[tuple[str, ...]]:
    at = f"{found.rate:,} events/s"
    yield (f"{at}: reached", "", found.used.words, "")
    yield (f"{at}: changes seen, of {found.cells.tries + found.cells.lost}", "", f"{found.cells.tries}", "")
    yield (f"{at}: a change, median", "", milliseconds(found.cells.p50), "")
    if found.rate == RATES[0]:
        yield Bar(f"{at}: a change, p99", 130, "ms", found.cells.p99).row
        yield (f"{at}: a key", "", f"{milliseconds(found.keys.p50)}, p99 {milliseconds(found.keys.p99)}", "")
    else:
        yield (f"{at}: a change, p99", "", milliseconds(found.cells.p99), "")
        yield Bar(f"{at}: delay of the last third of the changes, to the first", 1.5, "x", found.growth).row
        yield Bar(f"{at}: watches ended as too slow", 0, "", found.used.ended).row
        yield (f"{at}: a key, median", "", milliseconds(found.keys.p50), "")
        yield Bar(f"{at}: a key, p99", 50, "ms", found.keys.p99).row
