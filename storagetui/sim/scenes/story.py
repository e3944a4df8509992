"""How a scene tells what happened: actions at times before and after the present."""

import contextlib
import re
from collections.abc import Callable

from storagetui.sim.agenda import Work
from storagetui.sim.controllers.drivers import Span
from storagetui.sim.controllers.world import World
from storagetui.sim.facts import node_of
from storagetui.sim.objects import resource_of
from storagetui.sim.refusal import Refusal
from storagetui.sim.wire import Json

_TIME = re.compile(r"([+-])((?:\d+[dhms])+)")
_UNIT_S = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}


def seconds(text: str) -> float:
    """`-6m40s` or `+2h` in seconds from the present. Raises ValueError for anything else."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no time of a story; write it as -6m40s or +2h")
    found = sum(int(number) * _UNIT_S[unit] for number, unit in re.findall(r"(\d+)([dhms])", match[2]))
    return -found if match[1] == "-" else found


class Story:
    """The past and future of one scene; times are texts such as `-3d` and `+30s`, counted from the present."""

    def __init__(self, world: World, present_s: float) -> None:
        self.world = world
        self._present_s = present_s
        self._acts = 0

    def at(self, when: str, act: Callable[[], object]) -> None:
        """Have `act` done at that time."""
        self._acts += 1
        due_s = self._present_s + seconds(when)

        def play(_key: int) -> None:
            act()

        self.world.agenda.add(play, self._acts, due_s - self.world.clock.elapsed_s())

    def later(self, after_s: float, act: Callable[[], object]) -> None:
        """Have `act` done so many seconds from the moment that the story has come to."""
        self._acts += 1

        def play(_key: int) -> None:
            act()

        self.world.agenda.add(play, self._acts, after_s)

    def create(self, when: str, *objects: Json) -> None:
        """Have objects created, in order."""

        def act() -> None:
            for obj in objects:
                self.world.store.create(resource_of(obj), obj)

        self.at(when, act)

    def change(self, when: str, resource: str, key: str, change: Callable[[Json], None]) -> None:
        """Have an object changed in place; `key` is namespace/name, or the name alone."""
        namespace, _, name = key.rpartition("/")
        self.at(when, lambda: self.world.store.modify(resource, name, namespace, change))

    def delete(self, when: str, resource: str, key: str, **options: str) -> None:
        """Have an object deleted; `options` as of ObjectStore.delete."""
        namespace, _, name = key.rpartition("/")
        propagation = options.get("propagation", "Background")
        self.at(when, lambda: self.world.store.delete(resource, name, namespace, propagation=propagation))

    def scale(self, when: str, resource: str, key: str, replicas: int) -> None:
        """Have a workload scaled."""

        def resize(obj: Json) -> None:
            obj["spec"]["replicas"] = replicas

        self.change(when, resource, key, resize)

    def expand(self, when: str, key: str, size: str) -> None:
        """Have a claim ask for that size."""

        def ask(obj: Json) -> None:
            obj["spec"]["resources"]["requests"]["storage"] = size

        self.change(when, "persistentvolumeclaims", key, ask)

    def node_dies(self, when: str, node: str | Callable[[], str]) -> None:
        """Let a node's machine die: one of that name, or the one that is found out when the time has come."""
        self.at(when, lambda: self.world.machines.take_down(node if isinstance(node, str) else node()))

    def node_of(self, pod: str) -> str:
        """Where a pod, given as namespace/name, runs."""
        namespace, _, name = pod.rpartition("/")
        return node_of(self.world.store.get("pods", name, namespace))

    def every(self, period_s: Span, act: Callable[[], object]) -> None:
        """Have `act` done again and again from two minutes before the present on; what is refused is left out."""

        def play(key: int) -> None:
            with contextlib.suppress(Refusal):
                act()
            self.world.agenda.add(work, key, self.world.draw_s(period_s))

        work: Work = play
        self._acts += 1
        self.world.agenda.add(work, self._acts, self.world.agenda.rest(0.0, tail_s=120.0) + self.world.draw_s(period_s))
