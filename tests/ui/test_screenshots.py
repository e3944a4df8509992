"""Pictures are the same bytes every time, and need nothing from the network."""

import re

import pytest

from tests.screenshots import SHOTS, shoot, shoot_trouble

NAMES = {shot.name: shot for shot in SHOTS}


@pytest.mark.parametrize("name", ["triage", "palette"])
async def test_a_picture_is_the_same_every_time(name: str) -> None:
    first = await shoot(NAMES[name], (80, 24))
    assert first == await shoot(NAMES[name], (80, 24))
    assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", first)
    assert "@font-face" not in first


async def test_trouble_has_a_picture_too() -> None:
    drawn = await shoot_trouble((80, 24))
    assert "not&#160;connected" in drawn
