"""No program outlives the test session, however that ends. These tests need no Go."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.realcluster.processes import Processes, Program, ProgramEnded
from tests.realcluster.waiting import wait_until

WITHIN_S = 20.0

OWNER = """
import sys, time
from pathlib import Path
from tests.realcluster.processes import Processes, Program
processes = Processes(Path(sys.argv[1]))
pid = processes.start(Program("parent", ["sleep", "600"]))
print(processes.supervisor_pid, pid, flush=True)
time.sleep(600)
"""
"""A test session in small."""


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    mine = Processes(tmp_path)
    yield mine
    mine.close()


def _alive(pid: int) -> bool:
    """Whether a process exists and is more than an entry that waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _session(leader: int) -> set[int]:
    """Every living process of the session that a program leads."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and _alive(int(entry.name)):
            try:
                if os.getsid(int(entry.name)) == leader:
                    found.add(int(entry.name))
            except ProcessLookupError:
                continue
    return found


def _sleeper(name: str) -> Program:
    return Program(name, ["sh", "-c", "sleep 600 & sleep 600"])


def test_a_program_leads_a_session_and_stops_with_its_children(processes: Processes) -> None:
    pid = processes.start(_sleeper("one"))
    wait_until(lambda: len(_session(pid)) == 3, WITHIN_S, "the program and its two children")
    processes.stop("one")
    wait_until(lambda: not _session(pid), WITHIN_S, "no process left")
    assert processes.pids() == {}


def test_a_program_that_hangs_is_killed_too(processes: Processes) -> None:
    pid = processes.start(_sleeper("one"))
    processes.hang("one")
    processes.close()
    wait_until(lambda: not _session(pid), WITHIN_S, "no process left")


def test_a_program_that_ends_by_itself_is_reported_with_its_log(processes: Processes) -> None:
    processes.start(Program("brief", ["sh", "-c", "echo out of order; exit 7"]))
    wait_until(lambda: not processes.running("brief"), WITHIN_S, "ended")
    with pytest.raises(ProgramEnded, match=r"brief ended with 7(?s:.*)out of order"):
        processes.check()


def test_a_program_that_does_not_exist_is_an_error(processes: Processes) -> None:
    with pytest.raises(RuntimeError, match="FileNotFoundError"):
        processes.start(Program("none", ["/no/such/program"]))


def test_a_name_is_taken_only_once(processes: Processes) -> None:
    processes.start(_sleeper("one"))
    with pytest.raises(RuntimeError, match="one is running already"):
        processes.start(_sleeper("one"))


@pytest.mark.parametrize("victim", ["session", "supervisor"])
def test_nothing_is_left_when_the_session_or_the_supervisor_is_killed(tmp_path: Path, victim: str) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", OWNER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as owner:
        assert owner.stdout is not None
        supervisor, program = map(int, owner.stdout.readline().split())
        assert _alive(program)
        os.kill({"session": owner.pid, "supervisor": supervisor}[victim], signal.SIGKILL)
        wait_until(lambda: not _alive(supervisor) and not _alive(program), WITHIN_S, "supervisor and program gone")
        owner.kill()
