"""How long from the start of the process until its first screen stands on a terminal."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.measure import kubeconfig

_SIZE = (40, 140)
_WITHIN_S = 20.0


def first_frame_s(url: str, marker: bytes = b"Triage") -> float:
    """Seconds until the marker is among the bytes that the program writes to its terminal."""
    with TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "KUBECONFIG": str(kubeconfig(url, Path(folder))),
        }
        begun = time.monotonic()
        process, terminal = pty.fork()
        if process == 0:
            os.execve(sys.executable, [sys.executable, "-m", "storagetui"], environment)
        try:
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *_SIZE, 0, 0))
            seen = b""
            while time.monotonic() - begun < _WITHIN_S:
                if select.select([terminal], [], [], 0.1)[0]:
                    seen += os.read(terminal, 1 << 16)
                    if marker in seen:
                        return time.monotonic() - begun
            raise TimeoutError(f"no {marker!r} on the terminal after {_WITHIN_S} s")
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            os.close(terminal)
