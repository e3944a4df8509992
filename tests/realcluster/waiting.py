"""Wait for a condition with a bound, never for a guessed time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

INTERVAL_S = 0.15


class NotInTime(AssertionError):
    """A condition did not come true in time; the message says which, and what was seen last."""


def _describe(describe: str | Callable[[], str], timeout_s: float, last: object) -> NotInTime:
    text = describe() if callable(describe) else describe
    return NotInTime(f"after {timeout_s:g} s still no: {text}. Last seen: {last!r}"[:4000])


def wait_until(predicate: Callable[[], T], timeout_s: float, describe: str | Callable[[], str]) -> T:
    """Ask until the answer is truthy, and return it.

    ``describe`` says in words what is awaited, as text or as a function called only when it is needed. Raises
    NotInTime.
    """
    deadline = time.monotonic() + timeout_s
    while not (last := predicate()):
        if time.monotonic() > deadline:
            raise _describe(describe, timeout_s, last)
        time.sleep(INTERVAL_S)
    return last


async def until(predicate: Callable[[], Awaitable[T]], timeout_s: float, describe: str | Callable[[], str]) -> T:
    """Do what ``wait_until`` does, without stopping the event loop: the predicate is a coroutine function."""
    deadline = time.monotonic() + timeout_s
    while not (last := await predicate()):
        if time.monotonic() > deadline:
            raise _describe(describe, timeout_s, last)
        await asyncio.sleep(INTERVAL_S)
    return last
