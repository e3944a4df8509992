"""What keeps a node Ready: its lease, renewed by its kubelet, and its status.

Source: kubernetes/pkg/kubelet/kubelet_node_status.go, component-helpers/apimachinery/lease/controller.go.
"""

from collections.abc import Iterable

from storagetui.sim.controllers.controller import Controller
from storagetui.sim.events import Source
from storagetui.sim.facts import Key, is_node_ready, key_of
from storagetui.sim.wire import Json, copied, dig, name_of, uid_of

LEASES = "leases.coordination.k8s.io"
LEASE_NAMESPACE = "kube-node-lease"
LEASE_DURATION_S = 40
RENEW_PERIOD_S = 10.0
REPORT_PERIOD_S = 300.0
"""How often a status in which nothing changed is reported anyway (nodeStatusReportFrequency)."""
HEALTHY = {
    "MemoryPressure": ("False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    "Ready": ("True", "KubeletReady", "kubelet is posting ready status"),
}
"""The conditions of a healthy node: status, reason, message."""


class Heartbeat(Controller):
    """Renews leases and node conditions of machines that are up."""

    watches = ("nodes",)

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """A node that appears."""
        return [key_of(obj)] if event == "ADDED" else ()

    def machine_changed(self, node: str) -> None:
        """A machine that comes back reports at once; one that goes down has reported a moment before."""
        if self.world.machines.is_up(node):
            self.look(("", node), self.world.draw_s((0.5, 2.0)))
        elif self.world.agenda.present_s is not None and (found := self.world.store.find("nodes", node)):
            self._renew(found)
            self._report(found)

    def reconcile(self, key: Key) -> None:
        """Renew the lease; report the conditions when they are old or wrong."""
        node = self.world.store.find("nodes", key[1])
        if node is None or not self.world.machines.is_up(key[1]):
            return
        self._renew(node)
        beat = dig(node, "status", "conditions", 0, "lastHeartbeatTime")
        if not is_node_ready(node) or beat is None or self.world.clock.since_s(beat) >= REPORT_PERIOD_S:
            self._report(node)
        period_s = RENEW_PERIOD_S * self.world.draw_s((1.0, 1.04))
        self.look(key, self.world.agenda.rest(period_s, tail_s=60.0))

    def _renew(self, node: Json) -> None:
        name, now = name_of(node), self.world.clock.micro()
        lease = self.world.store.find(LEASES, name, LEASE_NAMESPACE)
        if lease is not None:

            def renew(obj: Json) -> None:
                obj["spec"]["renewTime"] = now

            self.world.store.modify(LEASES, name, LEASE_NAMESPACE, renew)
            return
        spec = {"holderIdentity": name, "leaseDurationSeconds": LEASE_DURATION_S, "renewTime": now}
        owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": uid_of(node)}
        metadata = {"name": name, "namespace": LEASE_NAMESPACE, "ownerReferences": [owner]}
        self.world.store.create(LEASES, {"metadata": metadata, "spec": spec})

    def _report(self, node: Json) -> None:
        now = self.world.clock.timestamp()
        was_ready = is_node_ready(node)

        def put(obj: Json) -> None:
            old = {item["type"]: item for item in dig(obj, "status", "conditions", default=[])}
            made = []
            for type_, (value, reason, message) in HEALTHY.items():
                before = old.pop(type_, {})
                since = before.get("lastTransitionTime", now) if before.get("status") == value else now
                said = {"type": type_, "status": value, "reason": reason, "message": message}
                made.append({**said, "lastHeartbeatTime": now, "lastTransitionTime": since})
            obj["status"]["conditions"] = made + [copied(item) for item in old.values()]

        node = self.world.store.modify("nodes", name_of(node), "", put, subresource="status")
        if not was_ready:
            said = f"Node {name_of(node)} status is now: NodeReady"
            self.world.recorder.normal(Source("kubelet", name_of(node)), "nodes", node, "NodeReady", said)
