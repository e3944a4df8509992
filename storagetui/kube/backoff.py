"""How long to wait before trying again."""

from collections.abc import Callable
from random import Random


class Backoff:
    """Waits that double from `first_s` to `last_s`, jittered, and start over after a quiet time.

    The figures are those of client-go's reflector: 0.8 s to 30 s, reset after two minutes
    (k8s.io/client-go/tools/cache/reflector.go).
    """

    def __init__(
        self,
        clock: Callable[[], float],
        random: Random,
        first_s: float = 0.8,
        last_s: float = 30.0,
        quiet_s: float = 120.0,
    ) -> None:
        """`clock` gives monotonic seconds."""
        self._clock = clock
        self._random = random
        self._first_s, self._last_s, self._quiet_s = first_s, last_s, quiet_s
        self._next_s = first_s
        self._until = -quiet_s

    def wait_s(self, at_least_s: float = 0.0) -> float:
        """Seconds to wait now; never less than the server asked for."""
        now = self._clock()
        if now - self._until > self._quiet_s:
            self._next_s = self._first_s
        wait = max(at_least_s, self._next_s * (1.0 + self._random.random()) / 2.0)
        self._next_s = min(self._last_s, self._next_s * 2.0)
        self._until = now + wait
        return wait
