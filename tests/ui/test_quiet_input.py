"""The thread that reads keys sleeps while there are none."""

import os
import selectors
import threading
import time
from collections.abc import Iterator

import pytest

from storagetui.ui.quiet_input import QuietEvent

_PATIENCE_S = 20.0


class Reading:
    """A thread that does what Textual's does, only faster."""

    def __init__(self) -> None:
        self.terminal, self.keyboard = os.pipe()
        self.ends = QuietEvent(self.terminal)
        self.read = b""
        self.asked = 0
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        self.ends.waits_here()
        selector = selectors.SelectSelector()
        selector.register(self.terminal, selectors.EVENT_READ)
        while not self.ends.is_set():
            self.asked += 1
            if selector.select(0.001):
                self.read += os.read(self.terminal, 64)
        selector.close()


@pytest.fixture
def reading() -> Iterator[Reading]:
    made = Reading()
    made.thread.start()
    yield made
    made.ends.set()
    made.thread.join(_PATIENCE_S)
    assert not made.thread.is_alive()
    for descriptor in (made.terminal, made.keyboard):
        os.close(descriptor)


def quiet(one: Reading) -> int:
    """Wait until nobody asks any more; how often was asked until then."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        before = one.asked
        time.sleep(0.1)
        if one.asked == before > 0:
            return before
    raise AssertionError("it goes on asking")


def test_nobody_asks_while_no_key_comes_and_every_key_is_read(reading: Reading) -> None:
    for number in range(1, 4):
        before = quiet(reading)
        os.write(reading.keyboard, b"k")
        end = time.monotonic() + _PATIENCE_S
        while len(reading.read) < number and time.monotonic() < end:
            time.sleep(0.001)
        assert reading.read == b"k" * number
        assert quiet(reading) > before + 10, "what only time tells apart is still looked at after a key"


def test_the_end_is_not_waited_for_and_one_can_begin_again(reading: Reading) -> None:
    for _ in range(3):
        quiet(reading)
        reading.ends.set()
        reading.thread.join(_PATIENCE_S)
        assert not reading.thread.is_alive()
        assert reading.ends.is_set(), "who only looks never waits"
        reading.ends.clear()
        assert not reading.ends.is_set()
        reading.asked = 0
        reading.thread = threading.Thread(target=reading._run, daemon=True)
        reading.thread.start()
