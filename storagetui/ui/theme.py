"""Colors: the program's themes, and which component class shows which tone.

Nothing is said by color alone: every tone goes with a word or a glyph in the text, so that all of it can be read
without colors (NO_COLOR) and in the sixteen of the terminal. The hues are those of Okabe and Ito, told apart by most
people who are color-blind, brightened for the dark and darkened for the light background.
"""

from typing import ClassVar, TypeVar

from rich.style import Style
from textual.color import Color
from textual.theme import Theme
from textual.widget import Widget

from storagetui.ui.hardened import Hardened
from storagetui.ui.widgets import paint
from storagetui.ui.widgets.paint import Palette

ReturnType = TypeVar("ReturnType")

DARK = Theme(
    name="storagetui",
    primary="#4fa8dc",
    secondary="#7f9cb5",
    accent="#e6b450",
    success="#3fbf93",
    warning="#e6a532",
    error="#ff7b52",
    foreground="#d7dde3",
    background="#0f1419",
    surface="#0f1419",
    panel="#1b232b",
    dark=True,
    variables={
        "border": "#33414e",
        "scrollbar": "#2f3d4a",
        "scrollbar-hover": "#4fa8dc",
        "scrollbar-background": "#151c23",
        "text-success": "#3fbf93",
        "text-warning": "#e6a532",
        "text-error": "#ff7b52",
        "text-primary": "#6fb9e6",
        "text-accent": "#e6b450",
    },
)
LIGHT = Theme(
    name="storagetui-light",
    primary="#00639c",
    secondary="#46627a",
    accent="#8a5a00",
    success="#00664a",
    warning="#8a5200",
    error="#b03a00",
    foreground="#1b2228",
    background="#fafbfc",
    surface="#fafbfc",
    panel="#e6ebf0",
    dark=False,
    variables={
        "border": "#b4c0ca",
        "scrollbar": "#c3ccd4",
        "scrollbar-background": "#eef1f4",
        "text-success": "#00664a",
        "text-warning": "#8a5200",
        "text-error": "#b03a00",
        "text-primary": "#00639c",
        "text-accent": "#8a5a00",
    },
)
THEMES = (DARK, LIGHT)

_DIM, _CURSOR, _RESTING = 0.42, 0.68, 0.86
"""How far dim text goes towards the background, and the cursor's background from the primary color towards it."""


class Themed(Hardened[ReturnType]):
    """An App with our themes, the variables that our style sheets use (line-dim, line-cursor, line-resting), and the
    styles of lines: they look the same wherever they stand, and styling them for every widget would take its time.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = paint.CLASSES
    DEFAULT_CSS = """
    Themed {
        & > .line--ok { color: $text-success; }
        & > .line--note { color: $text-primary; }
        & > .line--warn { color: $text-warning; }
        & > .line--error { color: $text-error; text-style: bold; }
        & > .line--dim { color: $line-dim; }
        & > .line--title { color: $text-accent; text-style: bold; }
        & > .line--label { color: $text-primary; }
        & > .line--match { text-style: underline; }
        & > .line--cell { background: $primary; color: $background; text-style: bold; }
        & > .line--bar { background: $panel; color: $foreground; }
        & > .line--header { background: $panel; color: $foreground; text-style: bold; }
        & > .line--cursor { background: $line-cursor; color: $foreground; text-style: bold; }
        & > .line--resting { background: $line-resting; color: $foreground; }
        &:nocolor > .line--cursor, &:ansi > .line--cursor { text-style: reverse bold; }
        &:nocolor > .line--cell, &:ansi > .line--cell { text-style: bold underline; }
        &:nocolor > .line--resting, &:ansi > .line--resting { text-style: bold; }
        &:nocolor > .line--header, &:ansi > .line--header { text-style: bold underline; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.palette = Palette(self._line_style, self._partial_line_style)
        """What lines are painted with; another one when the colors are others."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The variables, made from the colors of whatever theme is in use."""
        theme = self.current_theme
        if theme.ansi:
            return {"line-dim": "ansi_bright_black", "line-cursor": "ansi_default", "line-resting": "ansi_default"}
        made = theme.to_color_system().generate()
        background, foreground = Color.parse(made["background"]), Color.parse(made["foreground"])
        primary = Color.parse(made["primary"])
        return {
            "line-dim": foreground.blend(background, _DIM).hex,
            "line-cursor": primary.blend(background, _CURSOR).hex,
            "line-resting": primary.blend(background, _RESTING).hex,
        }

    def refresh_css(self, animate: bool = True) -> None:
        """Style everything anew; lines that are painted from now on have the new colors."""
        self.palette = Palette(self._line_style, self._partial_line_style)
        super().refresh_css(animate)

    def use_theme(self, name: str) -> str:
        """Choose a theme by name; a sentence to show when there is none of that name, else nothing."""
        if name in self.available_themes:
            self.theme = name
            return ""
        known = ", ".join(sorted(self.available_themes))
        return f"There is no theme {name}; set one of these in the settings file: {known}"

    def _line_style(self, component: str) -> Style:
        return self.get_component_styles(component).rich_style

    def _partial_line_style(self, component: str) -> Style:
        return self.get_component_styles(component).partial_rich_style


def palette_of(widget: Widget) -> Palette:
    """The palette of the App that a widget belongs to."""
    app = widget.app
    if not isinstance(app, Themed):
        raise TypeError(f"{type(widget).__name__} needs an App with the program's themes, not {type(app).__name__}")
    return app.palette
