"""Every key of the program, by id, in one table; the key bar, the help and the palette read it.

Ids are stable: a keymap may give them other keys. A letter that closes something stands beside Escape wherever no text
is typed, and Ctrl-G where it is: a terminal needs a tenth of a second to tell Escape from the start of a sequence.

Keys after which one types at once are acted on before the next key is looked at (`priority`): over a slow line `/q` may
arrive in one piece, and the `q` belongs to the filter.
"""

from typing import NamedTuple

from textual.binding import Binding, BindingType

_DISPLAYS = {
    "enter": "↵",
    "escape": "esc",
    "slash": "/",
    "question_mark": "?",
    "colon": ":",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "page up",
    "pagedown": "page down",
    "shift+tab": "shift-tab",
    "space": "space",
}


def _key(id_: str, keys: str, action: str, label: str, tooltip: str, *, priority: bool = False) -> Binding:
    return Binding(keys, action, label, id=id_, tooltip=tooltip, show=False, priority=priority)


SCREENS = (
    _key("screen.triage", "1", "app.show('triage')", "Triage", "What is stuck, worst first"),
    _key("screen.sets", "2", "app.show('sets')", "Sets", "StatefulSets, and who owns which volume"),
    _key("screen.claims", "3", "app.show('claims')", "Claims", "PersistentVolumeClaims"),
    _key("screen.volumes", "4", "app.show('volumes')", "Volumes", "PersistentVolumes"),
    _key("screen.pods", "5", "app.show('pods')", "Pods", "Pods that have volumes"),
    _key("screen.attachments", "6", "app.show('attachments')", "Attachments", "Which volume is attached to which node"),
)

EVERYWHERE = (
    _key(
        "app.palette",
        "colon,ctrl+p",
        "app.command_palette",
        "palette",
        "Go to a screen or run a command by its name",
        priority=True,
    ),
    _key(
        "app.namespace", "n", "app.choose_namespace", "namespace", "Show one namespace, or all of them", priority=True
    ),
    _key(
        "app.context",
        "x",
        "app.choose_context",
        "context",
        "Go over to another context of the kubeconfig",
        priority=True,
    ),
    _key("app.journal", "A", "app.journal", "journal", "What was done: the runs of this session, and the journal"),
    _key("app.help", "question_mark,f1", "app.help", "help", "All keys"),
    _key(
        "app.suspend",
        "ctrl+z",
        "app.suspend_process",
        "suspend",
        "Put the program in the background; fg brings it back",
    ),
    _key("app.quit", "q,ctrl+c,ctrl+q", "app.quit", "quit", "Leave the program"),
)

ACTING = (_key("actions.open", "a", "actions", "actions", "What can be done to the object, and why something cannot"),)

BROWSE = (
    _key(
        "browse.filter", "slash", "filter", "filter", "Show only rows that match; words, or field:value", priority=True
    ),
    _key("browse.clear", "escape,ctrl+g", "clear_filter", "clear", "Take the filter away"),
    _key("browse.sort", "s", "sort(1)", "sort", "Sort by the next column"),
    _key("browse.reverse", "S", "sort(-1)", "reverse", "Sort the other way round"),
    _key("browse.pane", "v", "toggle_pane", "pane", "Show or hide the pane with the details"),
    _key("browse.orphans", "o", "orphans", "left behind", "Claims left behind by sets that are gone, and back"),
    _key("browse.feeds", "f", "app.feeds", "feeds", "What is watched, and how far it may be believed"),
    _key("browse.copy", "c", "copy", "copy", "Copy the name and what is shown of the row"),
    _key(
        "browse.scroll_down",
        "J,shift+down",
        "scroll_pane(1)",
        "scroll",
        "Scroll the pane without leaving the list",
    ),
    _key(
        "browse.scroll_up",
        "K,shift+up",
        "scroll_pane(-1)",
        "scroll up",
        "Scroll the pane without leaving the list",
    ),
)

ROWS = (
    _key("rows.up", "up,k", "move(-1)", "up", "One row up"),
    _key("rows.down", "down,j", "move(1)", "down", "One row down"),
    _key("rows.page_up", "pageup,ctrl+b", "page(-1)", "page up", "One page up"),
    _key("rows.page_down", "pagedown,ctrl+f", "page(1)", "page down", "One page down"),
    _key("rows.first", "home,g", "first", "first", "The first row"),
    _key("rows.last", "end,G", "last", "last", "The last row"),
    _key("rows.open", "enter", "choose", "open", "Open the object: describe, chain, events, YAML"),
)

CELLS = (
    _key("cells.left", "left,h", "move_cell(-1)", "left", "One cell to the left"),
    _key("cells.right", "right,l", "move_cell(1)", "right", "One cell to the right"),
)

FINDINGS = (
    _key(
        "findings.toggle",
        "space",
        "toggle_hit",
        "who is hit",
        "List those that are hit under their cause, or hide them",
    ),
    _key("findings.unfold", "right,l", "unfold", "unfold", "List those that are hit under their cause"),
    _key("findings.fold", "left,h", "fold", "fold", "Hide those that are hit, and go to their cause"),
)

PANE = (
    _key("pane.switch", "tab", "app.focus_next", "switch", "To the pane, and back to the list"),
    _key("pane.up", "up,k", "scroll_by(-1)", "up", "One line up"),
    _key("pane.down", "down,j", "scroll_by(1)", "down", "One line down"),
    _key("pane.page_up", "pageup,ctrl+b", "scroll_pages(-1)", "page up", "One page up"),
    _key("pane.page_down", "pagedown,ctrl+f,space", "scroll_pages(1)", "page down", "One page down"),
    _key("pane.first", "home,g", "first", "top", "The first line"),
    _key("pane.last", "end,G", "last", "bottom", "The last line"),
)

OBJECT = (
    _key("object.describe", "d", "part('describe')", "describe", "Everything known about the object"),
    _key(
        "object.chain",
        "l",
        "part('chain')",
        "links",
        "From set to pod, claim, volume, attachment and node; Enter opens one",
    ),
    _key("object.events", "e", "part('events')", "events", "Its events, as they come"),
    _key("object.yaml", "y", "part('yaml')", "YAML", "The whole object, read from the server"),
    _key("object.next", "right", "next_part(1)", "next part", "The part to the right"),
    _key("object.previous", "left", "next_part(-1)", "previous part", "The part to the left"),
    _key("object.read", "r", "read", "read again", "Read the YAML again, or open the object that took this one's name"),
    _key("object.copy", "c", "copy", "copy", "Copy the name, and the text of the part that has the focus"),
    _key("object.back", "escape,q,backspace", "app.back", "back", "Back to where you came from"),
)

FILTER = (
    _key("filter.keep", "enter,down", "keep", "keep", "Keep the filter and go to the rows"),
    _key("filter.drop", "escape,ctrl+g", "drop", "drop", "Take the filter away"),
)

PICKER = (
    _key("picker.up", "up,ctrl+k", "move(-1)", "up", "One row up"),
    _key("picker.down", "down,ctrl+j", "move(1)", "down", "One row down"),
    _key("picker.page_up", "pageup", "page(-1)", "page up", "One page up"),
    _key("picker.page_down", "pagedown", "page(1)", "page down", "One page down"),
    _key("picker.choose", "enter", "choose", "choose", "Choose the row of the cursor"),
    _key("picker.leave", "escape,ctrl+g", "leave", "leave", "Leave without choosing"),
)

READING = (
    _key("reading.leave", "escape,q,enter,question_mark,f1", "leave", "close", "Close this page"),
    _key("reading.up", "up,k", "scroll_by(-1)", "up", "One line up"),
    _key("reading.down", "down,j", "scroll_by(1)", "down", "One line down"),
    _key("reading.page_up", "pageup", "scroll_pages(-1)", "page up", "One page up"),
    _key("reading.page_down", "pagedown,space", "scroll_pages(1)", "page down", "One page down"),
)

ACTIONS = (
    _key("offers.up", "up,k", "move(-1)", "up", "One row up"),
    _key("offers.down", "down,j", "move(1)", "down", "One row down"),
    _key(
        "offers.choose",
        "enter",
        "choose",
        "look at the plan",
        "Look at the plan; nothing is done before it is approved",
    ),
    _key("offers.leave", "escape,q,ctrl+g", "leave", "leave", "Leave without choosing"),
)

PLAN = (
    _key("plan.next", "tab", "app.focus_next", "next field", "To the next field"),
    _key("plan.page_up", "pageup", "scroll_pages(-1)", "page up", "One page of the plan up"),
    _key("plan.page_down", "pagedown", "scroll_pages(1)", "page down", "One page of the plan down"),
    _key("plan.up", "up", "scroll_by(-1)", "up", "One line of the plan up"),
    _key("plan.down", "down", "scroll_by(1)", "down", "One line of the plan down"),
    _key(
        "plan.again", "r", "again", "the new plan", "Look at the plan as it would be now, after something has changed"
    ),
    _key("plan.copy", "ctrl+y", "copy", "copy for kubectl", "Copy the commands that do the same with kubectl"),
    _key("plan.leave", "escape,ctrl+g,q", "leave", "leave", "Leave; what has been approved goes on"),
)

JOURNAL = (
    _key("journal.switch", "tab", "app.focus_next", "switch", "From the runs to the lines, and back"),
    _key("journal.leave", "escape,q,ctrl+g", "leave", "close", "Close the journal"),
)

TROUBLE = (
    _key("trouble.retry", "r", "retry", "retry", "Try to connect again"),
    _key("trouble.context", "x", "app.choose_context", "context", "Choose another context"),
    _key("trouble.quit", "q,escape", "app.quit", "quit", "Leave the program"),
)


class KeyGroup(NamedTuple):
    """Keys that hold in one place, as the help shows them."""

    title: str
    bindings: tuple[Binding, ...]


GROUPS = (
    KeyGroup("Screens", SCREENS),
    KeyGroup("Everywhere", EVERYWHERE),
    KeyGroup("On an object, or its row in a list", ACTING),
    KeyGroup("On a list", BROWSE),
    KeyGroup("Rows", ROWS),
    KeyGroup("On a finding, beside the rows' keys", FINDINGS),
    KeyGroup("In a matrix, beside the rows' keys", CELLS),
    KeyGroup("On an object", OBJECT),
    KeyGroup("In a pane (tab goes there)", PANE),
    KeyGroup("While typing a filter", FILTER),
    KeyGroup("In a list to choose from", PICKER),
    KeyGroup("In the list of actions", ACTIONS),
    KeyGroup("In the dialog of a plan", PLAN),
    KeyGroup("In the journal", JOURNAL),
)

BY_ID: dict[str, Binding] = {
    str(binding.id): binding for group in (*(group.bindings for group in GROUPS), READING, TROUBLE) for binding in group
}


def display(binding: Binding) -> str:
    """The first key of a binding as it is shown: `↵`, `/`, `ctrl-p`."""
    return _shown(binding.key.split(",")[0])


def displays(binding: Binding) -> str:
    """All keys of a binding as they are shown."""
    return ", ".join(_shown(key) for key in binding.key.split(","))


def bindings(*groups: tuple[Binding, ...]) -> list[BindingType]:
    """The bindings of several groups, as a class wants them."""
    return [binding for group in groups for binding in group]


def _shown(key: str) -> str:
    return _DISPLAYS.get(key) or key.replace("ctrl+", "ctrl-").replace("shift+", "shift-")
