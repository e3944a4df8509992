"""The program on a scene, as a user, with a record of everything that was written."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from storagetui.actions.journal import Journal
from storagetui.actions.run import Run
from storagetui.opening import running
from storagetui.session import Session
from storagetui.settings import Settings
from storagetui.sim.cluster import SimCluster
from storagetui.sim.scenes.ground import BLOCK
from storagetui.sim.wire import Json
from storagetui.ui.app import StorageTuiApp
from storagetui.ui.outlook import Live
from storagetui.ui.screens.actions import ActionsScreen
from storagetui.ui.screens.plan import PlanScreen
from tests.actions.stage import Recorder
from tests.ui.driving import NARROW
from tests.ui.harness import screen_text
from tests.ui.simulated import IDENTITY

QUICK = (0.05, 0.1)
_PATIENCE_S = 30.0
_FRAMES = str.maketrans("│▌▐▎", "    ")


class Acted:
    """A program over a cluster that lives, and what it sent."""

    def __init__(self, app: StorageTuiApp, pilot: Pilot[None], cluster: SimCluster, wire: Recorder) -> None:
        self.app = app
        self.pilot = pilot
        self.cluster = cluster
        self.wire = wire

    @property
    def text(self) -> str:
        """All that is on screen, its line breaks and frames as blanks."""
        return " ".join(screen_text(self.app).translate(_FRAMES).split())

    @property
    def session(self) -> Session:
        """The session behind the screen."""
        session = self.app.outlook.session
        assert isinstance(session, Session)
        return session

    @property
    def dialog(self) -> PlanScreen:
        """The dialog, which must be on top."""
        assert isinstance(self.app.screen, PlanScreen)
        return self.app.screen

    @property
    def run(self) -> Run:
        """The latest run."""
        return self.session.runs.all()[0]

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Type a text."""
        await self.pilot.press(*text)

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        """Wait until something holds; real time passes meanwhile."""
        clock = asyncio.get_running_loop().time
        end = clock() + _PATIENCE_S
        while not holds():
            assert clock() < end, f"{what or 'the condition'} never came to hold; on screen:\n{screen_text(self.app)}"
            await self.pilot.pause(0.02)

    async def sees(self, *texts: str) -> None:
        """Wait until all texts are on screen, however they are wrapped."""
        await self.until(lambda: all(" ".join(text.split()) in self.text for text in texts), f"seeing {texts}")

    async def filters(self, text: str) -> None:
        """Have only the rows of a filter in the list."""
        await self.press("slash", *text, "enter")
        await self.sees("1 of ")

    async def opens_list(self) -> None:
        """Press the key for actions, and wait for the list."""
        await self.press("a")
        await self.until(lambda: isinstance(self.app.screen, ActionsScreen), "the list of actions")

    async def opens_plan(self) -> None:
        """The dialog of the first action in the list."""
        await self.opens_list()
        await self.sees("Shows what would be done")
        await self.press("enter")
        await self.until(lambda: isinstance(self.app.screen, PlanScreen), "the dialog")
        await self.pilot.pause()

    def journal(self, folder: Path) -> list[str]:
        """What the lines of the journal are about."""
        return [line.what for line in Journal(folder / "journal.jsonl").entries()]

    def claim(self, name: str, namespace: str = "shop") -> Json:
        """A claim as it is in the store."""
        return self.cluster.store.get("persistentvolumeclaims", name, namespace)


@asynccontextmanager
async def acted(
    scene: str,
    folder: Path,
    screen: str = "claims",
    size: tuple[int, int] = NARROW,
    *,
    user: str = "admin",
    read_only: bool = False,
) -> AsyncIterator[Acted]:
    """The program on a scene, once everything is listed; drivers grow volumes within moments."""
    settings = Settings(read_only=read_only)
    async with SimCluster(scene) as cluster:
        driver = cluster.drivers[BLOCK]
        driver.expand_s = driver.expand_on_node_s = driver.attach_s = driver.detach_s = QUICK
        wire = Recorder(cluster.api, cluster.api.access.token_of(user))

        @asynccontextmanager
        async def opener() -> AsyncIterator[Live]:
            now = cluster.clock.now
            async with running(wire, IDENTITY, settings, "shop", now=now, state_folder=folder) as session:
                yield session

        app = StorageTuiApp(opener, screen=screen, settings=settings)
        async with app.run_test(size=size, notifications=True) as pilot:
            one = Acted(app, pilot, cluster, wire)
            await one.until(lambda: "live" in one.text and "loading" not in one.text, "everything is listed")
            yield one
