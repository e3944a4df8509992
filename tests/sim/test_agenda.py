"""The agenda: order, the earlier time counts, playing the past, living in fake loop time; the clock it reads."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from storagetui.sim.agenda import Agenda
from storagetui.sim.clock import Clock, parse

START = datetime(2026, 1, 15, 14, 2, 11, tzinfo=UTC)


def held() -> tuple[Agenda, Clock]:
    clock = Clock(START)
    clock.hold()
    return Agenda(clock), clock


def test_work_is_done_in_the_order_of_its_time_and_of_its_arrival() -> None:
    agenda, clock = held()
    done: list[tuple[str, float]] = []

    def work(key: str) -> None:
        done.append((key, round(clock.elapsed_s())))

    for key, after_s in (("late", 20.0), ("first", 5.0), ("second", 5.0), ("now", 0.0)):
        agenda.add(work, key, after_s)
    agenda.hurry(30.0)
    assert done == [("now", 0), ("first", 5), ("second", 5), ("late", 20)]
    assert clock.elapsed_s() == 30.0


def test_the_earlier_of_two_times_counts() -> None:
    agenda, clock = held()
    done: list[float] = []

    def work(_key: str) -> None:
        done.append(round(clock.elapsed_s()))

    for after_s in (10.0, 20.0, 5.0):
        agenda.add(work, "key", after_s)
    agenda.hurry(30.0)
    assert done == [5]


def test_what_is_dropped_is_not_done() -> None:
    agenda, _ = held()
    done: list[str] = []

    def work(key: str) -> None:
        done.append(key)

    agenda.add(work, "kept", 1.0)
    agenda.add(work, "dropped", 1.0)
    agenda.drop(work, "dropped")
    agenda.hurry(2.0)
    assert done == ["kept"]


def test_what_comes_later_than_the_present_is_left_for_later() -> None:
    agenda, _ = held()
    done: list[str] = []

    def work(key: str) -> None:
        done.append(key)

    agenda.add(work, "future", 11.0)
    agenda.hurry(10.0)
    assert done == []
    agenda.hurry(12.0)
    assert done == ["future"]


def test_repetitions_rest_until_the_last_hour_of_a_past() -> None:
    agenda, clock = held()
    assert agenda.rest(15.0) == 15.0
    agenda.present_s = 86400.0
    assert agenda.rest(15.0) == 86400.0 - 4200.0
    assert agenda.is_long_ago()
    clock.turn_to(86300.0)
    assert agenda.rest(15.0) == 15.0
    assert not agenda.is_long_ago()


async def test_living_work_follows_the_loops_time() -> None:
    clock = Clock(START)
    agenda = Agenda(clock)
    done: list[datetime] = []
    finished = asyncio.Event()

    def work(left: int) -> None:
        done.append(clock.now())
        if left:
            agenda.add(work, left - 1, 3600.0)
        else:
            finished.set()

    task = asyncio.create_task(agenda.run())
    agenda.add(work, 3, 60.0)
    await asyncio.wait_for(finished.wait(), 20000.0)
    task.cancel()
    expected = [START + timedelta(minutes=1, hours=number) for number in range(4)]
    assert all(abs(found - wanted) < timedelta(seconds=1) for found, wanted in zip(done, expected, strict=True))


async def test_an_exception_ends_the_work() -> None:
    agenda = Agenda(Clock(START))

    def work(_key: str) -> None:
        raise ZeroDivisionError

    agenda.add(work, "key")
    with pytest.raises(ZeroDivisionError):
        await agenda.run()


async def test_the_clock_follows_the_loop_and_can_be_held_turned_and_released() -> None:
    clock = Clock(START)
    await asyncio.sleep(90)
    assert clock.timestamp() == "2026-01-15T14:03:41Z"
    clock.hold()
    await asyncio.sleep(1000)
    assert clock.timestamp() == "2026-01-15T14:03:41Z"
    clock.turn_to(clock.elapsed_s() + 19)
    clock.turn_to(0.0)
    clock.release()
    assert clock.micro().startswith("2026-01-15T14:04:00.")
    await asyncio.sleep(60)
    assert clock.timestamp() == "2026-01-15T14:05:00Z"
    assert clock.since_s("2026-01-15T14:04:00Z") == pytest.approx(60.0, abs=0.01)


def test_a_clock_outside_a_loop_stands_still_and_a_running_one_is_not_turned() -> None:
    clock = Clock(START)
    assert clock.now() == START
    with pytest.raises(RuntimeError, match="hold it before turning it"):
        clock.turn_to(5.0)
    clock.hold()
    clock.turn_to(5.0)
    clock.release()
    assert clock.now() == START + timedelta(seconds=5)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="names no time zone"):
        parse("2026-01-15T14:02:11")
