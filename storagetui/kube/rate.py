"""How often we ask a server at most, whatever we think we need."""

from collections.abc import Callable

PER_S, BURST = 50.0, 300.0
"""kubectl's own for what it does unasked (k8s.io/kubectl/pkg/cmd/cmd.go); rest.Config's 5 and 10, meant for one
controller of many, would hold back the lists of a start."""


class Rate:
    """A bucket of tokens that fills by the clock. What a person asks for never waits, and is counted."""

    def __init__(self, clock: Callable[[], float], per_s: float = PER_S, burst: float = BURST) -> None:
        """`clock` gives monotonic seconds."""
        self._clock = clock
        self._per_s, self._burst = per_s, burst
        self._tokens = burst
        self._filled_at = clock()

    def take(self) -> float:
        """Count one request; returns the seconds that it should wait."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._per_s)
        self._filled_at = now
        self._tokens -= 1.0
        return max(0.0, -self._tokens / self._per_s)
