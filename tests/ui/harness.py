"""What the tests of the screen share: a bare App for one widget, and what is to be seen on the terminal."""

import asyncio
from collections.abc import Callable
from typing import Any

from textual import events
from textual.app import App, ComposeResult
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widget import Widget

from storagetui.ui.messages import ColumnChosen
from storagetui.ui.theme import Themed

PATIENCE_S = 30.0
"""How long a condition is waited for; the machine may be busy with much else."""
_LOOK_S = 0.01


class WidgetApp(Themed[None]):
    """An App around one widget."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, make: Callable[[], Widget]) -> None:
        super().__init__()
        self._make = make
        self.when_column_chosen: Callable[[str], None] = lambda _: None

    def compose(self) -> ComposeResult:
        yield self._make()

    def on_column_chosen(self, event: ColumnChosen) -> None:
        self.when_column_chosen(event.column)


def screen_lines(app: App[Any]) -> list[str]:
    """The text of every line of the terminal, as it was painted."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def screen_text(app: App[Any]) -> str:
    """The whole terminal, trailing blanks left out."""
    return "\n".join(line.rstrip() for line in screen_lines(app))


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None:
    """Wait until a condition holds; fails with the screen when it does not come to hold."""
    clock = asyncio.get_running_loop().time
    end = clock() + PATIENCE_S
    while clock() < end:
        await pilot.pause(0)
        if condition():
            return
        await pilot.pause(_LOOK_S)
    raise AssertionError(f"{what or 'the condition'} never came to hold; on screen:\n{screen_text(pilot.app)}")


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one after the other, each when the one before has been dealt with.

    Textual's own way waits until the process is idle, which it seldom is while a cluster is played in it.
    """
    for key in keys:
        name = _character_to_key(key) if len(key) == 1 else key
        event = events.Key(name, key if len(key) == 1 else _CHARACTERS.get(name))
        event.set_sender(pilot.app)
        pilot.app.post_message(event)
        for _ in range(3):
            await pilot.pause(0)


_CHARACTERS = {"space": " ", "slash": "/", "colon": ":", "question_mark": "?"}
