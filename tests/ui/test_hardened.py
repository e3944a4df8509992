"""The hazards of Textual that ui/hardened.py closes, each reproduced."""

import asyncio
import os
import re
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.driver import Driver
from textual.widgets import Static

from storagetui.ui.hardened import Printable, printable, tolerant
from storagetui.ui.theme import DARK, Themed
from storagetui.ui.widgets.line_pane import LinePane
from storagetui.ui.widgets.wrap import Paragraph
from tests.ui.harness import WidgetApp, screen_text, until
from tests.ui.terminal import Terminal

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m",
    "a\x00b\x0e\x0f\x7f",
    "\u202eevil\u202c",
    "\u200bnothing\ufeff",
    "\ud800",
    "[/] [/red] [@click=app.quit]x[/]",
    "\r\n\t\v\f\x08",
)


class Plain(Themed[None]):
    """An App that shows text through one of Textual's own widgets, which clean nothing."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        yield Static(self._text, markup=False)


# 1 -- nothing that a terminal acts on leaves a widget


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_not_printable_is_replaced_at_equal_width(text: str) -> None:
    assert printable(text).isprintable()
    filtered = Printable().apply([Segment(text, Style())], Color(0, 0, 0))
    assert all(segment.text.isprintable() for segment in filtered)


def test_plain_text_passes_unchanged() -> None:
    segments = [Segment("data-postgres-0 é 漢"), Segment("\x1b[2J", control=[(1,)])]  # type: ignore[list-item]
    assert Printable().apply(segments, Color(0, 0, 0)) is segments


@pytest.mark.parametrize("text", HOSTILE)
async def test_no_widget_brings_control_characters_to_the_terminal(text: str) -> None:
    app = Plain(text)
    async with app.run_test(size=(40, 6)) as pilot:
        await pilot.pause()
        assert all(line.isprintable() for line in screen_text(app).split("\n"))


# 2 -- a terminal that stops reading


async def test_a_terminal_that_stops_reading_does_not_stop_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    app = WidgetApp(lambda: LinePane(id="pane"))
    async with app.run_test(size=(40, 6)) as pilot:
        queued = [9]
        monkeypatch.setattr(app, "_queued_frames", lambda: queued[0])
        pane = app.query_one(LinePane)
        pane.show([Paragraph((("one", "plain"),))])
        await until(pilot, lambda: app._is_painting_paused, "painting pauses")
        painted: list[int] = []
        monkeypatch.setattr(app, "post_display_hook", lambda: painted.append(1))
        for number in range(20):
            pane.show([Paragraph(((f"line {number}", "plain"),))])
            await asyncio.sleep(0)
        assert painted == []
        queued[0] = 0
        await until(pilot, lambda: painted and not app._is_painting_paused, "painting goes on")
        assert "line 19" in screen_text(app)


def test_the_real_writer_never_blocks_the_loop(tmp_path: Path) -> None:
    with Terminal(tmp_path, "stalled") as terminal:
        terminal.until("beat 3")
        terminal.stop_reading()
        terminal.wait_for_file("beats", lambda text: int(text or 0) >= 60)
        terminal.start_reading()
        terminal.until("beat 6")


# 3 -- suspending


async def test_suspending_gives_the_terminal_back_even_when_the_body_raises() -> None:
    resumed: list[str] = []

    class Suspendable(WidgetApp):
        pass

    app = Suspendable(lambda: LinePane(id="pane"))
    async with app.run_test(size=(40, 6)):
        driver = app._driver
        assert driver is not None
        type(driver).can_suspend = property(lambda _: True)  # type: ignore[assignment,method-assign]
        driver.suspend_application_mode = lambda: resumed.append("left")  # type: ignore[method-assign]
        driver.resume_application_mode = lambda: resumed.append("back")  # type: ignore[method-assign]
        with pytest.raises(OSError, match="the editor is gone"), app.suspend():
            _fail_unpainted(app)
        assert resumed == ["left", "back"]
        assert app._batch_count == 0


def _fail_unpainted(app: WidgetApp) -> None:
    assert app._batch_count == 1
    raise OSError("the editor is gone")


# 4 -- input that is no UTF-8


def test_undecodable_input_does_not_end_the_input_thread() -> None:
    calls: list[str] = []

    class Reader(Driver):
        fileno = 0

        def __init__(self, app: App[None]) -> None: ...
        def run_input_thread(self) -> None:
            calls.append("run")
            if len(calls) < 3:
                b"\x1b[M\xff\xfe".decode("utf-8")

        def write(self, data: str) -> None: ...
        def start_application_mode(self) -> None: ...
        def disable_input(self) -> None: ...
        def stop_application_mode(self) -> None: ...

    made = tolerant(Reader)
    thread = threading.Thread(target=lambda: made(None).run_input_thread())  # type: ignore[arg-type, attr-defined]
    thread.start()
    thread.join(10)
    assert calls == ["run"] * 3


def test_a_real_terminal_may_send_anything(tmp_path: Path) -> None:
    with Terminal(tmp_path, "keys") as terminal:
        terminal.until("ready")
        terminal.send(b"\x1b[M\xff\xfe\xfd")
        terminal.send_until(b"x", "key x")


# 5 -- signals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_restore_the_terminal(tmp_path: Path, number: signal.Signals) -> None:
    with Terminal(tmp_path, "keys") as terminal:
        terminal.until("ready")
        os.kill(terminal.process.pid, number)
        assert terminal.ended() == 128 + number
        assert b"\x1b[?1049l" in terminal.output
        assert terminal.output.rindex(b"\x1b[?1003l") > terminal.output.rindex(b"\x1b[?1003h")


# 6 -- NO_COLOR with the terminal's own colors


async def test_no_color_stays_readable_in_every_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Plain("some text")
    async with app.run_test(size=(40, 6)) as pilot:
        for theme in (DARK.name, "ansi-dark", "ansi-light", "textual-light"):
            app.theme = theme
            await pilot.pause()
            pairs = {_colors(segment.style) for strip in app.screen._compositor.render_strips() for segment in strip}
            assert all(front != back or front is None for front, back in pairs), (theme, pairs)
            for front, back in pairs:
                for color in (front, back):
                    assert color is None or color.is_default or _is_grey(color), (theme, color)


def _colors(style: Style | None) -> tuple[RichColor | None, RichColor | None]:
    if style is None:
        return None, None
    front = style.color if style.color is not None and not style.color.is_default else None
    back = style.bgcolor if style.bgcolor is not None and not style.bgcolor.is_default else None
    return front, back


def _is_grey(color: RichColor) -> bool:
    red, green, blue = color.get_truecolor()
    return red == green == blue


# 7 -- coming back from the background


def test_coming_back_from_the_background_paints_everything(tmp_path: Path) -> None:
    with Terminal(tmp_path, "keys") as terminal:
        terminal.until("ready")
        terminal.send(b"\x1a")
        terminal.until("\x1b[?1049l")
        terminal.stopped()
        terminal.output = b""
        os.kill(terminal.process.pid, signal.SIGCONT)
        terminal.until("ready")


# 8 -- a crash keeps what is secret


def test_a_crash_prints_no_local_variables(tmp_path: Path) -> None:
    with Terminal(tmp_path, "crash") as terminal:
        terminal.until("ready")
        terminal.send(b"x")
        assert terminal.ended() == 1
        said = terminal.output.decode("utf-8", "replace")
        assert "ZeroDivisionError" in said
        assert "hunter2" not in said


# -- the Footer, closed by not using it


@pytest.mark.parametrize(
    "banned", ["Footer", "Header", "DataTable", "RichLog", "Markdown", "LoadingIndicator", "ProgressBar"]
)
def test_widgets_that_leak_or_stall_are_not_used(banned: str) -> None:
    import storagetui.ui

    root = Path(str(storagetui.ui.__file__)).parent
    for path in root.rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(("from textual.widgets", "import textual.widgets")):
                assert banned not in line.replace(",", " ").split(), path


def test_private_names_of_textual_stand_in_one_module() -> None:
    import storagetui.ui

    root = Path(str(storagetui.ui.__file__)).parent
    private = _private_names(App) | _private_names(Static)
    for path in root.rglob("*.py"):
        if path.name == "hardened.py":
            continue
        used = private & set(re.findall(r"(?:def |\.)(_\w+)", path.read_text(encoding="utf-8")))
        assert not used, (path, "uses or takes names that are Textual's own", used)


def _private_names(owner: type[Any]) -> set[str]:
    return {name for name in dir(owner) if name.startswith("_") and not name.startswith("__") and len(name) > 2}
