"""What the simulated CSI drivers do, how long it takes and how they fail: data that scenes and tests switch."""

from collections.abc import Callable

import msgspec

Span = tuple[float, float]
"""Shortest and longest time something takes, in seconds."""

PROVISION = "provision"
DELETE = "delete"
ATTACH = "attach"
DETACH = "detach"
MOUNT = "mount"
EXPAND = "expand"
EXPAND_ON_NODE = "expand-on-node"
OPERATIONS = (PROVISION, DELETE, ATTACH, DETACH, MOUNT, EXPAND, EXPAND_ON_NODE)


class Fault(msgspec.Struct, frozen=True):
    """A driver's refusal of one operation."""

    message: str
    """What the driver answers, as gRPC errors read: `rpc error: code = Internal desc = ...`."""
    only: str = ""
    """Name of the node, volume, claim or zone it is limited to; empty for all."""

    @property
    def code(self) -> str:
        """The gRPC code in the message, `Internal`; empty when there is none."""
        _, found, rest = self.message.partition("code = ")
        return rest.split(" ", 1)[0] if found else ""


class Delay(msgspec.Struct, frozen=True):
    """Another pace of one operation than the driver's usual one."""

    takes_s: Span
    only: str = ""
    """As of a fault."""


class Driver(msgspec.Struct, kw_only=True):
    """One CSI driver: its pace, its abilities, its faults. Which nodes it is registered on, CSINode objects say."""

    name: str
    volume_prefix: str = "vol-"
    """How the storage system's own names of volumes begin."""
    topology_key: str = "topology.kubernetes.io/zone"
    """Where its volumes can be reached from: the node label that counts; empty for everywhere."""
    provision_s: Span = (1.5, 4.0)
    delete_s: Span = (1.0, 3.0)
    attach_s: Span = (1.0, 3.0)
    detach_s: Span = (1.5, 4.0)
    mount_s: Span = (0.3, 1.0)
    expand_s: Span = (2.0, 6.0)
    expand_on_node_s: Span = (4.0, 20.0)
    expands_on_node: bool = True
    """The file system is grown by the node after the volume was grown by the controller."""
    controller_runs: bool = True
    """Whether provisioner, attacher and resizer answer at all."""
    faults: dict[str, tuple[Fault, ...]] = {}
    delays: dict[str, tuple[Delay, ...]] = {}


class Drivers:
    """All drivers of a cluster by name; a driver that nobody described behaves like the average one."""

    def __init__(self) -> None:
        self._drivers: dict[str, Driver] = {}
        self._listeners: list[Callable[[str], None]] = []

    def install(self, driver: Driver) -> None:
        """Describe a driver, or describe it anew."""
        self._drivers[driver.name] = driver
        self._changed(driver.name)

    def __getitem__(self, name: str) -> Driver:
        return self._drivers.setdefault(name, Driver(name=name))

    def listen(self, listener: Callable[[str], None]) -> None:
        """Have `listener` called with a driver's name whenever its behavior changes."""
        self._listeners.append(listener)

    def fail(self, name: str, operation: str, message: str, only: str = "") -> None:
        """Let an operation fail from now on, everywhere or only for one node, volume, claim or zone.

        Raises ValueError for an operation that is none of OPERATIONS.
        """
        _check(operation)
        driver = self[name]
        driver.faults = {**driver.faults, operation: (*driver.faults.get(operation, ()), Fault(message, only))}
        self._changed(name)

    def heal(self, name: str, operation: str = "") -> None:
        """Take back the faults and delays of one operation, or all."""
        driver = self[name]
        driver.faults = {kept: faults for kept, faults in driver.faults.items() if operation not in ("", kept)}
        driver.delays = {kept: delays for kept, delays in driver.delays.items() if operation not in ("", kept)}
        self._changed(name)

    def slow_down(self, name: str, operation: str, span: Span, only: str = "") -> None:
        """Let an operation take that long from now on, everywhere or only for one node, volume, claim or zone.

        Raises ValueError for an operation that is none of OPERATIONS.
        """
        _check(operation)
        driver = self[name]
        delays = (*driver.delays.get(operation, ()), Delay(span, only))
        driver.delays = {**driver.delays, operation: delays}
        self._changed(name)

    def stop(self, name: str) -> None:
        """Stop the driver's controller part: nothing is answered until `start`."""
        self[name].controller_runs = False
        self._changed(name)

    def start(self, name: str) -> None:
        """Start the driver's controller part again."""
        self[name].controller_runs = True
        self._changed(name)

    def fault(self, name: str, operation: str, *names: str) -> Fault | None:
        """The fault that stands in the way of an operation on the things of those names, if there is one."""
        for fault in self[name].faults.get(operation, ()):
            if not fault.only or fault.only in names:
                return fault
        return None

    def takes_s(self, name: str, operation: str, *names: str) -> Span:
        """How long an operation on the things of those names takes."""
        driver = self[name]
        for delay in reversed(driver.delays.get(operation, ())):
            if not delay.only or delay.only in names:
                return delay.takes_s
        usual: Span = getattr(driver, f"{operation.replace('-', '_')}_s")
        return usual

    def _changed(self, name: str) -> None:
        for listener in self._listeners:
            listener(name)


def _check(operation: str) -> None:
    if operation not in OPERATIONS:
        raise ValueError(f"no driver operation {operation!r}; it is one of {', '.join(OPERATIONS)}")
