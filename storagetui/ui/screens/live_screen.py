"""Screens that show Frames."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from textual import events, on, work
from textual.screen import Screen
from textual.worker import Worker

from storagetui.actions.action import Action
from storagetui.actions.offers import Offer, Place
from storagetui.frame import Frame
from storagetui.model.keys import Key
from storagetui.rights import Rights
from storagetui.ui.hardened import crop_painting
from storagetui.ui.messages import ActionsWanted
from storagetui.ui.outlook import Outlook
from storagetui.ui.widgets.key_bar import KeyBar

ACTIONS_KEY = "actions.open"
_REST_S = 0.15
"""Seconds for which the cursor has to stand still before anything is asked for its sake."""


class LiveScreen(Screen[None]):
    """A screen that is handed every Frame while it is to be seen, and the latest one when it comes back."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (120, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 - as Textual declares it

    def __init__(self, outlook: Outlook) -> None:
        super().__init__()
        crop_painting(self)
        self.outlook = outlook
        self._offered: tuple[Offer, ...] = ()
        """What the key bar goes by."""
        self._asked: Worker[None] | None = None
        self._asked_for: tuple[tuple[Action, Key], ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """The objects that something may be done to from here, the nearest first."""
        return ()

    def action_actions(self) -> None:
        """Choose from what can be done."""
        self.post_message(ActionsWanted(self.places))

    def offer_keys(self, ids: Sequence[str]) -> None:
        """Show the keys of these ids, and after the first the one for actions, if there are any on what is here.

        It is dimmed while none of them can be had, the user's rights included, which are asked for here.
        """
        offered = self._offered = self.outlook.offers(self.places)
        shown = (*ids[:1], ACTIONS_KEY, *ids[1:]) if offered else ids
        can_act = any(one.refusal is None for one in offered)
        self.query_one(KeyBar).offer(shown, () if can_act else (ACTIONS_KEY,))
        self._ask_rights(offered)

    def tick_keys(self, ids: Sequence[str]) -> None:
        """Time has passed: rights are asked for again when they are out of date."""
        frame = self.outlook.frame
        if frame is None or any(one.action.minds_time(frame, one.place.key) for one in self._offered):
            self.offer_keys(ids)
        else:
            self._ask_rights(self._offered)

    def _ask_rights(self, offered: Sequence[Offer]) -> None:
        session = self.outlook.session
        if session is None or self.outlook.read_only:
            return
        pairs = {(one.action.id, one.place.key.namespace): (one.action, one.place.key) for one in offered}
        wanted = tuple(pair for pair in pairs.values() if not session.rights.is_known(pair[0], pair[1].namespace))
        is_asking = self._asked is not None and not self._asked.is_finished
        if wanted and not (is_asking and wanted == self._asked_for):
            self._asked_for = wanted
            self._asked = self._learn_rights(session.rights, wanted)

    @work(exclusive=True, group="rights")
    async def _learn_rights(self, rights: Rights, wanted: tuple[tuple[Action, Key], ...]) -> None:
        """Ask once the cursor has come to rest; a new answer makes the session publish a Frame."""
        await asyncio.sleep(_REST_S)
        for action, key in wanted:
            await rights.learn(action, key)

    def take(self, frame: Frame, now: datetime) -> None:
        """Show a Frame."""

    def tick(self, now: datetime) -> None:
        """A second has passed."""

    def catch_up(self) -> None:
        """Show the latest Frame, if there is one."""
        frame, now = self.outlook.frame, self.outlook.now()
        if frame is not None and now is not None:
            self.take(frame, now)

    def rest(self) -> None:
        """Nobody sees the screen: hold nothing that `catch_up` would not bring back."""

    def on_screen_suspend(self) -> None:
        """Something stands on top; a dialog leaves the screen to be seen."""
        if self.children and not self.app.screen.is_modal:
            self.rest()

    @on(events.Mount)
    def place(self) -> None:
        """Be placed by the terminal's size from the start; Textual does it after the first paint, and paints twice."""
        width, height = self.app.size
        for cells, steps in ((width, self.HORIZONTAL_BREAKPOINTS), (height, self.VERTICAL_BREAKPOINTS)):
            self.add_class(max(step for step in steps if step[0] <= cells)[1], update=False)

    async def on_screen_resume(self) -> None:
        """Frames came while something else covered the screen."""
        self.catch_up()
        await asyncio.sleep(0)  # Textual styles everything now, and a new screen has been styled just before

    async def on_resize(self) -> None:
        """Let others work between one pass of Textual's over all styles and the next."""
        await asyncio.sleep(0)
