"""Screens that show Frames."""

from datetime import datetime

from textual.screen import Screen

from storagetui.frame import Frame
from storagetui.ui.outlook import Outlook


class LiveScreen(Screen[None]):
    """A screen that is handed every Frame while it is to be seen, and the latest one when it comes back."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (120, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 - as Textual declares it

    def __init__(self, outlook: Outlook) -> None:
        super().__init__()
        self.outlook = outlook

    def take(self, frame: Frame, now: datetime) -> None:
        """Show a Frame."""

    def tick(self, now: datetime) -> None:
        """A second has passed."""

    def catch_up(self) -> None:
        """Show the latest Frame, if there is one."""
        frame, now = self.outlook.frame, self.outlook.now()
        if frame is not None and now is not None:
            self.take(frame, now)

    def on_screen_resume(self) -> None:
        """Frames came while something else covered the screen."""
        self.catch_up()
