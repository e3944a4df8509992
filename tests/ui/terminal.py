"""A program of ours on a real pseudo-terminal: for what only shows where bytes and signals do."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

_PATIENCE_S = 45.0
_LOOK_S = 0.02


class Terminal:
    """Runs `python -m tests.ui.programs NAME` and reads what it writes."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self.output = b""
        self._is_reading = True

    def __enter__(self) -> Self:
        self._near, far = pty.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "TEXTUAL_FPS": "60"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.ui.programs", self._name, str(self._folder)],
            stdin=far,
            stdout=far,
            stderr=far,
            env=environment,
            start_new_session=True,
        )
        os.close(far)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._near)

    def send(self, data: bytes) -> None:
        """Type something."""
        os.write(self._near, data)

    def stop_reading(self) -> None:
        """From now on the program's output is not taken."""
        self._is_reading = False

    def start_reading(self) -> None:
        """Take the output again; what was taken before is forgotten."""
        self._is_reading = True
        self.output = b""

    def until(self, text: str) -> None:
        """Read until the program has written a text."""
        self._wait(lambda: text.encode() in self.output, f"{text!r} to be written")

    def send_until(self, data: bytes, text: str) -> None:
        """Type the same again and again until the program has written a text."""

        def is_written() -> bool:
            self.send(data)
            return text.encode() in self.output

        self._wait(is_written, f"{text!r} to be written")

    def wait_for_file(self, name: str, holds: Callable[[str], bool]) -> None:
        """Wait until a file that the program writes says what it should."""
        path = self._folder / name
        self._wait(lambda: path.exists() and holds(path.read_text()), f"{name} to say what it should")

    def stopped(self) -> None:
        """Wait until the program stands still in the background."""

        def is_stopped() -> bool:
            pid, status = os.waitpid(self.process.pid, os.WNOHANG | os.WUNTRACED)
            return pid != 0 and os.WIFSTOPPED(status)

        self._wait(is_stopped, "the program to be stopped")

    def ended(self) -> int:
        """Read on until the program ends; its status."""
        self._wait(lambda: self.process.poll() is not None, "the program to end")
        self._read()
        return self.process.returncode

    def _wait(self, holds: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + _PATIENCE_S
        while not holds():
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain for {what}; the program wrote {self.output[-2000:]!r}")
            if self._is_reading:
                self._read()
            else:
                time.sleep(_LOOK_S)

    def _read(self) -> None:
        while select.select([self._near], [], [], _LOOK_S)[0]:
            try:
                data = os.read(self._near, 65536)
            except OSError:  # the program is gone, and its side of the terminal with it
                return
            if not data:
                return
            self.output += data
