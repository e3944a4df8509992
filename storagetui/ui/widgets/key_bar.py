"""The bar with the keys of the moment."""

from collections.abc import Container, Sequence

from textual.binding import Binding

from storagetui.ui import keys
from storagetui.ui.widgets.bar import Bar, Item


class KeyBar(Bar):
    """The keys that are worth knowing here, the most useful first; help and quit are always among them."""

    def __init__(self) -> None:
        super().__init__(gap=2, id="key-bar")

    def offer(self, ids: Sequence[str], dimmed: Container[str] = ()) -> None:
        """Show the keys of these ids, some of them as keys that do nothing at present but say why."""
        left = []
        for position, id_ in enumerate(ids):
            style = ("dim", "dim") if id_ in dimmed else ("label", "plain")
            left.append(_item(keys.BY_ID[id_], position + 1, style, is_right=False))
        self.show([*left, _item(keys.BY_ID["app.help"], 0, ("label", "plain"), is_right=True)])


def _item(binding: Binding, priority: int, style: tuple[str, str], *, is_right: bool) -> Item:
    key, words = style
    return Item(((keys.display(binding), key), (f" {binding.description}", words)), priority, is_right)
