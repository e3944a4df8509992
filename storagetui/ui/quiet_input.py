"""An end of input that is waited for, instead of being looked for ten times a second.

Textual's thread that reads keys asks between two looks at the terminal whether it is to end. Here the answer waits
until there is one, or a key, once the terminal has been quiet for a while: until then a lone escape, which only time
tells from the beginning of a key, is still to be handed on.
"""

import os
import select
import threading

_QUIET = 20
"""Questions in a row without a key, a tenth of a second apart, after which the next answer waits."""


class QuietEvent(threading.Event):
    """An Event of which one thread, the one that `waits_here`, asks `is_set` again and again."""

    def __init__(self, terminal: int) -> None:
        """`terminal` is the descriptor that keys come from."""
        super().__init__()
        self._terminal = terminal
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._thread: threading.Thread | None = None
        self._asked = 0
        """Questions since there was something to read."""

    def waits_here(self) -> None:
        """It is this thread that asks again and again."""
        self._thread, self._asked = threading.current_thread(), 0

    def is_set(self) -> bool:
        """Whether it is set; in the thread that asks again and again it may take until it is, or a key has come."""
        if threading.current_thread() is self._thread and not super().is_set():
            patience_s = None if self._asked >= _QUIET else 0.0
            if select.select([self._terminal, self._woken], [], [], patience_s)[0]:
                self._asked = 0
            else:
                self._asked += 1
        return super().is_set()

    def set(self) -> None:
        """Set it, and let nobody wait any longer."""
        super().set()
        os.write(self._wake, b".")

    def clear(self) -> None:
        """Set it back."""
        while select.select([self._woken], [], [], 0.0)[0]:
            os.read(self._woken, 64)
        super().clear()

    def __del__(self) -> None:
        for descriptor in (self._woken, self._wake):
            os.close(descriptor)
