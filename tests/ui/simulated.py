"""The whole program, session and all, on a simulated cluster in process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from textual.pilot import Pilot

from storagetui.opening import running
from storagetui.settings import Settings
from storagetui.sim.cluster import SimCluster
from storagetui.source import ClusterIdentity
from storagetui.ui.app import StorageTuiApp
from storagetui.ui.outlook import Live
from tests.ui.doubles import Listed
from tests.ui.driving import WIDE
from tests.ui.harness import press, screen_text, until

IDENTITY = ClusterIdentity(cluster_id="simulated", context="simulated", server="https://simulated.invalid")


class Played(NamedTuple):
    """A program that looks at a cluster that lives."""

    app: StorageTuiApp
    pilot: Pilot[None]
    cluster: SimCluster

    @property
    def text(self) -> str:
        """All that is on screen."""
        return screen_text(self.app)

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await press(self.pilot, *keys)

    async def sees(self, *texts: str) -> None:
        """Wait until all texts are on screen."""
        await until(self.pilot, lambda: all(text in self.text for text in texts), f"seeing {texts}")

    async def misses(self, text: str) -> None:
        """Wait until a text is off the screen."""
        await until(self.pilot, lambda: text not in self.text, f"not seeing {text!r}")


@asynccontextmanager
async def played(
    scene: str,
    folder: Path,
    screen: str = "triage",
    size: tuple[int, int] = WIDE,
    *,
    frozen_at: datetime | None = None,
    forbidden: tuple[str, ...] = (),
) -> AsyncIterator[Played]:
    """The program on a scene, once everything is listed.

    `frozen_at` stops the world at that moment; `forbidden` names resources that the user may not see.
    """
    async with SimCluster(scene, start=frozen_at) as cluster:
        if frozen_at is not None:
            cluster.clock.hold()
        for resource in forbidden:
            cluster.faults.forbid(resource)

        @asynccontextmanager
        async def opener() -> AsyncIterator[Live]:
            now = cluster.clock.now
            async with running(cluster.api, IDENTITY, Settings(), "", now=now, state_folder=folder) as session:
                yield session

        app = StorageTuiApp(opener, screen=screen, settings=Settings(), contexts=Listed())
        async with app.run_test(size=size) as pilot:
            one = Played(app, pilot, cluster)
            await until(pilot, lambda: "live" in one.text and "loading" not in one.text, "everything is listed")
            yield one
