"""The program with a meter in its loop: `python -m tests.bench.program FILE ARGUMENTS`.

SIGUSR1 makes it write a line of JSON to the file: the longest time for which the loop did not get to its timers since
the line before, the most processor time between two of them, and how many tasks there are. The meter wakes two hundred
times a second, so that no processor time of an idle program can be measured with it.
"""

import asyncio
import gc
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

from storagetui.cli import main

_TICK_S = 0.005


class Meter:
    """How late a timer is that is due every five milliseconds."""

    def __init__(self, loop: asyncio.AbstractEventLoop, file: Path) -> None:
        self._loop = loop
        self._file = file
        self._begun = time.monotonic()
        self._late: list[tuple[float, float]] = []
        """Milliseconds since the start, and by how many milliseconds it was late, where that is worth a word."""
        self._used, self._busy_ms = 0.0, 0.0
        """The thread's processor time at the last tick, and the most between two: what others use is not in it."""
        self._collecting, self._collected = 0.0, [0.0]
        """When a garbage collection began, and how many milliseconds each took."""
        gc.callbacks.append(self._collect)
        loop.call_soon(self._start)

    def _start(self) -> None:
        self._loop.add_signal_handler(signal.SIGUSR1, self._report)
        self._used = time.thread_time()
        self._wind()

    def _wind(self) -> None:
        self._loop.call_later(_TICK_S, self._tick, time.perf_counter() + _TICK_S)

    def _tick(self, due: float) -> None:
        late_ms, used = (time.perf_counter() - due) * 1e3, time.thread_time()
        self._used, self._busy_ms = used, max(self._busy_ms, (used - self._used) * 1e3)
        if late_ms > 2:
            self._late.append(((time.monotonic() - self._begun) * 1e3, late_ms))
        self._wind()

    def _collect(self, phase: str, _about: dict[str, int]) -> None:
        if phase == "start":
            self._collecting = time.perf_counter()
        else:
            self._collected.append((time.perf_counter() - self._collecting) * 1e3)

    def _report(self) -> None:
        late, self._late = self._late, []
        collected, self._collected = self._collected, [0.0]
        busy_ms, self._busy_ms = self._busy_ms, 0.0
        worst = sorted(late, key=lambda one: -one[1])[:10]
        line = {
            "stall_ms": max((one[1] for one in late), default=0.0),
            "busy_ms": round(busy_ms, 1),
            "worst": [[round(number, 1) for number in one] for one in worst],
            "collected_ms": [round(one) for one in sorted(collected)[-3:]],
            "tasks": len(asyncio.all_tasks(self._loop)),
        }
        with self._file.open("a") as file:
            file.write(json.dumps(line) + "\n")


def _metered(file: Path) -> None:
    """Have every event loop that is made from now on carry a meter."""
    make = asyncio.events.new_event_loop

    def make_metered() -> asyncio.AbstractEventLoop:
        loop = make()
        Meter(loop, file)
        return loop

    asyncio.events.new_event_loop = make_metered


def run(arguments: list[str]) -> Any:
    """Run the program; the first argument is the file."""
    _metered(Path(arguments[0]))
    return main(arguments[1:], prog_name="storagetui")


if __name__ == "__main__":
    run(sys.argv[1:])
