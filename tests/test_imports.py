"""What a command may load: a screen is up before the transport is, and a summary needs no terminal."""

import json
import os
import subprocess
import sys

import pytest

SLOW = {"aiohttp", "kubernetes", "kubernetes_asyncio"}
TERMINAL = {"rich", "textual"}
PROBE = """
import json, sys
sys.argv = ["storagetui", *json.loads(sys.argv[1])]
exec(sys.stdin.read())
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""
COMMAND = """
from storagetui.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
"""


def loaded(code: str, *arguments: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after running some code."""
    command = [sys.executable, "-c", PROBE, json.dumps(arguments)]
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    done = subprocess.run(command, input=code, env=environment, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "module",
    ["storagetui.ui.app", "storagetui.cli", "storagetui.opening", "storagetui.report.table", "storagetui.session"],
)
def test_what_is_needed_for_the_first_frame_loads_no_transport(module: str) -> None:
    assert not loaded(f"import {module}") & SLOW


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("demo", "--help"), ("claims", "--help")])
def test_commands_that_only_say_something_load_nothing_large(arguments: tuple[str, ...]) -> None:
    assert not loaded(COMMAND, *arguments) & (SLOW | TERMINAL)


@pytest.mark.parametrize(
    "module", ["storagetui.report.table", "storagetui.session", "storagetui.view.tables", "storagetui.sim.server"]
)
def test_what_needs_no_terminal_loads_no_terminal(module: str) -> None:
    assert not loaded(f"import {module}") & TERMINAL


@pytest.mark.parametrize("module", ["storagetui.sim.server", "storagetui.sim.cluster"])
def test_the_simulated_cluster_in_process_loads_no_transport(module: str) -> None:
    assert not loaded(f"import {module}") & SLOW


def test_the_facts_and_what_is_thought_of_them_load_no_event_loop() -> None:
    assert not loaded("import storagetui.diagnosis.engine, storagetui.frame, storagetui.view.tables") & {"asyncio"}


def test_reading_needs_no_client_library() -> None:
    assert not loaded("import storagetui.kube.client, storagetui.live") & {"kubernetes", "kubernetes_asyncio"}
