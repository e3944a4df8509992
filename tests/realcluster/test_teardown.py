"""A whole cluster leaves nothing behind, also when the test session is killed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.realcluster.waiting import wait_until

WITHIN_S = 30.0

SESSION = """
import json, sys, time
from pathlib import Path
from tests.realcluster.cluster import Cluster
cluster = Cluster(Path(sys.argv[1]))
cluster.start()
cluster.add_driver("teardown.csi.test")
pids = {"supervisor": cluster.processes.supervisor_pid, **cluster.processes.pids()}
print(json.dumps({"folder": str(cluster.folder), "pids": pids}), flush=True)
sys.stdin.readline()
cluster.close()
"""
"""A test session in small: it starts a cluster with a driver, and ends it when a line comes."""


@pytest.mark.disruptive
@pytest.mark.parametrize("end", ["closed", "killed"])
def test_a_cluster_leaves_no_process_and_no_file(built: Path, end: str) -> None:
    command = [sys.executable, "-c", SESSION, str(built)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as session:
        started = _first_line(session)
        pids: dict[str, int] = started["pids"]
        assert set(map(_parent, pids.values())) == {session.pid, pids["supervisor"]}
        if end == "killed":
            os.kill(session.pid, signal.SIGKILL)
        else:
            session.communicate("\n", timeout=WITHIN_S)
        wait_until(lambda: not _left(pids), WITHIN_S, lambda: f"no process left, but there is {_left(pids)}")
        wait_until(lambda: not Path(started["folder"]).exists(), WITHIN_S, f"{started['folder']} removed")


def _first_line(session: subprocess.Popen[str]) -> dict[str, Any]:
    assert session.stdout is not None
    line = session.stdout.readline()
    assert line, "the session ended before its cluster had started"
    started: dict[str, Any] = json.loads(line)
    return started


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _left(pids: dict[str, int]) -> list[str]:
    """The programs whose process, or any process of whose session, is still there."""
    sessions = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                sessions.add(os.getsid(int(entry.name)))
            except ProcessLookupError:
                continue
    return [name for name, pid in pids.items() if pid in sessions]
