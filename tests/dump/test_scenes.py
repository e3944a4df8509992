"""A dump of a cluster says what the cluster itself says."""

import asyncio
from pathlib import Path

import pytest

from storagetui.dump.frame import frame_of
from storagetui.dump.read import read
from storagetui.settings import Thresholds
from storagetui.sim.cluster import SimCluster
from storagetui.sim.scenes.catalog import SCENES
from tests.diagnosis.test_scenes import LOADING_S, START, watched
from tests.dump.scene_dump import write_dump

LARGE = {"large"}
"""Scenes that take long to write; what they hold is in others too."""


@pytest.mark.parametrize("scene", sorted({scene.name for scene in SCENES} - LARGE))
async def test_the_dump_of_a_scene_gives_the_findings_of_the_scene(scene: str, tmp_path: Path) -> None:
    async with watched(scene) as session:
        await asyncio.sleep(LOADING_S)
        live = session.frame
        at = session.now()
    async with SimCluster(scene, start=START) as cluster:
        await asyncio.sleep(LOADING_S)
        contents = read(str(write_dump(cluster, tmp_path / "dump.json")))
    made = frame_of(contents, Thresholds(), at)
    assert not contents.problems
    assert not contents.aside
    assert {(key, one.code) for key, found in made.findings.items() for one in found} == {
        (key, one.code) for key, found in live.findings.items() for one in found
    }
