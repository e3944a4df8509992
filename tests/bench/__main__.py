"""Run every measurement and print the table: `python -m tests.bench [--write docs/performance.md]`."""

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from tests.bench.first_frame import first_frame_s
from tests.bench.measure import Figures

_ROUNDS = 3
_RATE = 1000
_SIZES = (5_000, 50_000)


@contextmanager
def _server(pods: int, rate: int) -> Iterator[str]:
    """The server's address, until the context is left."""
    command = [sys.executable, "-m", "tests.bench.server", str(pods), str(rate)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()
            process.terminate()


def _measured(*arguments: str) -> Figures:
    command = [sys.executable, "-m", "tests.bench.measure", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: Figures = json.loads(done.stdout)
    return figures


def _median(rounds: list[Figures], name: str) -> float:
    return statistics.median(one[name] for one in rounds)


def _loading_rows() -> Iterator[tuple[str, ...]]:
    """Raw reads and loads in turn, so that a slow moment of the machine meets both."""
    for pods in _SIZES:
        with _server(pods, 0) as url:
            pairs = [(_measured("raw", url), _measured("loading", url, str(pods))) for _ in range(_ROUNDS)]
        raws, loads = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        ratio = statistics.median(load["seconds"] / raw["seconds"] for raw, load in pairs)
        yield (
            f"{pods:,} pods, {_median(raws, 'MB'):.0f} MB of JSON",
            f"{_median(raws, 'seconds'):.2f} s",
            f"{_median(loads, 'seconds'):.2f} s",
            f"{ratio:.2f}",
            f"{_median(loads, 'stall_ms'):.0f} ms",
            f"{_median(raws, 'RSS_MB'):.0f} MB",
            f"{_median(loads, 'RSS_MB'):.0f} MB",
        )


def _latency_rows() -> Iterator[tuple[str, ...]]:
    for pods in _SIZES:
        with _server(pods, _RATE) as url:
            rounds = [_measured("latency", url, str(pods)) for _ in range(_ROUNDS)]
        yield (
            f"{pods:,} pods, {_RATE:,} events/s",
            f"{_median(rounds, 'p50_ms'):.0f} ms",
            f"{_median(rounds, 'p99_ms'):.0f} ms",
            f"{_median(rounds, 'stall_ms'):.0f} ms",
        )


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    libraries = ", ".join(f"{name} {version(name)}" for name in ("textual", "aiohttp", "msgspec"))
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}, {libraries}"


def report() -> str:
    """The whole page, in Markdown."""
    with _server(5_000, 0) as url:
        first_ms = statistics.median([first_frame_s(url) for _ in range(_ROUNDS + 1)][1:]) * 1e3
    return "\n".join(
        [
            "# Performance",
            "",
            f"Written by `make bench` on {_machine()}.",
            f"Medians of {_ROUNDS} rounds, each measurement in its own process, the server in another on the same",
            "cores. A raw read takes the same bytes through the same transport and throws them away.",
            "",
            "## Loading",
            "",
            *_table(
                ("what", "raw read", "loaded", "ratio", "longest stall", "peak memory raw", "peak memory"),
                list(_loading_rows()),
            ),
            "",
            "## From an event to the Frame that shows it",
            "",
            "Frames are published ten times a second at most, so that half of that is waiting.",
            "",
            *_table(("what", "p50", "p99", "longest stall"), list(_latency_rows())),
            "",
            "## Start",
            "",
            f"From the start of the process to its first screen on a terminal: {first_ms:.0f} ms.",
            "",
        ]
    )


def main() -> None:
    """Print the page, and write it where asked."""
    page = report()
    sys.stdout.write(page)
    if "--write" in sys.argv:
        Path(sys.argv[sys.argv.index("--write") + 1]).write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
