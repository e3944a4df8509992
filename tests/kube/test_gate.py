"""The gate, the rate of requests, and the look whether this machine slept."""

import asyncio

import pytest

from storagetui.kube.gate import LENT_S, MOST, Gate
from storagetui.kube.rate import BURST, PER_S, Rate
from storagetui.kube.sleep import Slept

pytestmark = pytest.mark.looptime


async def passed(gate: Gate, rank: int, order: list[int], stays_s: float) -> None:
    turn = await gate.turn(rank)
    order.append(rank)
    await asyncio.sleep(stays_s)
    turn.end()
    turn.end()


async def test_a_few_pass_at_one_time_and_the_lowest_rank_is_next() -> None:
    gate, order = Gate(), list[int]()
    async with asyncio.TaskGroup() as group:
        for rank in (9, 8, 7, 6, 5, 4, 3, 2, 1, 0):
            group.create_task(passed(gate, rank, order, 1.0))
        await asyncio.sleep(0.5)
        assert order == [9, 8, 7, 6]
        await asyncio.sleep(1.0)
        assert order == [9, 8, 7, 6, 0, 1, 2, 3]
    assert order[8:] == [4, 5]
    assert asyncio.get_running_loop().time() == 3.0


async def test_who_is_not_answered_keeps_nobody_waiting_for_long() -> None:
    gate, order = Gate(), list[int]()
    tasks = [asyncio.create_task(passed(gate, rank, order, 65.0)) for rank in range(3 * MOST)]
    await asyncio.sleep(2 * LENT_S + 0.1)
    assert len(order) == 3 * MOST
    await asyncio.gather(*tasks)
    await passed(gate, 99, order, 0.0)


async def test_who_goes_away_while_waiting_takes_no_turn_along() -> None:
    gate, order = Gate(), list[int]()
    first = [asyncio.create_task(passed(gate, 0, order, 1.0)) for _ in range(MOST)]
    waiting = [asyncio.create_task(passed(gate, 1, order, 1.0)) for _ in range(MOST)]
    await asyncio.sleep(0.5)
    waiting[0].cancel()
    asyncio.get_running_loop().call_at(1.0, waiting[1].cancel)
    await asyncio.gather(*first, *waiting, return_exceptions=True)
    order.clear()
    await asyncio.gather(*(passed(gate, 2, order, 0.0) for _ in range(2 * MOST)))
    assert len(order) == 2 * MOST


def test_a_start_s_lists_are_not_held_back_and_a_hot_loop_is() -> None:
    now = [0.0]
    rate = Rate(lambda: now[0])
    assert [rate.take() for _ in range(int(BURST))] == [0.0] * int(BURST)
    assert rate.take() == pytest.approx(1 / PER_S)
    assert rate.take() == pytest.approx(2 / PER_S)
    now[0] += 60.0
    assert [rate.take() for _ in range(int(BURST))] == [0.0] * int(BURST)
    asked = 0
    begun = now[0]
    while now[0] < begun + 60.0:
        now[0] += rate.take()
        asked += 1
    assert asked == pytest.approx(60 * PER_S, rel=0.02)


def test_a_jump_of_the_wall_clock_is_a_sleep_and_nothing_else_is() -> None:
    wall, monotonic = [1000.0], [50.0]
    slept = Slept(lambda: wall[0], lambda: monotonic[0])
    for wall_s, monotonic_s, expected in ((1, 1, 0), (600, 1, 599), (1, 1, 0), (-3600, 1, 0), (4, 1, 0), (90, 90, 0)):
        wall[0] += wall_s
        monotonic[0] += monotonic_s
        assert slept.since_last_s() == expected
