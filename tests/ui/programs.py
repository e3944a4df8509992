"""Small programs on the hardened App, for tests on a real terminal: `python -m tests.ui.programs NAME FOLDER`."""

import sys
from pathlib import Path

from textual import events
from textual.app import ComposeResult

from storagetui.ui.theme import Themed
from storagetui.ui.widgets.line_pane import LinePane
from storagetui.ui.widgets.wrap import Paragraph


class Program(Themed[None]):
    """Shows one text, and dies by signals as the program itself does."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def compose(self) -> ComposeResult:
        yield LinePane(id="pane")

    def on_mount(self) -> None:
        self.leave_on_signals()
        self.say("ready")

    def say(self, text: str) -> None:
        self.query_one(LinePane).show([Paragraph(((text, "plain"),))])


class Keys(Program):
    """Says which key was pressed, and goes to the background with Ctrl-Z."""

    def on_key(self, event: events.Key) -> None:
        if event.key == "ctrl+z":
            self.action_suspend_process()
        else:
            self.say(f"key {event.character}")


class Crash(Program):
    """Fails at the first key, with a secret at hand."""

    def on_key(self, _event: events.Key) -> None:
        token = "".join(("hun", "ter2"))
        self.say(str(len(token) // 0))


class Stalled(Program):
    """Paints the whole screen all the time, and writes down how often its loop turned."""

    beats = 0

    def on_mount(self) -> None:
        self.set_interval(0.03, self.beat)

    def beat(self) -> None:
        self.beats += 1
        (self.folder / "beats").write_text(str(self.beats))
        filler = chr(ord("a") + self.beats % 26) * 78
        self.query_one(LinePane).show(
            [Paragraph(((f"beat {self.beats}", "plain"),)), *[Paragraph(((filler, "plain"),))] * 22]
        )


PROGRAMS = {"keys": Keys, "crash": Crash, "stalled": Stalled}

if __name__ == "__main__":
    program = PROGRAMS[sys.argv[1]](Path(sys.argv[2]))
    program.run()
    sys.exit(program.return_code or 0)
