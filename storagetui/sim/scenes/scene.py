"""What a scene is."""

from collections.abc import Callable, Iterable

import msgspec

from storagetui.sim.scenes.ground import lay_ground
from storagetui.sim.scenes.story import Story

DAY_S = 86400.0


class Scene(msgspec.Struct, frozen=True):
    """A cluster with a past, by name."""

    name: str
    about: str
    """One sentence: what is to be seen."""
    tell: Callable[[Story], None]
    past_s: float = 40 * DAY_S
    """How long the cluster has existed when the scene opens."""


def small_scene(
    name: str, about: str, *acts: Callable[[Story], None], workers: int = 3, namespaces: Iterable[str] = ("shop",)
) -> Scene:
    """A scene of a few nodes in which each act happens."""

    def tell(story: Story) -> None:
        lay_ground(story, workers=workers, namespaces=namespaces)
        for act in acts:
            act(story)

    return Scene(name, about, tell)
