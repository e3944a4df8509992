"""`make bench`: the program on a server that costs nothing, at several sizes."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from tests.bench import scenes
from tests.bench.objects import Size
from tests.bench.page import Part, milliseconds, run_json
from tests.bench.reading import kubeconfig
from tests.bench.scenes import Figures, Spread

RATES = (0, 100, 1000, 5000)


class Effort(NamedTuple):
    """How much is done for each figure: all sizes take a quarter of an hour or so."""

    rounds: int = 3
    marks: int = 120
    keys: int = 120
    idle_s: float = 30.0


QUICK = Effort(1, 40, 40, 10.0)


class BenchServer:
    """A server in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", size: Size, file: Path) -> None:
        self._process = process
        self.size = size
        self.kubeconfig = file

    def rate(self, events: int) -> None:
        """Change so many objects a second."""
        self._say(f"rate {events}")

    def marks(self, count: int, every_s: float) -> Iterator[tuple[str, float]]:
        """Capacities that are sent to the top of the table, and when."""
        self._say(f"marks {every_s} {count}")
        assert self._process.stdout is not None
        for _ in range(count):
            mark, moment = self._process.stdout.readline().split()
            yield f"{mark}Gi", float(moment)

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


@contextmanager
def serving(pods: int, form: str) -> Iterator[BenchServer]:
    """A server with so many pods, until the context is left."""
    command = [sys.executable, "-m", "tests.bench.server", str(pods), form]
    with (
        TemporaryDirectory() as folder,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            yield BenchServer(process, Size.of(pods), kubeconfig(f"http://127.0.0.1:{port}", Path(folder)))
        finally:
            process.stdin.close()
            process.terminate()


def loading(server: BenchServer, form: str, effort: Effort) -> tuple[str, ...]:
    """A row: what the raw read of the pods takes, and when the program has what on screen."""
    raws, loads, stalls = [], list[Figures](), []
    for _ in range(effort.rounds):
        raws.append(run_json("reading", "raw", str(server.kubeconfig), "Pod"))
        with scenes.program(server.kubeconfig) as seen:
            loads.append(scenes.load(seen, server.size))
        stalls.append(_stall_ms(server))
    found, raw = scenes.medians(loads), scenes.medians(raws)
    return (
        f"{server.size.pods:,} pods, {server.size.claims:,} claims, {form}",
        f"{raw['seconds']:.2f} s ({raw['MB']:.0f} MB)",
        f"{found['first_s']:.2f} s",
        f"{found['row_s']:.2f} s",
        f"{found['claims_s']:.2f} s",
        f"{found['all_s']:.2f} s",
        f"{statistics.median(one['all_s'] / two['seconds'] for one, two in zip(loads, raws, strict=True)):.1f}",
        f"{found['RSS_MiB']:.0f} MiB",
        f"{statistics.median(stalls):.0f} ms",
    )


def _stall_ms(server: BenchServer) -> float:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "meter"
        with scenes.program(server.kubeconfig, meter=file) as seen:
            scenes.load(seen, server.size)
            return float(scenes.metered(seen, file)["stall_ms"])


def latency(server: BenchServer, form: str, effort: Effort) -> Iterator[tuple[str, ...]]:
    """A row for each rate: an event until its cell is painted, a key until the cursor is."""
    with scenes.program(server.kubeconfig) as seen:
        scenes.load(seen, server.size)
        scenes.settled(seen)
        for rate in RATES:
            server.rate(rate)
            time.sleep(1.0)
            before, begun = seen.cpu_s(), time.monotonic()
            cells = scenes.changes(seen, server.marks(effort.marks, 0.2 if rate == 0 else 0.13))
            pressed = scenes.keys(seen, effort.keys)
            used = 100 * (seen.cpu_s() - before) / (time.monotonic() - begun)
            server.rate(0)
            yield (
                f"{server.size.pods:,} pods, {f'{rate:,} events/s' if rate else 'quiet'}, {form}",
                *_spread(cells),
                *_spread(pressed),
                f"{used:.0f} %",
            )


def _spread(one: Spread) -> tuple[str, ...]:
    lost = f" ({one.lost} of {one.lost + one.tries} lost)" if one.lost else ""
    return milliseconds(one.p50), milliseconds(one.p99) + lost


def idleness(server: BenchServer, form: str, effort: Effort) -> tuple[str, ...]:
    """A row: processor time while nothing happens, and the cost of one change beyond it."""
    with scenes.program(server.kubeconfig) as seen:
        scenes.load(seen, server.size)
        scenes.settled(seen)
        percent = scenes.idle(seen, effort.idle_s)
        server.rate(100)
        time.sleep(1.0)
        busy = scenes.idle(seen, max(10.0, effort.idle_s / 3))
        server.rate(0)
        each_ms = (busy - percent) / 100 * 1e3 / 100
        name = f"{server.size.pods:,} pods, {server.size.claims:,} claims, {form}"
        return name, f"{percent:.2f} %", f"{each_ms:.2f} ms", f"{seen.memory()[0]:.0f} MiB"


PARTS: dict[str, Part] = {
    "loading": Part(
        "Loading",
        "From the start of the process to what is on the terminal. The ratio is that of everything to the raw read.",
        (
            "what",
            "raw read of pods",
            "first bytes",
            "first row",
            "claims",
            "everything",
            "ratio",
            "peak memory",
            "longest stall",
        ),
    ),
    "latency": Part(
        "Changes and keys",
        "From the server's sending of an event to the changed cell's bytes on the terminal, and from a key to the"
        " cursor's new row; the program's own processor time meanwhile.",
        ("what", "cell p50", "cell p99", "key p50", "key p99", "CPU"),
    ),
    "idle": Part(
        "Idle",
        "Processor time while nothing happens, and what one change costs at 100 a second.",
        ("what", "CPU idle", "one change", "memory"),
    ),
}


def measured(part: str, pods: int, form: str, effort: Effort) -> list[tuple[str, ...]]:
    """The rows of a part at one size in one format."""
    makers: dict[str, Callable[..., Any]] = {"loading": loading, "latency": latency, "idle": idleness}
    with serving(pods, form) as server:
        made = makers[part](server, form, effort)
        return [made] if isinstance(made, tuple) else list(made)
