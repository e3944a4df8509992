"""The whole program over a session of the tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from storagetui.settings import Settings
from storagetui.ui.app import StorageTuiApp
from storagetui.ui.screens.browse import BrowseScreen
from storagetui.ui.screens.object import ObjectScreen
from tests.ui.doubles import StaticSession
from tests.ui.harness import press, screen_text, until

NARROW, WIDE = (80, 24), (140, 40)


class Driven:
    """A program that runs, with shortcuts to what is on it."""

    def __init__(self, app: StorageTuiApp, pilot: Pilot[None], session: StaticSession) -> None:
        self.app = app
        self.pilot = pilot
        self.session = session

    @property
    def text(self) -> str:
        """All that is on screen."""
        return screen_text(self.app)

    @property
    def browse(self) -> BrowseScreen:
        """The screen with the pages."""
        found = self.app.screen_stack[0]
        assert isinstance(found, BrowseScreen)
        return found

    @property
    def object(self) -> ObjectScreen:
        """The object's screen, which must be on top."""
        assert isinstance(self.app.screen, ObjectScreen)
        return self.app.screen

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await press(self.pilot, *keys)

    async def sees(self, *texts: str) -> None:
        """Wait until all texts are on screen."""
        await until(self.pilot, lambda: all(text in self.text for text in texts), f"seeing {texts}")

    async def misses(self, text: str) -> None:
        """Wait until a text is off the screen."""
        await until(self.pilot, lambda: text not in self.text, f"not seeing {text!r}")

    async def on_object(self) -> None:
        """Wait until an object's screen is on top and shows something."""
        await until(self.pilot, lambda: isinstance(self.app.screen, ObjectScreen), "the object's screen")
        await self.sees("describe", "links")


@asynccontextmanager
async def driven(
    session: StaticSession, screen: str = "triage", size: tuple[int, int] = WIDE, namespace: str = ""
) -> AsyncIterator[Driven]:
    """The program, once its first Frame is on screen."""
    app = StorageTuiApp(session.open, screen=screen, settings=Settings(), namespace=namespace)
    async with app.run_test(size=size) as pilot:
        one = Driven(app, pilot, session)
        await until(
            pilot, lambda: app.outlook.frame is not None and "connecting" not in screen_text(app).split("\n")[0]
        )
        yield one
