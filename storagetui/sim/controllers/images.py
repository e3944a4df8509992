"""What the simulated containers do once they run, by image: most run for ever, some end, some crash."""

import msgspec

from storagetui.sim.controllers.drivers import Span


class Behavior(msgspec.Struct, frozen=True, kw_only=True):
    """How the containers of one image behave."""

    pull_s: Span = (0.6, 2.5)
    ready_s: Span = (0.5, 2.5)
    """From the start of the container to the pod being Ready."""
    runs_s: Span | None = None
    """How long a container runs before it ends by itself; None: until it is stopped."""
    exit_code: int = 0
    """With which code it then ends."""
    ignores_stop: bool = False
    """Ends only when the grace period is over."""
    unready: bool = False
    """Runs but never passes its readiness probe."""
    probe: str = "HTTP probe failed with statuscode: 503"
    """What the failing readiness probe says."""
    hangs: bool = False
    """Does not end at all, not even when it is killed: a process in uninterruptible sleep."""


class Images:
    """Behaviors by the beginning of the image's name; the longest that fits counts."""

    def __init__(self) -> None:
        self._behaviors: dict[str, Behavior] = {}
        self._usual = Behavior()

    def behave(self, image: str, behavior: Behavior) -> None:
        """Say what containers do whose image begins so."""
        self._behaviors[image] = behavior

    def of(self, image: str) -> Behavior:
        """What containers of that image do."""
        fitting = [prefix for prefix in self._behaviors if image.startswith(prefix)]
        return self._behaviors[max(fitting, key=len)] if fitting else self._usual
