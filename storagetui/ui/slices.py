"""Work that takes longer than a moment, done in slices between which keys and paints have their turn."""

import asyncio
from collections.abc import Iterator
from time import perf_counter

_BUDGET_S = 0.005
"""Seconds of work after which others have their turn."""
_TURNS = 4
"""Turns of the loop between two slices: a key passes through as many hands until it is painted."""


def worked(steps: Iterator[None]) -> bool:
    """Work for a slice; returns whether there is nothing left to do."""
    end = perf_counter() + _BUDGET_S
    return all(perf_counter() <= end for _ in steps)


async def work_off(steps: Iterator[None]) -> None:
    """Work until there is nothing left to do.

    To be run as a worker: a widget that does it in its own time is handed no key meanwhile.
    """
    while True:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        if worked(steps):
            return
