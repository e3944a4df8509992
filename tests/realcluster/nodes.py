"""The nodes of a cluster: real kubelets that come, die and come back."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from tests.realcluster import programs
from tests.realcluster.ports import free_ports
from tests.realcluster.processes import Processes
from tests.realcluster.programs import NodePlace, Places
from tests.realcluster.rest import Conflict, Manifest, Rest
from tests.realcluster.users import EXTRA_NODES
from tests.realcluster.waiting import wait_until

ZONES = ("zone-a", "zone-b", "zone-c")
FIRST_NODES = ("node-0", "node-1", "node-2")
EXTRA_NAMES = tuple(f"node-{number}" for number in range(len(FIRST_NODES), len(FIRST_NODES) + EXTRA_NODES))
UNINITIALIZED = "node.cloudprovider.kubernetes.io/uninitialized"
"""The taint of a node whose cloud has not spoken yet; here we are the cloud."""
READY_WITHIN_S = 90.0


class Nodes:
    """Every node by name, running or killed."""

    def __init__(self, places: Places, processes: Processes, rest: Rest) -> None:
        self._places = places
        self._processes = processes
        self._rest = rest
        self._nodes: dict[str, NodePlace] = {}

    def __iter__(self) -> Iterator[NodePlace]:
        return iter(list(self._nodes.values()))

    def __getitem__(self, name: str) -> NodePlace:
        return self._nodes[name]

    def start_first(self) -> None:
        """Start the three nodes that every test shares, one in each zone; ``wait_ready`` waits for them."""
        for name, zone in zip(FIRST_NODES, ZONES, strict=True):
            self._start(name, zone, own="")

    def add(self, zone: str = ZONES[0], *, own: str = "") -> str:
        """Start one more node and return its name once it is Ready.

        With ``own``, only pods that tolerate the taint ``storagetui.test/own=<own>:NoSchedule`` are scheduled to it.
        """
        name = next((name for name in EXTRA_NAMES if name not in self._nodes), None)
        if name is None:
            raise RuntimeError(f"There are {EXTRA_NODES} extra nodes already: remove one first.")
        self._start(name, zone, own=own)
        self.wait_ready(name)
        return name

    def kill(self, name: str) -> None:
        """Kill the kubelet: the node is NotReady after NODE_GRACE_S, its pods are deleted TOLERATION_S later."""
        self._processes.stop(kubelet_name(name))

    def hang(self, name: str) -> None:
        """Stop the kubelet without ending it."""
        self._processes.hang(kubelet_name(name))

    def resume(self, name: str) -> None:
        """Let a kubelet that hangs go on."""
        self._processes.resume(kubelet_name(name))

    def restart(self, name: str) -> None:
        """Start the kubelet of a node again, and wait until the node is Ready."""
        self._processes.start(programs.kubelet(self._places, self._nodes[name]))
        self.wait_ready(name)

    def remove(self, name: str) -> None:
        """Kill a node that ``add`` made, and delete it from the cluster."""
        node = self._nodes.pop(name)
        if kubelet_name(name) in self._processes.pids():
            self._processes.stop(kubelet_name(name))
        self._rest.delete(f"/api/v1/nodes/{name}")
        shutil.rmtree(node.folder, ignore_errors=True)  # the name is used again

    def ready(self, name: str) -> bool:
        """Whether the control plane holds a node for Ready, with its address known and no taint that keeps pods off."""
        node = self._rest.get(f"/api/v1/nodes/{name}")
        if node is None:
            return False
        with suppress(Conflict):  # another writer was faster: the next look does it
            self._introduce(node)
        taints = {taint["key"] for taint in node["spec"].get("taints", ())}
        return condition(node, "Ready") == "True" and not any(key.startswith("node.") for key in taints)

    def wait_ready(self, *names: str) -> None:
        """Wait until nodes are Ready: those named, or all."""
        for name in names or tuple(self._nodes):
            wait_until(partial(self.ready, name), READY_WITHIN_S, partial(self._explain, name))

    def _start(self, name: str, zone: str, *, own: str) -> None:
        folder = self._places.folder / name
        node = NodePlace(name, zone, free_ports(1)[0], folder, own)
        node.registry.mkdir(parents=True, exist_ok=True)
        self._nodes[name] = node
        self._processes.start(programs.kubelet(self._places, node))

    def _introduce(self, node: Manifest) -> None:
        """Do what a cloud's controller does for a new node: say its address, and take the taint away."""
        path = f"/api/v1/nodes/{node['metadata']['name']}"
        taints = node["spec"].get("taints", [])
        if any(taint["key"] == UNINITIALIZED for taint in taints):
            name = node["metadata"]["name"]
            addresses = [{"type": "InternalIP", "address": address(name)}, {"type": "Hostname", "address": name}]
            changed = self._rest.merge(f"{path}/status", {"status": {"addresses": addresses}})
            kept = [taint for taint in changed["spec"].get("taints", []) if taint["key"] != UNINITIALIZED]
            # The node controller writes taints too: with the version, ours cannot undo its.
            version = changed["metadata"]["resourceVersion"]
            self._rest.merge(path, {"metadata": {"resourceVersion": version}, "spec": {"taints": kept}})

    def _explain(self, name: str) -> str:
        self._processes.check()
        node = self._rest.get(f"/api/v1/nodes/{name}")
        if node is None:
            return f"{name} registered; the end of its log:\n{self._processes.tail(kubelet_name(name))}"
        return f"{name} Ready; taints {node['spec'].get('taints')}, conditions {node['status'].get('conditions')}"


def address(node: str) -> str:
    """The address of a node: nobody routes it (RFC 5737), but the API server's way to the nodes knows it."""
    return f"192.0.2.{10 + (*FIRST_NODES, *EXTRA_NAMES).index(node)}"


def condition(item: Manifest, kind: str) -> str:
    """The status of one condition of an object; empty when it has none of that type."""
    return next((str(c["status"]) for c in item.get("status", {}).get("conditions", ()) if c["type"] == kind), "")


def kubelet_name(node: str) -> str:
    """The name of a node's kubelet among the programs."""
    return f"kubelet.{node}"
