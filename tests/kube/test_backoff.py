"""Waits before another attempt."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from storagetui.kube.backoff import Backoff


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def made(seed: int = 1) -> tuple[Backoff, Time]:
    time = Time()
    return Backoff(time, Random(seed)), time


def test_waits_double_up_to_half_a_minute_and_are_jittered_below_that() -> None:
    backoff, time = made()
    for number in range(12):
        wait_s = backoff.wait_s()
        full = min(30.0, 0.8 * 2**number)
        assert full / 2 <= wait_s <= full
        time.now += wait_s


def test_no_two_feeds_wait_the_same() -> None:
    assert len({made(seed)[0].wait_s() for seed in range(20)}) == 20


def test_two_quiet_minutes_after_the_wait_start_over() -> None:
    backoff, time = made()
    for _ in range(6):
        time.now += backoff.wait_s()
    time.now += 119.0
    assert backoff.wait_s() > 10.0
    time.now += 30.0 + 121.0
    assert backoff.wait_s() <= 0.8


@given(st.lists(st.tuples(st.floats(0.0, 300.0), st.floats(0.0, 60.0)), max_size=20), st.integers())
def test_a_wait_is_never_shorter_than_asked_nor_longer_than_that_or_half_a_minute(
    steps: list[tuple[float, float]], seed: int
) -> None:
    backoff, time = made(seed)
    for later_s, at_least_s in steps:
        time.now += later_s
        wait_s = backoff.wait_s(at_least_s)
        assert at_least_s <= wait_s <= max(at_least_s, 30.0)
        assert wait_s >= 0.4
