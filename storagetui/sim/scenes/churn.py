"""The everyday movement of a cluster: small workloads that start, end, crash, scale and grow."""

from collections.abc import Callable
from fractions import Fraction

from storagetui.sim import objects
from storagetui.sim.controllers.drivers import Span
from storagetui.sim.controllers.images import Behavior
from storagetui.sim.facts import phase, requested
from storagetui.sim.quantity import Quantity
from storagetui.sim.scenes.story import Story
from storagetui.sim.wire import Json

JOB_IMAGE = "registry.example/ci/build:12"
RUNNER_IMAGE = "registry.example/ci/runner:4"
FLAKY_IMAGE = "registry.example/shop/importer:0.9"
GIBIBYTE = 1024**3


class Churn:
    """What keeps happening; each kind of movement at its own pace, `slower` times as seldom as in the demo."""

    def __init__(self, story: Story, slower: float = 1.0) -> None:
        self._story = story
        self._slower = slower
        self._builds = 2400
        self._runners = 310

    def begin(self) -> None:
        """Create the workloads that move, and set everything going; a set shop/cart of three is there."""
        story, images = self._story, self._story.world.images
        images.behave(JOB_IMAGE, Behavior(runs_s=(8.0, 25.0), pull_s=(0.5, 1.5)))
        images.behave(RUNNER_IMAGE, Behavior(runs_s=(25.0, 50.0)))
        story.create("-6d", objects.service("shop", "web"))
        story.create("-6d", objects.deployment("shop", "web", "registry.example/shop/web:3.4", 3))
        self._every((9.0, 18.0), self._build)
        self._every((30.0, 45.0), self._run_with_volume)
        self._every((20.0, 40.0), self._scale_web)
        self._every((150.0, 210.0), self._grow_a_claim)
        self._every((240.0, 300.0), self._restart_cart)

    def crash(self) -> None:
        """A workload whose containers keep crashing."""
        self._story.world.images.behave(FLAKY_IMAGE, Behavior(runs_s=(20.0, 90.0), exit_code=1))
        self._story.create("-3h", objects.deployment("shop", "importer", FLAKY_IMAGE, 1))

    def _every(self, period_s: Span, act: Callable[[], object]) -> None:
        self._story.every((period_s[0] * self._slower, period_s[1] * self._slower), act)

    def _build(self) -> None:
        """A job that ends by itself and is cleaned up."""
        self._builds += 1
        self._story.world.store.create("jobs.batch", objects.job("ci", f"build-{self._builds}", JOB_IMAGE, keep_s=40))

    def _run_with_volume(self) -> None:
        """A pod with a volume of its own, which is made, attached, used and deleted with it."""
        self._runners += 1
        name = f"runner-{self._runners}"
        pod = objects.pod("ci", name, RUNNER_IMAGE, restartPolicy="Never")
        template = {"spec": objects.claim("", "work", "10Gi", "gp3")["spec"]}
        pod["spec"]["volumes"] = [{"name": "work", "ephemeral": {"volumeClaimTemplate": template}}]
        pod["spec"]["containers"][0]["volumeMounts"] = [{"name": "work", "mountPath": "/work"}]
        store = self._story.world.store
        store.create("pods", pod)
        for old in store.list("pods", "ci"):
            if old["metadata"]["name"].startswith("runner-") and phase(old) == "Succeeded":
                store.delete("pods", old["metadata"]["name"], "ci")

    def _scale_web(self) -> None:
        replicas = self._story.world.random.choice((2, 3, 4, 5))

        def scale(obj: Json) -> None:
            obj["spec"]["replicas"] = replicas

        self._story.world.store.modify("deployments.apps", "web", "shop", scale)

    def _grow_a_claim(self) -> None:
        """One of the cart's claims asks for a little more, as an autoscaler of volumes would."""
        number = self._story.world.random.choice((0, 1, 2))

        def ask(obj: Json) -> None:
            size = requested(obj) + Fraction(GIBIBYTE)
            obj["spec"]["resources"]["requests"]["storage"] = str(Quantity(size, "binary"))

        self._story.world.store.modify("persistentvolumeclaims", f"data-cart-{number}", "shop", ask)

    def _restart_cart(self) -> None:
        """A rolling restart, as kubectl rollout restart does it."""
        now = self._story.world.clock.timestamp()

        def restart(obj: Json) -> None:
            notes = obj["spec"]["template"]["metadata"].setdefault("annotations", {})
            notes["kubectl.kubernetes.io/restartedAt"] = now

        self._story.world.store.modify("statefulsets.apps", "cart", "shop", restart)
