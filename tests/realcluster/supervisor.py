"""The process that owns every program of a real cluster, and takes them with it however it ends.

Run as a script by ``processes.Processes``; it speaks lines of JSON on standard input and output. When standard input
ends, because the test session closed it or was killed, every program is killed and the supervisor exits. When the
supervisor itself is killed, the kernel kills each program (PR_SET_PDEATHSIG). It has one thread, and standard library
alone: both matter for what runs between fork and exec.

The folder in the first argument is removed at the end, unless the session said by a request that it does so itself.

Requests: ``{"op": "start", "name", "argv", "log", "env", "folder"}``, ``{"op": "signal", "name", "signal"}``,
``{"op": "stop", "name", "grace_s"}``, ``{"op": "list"}``, ``{"op": "release"}`` (leave the folder). Every answer is
one object; ``error`` in it says what went wrong.
"""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

PR_SET_PDEATHSIG = 1
"""From prctl(2): the signal a process gets when its parent ends."""

_libc = ctypes.CDLL(None)


def _bound_to(parent: int) -> Callable[[], None]:
    """Make what a child runs before exec: die with the parent, also when it is already gone."""

    def bind() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return bind


class Supervisor:
    """The programs by name, each the leader of a session of its own."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._programs: dict[str, subprocess.Popen[bytes]] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what one request says."""
        try:
            match request["op"]:
                case "start":
                    return self._start(request)
                case "signal":
                    return self._signal(request["name"], request["signal"])
                case "stop":
                    return self._stop(request["name"], request["grace_s"])
                case "list":
                    return {"programs": {n: {"pid": p.pid, "code": p.poll()} for n, p in self._programs.items()}}
                case "release":
                    self._folder = ""
                    return {}
                case other:
                    return {"error": f"The supervisor does not know the request {other!r}."}
        except (OSError, KeyError, subprocess.SubprocessError) as error:
            return {"error": f"{type(error).__name__}: {error}"}

    def end(self) -> None:
        """Kill every program with its whole process group, and wait until the kernel says each is gone."""
        for program in self._programs.values():
            _kill_group(program, signal.SIGKILL)
        for program in self._programs.values():
            program.wait()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request["name"]
        running = self._programs.get(name)
        if running is not None and running.poll() is None:
            return {"error": f"{name} is running already, as process {running.pid}."}
        with open(request["log"], "ab") as log:
            program = subprocess.Popen(
                request["argv"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=request["env"],
                cwd=request["folder"],
                start_new_session=True,
                preexec_fn=_bound_to(os.getpid()),
            )
        self._programs[name] = program
        return {"pid": program.pid}

    def _signal(self, name: str, number: int) -> dict[str, Any]:
        program = self._programs[name]
        if program.poll() is None:
            _kill_group(program, number)
        return {"running": program.poll() is None}

    def _stop(self, name: str, grace_s: float) -> dict[str, Any]:
        program = self._programs.pop(name)
        if grace_s > 0 and program.poll() is None:
            _kill_group(program, signal.SIGCONT)
            _kill_group(program, signal.SIGTERM)
            deadline = time.monotonic() + grace_s
            while program.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
        _kill_group(program, signal.SIGKILL)
        return {"code": program.wait()}


def _kill_group(program: subprocess.Popen[bytes], number: int) -> None:
    """Signal the process group that a program leads, unless it is gone."""
    try:
        os.killpg(program.pid, number)
    except ProcessLookupError:
        return


def main() -> None:
    """Answer requests until standard input ends or a signal to end comes, then kill what was started."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is the test session's to handle: it closes our input
    supervisor = Supervisor(sys.argv[1])
    try:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(supervisor.answer(json.loads(line))) + "\n")
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        supervisor.end()


if __name__ == "__main__":
    main()
