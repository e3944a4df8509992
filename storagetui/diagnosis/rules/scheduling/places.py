"""Which nodes a pod may run on, as far as the objects tell, and what is wrong with the others."""

from collections.abc import Iterable

from storagetui.diagnosis.words import listed
from storagetui.model.base import value_of
from storagetui.model.nodes import Node
from storagetui.model.pods import Pod

_TOLD_OTHERWISE = ("node.kubernetes.io/unschedulable", "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
"""Taints that say what the node's own fields say."""
_KEEP_OFF = ("NoSchedule", "NoExecute")


def shut(node: Node, pod: Pod) -> str:
    """Why the node takes no such pod, whatever else the pod tolerates; empty when nothing says so."""
    if not node.is_ready:
        return "not Ready"
    if node.is_unschedulable:
        return "cordoned"
    for key, value in pod.node_selector:
        if value_of(node.labels, key) != value:
            return f"lacks {key}={value}, which the pod selects by"
    return ""


def taints(node: Node) -> str:
    """The taints that keep off pods which do not tolerate them; a pod's tolerations are not known."""
    kept = [one for one in node.taints if one.effect in _KEEP_OFF and one.key not in _TOLD_OTHERWISE]
    words = [f"{one.key}{f'={one.value}' if one.value else ''}:{one.effect}" for one in kept]
    return f"taint {listed(words)}" if words else ""


def described(nodes: Iterable[Node], pod: Pod, shown: int = 3) -> str:
    """`a (cordoned) and b`: the nodes with what speaks against each."""
    return listed((_described(node, pod) for node in nodes), shown)


def _described(node: Node, pod: Pod) -> str:
    why = shut(node, pod) or taints(node)
    return f"{node.name} ({why})" if why else node.name
