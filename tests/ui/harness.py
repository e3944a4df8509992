"""What the tests of the screen share: a bare App for one widget, and what is to be seen on the terminal."""

from collections.abc import Callable
from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget

from storagetui.ui.hardened import Hardened
from storagetui.ui.messages import ColumnChosen
from storagetui.ui.theme import Themed

PATIENCE = 400
"""How often a condition is looked at before a test gives up; the loop turns between two looks."""


class WidgetApp(Hardened[None], Themed[None]):
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
    for _ in range(PATIENCE):
        await pilot.pause()
        if condition():
            return
    raise AssertionError(f"{what or 'the condition'} never came to hold; on screen:\n{screen_text(pilot.app)}")
