"""Whatever users and bad luck do to a cluster, its controllers go on: no write makes one fail."""

import asyncio
import random
from collections.abc import Callable

import pytest

from storagetui.sim.cluster import SimCluster
from storagetui.sim.controllers.drivers import OPERATIONS
from storagetui.sim.facts import OUT_OF_SERVICE, requested
from storagetui.sim.quantity import Quantity
from storagetui.sim.refusal import Refusal
from storagetui.sim.resources import RESOURCES
from storagetui.sim.scenes.ground import BLOCK, FILES
from storagetui.sim.wire import Json, name_of, namespace_of
from tests.sim.controllers.stories import START

CODES = ("Internal", "ResourceExhausted", "InvalidArgument", "OutOfRange", "FailedPrecondition", "Aborted")
STORED = [
    item.name for item in RESOURCES if item.stored and item.name not in ("namespaces", "leases.coordination.k8s.io")
]


class Mischief:
    """Does one unkind thing after the other, by chance."""

    def __init__(self, cluster: SimCluster, seed: int) -> None:
        self._cluster = cluster
        self._dice = random.Random(seed)
        self.done = 0

    def strike(self) -> None:
        """One act; what the server refuses does not count."""
        acts: tuple[Callable[[], object], ...] = (
            self._delete,
            self._delete,
            self._force,
            self._strip_finalizers,
            self._forget_annotations,
            self._free_volume,
            self._scale,
            self._upgrade,
            self._grow,
            self._break_driver,
            self._heal_drivers,
            self._stop_or_start_driver,
            self._take_node,
            self._return_nodes,
            self._taint,
            self._unregister,
        )
        try:
            self._dice.choice(acts)()
        except Refusal:
            return
        self.done += 1

    def _any(self, resource: str) -> Json:
        found = self._cluster.store.list(resource)
        if not found:
            raise Refusal(404, "NotFound", "there is none")
        return self._dice.choice(found)

    def _modify(self, resource: str, change: Callable[[Json], None]) -> None:
        obj = self._any(resource)
        self._cluster.store.modify(resource, name_of(obj), namespace_of(obj), change)

    def _delete(self) -> None:
        resource = self._dice.choice(STORED)
        obj = self._any(resource)
        how = self._dice.choice(("Background", "Foreground", "Orphan"))
        self._cluster.store.delete(resource, name_of(obj), namespace_of(obj), propagation=how)

    def _force(self) -> None:
        pod = self._any("pods")
        self._cluster.store.delete("pods", name_of(pod), namespace_of(pod), grace_s=0)

    def _strip_finalizers(self) -> None:
        resources = ("persistentvolumeclaims", "persistentvolumes", "volumeattachments.storage.k8s.io", "pods")
        self._modify(self._dice.choice(resources), lambda obj: obj["metadata"].pop("finalizers", None))

    def _forget_annotations(self) -> None:
        resources = (
            "persistentvolumeclaims",
            "persistentvolumes",
            "volumeattachments.storage.k8s.io",
            "deployments.apps",
        )
        self._modify(self._dice.choice(resources), lambda obj: obj["metadata"].pop("annotations", None))

    def _free_volume(self) -> None:
        self._modify("persistentvolumes", lambda obj: obj["spec"].pop("claimRef", None))

    def _scale(self) -> None:
        replicas = self._dice.randrange(5)
        resource = self._dice.choice(("statefulsets.apps", "deployments.apps", "replicasets.apps"))
        self._modify(resource, lambda obj: obj["spec"].update(replicas=replicas))

    def _upgrade(self) -> None:
        image = f"registry.example/any:{self._dice.randrange(9)}"
        resource = self._dice.choice(("statefulsets.apps", "deployments.apps", "daemonsets.apps"))

        def change(obj: Json) -> None:
            obj["spec"]["template"]["spec"]["containers"][0]["image"] = image

        self._modify(resource, change)

    def _grow(self) -> None:
        def ask(obj: Json) -> None:
            obj["spec"]["resources"]["requests"]["storage"] = str(Quantity(requested(obj) * 2, "binary"))

        self._modify("persistentvolumeclaims", ask)

    def _break_driver(self) -> None:
        code, operation = self._dice.choice(CODES), self._dice.choice(OPERATIONS)
        self._cluster.drivers.fail(self._dice.choice((BLOCK, FILES)), operation, f"rpc error: code = {code} desc = no")

    def _heal_drivers(self) -> None:
        for name in (BLOCK, FILES):
            self._cluster.drivers.heal(name)

    def _stop_or_start_driver(self) -> None:
        self._dice.choice((self._cluster.drivers.stop, self._cluster.drivers.start))(BLOCK)

    def _take_node(self) -> None:
        self._cluster.node_dies(name_of(self._any("nodes")))

    def _return_nodes(self) -> None:
        for node in self._cluster.store.list("nodes"):
            self._cluster.node_returns(name_of(node))

    def _taint(self) -> None:
        taints = [{"key": OUT_OF_SERVICE, "effect": "NoExecute"}] if self._dice.random() < 0.5 else []
        self._modify("nodes", lambda obj: obj["spec"].update(taints=taints))

    def _unregister(self) -> None:
        self._modify("csinodes.storage.k8s.io", lambda obj: obj["spec"].update(drivers=obj["spec"]["drivers"][:1]))


@pytest.mark.parametrize("seed", range(4))
async def test_controllers_survive_mischief(seed: int) -> None:
    async with SimCluster("demo", seed, START) as cluster:
        mischief = Mischief(cluster, seed)
        for _ in range(150):
            mischief.strike()
            await asyncio.sleep(4)
    assert mischief.done > 80
