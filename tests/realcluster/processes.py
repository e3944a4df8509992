"""The programs of one cluster, as the test session sees them: started, signaled and stopped through a supervisor."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

TAIL_LINES = 12


class ProgramEnded(RuntimeError):
    """A program that should run has ended; the message carries the last lines of its log."""


class Program(NamedTuple):
    """What to run: a name of our own, the command line, and what its environment adds to ours."""

    name: str
    argv: Sequence[str | Path]
    environment: Mapping[str, str] = {}


class Processes:
    """A handle on the supervisor of one cluster; safe to use from several threads.

    Every program writes to ``<folder>/logs/<name>.log`` and finds its temporary files in ``<folder>/tmp``. However
    the test session ends, no program outlives it, and when it is killed, the folder is removed: see ``supervisor``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._logs = folder / "logs"
        self._temporary = folder / "tmp"
        for needed in (self._logs, self._temporary):
            needed.mkdir(parents=True, exist_ok=True)
        self.hanging: set[str] = set()
        """The programs that ``hang`` stopped."""
        self._lock = threading.Lock()
        script = Path(__file__).with_name("supervisor.py")
        with self.log("supervisor").open("ab") as log:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-I", script, folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # ctrl+c in the terminal reaches the test session alone, which then closes us
            )

    @property
    def supervisor_pid(self) -> int:
        """The process id of the supervisor: the parent of every program."""
        return self._supervisor.pid

    def start(self, program: Program) -> int:
        """Start a program and return its process id, which is also the id of its group and session."""
        answer = self._ask(
            op="start",
            name=program.name,
            argv=[str(word) for word in program.argv],
            log=str(self.log(program.name)),
            env={**os.environ, "TMPDIR": str(self._temporary), "HOME": str(self._temporary), **program.environment},
            folder=str(self.folder),
        )
        return int(answer["pid"])

    def stop(self, name: str, *, grace_s: float = 0.0) -> None:
        """End a program: SIGTERM and ``grace_s`` of patience, then SIGKILL. Raises KeyError when it is not known."""
        if name not in self.pids():
            raise KeyError(name)
        self._ask(op="stop", name=name, grace_s=grace_s)
        self.hanging.discard(name)

    def hang(self, name: str) -> None:
        """Stop a program without ending it."""
        self._ask(op="signal", name=name, signal=int(signal.SIGSTOP))
        self.hanging.add(name)

    def resume(self, name: str) -> None:
        """Let a program that hangs go on; one that does not is not harmed."""
        self._ask(op="signal", name=name, signal=int(signal.SIGCONT))
        self.hanging.discard(name)

    def pids(self) -> dict[str, int]:
        """Every program that was started and not stopped, with its process id; it may have ended by itself."""
        return {name: state["pid"] for name, state in self._ask(op="list")["programs"].items()}

    def running(self, name: str) -> bool:
        """Whether a program was started and neither stopped nor ended by itself; one that hangs counts as running."""
        state = self._ask(op="list")["programs"].get(name)
        return state is not None and state["code"] is None

    def check(self) -> None:
        """Raise ProgramEnded when a program has ended by itself."""
        for name, state in self._ask(op="list")["programs"].items():
            if state["code"] is not None:
                raise ProgramEnded(f"{name} ended with {state['code']}; the end of its log:\n{self.tail(name)}")

    def log(self, name: str) -> Path:
        """The file that holds what a program wrote, of all its runs."""
        return self._logs / f"{name}.log"

    def tail(self, name: str) -> str:
        """The last lines of a program's log."""
        lines = self.log(name).read_text(errors="replace").splitlines()
        return "\n".join(line[:400] for line in lines[-TAIL_LINES:])

    def close(self) -> None:
        """Kill everything and wait for it; the folder stays. May be called twice."""
        if self._supervisor.stdin and not self._supervisor.stdin.closed:
            with suppress(ProgramEnded, BrokenPipeError):
                self._ask(op="release")
            with suppress(BrokenPipeError):
                self._supervisor.stdin.close()
        self._supervisor.wait(timeout=60)
        if self._supervisor.stdout:
            self._supervisor.stdout.close()

    def _ask(self, **request: Any) -> dict[str, Any]:
        pipes = self._supervisor
        assert pipes.stdin is not None
        assert pipes.stdout is not None
        with self._lock:
            pipes.stdin.write(json.dumps(request).encode() + b"\n")
            pipes.stdin.flush()
            line = pipes.stdout.readline()
        if not line:
            raise ProgramEnded(
                f"the supervisor ended with {pipes.poll()}; the end of its log:\n{self.tail('supervisor')}"
            )
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer
