"""The program in a terminal of its own: keys go in, and what it paints is read with the moment at which it came."""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

SIZE = (45, 160)
_KEPT = 1 << 20
"""Characters that are looked back at."""
_TICKS = os.sysconf("SC_CLK_TCK")
_MOVE = re.compile(r"\x1b\[[0-9;]*[HABCDdG]")
_OTHER = re.compile(
    r"\x1b(?:\[[0-9;:<=>?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[P_^][^\x1b]*\x1b\\|[()][A-Z0-9]|[=>78cDEHM])"
)
_UNFINISHED = re.compile(r"\x1b[^\x1b]{0,200}$")


class Ended(RuntimeError):
    """The program ended, or did not paint what was waited for; the message ends with what it painted last."""


class Terminal:
    """A running program. What it paints is kept as text: colors gone, every move of the cursor a new line."""

    def __init__(self, process: int, descriptor: int, begun: float) -> None:
        self.process = process
        self.begun = begun
        """When it was started, as time.monotonic() has it."""
        self._descriptor = descriptor
        self._text = ""
        self._gone = 0
        """Characters dropped from the front of the text."""
        self._pieces: list[tuple[int, float]] = []
        """Where each piece ends, and when it came."""
        self._came = threading.Condition()
        self._over = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def position(self) -> int:
        """How many characters have been painted so far: where a later search begins."""
        with self._came:
            return self._gone + len(self._text)

    def press(self, keys: str) -> float:
        """Type, and return when."""
        moment = time.monotonic()
        os.write(self._descriptor, keys.encode())
        return moment

    def until(self, pattern: str, since: int = 0, within_s: float = 60.0) -> float:
        """When that was painted behind a position, as time.monotonic() has it. Raises Ended."""
        return self.seek(pattern, since, within_s)[0]

    def seek(self, pattern: str, since: int = 0, within_s: float = 60.0) -> tuple[float, re.Match[str]]:
        """The same, and what it was."""
        wanted, deadline = re.compile(pattern), time.monotonic() + within_s
        searched = since
        with self._came:
            while True:
                found = wanted.search(self._text, max(0, searched - self._gone))
                if found:
                    end = self._gone + found.end()
                    return self._pieces[bisect_left(self._pieces, (end, 0.0))][1], found
                searched = max(since, self._gone + len(self._text) - 400)
                left = deadline - time.monotonic()
                if self._over or left <= 0:
                    raise Ended(f"{pattern!r} was not painted within {within_s:g} s; the last was:\n{self._tail()}")
                self._came.wait(left)

    def since(self, position: int) -> str:
        """What was painted behind a position."""
        with self._came:
            return self._text[max(0, position - self._gone) :]

    def cpu_s(self) -> float:
        """Seconds of processor time that the program has used."""
        return cpu_s(self.process)

    def memory(self) -> tuple[float, float]:
        """Its memory now and at its highest, in MiB."""
        return memory_mib(self.process)

    def descriptors(self) -> int:
        """How many files and sockets it has open."""
        return len(os.listdir(f"/proc/{self.process}/fd"))

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.process, number)

    def close(self) -> None:
        """End the program."""
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        self._reader.join(timeout=5)
        os.close(self._descriptor)

    def _read(self) -> None:
        decoder, rest = codecs.getincrementaldecoder("utf-8")("replace"), ""
        while True:
            select.select([self._descriptor], [], [])
            moment = time.monotonic()
            try:
                data = os.read(self._descriptor, 1 << 17)
            except OSError:
                data = b""
            text = rest + decoder.decode(data)
            unfinished = _UNFINISHED.search(text)
            rest = ""
            if unfinished and not _OTHER.match(unfinished.group()):
                rest, text = unfinished.group(), text[: unfinished.start()]
            with self._came:
                self._add(_OTHER.sub("", _MOVE.sub("\n", text)), moment)
                self._over = not data
                self._came.notify_all()
            if not data:
                return

    def _add(self, text: str, moment: float) -> None:
        self._text += text
        if len(self._text) > 2 * _KEPT:
            self._gone += len(self._text) - _KEPT
            self._text = self._text[-_KEPT:]
            self._pieces = [piece for piece in self._pieces if piece[0] > self._gone]
        self._pieces.append((self._gone + len(self._text), moment))

    def _tail(self) -> str:
        return self._text[-3000:]


@contextmanager
def terminal(argv: Sequence[str], environment: Mapping[str, str]) -> Iterator[Terminal]:
    """Start a program in a terminal, and end it when the context is left."""
    everything = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment}
    begun = time.monotonic()
    process, descriptor = pty.fork()
    if process == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
        os.execve(argv[0], list(argv), everything)
    running = Terminal(process, descriptor, begun)
    try:
        yield running
    finally:
        running.close()


def cpu_s(process: int) -> float:
    """Seconds of processor time that a process has used."""
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mib(process: int) -> tuple[float, float]:
    """The resident memory of a process, now and at its highest, in MiB."""
    with open(f"/proc/{process}/status") as file:
        lines = dict(line.split(":", 1) for line in file.read().splitlines() if ":" in line)
    now, most = (int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, most
