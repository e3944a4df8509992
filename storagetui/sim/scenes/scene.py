"""What a scene is."""

from collections.abc import Callable

import msgspec

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
