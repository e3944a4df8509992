"""A node has pods that wait for a driver which is not there: told once for the node."""

from collections.abc import Iterator
from datetime import datetime

from storagetui.cluster.relations import HELD_UP_PODS_OF_NODE
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity
from storagetui.diagnosis.moments import earliest
from storagetui.diagnosis.plugins import node_plugin_words, where_registered
from storagetui.diagnosis.pod_states import waiting_since, waits_for_volumes
from storagetui.diagnosis.pod_volumes import dead_words, drivers_of
from storagetui.diagnosis.rule import Context, Rule, State, Symptom
from storagetui.diagnosis.words import joined, listed, things, verb
from storagetui.model.drivers import CSINode
from storagetui.model.keys import Key, Kind
from storagetui.model.nodes import Node
from storagetui.model.pods import Pod

MISSING = State(
    code="csi-node-plugin-missing",
    title="Driver's node part is not on the node",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "No volume of that driver can be mounted on this node: the pod of its DaemonSet is missing there (a taint that "
        "is not tolerated, a node selector, the wrong system or architecture), crashes, or has not registered."
    ),
    remedies=(
        "Look at the driver's node plugin on that node, and at what the node has registered",
        "Let the driver's DaemonSet run on the node: tolerations, node selector, system or architecture",
        "Restart the node plugin on that one node",
    ),
    links=(
        "https://kubernetes-csi.github.io/docs/csi-node-object.html",
        "https://kubernetes-csi.github.io/docs/node-driver-registrar.html",
    ),
)
_PATIENCE_S = 120.0
"""A node that has just joined needs a minute until its drivers are there."""


def _is_there(_node: Node) -> bool:
    return True


PLACE = Symptom("node has pods that may wait for a driver", Node, _is_there)


def find(node: Node, ctx: Context) -> Iterator[Finding]:
    """Yield for each driver that waiting pods of the node need and that it has not registered."""
    waits = [pod for pod in ctx.cluster.related(Pod, HELD_UP_PODS_OF_NODE, node.name) if waits_for_volumes(pod)]
    if not waits or ctx.unknown(Kind.CSI_NODE) or ctx.unknown_elsewhere(Kind.POD):
        return
    csi_node = ctx.cluster.get(CSINode, "", node.name)
    registered = sorted(one.name for one in csi_node.drivers) if csi_node is not None else []
    waiting: dict[str, list[Pod]] = {}
    for pod in waits:
        for driver in drivers_of(pod, ctx):
            if driver not in registered and ctx.older_than(waiting_since(pod), _PATIENCE_S):
                waiting.setdefault(driver, []).append(pod)
    for driver in sorted(waiting):
        pods = sorted(waiting[driver], key=lambda pod: (pod.namespace, pod.name))
        yield _lacks(node, driver, registered, pods, ctx)


def _lacks(node: Node, driver: str, registered: list[str], pods: list[Pod], ctx: Context) -> Finding:
    names = [pod.name for pod in pods]
    dead = dead_words(node.name, node)
    since: datetime | None = earliest(waiting_since(pod) for pod in pods)
    taints = [f"{one.key}:{one.effect}" for one in node.taints if one.effect in ("NoSchedule", "NoExecute")]
    has = f"it has registered {listed(registered)} only" if registered else "it has registered no driver"
    return MISSING.finding(
        node,
        f"Driver {driver} is not on node {node.name}",
        joined(
            f"{things('Pod', names)} {verb(len(names), 'waits', 'wait')} on node {node.name} for driver {driver}; "
            f"{has}.",
            node_plugin_words(driver, node.name, ctx),
            where_registered(driver, node.name, ctx),
            dead,
            f"The node is tainted with {listed(taints)}." if taints else "",
        ),
        since,
        next_step=f"Look at the pod of {driver}'s node plugin on {node.name}, or why its DaemonSet has none there.",
        evidence=(
            Evidence(Key(Kind.CSI_NODE, "", node.name), "spec.drivers", ", ".join(registered) or "(none)"),
            *(Evidence(pod.key, "spec.nodeName", pod.node_name) for pod in pods[:3]),
        ),
        victims=tuple(pod.key for pod in pods),
    )


RULE = Rule(PLACE, (MISSING,), find)
