"""Whether this machine slept: its wall clock went on and its monotonic clock stood still."""

import time
from collections.abc import Callable

SHORTEST_S = 5.0
"""A shorter jump is a correction of the clock, or nothing that a connection minds."""


class Slept:
    """Looked at now and then. On Linux and macOS the monotonic clock stands still in a sleep (clock_gettime(2))."""

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._ahead_s = wall() - monotonic()

    def since_last_s(self) -> float:
        """Seconds that were slept since the last look, 0 for none; a wall clock that was put back is no sleep."""
        ahead_s = self._wall() - self._monotonic()
        slept_s, self._ahead_s = ahead_s - self._ahead_s, ahead_s
        return slept_s if slept_s >= SHORTEST_S else 0.0
