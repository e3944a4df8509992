"""The screen that the digits move about on: bars, one page at a time, and the filter."""

import asyncio
from datetime import datetime

from textual.app import ComposeResult

from storagetui.actions.offers import Place
from storagetui.frame import Frame
from storagetui.ui import keys
from storagetui.ui.loading import is_loading
from storagetui.ui.messages import (
    ColumnChosen,
    CursorMoved,
    FilterChanged,
    FilterLeft,
    ObjectChosen,
    RowChosen,
    TextCopied,
)
from storagetui.ui.outlook import Outlook
from storagetui.ui.screens.live_screen import LiveScreen
from storagetui.ui.screens.page import Page
from storagetui.ui.screens.sets import SetsPage
from storagetui.ui.screens.table_page import TablePage
from storagetui.ui.screens.triage import TriagePage
from storagetui.ui.widgets.filter_bar import FilterBar
from storagetui.ui.widgets.key_bar import KeyBar
from storagetui.ui.widgets.notice import Notice
from storagetui.ui.widgets.status_bar import StatusBar, TabBar
from storagetui.view.header import feed_lines
from storagetui.view.lasting import Lasting
from storagetui.view.tables import table

PAGES = ("triage", "sets", "claims", "volumes", "pods", "attachments")

_IDLE_S = 0.25
"""Before a page that nobody has gone to yet is made, and between two of them."""


class BrowseScreen(LiveScreen):
    """Everything but an object's own screen."""

    CSS_PATH = "browse.tcss"
    BINDINGS = keys.bindings(keys.ACTING, keys.BROWSE)

    def __init__(self, outlook: Outlook, name: str) -> None:
        super().__init__(outlook)
        self.current = name if name in PAGES else PAGES[0]
        """The name of the page that is shown."""
        self._pages: dict[str, Page] = {self.current: self._make(self.current)}
        """Those that have been made: the first one at once, the others when they are gone to or nothing else is to do,
        for making them all would keep the first frame from the terminal."""
        self._lasting = Lasting()
        """Until when the notice stays as it is."""
        self._making = asyncio.Lock()
        self._is_idle = False

    def compose(self) -> ComposeResult:
        """The bars and the page that is shown."""
        yield StatusBar()
        yield TabBar()
        yield Notice(id="notice")
        yield self.page
        yield FilterBar(id="filter-bar")
        yield KeyBar()

    async def on_mount(self) -> None:
        """Show the page that was asked for."""
        await self.show_page(self.current)

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self._pages[self.current]

    async def show_page(self, name: str) -> None:
        """Go to a page, which is made if nobody has been there; its rows get the keys."""
        await self._made(name)
        if not self._pages[name].children:
            return  # the program has ended meanwhile
        before, page = self.page, self._pages[name]
        before.remove_class("-current")
        self.current = name
        page.add_class("-current")
        if before is not page:
            before.rest()
            self._wake()
        self.query_one(TabBar).show_state(name, self.outlook)
        self.offer_keys(page.KEYS)
        self.query_one(FilterBar).restore(page.filter_text)
        self.query_one(StatusBar).show_state(self.outlook, self.outlook.frame, self.outlook.now())
        if page.namespace != self.outlook.namespace:
            self._look()
        page.focus_rows()
        self.call_after_refresh(self.catch_up)

    def take(self, frame: Frame, now: datetime) -> None:
        """Hand a Frame to the bars and to the page that is shown."""
        self.query_one(StatusBar).show_state(self.outlook, frame, now)
        page = self.page
        self._notice(frame, now)
        page.take(frame, now)
        self._note()
        self.offer_keys(page.KEYS)
        if not self._is_idle and not is_loading(frame):
            self._is_idle = True
            self.set_timer(_IDLE_S, self._make_another)

    def tick(self, now: datetime) -> None:
        """The clock and the ages."""
        frame = self.outlook.frame
        self.query_one(StatusBar).tick(self.outlook, now)
        if frame is not None:
            if not self._lasting.holds(now):
                self._notice(frame, now)
            self.page.tick(now)
            self.tick_keys(self.page.KEYS)

    def rest(self) -> None:
        """Hold no Frame while something else covers the screen."""
        self.query_one(StatusBar).rest()
        self.page.rest()

    def namespace_changed(self) -> None:
        """Another namespace is looked at; pages that are not shown follow when they are."""
        self._look()
        self.catch_up()

    @property
    def places(self) -> tuple[Place, ...]:
        """The object of the cursor, or those of its finding."""
        return self.page.places

    def on_cursor_moved(self, event: CursorMoved) -> None:
        """Other keys may be of use."""
        event.stop()
        self.offer_keys(self.page.KEYS)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The key that opens the filter is a character of it while one types."""
        if action == "filter" and self.query_one(FilterBar).has_keys:
            return False
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        """Start typing a filter."""
        self.query_one(FilterBar).open()
        self._look()

    def action_clear_filter(self) -> None:
        """Take the filter away."""
        self.query_one(FilterBar).drop()
        self.page.focus_rows()

    def action_sort(self, direction: int) -> None:
        """Sort otherwise."""
        self.page.sort(direction)

    def action_toggle_pane(self) -> None:
        """Show or hide the pane."""
        self.page.toggle_pane()
        self.call_after_refresh(self.catch_up)

    def action_scroll_pane(self, lines: int) -> None:
        """Scroll the pane."""
        self.page.scroll_pane(lines)

    async def action_orphans(self) -> None:
        """Show what sets of the past have left behind, or go back from there."""
        if self.current != "sets":
            await self.show_page("sets")
        page = self.page
        if isinstance(page, SetsPage):
            page.toggle_orphans()

    def action_copy(self) -> None:
        """Copy what the cursor stands on."""
        if self.page.copied:
            self.post_message(TextCopied(self.page.copied))

    def on_filter_changed(self, event: FilterChanged) -> None:
        """Apply the filter as it is typed."""
        event.stop()
        self._filter(event.text)

    def on_filter_left(self, event: FilterLeft) -> None:
        """The rows get the keys back, with the filter as it stands now."""
        event.stop()
        if self.query_one(FilterBar).text != self.page.filter_text:
            self._filter(self.query_one(FilterBar).text)
        self.page.focus_rows()

    def on_column_chosen(self, event: ColumnChosen) -> None:
        """A title was clicked."""
        event.stop()
        self.page.sort_by(event.column)

    def on_row_chosen(self, event: RowChosen) -> None:
        """Open the object."""
        event.stop()
        subject = self.page.subject
        if subject is not None:
            self.post_message(ObjectChosen(subject))

    async def on_tab_bar_chosen(self, event: TabBar.Chosen) -> None:
        """A screen's name was clicked."""
        event.stop()
        await self.show_page(event.screen_name)

    async def _made(self, name: str) -> None:
        """See to it that there is a page; it is hidden unless it is the one that is shown."""
        async with self._making:
            if name not in self._pages:
                page = self._make(name)
                await self.mount(page, before="#filter-bar")
                self._pages[name] = page

    async def _make_another(self) -> None:
        """One page after the other, as long as there is nothing else to do."""
        missing = [name for name in PAGES if name not in self._pages]
        if missing:
            await self._made(missing[0])
            self.set_timer(_IDLE_S, self._make_another)

    def _make(self, name: str) -> Page:
        page = _page(name, self.outlook)
        page.when_looked = self._note
        return page

    def _filter(self, text: str) -> None:
        self.page.filter_text = text
        self._look()

    def _notice(self, frame: Frame, now: datetime) -> None:
        self._lasting = Lasting()
        with self._lasting.noting(now):
            lines = feed_lines(frame, now, self.page.kinds, self.outlook.namespace)
        self.query_one(Notice).say(lines)

    def _wake(self) -> None:
        """Put the page on the latest Frame before anything is asked of it."""
        frame, now = self.outlook.frame, self.outlook.now()
        if frame is not None and now is not None:
            self.page.take(frame, now)

    def _look(self) -> None:
        """Have the page choose its rows anew, and say beside the filter what came of it."""
        page = self.page
        page.namespace = self.outlook.namespace
        page.look()
        self.query_one(FilterBar).note(*page.filter_note)

    def _note(self) -> None:
        """Say beside the filter what comes of it, once it has."""
        if self.page.filter_text:
            self.query_one(FilterBar).note(*self.page.filter_note)


def _page(name: str, outlook: Outlook) -> Page:
    if name == "triage":
        return TriagePage(outlook)
    if name == "sets":
        return SetsPage(outlook)
    return TablePage(name, outlook, table(name))
