"""`python -m tests.bench actions --sizes 50000`: what the user does, and for how long each holds up the loop.

The program runs with a meter in its loop on a server that costs nothing. Every action is done in each of several runs;
the least of what was seen counts, since other programs on the machine only add to it.
"""

import sys
import time
from collections.abc import Iterator
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from storagetui.view.tables import TABLES
from tests.bench import scenes
from tests.bench.page import Part, milliseconds
from tests.bench.synthetic import BenchServer
from tests.bench.terminal import Ended, Terminal

_WITHIN_S = 8.0
_AFTER_S = 0.3
"""After what was waited for: what follows an action belongs to it."""
_ROW = "▌"
_OTHER_ROWS = r"(?m)^(?! storagetui)(?!.*(?:sorting|looking)).*\w"
"""Anything but the clock, ages, and the word that the rows are still to come."""
_NAMES = r"db-\d+"
"""Rows, and not just what is typed."""
_WORD = "777"
"""Every letter leaves fewer rows; whether one stands in what is not a name has to be looked up for most of them."""
PART = Part(
    "Actions",
    "From a key to what it asks for on the terminal, and the longest time for which the event loop did nothing else"
    " meanwhile and just after: by the clock, and of the processor's time.",
    ("action", "painted after", "longest stall", "processor time of it"),
)


class Seen(NamedTuple):
    """What came of an action, in milliseconds."""

    painted_ms: float
    stall_ms: float
    busy_ms: float

    def least(self, other: "Seen") -> "Seen":
        """The better of two tries, each figure for itself."""
        return Seen(*(min(pair) for pair in zip(self, other, strict=True)))


class Run:
    """A running program, and the actions so far."""

    def __init__(self, terminal: Terminal, meter: Path, found: dict[str, Seen]) -> None:
        self._terminal = terminal
        self._meter = meter
        self._found = found

    def do(self, name: str, keys: str, pattern: str) -> None:
        """Type keys and wait for what they bring."""
        scenes.settled(self._terminal, quiet_s=0.2, within_s=5.0)
        scenes.metered(self._terminal, self._meter)
        position = self._terminal.position
        pressed = self._terminal.press(keys)
        try:
            moment = self._terminal.until(pattern, position, _WITHIN_S)
        except Ended:
            moment = inf
            sys.stderr.write(f"{name}: {pattern!r} was not painted\n")
        time.sleep(_AFTER_S)
        said = scenes.metered(self._terminal, self._meter)
        seen = Seen((moment - pressed) * 1e3, said["stall_ms"], said["busy_ms"])
        self._found[name] = seen.least(self._found.get(name, seen))


def rows(server: BenchServer, runs: int, rounds: int) -> Iterator[tuple[str, ...]]:
    """A row for each action; in each run all but the first sight of a screen is done so many rounds long."""
    found: dict[str, Seen] = {}
    for number in range(runs):
        with TemporaryDirectory() as folder:
            meter = Path(folder) / "meter"
            with scenes.program(server.kubeconfig, screen="triage", meter=meter) as terminal:
                terminal.until(scenes.LIVE, within_s=240.0)
                scenes.settled(terminal, within_s=60.0)
                _everything(Run(terminal, meter, found), server, rounds)
        sys.stderr.write(f"actions: run {number + 1} of {runs} at {server.size.pods:,} pods\n")
    for name, seen in found.items():
        yield (name, *(milliseconds(one) for one in seen))


def _everything(run: Run, server: BenchServer, rounds: int) -> None:
    screens(run, "the first time")
    for _ in range(rounds):
        screens(run, "again")
        for table in ("sets", "claims", "volumes", "pods", "attachments"):
            sorting(run, table)
        for table in ("claims", "pods"):
            moving(run, table)
            typing(run, table)
        namespaces(run, server)
        objects(run)
        findings(run)
        orphans(run)


def screens(run: Run, when: str) -> None:
    """Go to each screen."""
    for digit, name in zip("234561", ("sets", "claims", "volumes", "pods", "attachments", "triage"), strict=True):
        run.do(f"{name}: shown {when}", digit, _ROW)


def sorting(run: Run, table: str) -> None:
    """Sort by each column in turn, and the other way round."""
    _go(run, table)
    for number in range(1, 1 + len(_TABLES[table].columns)):
        run.do(f"{table}: sort by another column ({number})", "s", _OTHER_ROWS)
        if number % 3 == 0:
            run.do(f"{table}: sort turned ({number})", "S", _OTHER_ROWS)


def moving(run: Run, table: str) -> None:
    """To the end, back, and by pages."""
    _go(run, table)
    for name, keys in (("end", "G"), ("home", "g"), ("page down", "\x06"), ("page up", "\x02"), ("one row down", "j")):
        run.do(f"{table}: {name}", keys, _ROW)
    run.do(f"{table}: one row up", "k", _ROW)


def typing(run: Run, table: str) -> None:
    """A filter, letter by letter, and away with it."""
    _go(run, table)
    noun = _TABLES[table].noun
    run.do(f"{table}: filter opened", "/", r"words, or|of [\d,]+ " + noun)
    for number, letter in enumerate(_WORD, 1):
        run.do(f"{table}: letter {number} of a filter", letter, _NAMES)
    run.do(f"{table}: filter cleared", "\x07", _ROW)


def namespaces(run: Run, server: BenchServer) -> None:
    """One namespace, and all of them again."""
    for table in ("claims", "pods"):
        _go(run, table)
        run.do("list of namespaces", "n", "type to narrow")
        run.do("a letter in the list of namespaces", "7", _OTHER_ROWS)
        run.do(f"{table}: one namespace chosen", "\r", r"team-\d+  [\d,]+ pods")
        run.do("list of namespaces", "n", "type to narrow")
        run.do("a letter in the list of namespaces", "l", _OTHER_ROWS)
        run.do(f"{table}: all namespaces chosen", "\r", rf"all namespaces  {server.size.pods:,} pods")


def objects(run: Run) -> None:
    """Open an object, and come back."""
    for table in ("claims", "pods", "volumes"):
        _go(run, table)
        run.do(f"{table}: object opened", "\r", "Describe|describe")
        run.do(f"{table}: object closed", "q", _ROW)


def findings(run: Run) -> None:
    """Unfold and fold a finding, filter them."""
    _go(run, "triage")
    run.do("triage: end", "G", _ROW)
    run.do("triage: home", "g", _ROW)
    run.do("triage: unfolded", "l", "▾")
    run.do("triage: folded", "h", "▸")
    run.do("triage: filter opened", "/", r"words, or|findings")
    run.do("triage: letter of a filter", "7", r"[\d,]+ of [\d,]+ findings")
    run.do("triage: filter cleared", "\x07", _ROW)


def orphans(run: Run) -> None:
    """What sets of the past have left behind."""
    _go(run, "sets")
    run.do("sets: left behind", "o", "Claims left behind")
    run.do("sets: back from left behind", "o", "db-")


def _go(run: Run, screen: str) -> None:
    digit = str(("triage", "sets", "claims", "volumes", "pods", "attachments").index(screen) + 1)
    run.do(f"{screen}: shown again", digit, _ROW if screen != "sets" else "db-")


_TABLES = {one.id: one for one in TABLES}
