"""Pictures of every screen: `python -m tests.screenshots FOLDER` writes them as SVG, the same bytes every time.

The real program looks at a simulated cluster that stands still at a fixed moment; the simulation's seed is fixed too.
"""

import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from storagetui.errors import KubeconfigError
from storagetui.settings import Settings
from storagetui.ui.app import StorageTuiApp
from tests.ui.doubles import StaticSession, Troubled
from tests.ui.harness import screen_text, until
from tests.ui.simulated import Played, played

SIZES = ((80, 24), (140, 40))
START = datetime(2026, 1, 15, 14, 2, 11, tzinfo=UTC)
_FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


class Shot(NamedTuple):
    """One picture: what to press on the first screen, and what has to be on the screen then."""

    name: str
    keys: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    """Resources that the user of this picture may not see."""
    then: tuple[str, ...] = ()
    """What to press when all of that is to be seen."""
    ends: tuple[str, ...] = ()
    """What has to be on the screen at last."""


_EXPAND = ("3", "slash", *"data-postgres-0", "enter", "a", "enter")
_FORCE = ("5", "slash", *"shop postgres-1", "enter", "a")
_CLAIM = ("3", "slash", *"data-cache-0", "enter", "enter")
SHOTS = (
    Shot("triage", shows=("Why (", "✖ high")),
    Shot("sets", ("2", *["down"] * 10), ("StatefulSet shop/postgres",)),
    Shot("left-behind", ("2", "o"), ("without a set (inferred)",)),
    Shot("claims", ("3",), ("data-clickhouse-0",)),
    Shot("volumes", ("4",), ("analytics/",)),
    Shot("pods", ("5",), ("clickhouse-0",)),
    Shot("attachments", ("6",), ("worker-",)),
    Shot("object", _CLAIM, ("claim shop/data-cache-0", "fast-ssd")),
    Shot("links", (*_CLAIM, "l"), ("[links]", "pod cache-0")),
    Shot("events", (*_CLAIM, "e"), ("ProvisioningFailed",)),
    Shot("yaml", (*_CLAIM, "y"), ("apiVersion: v1", "storageClassName: fast-ssd")),
    Shot("filter", ("3", "slash", *"state:pending"), ("state:pending",)),
    Shot("namespace", ("n",), ("Namespace", "monitoring")),
    Shot("contexts", ("x",), ("Context", "staging")),
    Shot("palette", ("colon",), ("Go to, or do",)),
    Shot("help", ("question_mark",), ("Screens",)),
    Shot("feeds", ("f",), ("● live", "claims")),
    Shot("actions", ("a",), ("What can be done", "Shows what would be done")),
    Shot("plan-expand", _EXPAND, ("New size",), then=tuple("500Gi"), ends=("Type data-postgres-0",)),
    Shot("plan-force-delete", _FORCE, ("Shows what would be done",), then=("enter",), ends=("You vouch",)),
    Shot("forbidden", ("4",), ("You may not list volumes",), ("persistentvolumes",)),
)


async def shoot(shot: Shot, size: tuple[int, int]) -> str:
    """The SVG of one picture."""
    with tempfile.TemporaryDirectory() as folder:
        async with played("demo", Path(folder), "triage", size, frozen_at=START, forbidden=shot.forbidden) as one:
            await one.press(*shot.keys)
            await one.sees(*shot.shows)
            await one.press(*shot.then)
            await one.sees(*shot.ends)
            return await _settled(one)


async def shoot_trouble(size: tuple[int, int]) -> str:
    """The page for a cluster that cannot be reached."""

    trouble = KubeconfigError("the kubeconfig /home/you/.kube/config has no context prod; it has: staging, test")
    opener = Troubled(StaticSession(), trouble)
    app = StorageTuiApp(opener.open, settings=Settings())
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "has no context prod" in screen_text(app))
        return picture(app)


async def _settled(one: Played) -> str:
    """The picture once two in a row are the same."""
    before = ""
    while (now := picture(one.app)) != before:
        before = now
        for _ in range(3):
            await one.pilot.pause()
    return now


def picture(app: StorageTuiApp) -> str:
    """What is on the terminal as SVG, with fonts that the reader has instead of some from the network."""
    drawn = app.export_screenshot(title="storagetui", simplify=True)
    return _FONT_FACE.sub("", drawn).replace("Fira Code, monospace", "monospace")


async def all_pictures(shots: Sequence[Shot] = SHOTS) -> dict[str, str]:
    """All pictures by the names of their files."""
    drawn = {}
    for width, height in SIZES:
        for shot in shots:
            drawn[f"{shot.name}-{width}x{height}.svg"] = await shoot(shot, (width, height))
        drawn[f"trouble-{width}x{height}.svg"] = await shoot_trouble((width, height))
    return drawn


def main(folder: str) -> None:
    """Write all pictures and say which."""
    os.environ.update(TZ="UTC", COLORTERM="truecolor", TERM="xterm-256color")
    os.environ.pop("NO_COLOR", None)
    time.tzset()
    pictures = asyncio.run(all_pictures())
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, drawn in pictures.items():
        (target / name).write_text(drawn, encoding="utf-8")
        sys.stdout.write(f"{target / name}\n")


if __name__ == "__main__":
    main(sys.argv[1])
