"""What was painted goes when something else is painted, and with its widget."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from textual.app import ComposeResult
from textual.dom import DOMNode
from textual.screen import Screen
from textual.strip import Strip

from storagetui.ui.widgets.line_pane import LinePane
from storagetui.ui.widgets.wrap import Paragraph
from tests.ui.harness import WidgetApp, press, screen_text, until


@pytest.fixture
def _no_collector() -> Iterator[None]:
    """Whatever is in a circle stays, to be counted."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Pane(Screen[None]):
    """A screen with text."""

    def compose(self) -> ComposeResult:
        yield LinePane()


@pytest.mark.usefixtures("_no_collector")
async def test_lines_that_are_painted_over_go_at_once() -> None:
    app = WidgetApp(LinePane)
    async with app.run_test(size=(40, 12)) as pilot:
        pane = app.query_one(LinePane)

        async def show(number: int) -> None:
            pane.show([Paragraph(((f"line {line} of {number}", "plain"),)) for line in range(10)])
            await until(pilot, lambda: f"line 9 of {number}" in screen_text(app))

        for number in range(3):
            await show(number)
        before = _count(Strip)
        for number in range(3, 23):
            await show(number)
        assert _count(Strip) <= before + 12


async def test_what_a_widget_has_painted_goes_with_it() -> None:
    app = WidgetApp(LinePane)
    async with app.run_test(size=(40, 12)) as pilot:
        screen = Pane()
        await app.push_screen(screen)
        screen.query_one(LinePane).show([Paragraph((("to be forgotten", "plain"),))])
        await until(pilot, lambda: "to be forgotten" in screen_text(app))
        painted = [weakref.ref(one._styles_cache) for one in (screen, *screen.query("*"))]
        await app.pop_screen()
        del screen
        await until(pilot, lambda: gc.collect() >= 0 and not any(one() for one in painted))


@pytest.mark.usefixtures("_no_collector")
async def test_what_a_screen_has_painted_goes_when_it_is_left() -> None:
    app = WidgetApp(LinePane)
    async with app.run_test(size=(40, 12)) as pilot:
        home, counts = app.screen, list[int]()
        for number in range(6):
            screen = Pane()
            await app.push_screen(screen)
            screen.query_one(LinePane).show([Paragraph(((f"look {number}", "plain"),))])
            await until(pilot, lambda number=number: f"look {number}" in screen_text(app))  # type: ignore[misc]
            await app.pop_screen()
            await until(pilot, lambda: app.screen is home)
            counts.append(_count(Strip))
        assert counts[-1] - counts[1] <= 12


@pytest.mark.usefixtures("_no_collector")
async def test_moving_about_styles_nothing_anew() -> None:
    app = WidgetApp(LinePane)
    async with app.run_test(size=(40, 12)) as pilot:
        pane = app.query_one(LinePane)
        pane.show([Paragraph(((f"line {line}", "plain"),)) for line in range(100)])
        await until(pilot, lambda: "line 3" in screen_text(app))
        before = _count(DOMNode)
        for _ in range(5):
            app.set_focus(None)
            await pilot.pause()
            pane.focus()
            await press(pilot, "pagedown", "pageup")
        assert _count(DOMNode) == before


def _count(kind: type[object]) -> int:
    return sum(isinstance(one, kind) if kind is Strip else type(one) is kind for one in gc.get_objects())
