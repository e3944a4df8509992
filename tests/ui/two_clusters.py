"""The whole program over HTTP on two simulated clusters behind two contexts of one kubeconfig."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import yaml
from textual.pilot import Pilot

from storagetui.opening import Contexts, Target
from storagetui.settings import Settings
from storagetui.sim.cluster import SimCluster
from storagetui.sim.http import serve
from storagetui.ui.app import StorageTuiApp
from storagetui.ui.screens.live_screen import LiveScreen
from tests.ui.driving import WIDE
from tests.ui.harness import press, screen_text, until


class Between:
    """A program that can go over from one cluster to another, with what it has shown since."""

    def __init__(self, app: StorageTuiApp, pilot: Pilot[None], clusters: dict[str, SimCluster]) -> None:
        self.app = app
        self.pilot = pilot
        self.clusters = clusters
        """By context."""

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

    async def go_to(self, context: str) -> None:
        """Choose a context, and wait until its cluster is listed."""
        await self.press("x")
        await self.sees("Context", "type to narrow")
        await self.press(*context, "enter")
        await self.arrived(context)

    async def arrived(self, context: str) -> None:
        """Wait until a context's cluster is listed."""

        def is_there() -> bool:
            first = self.text.split("\n")[0]
            return context in first and "● live" in first

        await until(self.pilot, is_there, f"being in {context}")

    def check_nothing_is_left(self, context: str) -> None:
        """Every screen looks at the cluster of the context, and has no Frame of another."""
        outlook = self.app.outlook
        assert outlook.session is not None
        assert outlook.frame is not None
        assert outlook.session.identity.context == context
        assert outlook.frame.cluster_id == outlook.session.identity.cluster_id
        for screen in self.app.screen_stack:
            if isinstance(screen, LiveScreen):
                assert screen.outlook is outlook


def kubeconfig(folder: Path, files: dict[str, Path]) -> Path:
    """One kubeconfig with a context of that name for each file's own, and one whose server nobody listens at."""
    entries: dict[str, list[dict[str, object]]] = {"clusters": [], "users": [], "contexts": []}
    for name, file in files.items():
        wire = yaml.safe_load(file.read_text(encoding="utf-8"))
        cluster = wire["clusters"][0]["cluster"]
        user = next(one["user"] for one in wire["users"] if one["name"] == "admin")
        entries["clusters"].append({"name": f"c-{name}", "cluster": cluster})
        entries["users"].append({"name": f"u-{name}", "user": user})
        entries["contexts"].append({"name": name, "context": {"cluster": f"c-{name}", "user": f"u-{name}"}})
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plug-in", "interactiveMode": "Never"}
    entries["users"].append({"name": "u-lost", "user": {"exec": plugin}})
    context = {"cluster": entries["clusters"][0]["name"], "user": "u-lost", "namespace": "shop"}
    entries["contexts"].append({"name": "lost", "context": context})
    entries["contexts"].append({"name": "broken", "context": {"cluster": "nowhere", "user": "u-lost"}})
    path = folder / "both"
    wire = {"apiVersion": "v1", "kind": "Config", "current-context": next(iter(files)), **entries}
    path.write_text(yaml.safe_dump(wire), encoding="utf-8")
    path.chmod(0o600)
    return path


@asynccontextmanager
async def between(
    folder: Path, screen: str = "triage", size: tuple[int, int] = WIDE, **scenes: str
) -> AsyncIterator[Between]:
    """The program in the first of the contexts, each of which has a cluster with a scene of its own."""
    async with AsyncExitStack() as stack:
        clusters, files = {}, {}
        for name, scene in scenes.items():
            cluster = await stack.enter_async_context(SimCluster(scene))
            server = await stack.enter_async_context(serve(cluster.api))
            clusters[name], files[name] = cluster, server.kubeconfig(folder / f"{name}.yaml")
        contexts = Contexts(Target(kubeconfig=str(kubeconfig(folder, files))), Settings())
        first = next(iter(scenes))
        app = StorageTuiApp(lambda: contexts.open(""), screen=screen, settings=Settings(), contexts=contexts)
        async with app.run_test(size=size, notifications=True) as pilot:
            one = Between(app, pilot, clusters)
            await one.arrived(first)
            yield one
