"""What is measured on a terminal: loading, changes, keys, idleness. Moments are those at which bytes came."""

import compileall
import json
import random
import re
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from tests.bench.objects import Size
from tests.bench.terminal import Ended, Terminal, terminal

LIVE = r"● live \d+ feeds"
_PACKAGE = Path(__file__).parents[2] / "storagetui"
_LOST_AFTER_S = 3.0
_KEYS_AMONG = 18
"""Rows at the top of the table on which the cursor goes up and down."""

Figures = dict[str, float]


@contextmanager
def program(kubeconfig: Path, screen: str = "claims", meter: Path | None = None) -> Iterator[Terminal]:
    """The program on a cluster, in a terminal of its own; with a meter in its loop when a file for it is given.

    Its modules are compiled, as those of an installed program are.
    """
    compileall.compile_dir(_PACKAGE, quiet=1)
    plain = [str(Path(sys.executable).with_name("storagetui"))]
    metered = [sys.executable, "-m", "tests.bench.program", str(meter)]
    with TemporaryDirectory() as folder:
        environment: Mapping[str, str] = {
            "KUBECONFIG": str(kubeconfig),
            "XDG_STATE_HOME": folder,
            "XDG_CONFIG_HOME": folder,
        }
        with terminal([*(metered if meter is not None else plain), screen], environment) as running:
            yield running


def load(seen: Terminal, size: Size, within_s: float = 240.0) -> Figures:
    """Seconds from the start of the process to what is on screen, and memory and processor time then."""
    first = seen.until(r"\S", within_s=within_s)
    row = seen.until("data-db-", within_s=within_s)
    claims = seen.until(complete(size.claims, "claims"), within_s=within_s)
    pods = seen.until(complete(size.pods, "pods"), within_s=within_s)
    everything = seen.until(LIVE, within_s=within_s)
    moments = {"first_s": first, "row_s": row, "claims_s": claims, "pods_s": pods, "all_s": everything}
    figures = {name: moment - seen.begun for name, moment in moments.items()}
    return {**figures, "cpu_s": seen.cpu_s(), "RSS_MiB": seen.memory()[1]}


def complete(count: int, noun: str) -> str:
    """A pattern for the header's count of a kind once its list is complete."""
    return rf"(?<!listing )(?<!about )(?<![\d,]){count:,} {noun}"


def idle(seen: Terminal, seconds: float) -> float:
    """Percent of a core that is used while nothing happens."""
    before, begun = seen.cpu_s(), time.monotonic()
    time.sleep(seconds)
    return 100 * (seen.cpu_s() - before) / (time.monotonic() - begun)


class Spread(NamedTuple):
    """Milliseconds of many tries."""

    tries: int
    lost: int
    """Tries of which nothing was seen."""
    p50: float
    p99: float
    worst: float

    @classmethod
    def of(cls, seconds: Iterable[float], lost: int = 0) -> "Spread":
        """Sort them out."""
        ordered = sorted(one * 1e3 for one in seconds) or [float("nan")]
        return cls(
            len(ordered),
            lost,
            statistics.median(ordered),
            ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
            ordered[-1],
        )


def changes(seen: Terminal, marks: Iterable[tuple[str, float]]) -> Spread:
    """From the moments at which texts were sent to those at which they were painted."""
    return Spread.of(*waits(seen, marks))


def waits(seen: Terminal, marks: Iterable[tuple[str, float]]) -> tuple[list[float], int]:
    """The same in seconds, in order, and how many were never painted."""
    found, lost, position = list[float](), 0, seen.position
    for text, moment in marks:
        try:
            found.append(seen.until(rf"(?<!\d){re.escape(text)}", position, _LOST_AFTER_S) - moment)
        except Ended:
            lost += 1
        position = max(0, seen.position - 20_000)
    return found, lost


def keys(seen: Terminal, count: int) -> Spread:
    """From a key that moves the cursor to the bytes that paint it on another row."""
    chance, row, step, took, lost = random.Random(2), 0, 1, list[float](), 0
    before = _row_of_cursor(seen)
    for _ in range(count):
        time.sleep(chance.uniform(0.04, 0.16))
        if not 0 <= row + step <= _KEYS_AMONG:
            step = -step
        row += step
        position = seen.position
        pressed = seen.press("j" if step > 0 else "k")
        try:
            moment, found = seen.seek(rf"▌\S+ +(?!{before} )(\S+) ", position, _LOST_AFTER_S)
        except Ended:
            lost += 1
            continue
        before = re.escape(found[1])
        took.append(moment - pressed)
    return Spread.of(took, lost)


def _row_of_cursor(seen: Terminal) -> str:
    """A pattern for the name in the first row, to which the cursor goes."""
    seen.press("G")
    time.sleep(0.5)
    position = seen.position
    seen.press("g")
    found = seen.seek(r"▌\S+ +(\S+) ", position)[1]
    return re.escape(found[1])


def metered(seen: Terminal, file: Path) -> dict[str, Any]:
    """What the meter says since it was last asked."""
    before = _lines(file)
    seen.signal(signal.SIGUSR1)
    deadline = time.monotonic() + 20
    while len(_lines(file)) == len(before):
        if time.monotonic() > deadline:
            raise Ended("the meter does not answer")
        time.sleep(0.02)
    said: dict[str, Any] = json.loads(_lines(file)[-1])
    return said


def medians(rounds: list[Figures]) -> Figures:
    """The median of each figure."""
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def settled(seen: Terminal, quiet_s: float = 1.0, within_s: float = 30.0, level: float = 0.05) -> None:
    """Wait until the program has used next to no processor time for a moment."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        before = seen.cpu_s()
        time.sleep(quiet_s)
        if seen.cpu_s() - before <= level * quiet_s:
            return


def repeated(make: Callable[[], Figures], rounds: int) -> Figures:
    """The medians of several rounds."""
    return medians([make() for _ in range(rounds)])


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []
