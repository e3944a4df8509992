"""What all views of lines share: the colors of the theme, and a screen that is laid out only when it must be."""

import pytest
from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from storagetui.ui.theme import DARK, LIGHT
from storagetui.ui.widgets.line_pane import LinePane
from storagetui.ui.widgets.object_table import ObjectTable
from storagetui.ui.widgets.paint import PLAIN, STYLES
from storagetui.ui.widgets.wrap import Paragraph
from storagetui.view.claims_table import CLAIMS
from tests.build import NOW
from tests.ui.harness import WidgetApp, until
from tests.ui.worlds import World

SIZE = (110, 24)


def style_of(app: WidgetApp, text: str) -> Style | None:
    """How a piece of text is painted; None when it is not to be seen."""
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            if text in segment.text:
                return segment.style
    return None


def is_error(app: WidgetApp, theme: Theme) -> bool:
    style = style_of(app, "Lost")
    color, ground = Color.parse(theme.variables["text-error"]), Color.parse(theme.background or "")
    return style is not None and style.color == color.rich_color and style.bgcolor == ground.rich_color


async def test_lines_have_the_colors_of_the_theme_at_once() -> None:
    app = WidgetApp(LinePane)
    async with app.run_test(size=SIZE) as pilot:
        app.query_one(LinePane).show([Paragraph((("data-0 is Lost", "error"),))])
        await until(pilot, lambda: is_error(app, DARK))
        app.theme = LIGHT.name
        await until(pilot, lambda: is_error(app, LIGHT))
        app.theme = DARK.name
        await until(pilot, lambda: is_error(app, DARK))


@pytest.mark.parametrize("no_color", ["", "1"])
@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name, "ansi-dark"])
async def test_no_style_of_a_line_is_lost(monkeypatch: pytest.MonkeyPatch, theme: str, no_color: str) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    app = WidgetApp(LinePane)
    async with app.run_test(size=SIZE) as pilot:
        app.theme = theme
        await pilot.pause()
        plain = app.palette.style(PLAIN, PLAIN)
        as_plain = {name for name in STYLES if app.palette.style(name, name) == plain}
        # The terminal's own colors have none for a panel.
        assert as_plain == ({PLAIN, "bar"} if theme.startswith("ansi") else {PLAIN})


async def test_rows_that_come_do_not_have_the_screen_laid_out_again() -> None:
    app, layouts = WidgetApp(lambda: ObjectTable(CLAIMS)), list[object]()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        rows = app.query_one(ObjectTable)
        app.screen.screen_layout_refresh_signal.subscribe(app, layouts.append)
        rows.take(World(5, 1).frame, NOW)
        await pilot.pause()
        assert (rows.row_count, len(layouts), rows.show_vertical_scrollbar) == (5, 0, False)

        rows.take(World(100, 1).frame, NOW)
        await until(pilot, lambda: layouts and rows.show_vertical_scrollbar, "a scroll bar takes its room")
        while layouts:
            layouts.clear()
            await pilot.pause(0.05)

        rows.take(World(400, 1).frame, NOW)
        await pilot.pause()
        assert (rows.row_count, len(layouts)) == (400, 0)
        assert rows.max_scroll_y == 400 + 1 - rows.height
        assert rows.vertical_scrollbar.window_virtual_size == 401
