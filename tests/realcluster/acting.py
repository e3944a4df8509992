"""The program before the real cluster with a record of what it writes, and the keys that lead to a plan."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from storagetui.actions.journal import Journal
from storagetui.actions.plan import Plan
from storagetui.kube.client import LiveApi
from storagetui.kube.connection import Overrides
from storagetui.kube.kubeconfig import load
from storagetui.opening import running
from storagetui.session import Session
from storagetui.settings import Settings
from storagetui.source import ClusterIdentity
from storagetui.ui.app import StorageTuiApp
from storagetui.ui.screens.plan import PlanScreen
from tests.actions.stage import Recorder
from tests.realcluster import build
from tests.realcluster.lab import Lab
from tests.realcluster.screen import QUICK, Terminal

NARROW = (80, 24)
TEXT, REASON = "#plan-text", "#actions-reason"
EXPANDED_WITHIN_S = 90.0


class Desk:
    """A person at the program: what they see, what they did, and what went over the wire for it."""

    def __init__(self, seen: Terminal, wire: Recorder, folder: Path, app: StorageTuiApp) -> None:
        self.seen = seen
        self.wire = wire
        self._folder = folder
        self._app = app

    @property
    def session(self) -> Session:
        """The session behind the screen."""
        session = self._app.outlook.session
        assert isinstance(session, Session)
        return session

    @property
    def plan(self) -> Plan:
        """The plan that the dialog shows."""
        screen = self._app.screen
        assert isinstance(screen, PlanScreen)
        assert screen.plan is not None
        return screen.plan

    @property
    def sent(self) -> tuple[int, int]:
        """How many dry runs and how many writes were sent."""
        return len(self.wire.dry_runs), len(self.wire.writes)

    def body(self) -> Any:
        """The body of the latest write."""
        return json.loads(self.wire.writes[-1].body)

    def journal(self) -> list[str]:
        """What the lines of the journal are about."""
        return [line.what for line in Journal(self._folder / "journal.jsonl").entries()]

    async def opens_list(self, name: str) -> None:
        """Press the key for actions on the row of that name alone."""
        await self.seen.press("escape", "escape", "slash", "ctrl+u")
        await self.seen.type(name)
        await self.seen.press("enter")
        await self.seen.until_says("1 of ")
        await self.seen.until(lambda: any(line.startswith(f"▌{name} ") for line in self.seen.lines), name)
        await self.seen.press("a")
        await self.seen.until_says("What can be done")

    async def is_told(self, name: str, reason: str, within_s: float = 60.0) -> None:
        """The action is greyed for that reason, and Enter opens no dialog."""
        await self.opens_list(name)
        await self.seen.until_says(reason, part=REASON, within_s=within_s)
        await self.seen.press("enter")
        assert self.seen.says("What can be done")
        await self.seen.press("escape")

    async def opens_plan(self, name: str, within_s: float = 60.0) -> None:
        """The dialog of the action on the row of that name."""
        await self.opens_list(name)
        await self.seen.until_says("Nothing is done yet", part=REASON, within_s=within_s)
        await self.seen.press("enter")

    async def writes_size(self, size: str) -> None:
        """Write another size into the field."""
        await self.seen.press("ctrl+u")
        await self.seen.type(size)

    async def approves(self, name: str, *, has_size: bool = False) -> None:
        """Go to the last field, type the name and press Enter."""
        await self.seen.until_says(f"Type {name} to approve")
        await self.seen.press(*(["enter"] if has_size else []), *name, "enter")


@asynccontextmanager
async def desk(
    lab: Lab, folder: Path, screen: str, size: tuple[int, int] = NARROW, *, user: str = "admin"
) -> AsyncIterator[Desk]:
    """The program as a user before the lab's namespace, once its rows are there; the journal goes to the folder."""
    settings = Settings(thresholds=QUICK)
    connection = load({}, str(lab.kubeconfig(user)), Overrides(namespace=lab.namespace))
    identity = ClusterIdentity(
        cluster_id=connection.cluster_id, context=connection.context, server=connection.server, user=user
    )
    async with LiveApi(connection) as api:
        wire = Recorder(api)

        def opener() -> Any:
            return running(wire, identity, settings, lab.namespace, state_folder=folder)

        app = StorageTuiApp(opener, screen=screen, namespace=lab.namespace, settings=settings)
        async with app.run_test(size=size, notifications=True) as pilot:
            yield Desk(Terminal(pilot), wire, folder, app)


async def shell(command: str, kubeconfig: Path) -> tuple[int, str]:
    """Run a command line with kubectl on its path; returns its status and what it printed."""
    path = f"{build.folder()}{os.pathsep}{os.environ['PATH']}"
    process = await asyncio.create_subprocess_shell(
        command,
        env={**os.environ, "KUBECONFIG": str(kubeconfig), "PATH": path},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()
