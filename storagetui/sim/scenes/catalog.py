"""All scenes, by name."""

from storagetui.sim.scenes import attachments, claims, expansion, workloads
from storagetui.sim.scenes.busy import BUSY
from storagetui.sim.scenes.calm import CALM, EMPTY
from storagetui.sim.scenes.demo import DEMO
from storagetui.sim.scenes.large import LARGE
from storagetui.sim.scenes.scene import Scene

SCENES: tuple[Scene, ...] = (
    CALM,
    EMPTY,
    BUSY,
    DEMO,
    *claims.SCENES,
    *attachments.SCENES,
    *expansion.SCENES,
    *workloads.SCENES,
    LARGE,
)


def scene_named(name: str) -> Scene:
    """The scene of that name. Raises ValueError, with all names, when there is none."""
    for scene in SCENES:
        if scene.name == name:
            return scene
    raise ValueError(f"there is no scene {name!r}; choose one of {', '.join(scene.name for scene in SCENES)}")
