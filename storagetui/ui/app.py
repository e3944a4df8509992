"""The program on the terminal: one session, one worker that hands its Frames to the screen that is to be seen."""

from functools import partial

from textual.screen import Screen
from textual.widgets import Input

from storagetui.frame import Frame
from storagetui.settings import Settings
from storagetui.ui import keys
from storagetui.ui.collecting import Collecting
from storagetui.ui.commands import commands
from storagetui.ui.contexts import Connected, Contexts
from storagetui.ui.feeds_text import feeds_paragraphs
from storagetui.ui.loading import is_loading
from storagetui.ui.messages import ObjectChosen, RetryWanted, TextCopied
from storagetui.ui.namespaces import namespace_choices, namespace_note
from storagetui.ui.outlook import Opener, Outlook
from storagetui.ui.screens.live_screen import LiveScreen
from storagetui.ui.screens.object import ObjectScreen
from storagetui.ui.screens.picker import PickerScreen
from storagetui.ui.screens.reading import ReadingScreen, copied_paragraphs, help_paragraphs
from storagetui.ui.theme import Themed

_OPENS_TYPING = ("choose_namespace", "choose_context", "command_palette")


class StorageTuiApp(Connected[None], Themed[None]):
    """The terminal UI of one cluster."""

    TITLE = "storagetui"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = keys.bindings(keys.SCREENS, keys.EVERYWHERE)

    def __init__(
        self,
        opener: Opener,
        *,
        screen: str = "triage",
        namespace: str = "",
        settings: Settings,
        demo_note: str = "",
        contexts: Contexts | None = None,
    ) -> None:
        """`opener` makes the connection; it is entered while the first frame is made.

        `contexts` are those to choose from.
        """
        make = partial(_outlook, settings.read_only, demo_note)
        super().__init__(opener, contexts, make, screen, namespace)
        self.collecting: Collecting | None = None
        """Set where the process is this program's own."""
        self.animation_level = "none"
        self._theme_problem = self.use_theme(settings.theme)

    def get_default_screen(self) -> Screen[None]:
        """The screen at the bottom of the stack."""
        return self.browse

    def on_mount(self) -> None:
        """Start the clock, and the connection: the server thinks while the first frame is made."""
        self.leave_on_signals()
        if self._theme_problem:
            self.tell(self._theme_problem)
        self._wind()
        self.watch_cluster()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that open a list to type in mean themselves where one types already."""
        if action in _OPENS_TYPING and (self.screen.is_modal or isinstance(self.screen.focused, Input)):
            return False
        return super().check_action(action, parameters)

    def show_frame(self, frame: Frame) -> None:
        """Hand a Frame to the screen that is to be seen."""
        self.outlook.frame = frame
        if self.collecting is not None:
            self.collecting.see(frame.cluster_id, is_loading=is_loading(frame))
        screen, now = self._live_screen, self.outlook.now()
        if screen is not None and now is not None:
            screen.take(frame, now)
        self.tell_ended_runs()

    def _wind(self) -> None:
        """Tick when the cluster's clock shows another second."""
        now = self.outlook.now()
        self.set_timer(1.0 - now.microsecond / 1e6 if now is not None else 1.0, self._tick)

    def _tick(self) -> None:
        screen, now = self._live_screen, self.outlook.now()
        if screen is not None and now is not None:
            screen.tick(now)
        self._wind()

    @property
    def _live_screen(self) -> LiveScreen | None:
        """The screen that can be seen, also behind a dialog; None while it is being made, or taken down at the end.

        A screen that has been made takes the latest Frame by itself.
        """
        for screen in reversed(self.screen_stack if self.is_running else ()):
            if isinstance(screen, LiveScreen):
                return screen if screen.is_mounted else None
            if not screen.is_modal:
                return None
        return None

    def on_object_chosen(self, event: ObjectChosen) -> None:
        """Show an object's own screen."""
        frame = self.outlook.frame
        record = frame.cluster.find(event.key) if frame is not None else None
        if record is None:
            self.tell(f"{event.key} is not there (any more).")
            return
        screen = ObjectScreen(self.outlook, event.key, event.uid or record.uid)
        if event.is_instead:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def on_text_copied(self, event: TextCopied) -> None:
        """To the clipboard by OSC 52, and to be seen where the terminal does not pass it on."""
        self.copy_to_clipboard(event.text)
        self.push_screen(ReadingScreen("Copied", lambda: copied_paragraphs(event.text)))

    def on_retry_wanted(self, _event: RetryWanted) -> None:
        """Connect again."""
        self.connect_again()

    async def action_show(self, name: str) -> None:
        """Go to one of the screens with digits."""
        self.browse.pop_until_active()
        await self.browse.show_page(name)

    async def action_back(self) -> None:
        """Leave the screen on top."""
        if len(self.screen_stack) > 1:
            self.pop_screen()

    def action_choose_namespace(self) -> None:
        """Choose what is looked at."""
        frame = self.outlook.frame
        if frame is None:
            return
        choices = namespace_choices(frame, self.outlook.namespace)
        picker = PickerScreen(
            "Namespace",
            choices,
            current=self.outlook.namespace,
            note=namespace_note(frame),
        )
        self.push_screen(picker, self._look_at)

    def _look_at(self, namespace: str | None) -> None:
        if namespace is not None and namespace != self.outlook.namespace:
            self.outlook.namespace = namespace
            if namespace and self.outlook.session is not None:
                self.outlook.session.look_into(namespace)
            self.browse.namespace_changed()

    def action_command_palette(self) -> None:
        """Go somewhere, or do something, by its name."""
        is_object = isinstance(self.screen, ObjectScreen)
        picker = PickerScreen("Go to, or do", commands(is_object=is_object))
        self.push_screen(picker, self._run_command)

    async def _run_command(self, id_: str | None) -> None:
        if id_ is not None:
            await self.run_action(keys.BY_ID[id_].action, default_namespace=self.screen)

    def action_help(self) -> None:
        """Show all keys."""
        self.push_screen(ReadingScreen("Keys", lambda: help_paragraphs(self.outlook.demo_note)))

    def action_feeds(self) -> None:
        """Show every feed."""
        self.push_screen(ReadingScreen("Feeds", lambda: feeds_paragraphs(self.outlook)))


def _outlook(is_read_only: bool, demo_note: str, namespace: str, context: str) -> Outlook:
    return Outlook(namespace, context=context, read_only=is_read_only, demo_note=demo_note)
