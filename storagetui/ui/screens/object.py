"""One object: described live, with its chain, its events as they come, and its YAML on demand.

The screen belongs to a uid. When the object is deleted, or another one takes its name, the screen says so and goes on
showing the one that was opened, as it was last seen.
"""

import asyncio
from datetime import datetime

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.worker import Worker

from storagetui.actions.offers import Place
from storagetui.feeds import event_feed
from storagetui.frame import Frame
from storagetui.kube.errors import ApiError
from storagetui.model.keys import Key, Kind
from storagetui.ui import keys
from storagetui.ui.feeds_text import feed_cell
from storagetui.ui.identity import Fate, Standing, standing, standing_text
from storagetui.ui.messages import ObjectChosen, PartChosen, RowChosen, TextCopied
from storagetui.ui.outlook import Outlook
from storagetui.ui.paragraphs import event_paragraphs, section_paragraphs, text
from storagetui.ui.screens.live_screen import LiveScreen
from storagetui.ui.widgets.bar import Bar, Item
from storagetui.ui.widgets.chain_list import ChainList
from storagetui.ui.widgets.key_bar import KeyBar
from storagetui.ui.widgets.line_pane import LinePane
from storagetui.ui.widgets.notice import Notice
from storagetui.ui.widgets.part_bar import PartBar
from storagetui.ui.widgets.status_bar import StatusBar
from storagetui.ui.yaml_text import Reading
from storagetui.view.chain import chains
from storagetui.view.column import Tone
from storagetui.view.detail import describe, title
from storagetui.view.events import event_lines
from storagetui.view.format import age, counted
from storagetui.view.header import feed_lines
from storagetui.view.lasting import Lasting

PARTS = ("describe", "chain", "events", "yaml")
_WIDGETS = {"describe": "#object-text", "chain": "#object-chain", "events": "#object-events", "yaml": "#object-yaml"}
_KEYS = ("rows.open", "object.back", "object.yaml", "object.events", "object.chain", "object.describe", "object.copy")


class ObjectScreen(LiveScreen):
    """Everything about one object."""

    CSS_PATH = "object.tcss"
    BINDINGS = keys.bindings(keys.ACTING, keys.OBJECT)
    AUTO_FOCUS = "#object-text"

    def __init__(self, outlook: Outlook, key: Key, uid: str) -> None:
        super().__init__(outlook)
        self.key = key
        self.uid = uid
        self.part = PARTS[0]
        """The part that has the keys."""
        self.standing = Standing(Fate.UNKNOWN)
        self._seen_at: datetime | None = None
        """When the object was last there."""
        self._made_at: datetime | None = None
        self._lasting = Lasting()
        """Until when all that is shown stays as it is."""
        self._reading = Reading()
        self._follower: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Bars, then description or YAML to the left and chain over events to the right."""
        yield StatusBar()
        yield Bar(base="header", id="object-title")
        yield Bar(base="header", id="object-gone")
        yield Notice(id="notice")
        yield PartBar(PARTS)
        with Horizontal(id="object-parts"):
            with Vertical(id="object-left"):
                yield LinePane(id="object-text")
                yield LinePane(id="object-yaml")
            with Vertical(id="object-right"):
                yield Bar(base="header", id="chain-title")
                yield ChainList(id="object-chain")
                yield Bar(base="header", id="events-title")
                yield LinePane(id="object-events")
        yield KeyBar()

    def on_mount(self) -> None:
        """Follow the object's events from now on."""
        self.offer_keys(_KEYS)
        self.query_one("#chain-title", Bar).show([Item((("Chain", "title"),))])
        self._mark_part()

    async def on_screen_resume(self) -> None:
        """The object's events are wanted again."""
        if self._follower is None or self._follower.is_finished:
            self._follower = self._follow()

    def rest(self) -> None:
        """Under another object's screen nobody sees the events of this one."""
        if self._follower is not None:
            self._follower.cancel()

    @property
    def places(self) -> tuple[Place, ...]:
        """The object that was opened, whoever has its name now."""
        return (Place(self.key, self.uid),)

    def take(self, frame: Frame, now: datetime) -> None:
        """Show a Frame."""
        self.standing = standing(frame, self.key, self.uid)
        if self.standing.fate is Fate.THERE:
            self._seen_at, self._made_at = frame.at, self.standing.made_at
        self._show(now)

    def tick(self, now: datetime) -> None:
        """Ages, and once a second at most the YAML of an object that changes."""
        self.query_one(StatusBar).tick(self.outlook, now)
        if not self._lasting.holds(now):
            self._show(now)
        self.tick_keys(_KEYS)
        self._read_if_changed()

    def action_part(self, part: str) -> None:
        """Go to a part."""
        self.part = part
        if part in ("describe", "yaml"):
            self.set_class(part == "yaml", "-left-yaml")
        self._mark_part()
        self._read_if_changed()
        self.call_after_refresh(self._part_shown)

    def _part_shown(self) -> None:
        self.query_one(_WIDGETS[self.part]).focus()
        self.catch_up()

    def action_next_part(self, step: int) -> None:
        """Go to the part beside."""
        self.action_part(PARTS[(PARTS.index(self.part) + step) % len(PARTS)])

    def action_read(self) -> None:
        """Open the object that has the name now, or read the YAML again."""
        if self.standing.fate is Fate.REPLACED:
            self.post_message(ObjectChosen(self.key, self.standing.uid_now, is_instead=True))
        else:
            self._reading.version = ""
            self._read_if_changed()

    def action_copy(self) -> None:
        """Copy the name, and the text of the part that has the keys."""
        part = self.query_one(_WIDGETS[self.part])
        said = part.source if isinstance(part, LinePane | ChainList) else ""
        self.post_message(TextCopied(f"{title(self.key)}\n\n{said}"))

    def on_part_chosen(self, event: PartChosen) -> None:
        """A part's name was clicked."""
        event.stop()
        self.action_part(event.part)

    def on_row_chosen(self, event: RowChosen) -> None:
        """Open a link of the chain."""
        event.stop()
        key = self.query_one(ChainList).key
        if key is not None and key != self.key:
            self.post_message(ObjectChosen(key))

    def _show(self, now: datetime) -> None:
        current = self.outlook.frame
        if current is None:
            return
        self.offer_keys(_KEYS)
        self.query_one(StatusBar).show_state(self.outlook, current, now)
        self._lasting = Lasting()
        with self._lasting.noting(now):
            self._say(current, now)

    def _say(self, current: Frame, now: datetime) -> None:
        said = standing_text(self.standing, self._seen_at, now)
        gone = self.query_one("#object-gone", Bar)
        gone.set_class(bool(said), "-said")
        gone.show([Item(((said, "error"),))] if said else [])
        troubles = feed_lines(current, now, (self.key.kind, Kind.EVENT), self.key.namespace)
        self.query_one(Notice).say([line for line in troubles if line.tone != Tone.NOTE])
        made = f"made {age(self._made_at, now)} ago" if self._made_at is not None else ""
        self.query_one("#object-title", Bar).show(
            [
                Item(((title(self.key), "title"),)),
                Item(((made, "plain"),), 1),
                Item(((f"uid {self.uid}", "dim"),), 2, True),
            ]
        )
        if self.standing.fate is Fate.THERE or self._seen_at is None:  # else it stays as it was last seen
            self.query_one("#object-text", LinePane).show(section_paragraphs(describe(current, self.key, now)))
            self.query_one(ChainList).show(chains(current, self.key))
        events = event_lines(current, self.key, self.uid, now)
        said_events = event_paragraphs(events) or [text("No events: none reported, or all have expired.", "dim")]
        self.query_one("#object-events", LinePane).show(said_events)
        feed = Item((feed_cell(current, event_feed(self.key)),), is_right=True)
        self.query_one("#events-title", Bar).show([Item(((f"Events: {len(events)}", "title"),)), feed])
        self.query_one(PartBar).show_state(self.part, {"events": counted(len(events), "events")})
        self.query_one("#object-yaml", LinePane).show(self._reading.paragraphs(now, self.standing.fate is Fate.THERE))

    def _mark_part(self) -> None:
        for part in PARTS:
            self.set_class(part == self.part, f"-part-{part}")
        self.query_one(PartBar).show_state(self.part, {})

    @work(exclusive=True, group="follow")
    async def _follow(self) -> None:
        session = self.outlook.session
        if session is not None:
            async with session.follow(self.key):
                await asyncio.Event().wait()  # until the screen goes, and its workers with it

    def _read_if_changed(self) -> None:
        """Read the YAML when it is to be seen and what was read is not what there is."""
        frame = self.outlook.frame
        record = frame.cluster.find(self.key) if frame is not None else None
        is_seen = self.has_class("-left-yaml") and not self._reading.is_under_way
        if (
            is_seen
            and record is not None
            and record.uid == self.uid
            and self._reading.version != record.resource_version
        ):
            self._read(record.resource_version)

    @work(exclusive=True, group="yaml")
    async def _read(self, version: str) -> None:
        session = self.outlook.session
        if session is None:
            return
        self._reading.begin(version)
        self._show(session.now())
        try:
            raw = await session.read(self.key)
        except ApiError as error:
            self._reading.fail(str(error), session.now())
        else:
            self._reading.end(raw, self.uid, session.now())
        self._show(session.now())
        self._read_if_changed()
