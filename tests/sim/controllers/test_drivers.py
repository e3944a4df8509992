"""Drivers, images and machines: behavior as data that can be switched at any time."""

import pytest

from storagetui.sim import objects
from storagetui.sim.controllers.drivers import ATTACH, EXPAND, PROVISION, Driver, Drivers, Fault
from storagetui.sim.controllers.images import Behavior, Images
from storagetui.sim.controllers.machines import Machines
from storagetui.sim.facts import phase
from storagetui.sim.scenes.ground import BLOCK
from tests.sim.controllers.stories import apply, claim, empty_cluster, until


def test_a_fault_holds_for_all_or_for_one_thing_until_it_is_healed() -> None:
    drivers = Drivers()
    drivers.fail("d", ATTACH, "no", only="worker-a")
    assert drivers.fault("d", ATTACH, "volume", "worker-b") is None
    assert drivers.fault("d", ATTACH, "volume", "worker-a") == Fault("no", "worker-a")
    drivers.fail("d", ATTACH, "never")
    assert drivers.fault("d", ATTACH, "volume", "worker-b") == Fault("never")
    assert drivers.fault("other", ATTACH) is None
    drivers.heal("d", EXPAND)
    assert drivers.fault("d", ATTACH) is not None
    drivers.heal("d", ATTACH)
    assert drivers.fault("d", ATTACH, "worker-a") is None


@pytest.mark.parametrize(("message", "code"), [("rpc error: code = Internal desc = x", "Internal"), ("no", "")])
def test_the_code_of_a_fault_stands_in_its_message(message: str, code: str) -> None:
    assert Fault(message).code == code


def test_a_delay_holds_for_all_or_for_one_thing_until_it_is_healed() -> None:
    drivers = Drivers()
    drivers.install(Driver(name="d", provision_s=(1.0, 2.0)))
    drivers.slow_down("d", PROVISION, (50.0, 60.0), only="data")
    assert drivers.takes_s("d", PROVISION, "other") == (1.0, 2.0)
    assert drivers.takes_s("d", PROVISION, "data") == (50.0, 60.0)
    drivers.heal("d")
    assert drivers.takes_s("d", PROVISION, "data") == (1.0, 2.0)


def test_an_operation_that_no_driver_has_is_refused() -> None:
    drivers = Drivers()
    with pytest.raises(ValueError, match="it is one of provision, delete, attach"):
        drivers.fail("d", "explode", "no")
    with pytest.raises(ValueError, match="no driver operation 'explode'"):
        drivers.slow_down("d", "explode", (1.0, 2.0))


def test_whoever_listens_hears_of_every_switch() -> None:
    heard: list[str] = []
    drivers, machines = Drivers(), Machines()
    drivers.listen(heard.append)
    machines.listen(heard.append)
    drivers.stop("d")
    drivers.start("d")
    machines.take_down("n")
    assert not machines.is_up("n")
    machines.bring_up("n")
    assert machines.is_up("n")
    assert heard == ["d", "d", "n", "n"]


def test_the_longest_beginning_of_an_image_counts() -> None:
    images = Images()
    images.behave("registry.example/db", Behavior(exit_code=1))
    images.behave("registry.example/db:2", Behavior(exit_code=2))
    assert images.of("registry.example/db:1").exit_code == 1
    assert images.of("registry.example/db:2.1").exit_code == 2
    assert images.of("docker.io/other") == Behavior()


async def test_a_slow_driver_takes_its_time() -> None:
    async with empty_cluster() as cluster:
        cluster.drivers.slow_down(BLOCK, PROVISION, (90.0, 90.0), only="slow")
        apply(cluster, *(objects.claim("shop", name, "1Gi", "gp3-immediate") for name in ("slow", "quick")))
        begun_s = cluster.clock.elapsed_s()
        await until(cluster, lambda: phase(claim(cluster, "quick")) == "Bound")
        assert cluster.clock.elapsed_s() - begun_s < 10
        await until(cluster, lambda: phase(claim(cluster, "slow")) == "Bound")
        assert 90 < cluster.clock.elapsed_s() - begun_s < 95
