"""One CSI driver of a cluster: its processes, its faults, and what it was asked."""

import json
import os
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import Any

from tests.realcluster import programs
from tests.realcluster.processes import Processes
from tests.realcluster.programs import DriverPlace, NodePlace, Places
from tests.realcluster.rest import Rest
from tests.realcluster.waiting import wait_until

SIDECARS = ("csi-provisioner", "csi-attacher", "csi-resizer")
SNAPSHOTTER = "csi-snapshotter"
CONTROLLER = "controller"
REGISTERED_WITHIN_S = 60.0


class Code(IntEnum):
    """The codes of gRPC that CSI gives a meaning."""

    OK = 0
    CANCELLED = 1
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14


class Faults:
    """What goes wrong in a driver right now: at most one fault for each call of CSI."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._standing: dict[str, dict[str, Any]] = {}

    def set(
        self,
        call: str,
        code: Code = Code.INTERNAL,
        message: str = "",
        *,
        seconds: float = 0.0,
        match: str = "",
        node: str = "",
    ) -> None:
        """Make a call such as ``ControllerPublishVolume`` fail; with ``Code.OK`` and ``seconds`` it is slow instead.

        It fails after ``seconds``, during which it hangs. ``match`` is a text in the request's JSON: a volume's id,
        which is the name of the PersistentVolume, or a node's name. ``node`` restricts a call of the node service to
        that node.
        """
        self._standing[call] = {"code": int(code), "message": message, "seconds": seconds, "match": match, "node": node}
        self._write()

    def clear(self, *calls: str) -> None:
        """Mend the named calls, or all; a call that hangs goes on at once."""
        for call in calls or tuple(self._standing):
            self._standing.pop(call, None)
        self._write()

    def _write(self) -> None:
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps(self._standing))
        os.replace(draft, self._file)


class Driver:
    """The processes of one driver; a part's name is ``controller``, that of a sidecar, or that of a node."""

    def __init__(self, places: Places, processes: Processes, rest: Rest, place: DriverPlace) -> None:
        self._places = places
        self._processes = processes
        self._rest = rest
        self.place = place
        place.folder.mkdir(parents=True, exist_ok=True)
        self.faults = Faults(place.folder / "faults.json")
        self._nodes: dict[str, NodePlace] = {}

    @property
    def name(self) -> str:
        """The driver's name, as classes, volumes, attachments and CSINodes have it."""
        return self.place.name

    def start(self, *parts: str) -> None:
        """Start the controller service and the sidecars, or only the named parts; a node's part after ``add_node``."""
        for part in parts or (CONTROLLER, *SIDECARS):
            if part == CONTROLLER:
                self._processes.start(programs.driver_controller(self._places, self.place))
                socket = self.place.controller_socket
                wait_until(socket.exists, REGISTERED_WITHIN_S, f"{self.name} listens on {socket}")
            elif part in self._nodes:
                self._processes.start(programs.driver_node(self._places, self.place, self._nodes[part]))
            else:
                self._processes.start(programs.sidecar(self._places, self.place, part))

    def add_node(self, node: NodePlace) -> None:
        """Start the node service on a node; ``wait_registered`` waits for the kubelet."""
        self._nodes[node.name] = node
        self.start(node.name)

    def wait_registered(self, *nodes: str) -> None:
        """Wait until the kubelets of the named nodes, or of all that have the node service, say so in their CSINode."""
        for name in nodes or tuple(self._nodes):
            wait_until(partial(self.registered, name), REGISTERED_WITHIN_S, partial(self._explain, name))

    def registered(self, node: str) -> bool:
        """Whether a CSINode names the driver."""
        found = self._rest.get(f"/apis/storage.k8s.io/v1/csinodes/{node}")
        return found is not None and any(d["name"] == self.name for d in found["spec"].get("drivers") or ())

    def unregister(self, node: str) -> None:
        """Take the driver from a node as if uninstalled: its process, and the socket by which the kubelet knows it."""
        self.stop(node)
        (self._nodes.pop(node).registry / f"{self.name}-reg.sock").unlink(missing_ok=True)
        wait_until(lambda: not self.registered(node), REGISTERED_WITHIN_S, f"{self.name} gone from the CSINode {node}")

    def forget(self, node: str) -> None:
        """Stop the node service on a node that is removed."""
        if self._nodes.pop(node, None) is not None:
            self.stop(node)

    def stop(self, part: str) -> None:
        """Kill one part; ``start`` with its name starts it again."""
        self._processes.stop(self._program(part))

    def hang(self, part: str) -> None:
        """Stop one part without ending it."""
        self._processes.hang(self._program(part))

    def resume(self, part: str) -> None:
        """Let a part that hangs go on."""
        self._processes.resume(self._program(part))

    def close(self) -> None:
        """End every part."""
        for name in self._processes.pids():
            if name.startswith(f"{self.name}."):
                self._processes.stop(name)
        for node in self._nodes.values():
            (node.registry / f"{self.name}-reg.sock").unlink(missing_ok=True)

    def mend(self) -> None:
        """Clear all faults, let what hangs go on, and start what was stopped and is needed to delete volumes."""
        self.faults.clear()
        for part in (CONTROLLER, *SIDECARS, *self._nodes):
            if self._processes.running(self._program(part)):
                self.resume(part)
            else:
                self.start(part)

    def use(self, volume: str, used_bytes: int, *, inodes: int = 1000) -> None:
        """Say how full a volume is, by the name of its PersistentVolume; a tenth until then."""
        file = self.place.folder / "usage.json"
        usage = json.loads(file.read_text()) if file.exists() else {}
        usage[volume] = {"used": used_bytes, "inodes_used": inodes}
        draft = file.with_suffix(".draft")
        draft.write_text(json.dumps(usage))
        os.replace(draft, file)

    def calls(self, method: str = "") -> list[dict[str, Any]]:
        """What the driver was asked, by time: ``at``, ``node``, ``method``, ``code``, ``message``, ``request``."""
        lines: list[dict[str, Any]] = []
        for part in (CONTROLLER, *self._nodes):
            log = self._processes.log(self._program(part))
            if log.exists():
                lines += [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
        return sorted(
            (line for line in lines if not method or line["method"] == method), key=lambda line: str(line["at"])
        )

    def _explain(self, node: str) -> str:
        return f"{self.name} registered on {node}; the end of its log:\n{self._processes.tail(self._program(node))}"

    def _program(self, part: str) -> str:
        return f"{self.name}.{part}"
