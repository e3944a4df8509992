"""What the controllers have still to look at, and when: one queue by the world's time, worked off by one task."""

import asyncio
import heapq
import math
from collections.abc import Callable, Hashable
from typing import TypeAlias

from storagetui.sim.clock import Clock

Work: TypeAlias = Callable[..., None]
"""Does one piece of work for a key; called without waiting, so it must not block."""

_BREATH = 20
"""Pieces of work after which the loop gets its turn."""
_EARLY_S = 1e-5
"""A timer may ring that much too early, for want of precision of the loop's time."""


class Agenda:
    """Pieces of work with the time they are due, each kept once: for the same work and key the earlier time counts.

    Work is done in the order of time, and of arrival within the same instant, so that a seed gives the same story.
    An exception ends `run` or `hurry`: a controller that fails is a mistake of the simulation, not an incident.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Work, Hashable]] = []
        self._due: dict[tuple[Work, Hashable], tuple[float, int]] = {}
        self._count = 0
        self._wake = asyncio.Event()
        self.present_s: float | None = None
        """While the past is being played: the elapsed time at which it ends; None once the world is live."""

    def add(self, work: Work, key: Hashable, after_s: float = 0.0) -> None:
        """Have `work(key)` done once in `after_s` seconds, or earlier when it is due earlier already."""
        when = self._clock.elapsed_s()
        if after_s > 0:  # full milliseconds, some of them ahead: what finds itself too early has to wait, not to spin
            when = math.ceil((when + after_s + 1e-4) * 1000.0) / 1000.0
        known = self._due.get((work, key))
        if known is not None and known[0] <= when:
            return
        self._count += 1
        self._due[work, key] = (when, self._count)
        heapq.heappush(self._heap, (when, self._count, work, key))
        if self._heap[0][1] == self._count:
            self._wake.set()

    def drop(self, work: Work, key: Hashable) -> None:
        """Forget what was to be done for that work and key."""
        self._due.pop((work, key), None)

    def rest(self, period_s: float, tail_s: float = 4200.0) -> float:
        """How long something that happens every `period_s` seconds may rest.

        While the past is being played, what repeats is left out until the last `tail_s` seconds of it: its only
        trace would be events that have expired by now.
        """
        if self.present_s is None:
            return period_s
        return max(period_s, self.present_s - tail_s - self._clock.elapsed_s())

    def is_long_ago(self) -> bool:
        """Whether a past is being played whose passing states nobody will ever see: all but its last hour."""
        return self.present_s is not None and self._clock.elapsed_s() < self.present_s - 3600.0

    def hurry(self, until_s: float) -> None:
        """Do what is due up to `until_s` in no time, turning the held clock from one piece of work to the next."""
        while (when := self._next_due()) is not None and when <= until_s:
            self._clock.turn_to(when)
            self._do_one()
        self._clock.turn_to(until_s)

    async def run(self) -> None:
        """Do the work when it is due, for ever."""
        loop = asyncio.get_running_loop()
        done = 0
        while True:
            when = self._next_due()
            wait_s = None if when is None else when - self._clock.elapsed_s()
            if wait_s is not None and wait_s <= _EARLY_S:
                self._do_one()
                done += 1
                if done % _BREATH == 0:
                    await asyncio.sleep(0)
                continue
            self._wake.clear()
            timer = None if wait_s is None else loop.call_later(wait_s, self._wake.set)
            try:
                await self._wake.wait()
            finally:
                if timer is not None:
                    timer.cancel()

    def _next_due(self) -> float | None:
        """The time of the next piece of work; entries that were dropped or brought forward are passed over."""
        while self._heap:
            when, count, work, key = self._heap[0]
            if self._due.get((work, key)) == (when, count):
                return when
            heapq.heappop(self._heap)
        return None

    def _do_one(self) -> None:
        _, _, work, key = heapq.heappop(self._heap)
        del self._due[work, key]
        work(key)
