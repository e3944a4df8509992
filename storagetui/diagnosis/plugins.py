"""The pods of CSI drivers: the node plugin on a node, and the controller with its sidecars.

Nothing in the API says to which driver a pod belongs. Those that run a driver's sidecars are known by their containers;
which of them are meant is told by the words that the driver's name and the pod's have in common.
"""

import re
from difflib import get_close_matches

from storagetui.cluster.chains import name_of
from storagetui.cluster.relations import CSI_NODES_OF_DRIVER, PODS_OF_NODE, PODS_OF_SIDECAR
from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.drivers import hint
from storagetui.diagnosis.rule import Context
from storagetui.diagnosis.words import joined, listed, quoted, since
from storagetui.model.base import condition
from storagetui.model.drivers import CSINode
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

_EVERYWHERE = frozenset({"csi", "com", "io", "org", "net", "k8s", "kubernetes", "driver", "storage", "plugin", "sigs"})
"""Parts of drivers' names that tell nothing."""


def node_plugins(driver: str, node_name: str, ctx: Context) -> list[Pod]:
    """The pods on a node that look like the driver's node plugin, as far as pods can be read; the best matches."""
    registrars = ctx.cluster.keys_of(PODS_OF_SIDECAR, "registrar")
    pods = ctx.cluster.related(Pod, PODS_OF_NODE, node_name)
    return _best(driver, [pod for pod in pods if pod.key in registrars])


def controllers(driver: str, sidecar: str, ctx: Context) -> list[Pod]:
    """The pods that look like the driver's controller with that sidecar, `attacher` for instance."""
    return _best(driver, list(ctx.cluster.related(Pod, PODS_OF_SIDECAR, sidecar)))


def node_plugin_words(driver: str, node_name: str, ctx: Context) -> str:
    """What is seen of the driver's node plugin on a node, in a sentence."""
    if blind := ctx.unknown_elsewhere(Kind.POD):
        return f"Cannot tell whether its node plugin runs there, because {blind}."
    found = node_plugins(driver, node_name, ctx)
    if not found:
        return joined(f"No pod on {node_name} looks like its node plugin.", hint(driver, Topic.NODE_PLUGIN))
    return joined(*(f"Its node plugin there is pod {pod_words(pod)}" for pod in found[:2]))


def controller_words(driver: str, sidecar: str, ctx: Context) -> str:
    """What is seen of the driver's controller, in a sentence."""
    if blind := ctx.unknown_elsewhere(Kind.POD):
        return f"Cannot tell whether the {sidecar} of {driver} runs, because {blind}."
    found = controllers(driver, sidecar, ctx)
    if not found:
        return joined(f"No pod of the cluster looks like the {sidecar} of {driver}.", hint(driver, Topic.CONTROLLER))
    return joined(*(f"The {sidecar} looks to be in pod {pod_words(pod)}" for pod in found[:2]))


def pod_words(pod: Pod) -> str:
    """A pod of a driver and how it is: `kube-system/ebs-csi-node-x, which is Running and Ready.`"""
    if pod.deletion_timestamp is not None:
        return f"{name_of(pod)}, which is to go{since(pod.deletion_timestamp)}."
    ready = condition(pod.conditions, "Ready")
    waits = [one for one in (*pod.init_containers, *pod.containers) if one.waiting_reason]
    restarts = sum(one.restart_count or 0 for one in pod.containers)
    state = "Ready" if pod.is_ready else f"not Ready{since(ready.last_transition_time) if ready is not None else ''}"
    where = f" on {pod.node_name}" if pod.node_name else " without a node"
    text = f"{name_of(pod)}{where}, which is {pod.phase or 'without a phase'} and {state}"
    if waits:
        text += f"; its container {waits[0].name} waits: {waits[0].waiting_reason}"
    if restarts:
        text += f"; its containers were restarted {restarts} times"
    message = f" It says: {quoted(waits[0].waiting_message)}" if waits and waits[0].waiting_message else ""
    return f"{text}.{message}"


def where_registered(driver: str, node_name: str, ctx: Context) -> str:
    """Which nodes have the driver, and what the node has instead."""
    others = sorted(key.name for key in ctx.cluster.keys_of(CSI_NODES_OF_DRIVER, driver))
    csi_node = ctx.cluster.get(CSINode, "", node_name)
    registered = sorted(one.name for one in csi_node.drivers) if csi_node is not None else []
    near = get_close_matches(driver, registered, n=1, cutoff=0.75)
    if others:
        there = f"{len(others)} other node{'s have' if len(others) > 1 else ' has'} it: {listed(others)}."
    else:
        there = "No node of the cluster has it."
    return joined(there, f"The nearest name that {node_name} knows is {near[0]}." if near else "")


def _best(driver: str, pods: list[Pod]) -> list[Pod]:
    words = [one for one in re.split(r"[^a-z0-9]+", driver.lower()) if len(one) > 1 and one not in _EVERYWHERE]
    scored = [(_score(words, pod), pod) for pod in pods]
    best = max((score for score, _ in scored), default=0)
    found = [pod for score, pod in scored if score == best and score > 0]
    return sorted(found, key=lambda pod: (pod.namespace, pod.name))


def _score(words: list[str], pod: Pod) -> int:
    """How many of the words stand in the names of the pod, its namespace and its containers."""
    text = " ".join((pod.namespace, pod.name, *(spec.name for spec in pod.container_specs)))
    parts = re.split(r"[^a-z0-9]+", text)
    return sum(any(part.startswith(word) if len(word) < 4 else word in part for part in parts) for word in words)
