"""An App that closes hazards of Textual 8.2.8; its private API is used here and nowhere else.

1. Whatever a widget does, no control or format character reaches the terminal (`get_line_filters`).
2. A terminal that stops reading (Ctrl-S, a suspended laptop, slow SSH) does not hold up the event loop: the writer's
   queue is bounded and putting into a full one blocks, so painting pauses while frames are queued (`_pause_painting`).
3. Suspending does not deadlock on a repaint, and a body that raises still gets the terminal back (`suspend`).
4. Input that is no UTF-8, such as legacy mouse reports after a re-attach, does not end the program (`TolerantDriver`).
5. SIGTERM and SIGHUP leave the terminal as it was (`leave_on_signals`).
6. NO_COLOR stays readable when the theme uses the terminal's own colors (`get_line_filters`).
7. Coming back from the background (Ctrl-Z, fg) paints everything, not only what changes from then on (`on_mount`).
8. A crash prints the stack without the values of local variables, among which are credentials (`_fatal_error`).
9. The screen at the bottom can be replaced, which `switch_screen` of itself does only to pushed ones (`replace_all`).
10. Keys that arrive in one piece, as over a slow line, are acted on one after the other (`on_event`): Textual looks for
   a key's binding when the key has come back from the widget with the focus, and most of a piece has been handed out
   by then.

The eleventh, the Footer that leaks with every refresh of the bindings, is closed by not using it; a test sees to that.

Nor does what was painted outlive the widget (`StylesCache.get_inner_outer`), the screen (`_replace_screen`), or the
moment at which something else is painted there (`_divided`).

And an idle program costs next to nothing: keys are waited for (`QuietEvent`), and only those widgets are asked for
lines that stand where something is painted (`_Cropped`).
"""

import asyncio
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual._compositor import Compositor
from textual._styles_cache import StylesCache
from textual.app import App
from textual.color import Color
from textual.driver import Driver
from textual.filter import LineFilter, Monochrome, NoColor
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from storagetui.ui.quiet_input import QuietEvent

ReturnType = TypeVar("ReturnType")

_QUEUED_FRAMES = 4
"""Frames that the terminal has not taken at which painting pauses; the queue holds thirty."""
_DRAIN_POLL_S = 0.02

_NO_COLOR = NoColor()
_MONOCHROME = Monochrome()


def printable(text: str) -> str:
    """The text at the same cell width, with U+FFFD in place of all that a terminal could act on."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else "\ufffd" * cell_len(one) for one in text)


class Printable(LineFilter):
    """The last line of defence: what leaves a widget is text and style."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with nothing in them that a terminal could act on."""
        if all(segment.control or segment.text.isprintable() for segment in segments):
            return segments
        return [segment if segment.control else Segment(printable(segment.text), segment.style) for segment in segments]


_PRINTABLE = Printable()


class Hardened(App[ReturnType]):
    """The base of the program's App."""

    _is_painting_paused = False
    _drain: asyncio.Task[None] | None = None

    def on_mount(self) -> None:
        """Paint all of the terminal when the program comes back from the background."""
        self.app_resume_signal.subscribe(self, lambda _: self.screen.refresh())

    async def on_event(self, event: events.Event) -> None:
        """Act on a key that no field takes where it comes in, before the next one is looked at."""
        if isinstance(event, events.Key) and not event.is_forwarded and not isinstance(self.focused, Input | None):
            self.app_focus = True
            for is_first in (True, False):
                if await self._check_bindings(event.key, priority=is_first):
                    return
        await super().on_event(event)

    def get_driver_class(self) -> type[Driver]:
        """The platform's driver, made tolerant of undecodable input where it reads a terminal."""
        driver = super().get_driver_class()
        return tolerant(driver)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, the one for NO_COLOR chosen by the theme in use now, and the last line of defence."""
        filters = list(super().get_line_filters())
        if self.no_color:
            filters = [one for one in filters if not isinstance(one, NoColor | Monochrome)]
            filters.append(_NO_COLOR if self.native_ansi_color else _MONOCHROME)
        return [*filters, _PRINTABLE]

    def leave_on_signals(self) -> None:
        """From now on SIGTERM and SIGHUP end the program as a key would; the status says which it was."""
        if self.is_headless or sys.platform == "win32":
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._leave, number)

    def _leave(self, number: signal.Signals) -> None:
        self.exit(return_code=128 + number)

    async def replace_all(self, screen: Screen[Any]) -> None:
        """Take every screen down and show this one at the bottom of the stack."""
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        bottom = self.screen
        if not bottom._result_callbacks:
            bottom._push_result_callback(bottom, None)
        await self.switch_screen(screen)

    async def _replace_screen(self, screen: Screen[Any]) -> Screen[Any]:
        """Let go of what a screen has painted; itself it is held in circles, and waits for the collector of garbage."""
        widgets = [*screen.walk_children(Widget, with_self=True)]
        await super()._replace_screen(screen)
        for widget in widgets:
            forget_strips(widget)
        return screen

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """Give the terminal away for the body; nothing is painted meanwhile, and it comes back whatever happens."""
        with self.batch_update():
            inner = super().suspend()
            inner.__enter__()
            try:
                yield
            finally:
                inner.__exit__(None, None, None)

    def post_display_hook(self) -> None:
        """Called after each painted frame: see whether the terminal keeps up."""
        super().post_display_hook()
        if not self._is_painting_paused and self._queued_frames() >= _QUEUED_FRAMES:
            self._is_painting_paused = True
            self._drain = asyncio.get_running_loop().create_task(self._pause_painting(), name="wait for the terminal")

    async def _pause_painting(self) -> None:
        """Hold all repaints until the terminal has taken what is queued, then paint everything once."""
        self._begin_batch()
        try:
            while self._queued_frames():  # noqa: ASYNC110 - a thread empties the queue and says nothing
                await asyncio.sleep(_DRAIN_POLL_S)
        finally:
            self._end_batch()
            self._is_painting_paused = False
            self.screen.refresh()

    def _queued_frames(self) -> int:
        writer = getattr(self._driver, "_writer_thread", None)
        return writer._queue.qsize() if writer is not None and writer.is_alive() else 0

    def _fatal_error(self) -> None:
        from rich.traceback import Traceback  # late: it brings a highlighter with it

        self.bell()
        self._exit_renderables.append(Traceback(show_locals=False, width=None, suppress=["rich", "textual"]))
        self._close_messages_no_wait()


def tolerant(driver: type[Driver]) -> type[Driver]:
    """The driver with an input thread that outlives bytes which are no UTF-8, if it has such a thread."""
    if not hasattr(driver, "run_input_thread"):
        return driver
    base: Any = driver

    class TolerantDriver(base):  # type: ignore[misc]  # the base is one of Textual's drivers, known only at run time
        """Drops the bytes that cannot be decoded and reads on; looks at the terminal only when there is a key."""

        def __init__(self, *given: Any, **options: Any) -> None:
            super().__init__(*given, **options)
            self.exit_event = QuietEvent(self.fileno)

        def run_input_thread(self) -> None:
            self.exit_event.waits_here()
            while True:
                try:
                    super().run_input_thread()
                    return
                except UnicodeDecodeError:
                    continue

    return TolerantDriver


# A function of two colors, of which a thousand answers are remembered together with the object that was asked, so that
# all lines that a widget has painted stay long after the widget is gone. Its class can be asked as well.
_inner_outer: Any = StylesCache.get_inner_outer
StylesCache.get_inner_outer = classmethod(_inner_outer)  # type: ignore[assignment]  # called the same way


_divide = Strip.divide


def _divided(strip: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    """The pieces of a strip between some cells; the strip itself where that is all of it.

    A strip remembers what it was divided into, itself as well: a circle that only the collector of garbage takes away,
    some day, with all that hangs on it.
    """
    wanted = [cut for cut in cuts if cut <= strip.cell_length]
    return [strip] if wanted == [strip.cell_length] else _divide(strip, wanted)


Strip.divide = _divided  # type: ignore[assignment]  # nearly every line of every widget is divided so


def forget_strips(widget: Widget) -> None:
    """Have a widget render its lines anew.

    Textual does not notice when only the style of a component changes, with the focus for instance
    (`Stylesheet.replace_rules` returns before it notifies the widget).
    """
    widget._styles_cache.clear()


class _Cropped(Compositor):
    """Asks only those widgets for their lines that stand where something is to be painted.

    Textual asks all whose container reaches there, which is nearly all of them, and for all of their lines.
    """

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if not crop:
            yield from super()._get_renders(crop)
            return
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            if seen and crop.overlaps(seen):
                yield region, clip, widget.render_lines(seen.translate(-region.offset))


def crop_painting(screen: Screen[Any]) -> None:
    """Have a new screen paint what has changed, and ask nobody else."""
    screen._compositor = _Cropped()


def set_scrolled_size(view: ScrollView, size: Size) -> None:
    """Give a view more or less to scroll through.

    Textual lays out the whole screen for it, which only a view that is as large as what it shows needs, or one that
    gets or loses a scroll bar; the latter asks for it by itself.
    """
    if view.styles.auto_dimensions:
        view.virtual_size = size
    else:
        view.set_reactive(Widget.virtual_size, size)
        view._scroll_update(size)
