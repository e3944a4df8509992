"""The parts of an object's screen, one of which has the keys."""

from collections.abc import Mapping, Sequence

from textual import events

from storagetui.ui import keys
from storagetui.ui.messages import PartChosen
from storagetui.ui.widgets.bar import Bar, Item


class PartBar(Bar):
    """The parts' names with their keys; a click goes there."""

    def __init__(self, parts: Sequence[str]) -> None:
        super().__init__(base="plain", gap=2, id="part-bar")
        self._parts = tuple(parts)
        self._ends: list[tuple[int, str]] = []

    def show_state(self, current: str, labels: Mapping[str, str]) -> None:
        """Mark the part that has the keys; `labels` replaces names of parts."""
        items, self._ends, end = [], [], 1
        for part in self._parts:
            binding = keys.BY_ID[f"object.{part}"]
            name = labels.get(part) or binding.description
            label = f"[{name}]" if part == current else name
            key = keys.display(binding)
            end += len(key) + 1 + len(label) + 2
            self._ends.append((end, part))
            items.append(Item(((f"{key} ", "label"), (label, "title" if part == current else "plain"))))
        self.show(items)

    def on_click(self, event: events.Click) -> None:
        """Go to the part whose name was clicked."""
        part = next((part for end, part in self._ends if event.x < end), None)
        if part is not None:
            self.post_message(PartChosen(part))
