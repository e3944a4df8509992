"""How long lies between Frames, by what making one takes."""

import asyncio

import pytest

from storagetui.pace import Pace


@pytest.mark.parametrize(
    ("took_s", "begun_after_s"),
    [(0.0, 0.09), (0.001, 0.089), (0.02, 0.07), (0.03, 0.065), (0.05, 0.065), (0.07, 0.07), (0.09, 0.09), (0.3, 0.3)],
)
async def test_what_just_missed_a_frame_is_in_the_next_one_soon_however_long_thinking_takes(
    took_s: float, begun_after_s: float
) -> None:
    clock, pace = asyncio.get_running_loop().time, Pace({})
    begun = clock()
    await asyncio.sleep(took_s)
    await pace.pause(begun, 7)
    assert clock() - begun == pytest.approx(begun_after_s)
