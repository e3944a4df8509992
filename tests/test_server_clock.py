"""The server's time is known from its answers, whatever our own clock says."""

from datetime import UTC, datetime, timedelta

import pytest

from storagetui.live import ServerClock

OURS = datetime(2026, 1, 15, 14, 2, 11, 700000, tzinfo=UTC)


@pytest.fixture
def clock() -> ServerClock:
    return ServerClock(lambda: OURS)


@pytest.mark.parametrize("date", ["", "soon", "Thu, 99 Jan 2026 14:02:11 GMT", "\x00"])
def test_what_is_no_date_changes_nothing(date: str, clock: ServerClock) -> None:
    clock.hear(date)
    assert clock() == OURS


@pytest.mark.parametrize("date", ["Thu, 15 Jan 2026 14:02:11 GMT", "Thu, 15 Jan 2026 14:02:09 GMT"])
def test_clocks_that_agree_but_for_the_way_are_left_alone(date: str, clock: ServerClock) -> None:
    clock.hear(date)
    assert clock() == OURS


def test_a_clock_that_is_ahead_makes_no_lease_look_old(clock: ServerClock) -> None:
    clock.hear("Thu, 15 Jan 2026 13:57:11 GMT")
    assert clock() == datetime(2026, 1, 15, 13, 57, 11, tzinfo=UTC)
    clock.hear("Thu, 15 Jan 2026 13:57:12 GMT")
    assert clock() == datetime(2026, 1, 15, 13, 57, 11, tzinfo=UTC), "a second more or less is the way's"
    clock.hear("Thu, 15 Jan 2026 14:02:11 -0000")
    assert abs(clock() - OURS) < timedelta(seconds=1)
