"""The program on a terminal of its own before the real cluster: keys go in, and what is painted is read as text."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from textual.pilot import Pilot

from storagetui.opening import Target, open_live
from storagetui.settings import Settings, Thresholds
from storagetui.ui.app import StorageTuiApp
from tests.ui.harness import screen_lines

T = TypeVar("T")

SIZE = (140, 40)
INTERVAL_S = 0.1
WITHIN_S = 60.0
QUICK = Thresholds(claim_pending_s=2, pod_pending_s=2, container_creating_s=3)
"""A test does not wait half a minute for what is stuck to count as stuck."""
_RUN = re.compile(r"\S+(?: \S+)*")
"""What stands in one cell: words with single blanks between them; two part the columns."""


class Run(NamedTuple):
    """A stretch of a line with no two blanks in it."""

    start: int
    end: int
    text: str


class Terminal:
    """What a person in front of the program sees, and the keys under their hands."""

    def __init__(self, pilot: Pilot[Any]) -> None:
        self._pilot = pilot

    @property
    def lines(self) -> list[str]:
        """Every line of the terminal, as painted."""
        return [line.rstrip() for line in screen_lines(self._pilot.app)]

    @property
    def text(self) -> str:
        """The whole terminal."""
        return "\n".join(self.lines)

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, and wait until the program has taken them."""
        await self._pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Type a text."""
        await self.press(*text)

    async def until(
        self, holds: Callable[[], T | None], what: str | Callable[[], str] = "", within_s: float = WITHIN_S
    ) -> T:
        """Look until the answer is truthy, and return it; fails with what is on screen."""
        deadline = time.monotonic() + within_s
        while True:
            await self._pilot.pause()
            if found := holds():
                return found
            if time.monotonic() > deadline:
                words = what() if callable(what) else what
                raise AssertionError(f"not within {within_s:g} s: {words}; on screen:\n{self.text}")
            await asyncio.sleep(INTERVAL_S)

    async def until_says(self, *texts: str, part: str = "", within_s: float = WITHIN_S) -> None:
        """Look until all of these texts stand on the terminal, or in one part of it."""
        await self.until(lambda: all(self.says(one, part) for one in texts), f"{texts} in {part or 'all'}", within_s)

    def says(self, text: str, part: str = "") -> bool:
        """Whether a text can be read, however its lines are broken, in a part given by its selector or anywhere."""
        return _squeezed(text) in _squeezed("\n".join(self.part(part)) if part else self.text)

    def part(self, selector: str) -> list[str]:
        """The lines of one part of the screen, as they are painted; none while it is hidden."""
        region = self._pilot.app.screen.query_one(selector).content_region
        lines = screen_lines(self._pilot.app)[region.y : region.bottom]
        return [line[region.x : region.right].rstrip() for line in lines]

    def rows(self, selector: str) -> list[dict[str, str]]:
        """The rows of a table, each by the titles of its columns; where a title returns, it is `SIZE`, then `SIZE 2`.

        The table must be so wide that two blanks part its columns: `v` hides the pane beside it.
        """
        return list(table_rows(self.part(selector)))

    def row(self, selector: str, **wanted: str) -> dict[str, str] | None:
        """The first row whose cells begin so."""
        return next(
            (row for row in self.rows(selector) if all(row.get(k, "").startswith(v) for k, v in wanted.items())), None
        )


@asynccontextmanager
async def terminal(
    kubeconfig: Path, *, screen: str = "triage", namespace: str = "", size: tuple[int, int] = SIZE
) -> AsyncIterator[Terminal]:
    """The program as a command line with these options opens it."""
    settings = Settings(thresholds=QUICK)
    opener = partial(open_live, Target(kubeconfig=str(kubeconfig), namespace=namespace), settings)
    app = StorageTuiApp(opener, screen=screen, namespace=namespace, settings=settings)
    async with app.run_test(size=size) as pilot:
        yield Terminal(pilot)


def table_rows(lines: Sequence[str]) -> Iterator[dict[str, str]]:
    """The rows under a line of titles; what stands in the first cell of a row marks the cursor."""
    if not lines:
        return
    titles = _titles(lines[0])
    for line in lines[1:]:
        runs = _runs(f" {line[1:]}")
        if runs:
            yield {name: _under(title, runs) for name, title in titles.items()}


def _titles(header: str) -> dict[str, Run]:
    """The titles of the columns; `+4` at the end of the line counts those that have no room."""
    titles: dict[str, Run] = {}
    for run in _runs(re.sub(r"\+\d+ *$", "", header)):
        name = run.text.removesuffix(" ▲").removesuffix(" ▼")
        titles[f"{name} 2" if name in titles else name] = run
    return titles


def _runs(line: str) -> list[Run]:
    return [Run(found.start(), found.end(), found.group()) for found in _RUN.finditer(line)]


def _under(title: Run, runs: Sequence[Run]) -> str:
    """The cell of a column: it begins or ends where the title does."""
    return next((run.text for run in runs if run.start == title.start or run.end == title.end), "")


def _squeezed(text: str) -> str:
    return "".join(text.split())
