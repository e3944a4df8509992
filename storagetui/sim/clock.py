"""The wall clock of the simulated world, moved by the running event loop's time."""

import asyncio
from datetime import UTC, datetime, timedelta


class Clock:
    """What time it is in the simulated cluster.

    The world's time starts at `start` (aware; None: the real time now) and advances with the event loop's time,
    so that a test with fake loop time moves the world by hours in an instant. The clock ties itself to the running
    loop when it is made, or, made outside a loop, when it is first read inside one; until then it stands still.

    `hold`, `turn_to` and `release` let a scene play its past in no time: a held clock moves only when turned.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._start = (start or datetime.now(UTC)).astimezone(UTC)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._origin_s = 0.0
        self._held_s: float | None = None
        self._tie()

    def now(self) -> datetime:
        """The world's time: aware, UTC, with microseconds."""
        return self._start + timedelta(seconds=self.elapsed_s())

    def elapsed_s(self) -> float:
        """Seconds since the world began."""
        if self._held_s is not None:
            return self._held_s
        loop = self._loop or self._tie()
        return loop.time() - self._origin_s if loop is not None else 0.0

    def timestamp(self) -> str:
        """The world's time as most fields carry it: `2026-01-15T14:02:11Z` (metav1.Time: whole seconds)."""
        return rfc3339(self.now())

    def micro(self) -> str:
        """The world's time as leases and events.k8s.io carry it: `2026-01-15T14:02:11.123456Z` (metav1.MicroTime)."""
        return rfc3339_micro(self.now())

    def since_s(self, stamp: str) -> float:
        """Seconds since a metav1.Time or MicroTime; negative for one that is still to come."""
        return (self.now() - parse(stamp)).total_seconds()

    def hold(self) -> None:
        """Stop following the loop; from now on only `turn_to` moves the clock."""
        self._held_s = self.elapsed_s()

    def turn_to(self, elapsed_s: float) -> None:
        """Move a held clock forward; an earlier time than now is ignored. Raises RuntimeError when it is not held."""
        if self._held_s is None:
            raise RuntimeError("the clock follows the loop; hold it before turning it")
        self._held_s = max(self._held_s, elapsed_s)

    def release(self) -> None:
        """Follow the loop again, from the time that the held clock shows."""
        if self._held_s is None:
            return
        shown, self._held_s = self._held_s, None
        if self._loop or self._tie():
            self._origin_s += self.elapsed_s() - shown
        else:
            self._start += timedelta(seconds=shown)

    def _tie(self) -> asyncio.AbstractEventLoop | None:
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            return None
        self._origin_s = self._loop.time()
        return self._loop


def rfc3339(moment: datetime) -> str:
    """An aware moment as a metav1.Time: whole seconds, UTC, cut and not rounded."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc3339_micro(moment: datetime) -> str:
    """An aware moment as a metav1.MicroTime: six digits of a second, UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse(stamp: str) -> datetime:
    """The aware moment that a metav1.Time or MicroTime names. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(stamp)
    if moment.tzinfo is None:
        raise ValueError(f"{stamp!r} names no time zone; write it as 2026-01-15T14:02:11Z")
    return moment
