"""The palette: every screen and every key that can be pressed anywhere, by name."""

from storagetui.ui import keys
from storagetui.ui.widgets.choice_list import Choice

_WORDS = {
    "screen.triage": "findings problems stuck",
    "screen.sets": "statefulsets sts ordinals matrix",
    "screen.claims": "persistentvolumeclaims pvc",
    "screen.volumes": "persistentvolumes pv",
    "screen.pods": "po",
    "screen.attachments": "volumeattachments va",
    "app.namespace": "ns",
    "app.context": "cluster kubeconfig switch ctx",
    "app.quit": "exit leave",
    "app.help": "keys",
    "actions.open": "expand force delete do",
    "app.journal": "history runs done audit",
    "browse.filter": "search find",
    "browse.feeds": "watches connection health rights rbac",
}
_EVERYWHERE = (
    "actions.open",
    "app.namespace",
    "app.context",
    "browse.feeds",
    "app.journal",
    "app.help",
    "app.suspend",
    "app.quit",
)
_ON_LISTS = ("browse.filter", "browse.clear", "browse.sort", "browse.reverse", "browse.pane", "browse.copy")
_ON_OBJECTS = ("object.describe", "object.chain", "object.events", "object.yaml", "object.copy", "object.back")


def commands(*, is_object: bool) -> list[Choice[str]]:
    """The commands for where the user is now; the value is the binding's id."""
    ids = [str(binding.id) for binding in keys.SCREENS]
    ids += _ON_OBJECTS if is_object else _ON_LISTS
    ids += _EVERYWHERE
    return [_command(id_) for id_ in ids]


def _command(id_: str) -> Choice[str]:
    binding = keys.BY_ID[id_]
    name = binding.description.lower() if id_.startswith("screen.") else binding.description
    return Choice(id_, name, f"{keys.display(binding):8} {binding.tooltip}", f"{_WORDS.get(id_, '')} {binding.tooltip}")
