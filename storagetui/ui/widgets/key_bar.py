"""The bar with the keys of the moment."""

from collections.abc import Sequence

from textual.binding import Binding

from storagetui.ui import keys
from storagetui.ui.widgets.bar import Bar, Item


class KeyBar(Bar):
    """The keys that are worth knowing here, the most useful first; help and quit are always among them."""

    def __init__(self) -> None:
        super().__init__(gap=2, id="key-bar")

    def offer(self, ids: Sequence[str]) -> None:
        """Show the keys of these ids."""
        chosen = [keys.BY_ID[id_] for id_ in ids]
        left = [_item(binding, position + 1, is_right=False) for position, binding in enumerate(chosen)]
        self.show([*left, _item(keys.BY_ID["app.help"], 0, is_right=True)])


def _item(binding: Binding, priority: int, *, is_right: bool) -> Item:
    return Item(((keys.display(binding), "label"), (f" {binding.description}", "plain")), priority, is_right)
