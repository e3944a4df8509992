"""What the benches print: tables in Markdown, and on which machine they came about."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple


class Part(NamedTuple):
    """One section with its table."""

    title: str
    about: str
    heads: tuple[str, ...]


class Bar(NamedTuple):
    """One thing that is promised, and what came of it."""

    what: str
    limit: float
    unit: str
    found: float

    @property
    def row(self) -> tuple[str, ...]:
        """A row of the table."""
        met = "met" if self.found <= self.limit else "**missed**"
        return self.what, f"{self.limit:g} {self.unit}", f"{self.found:.3g} {self.unit}", met


def section(part: Part, rows: Iterable[Sequence[str]]) -> list[str]:
    """A section in Markdown."""
    lines = [part.heads, tuple("---" for _ in part.heads), *rows]
    return [f"## {part.title}", "", part.about, "", *("| " + " | ".join(line) + " |" for line in lines), ""]


def machine() -> str:
    """This machine in words."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if "model name" in line)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("textual", "aiohttp", "msgspec", "protobuf"))
    model = next(names, platform.machine())
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}, {libraries}"


def busy() -> str:
    """A warning when others use the machine; to be asked for before there is a load of our own."""
    load = os.getloadavg()[0]
    return f" Others were using the machine (load {load:.1f}): compare ratios." if load > 1.0 else ""


def milliseconds(number: float) -> str:
    """To a tenth where that says something."""
    return f"{number:.1f} ms" if number < 20 else f"{number:.0f} ms"


def run_json(module: str, *arguments: str) -> dict[str, float]:
    """Run a module of this package in a fresh process, and return what it prints."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found
