"""Whether a node can reach a volume, by the volume's node affinity.

The meaning of the operators is that of k8s.io/component-helpers/scheduling/corev1/nodeaffinity: NotIn holds for a label
that is absent, and a term without expressions matches nothing.
"""

from storagetui.cluster.relations import NODES_OF_LABEL
from storagetui.cluster.state import Cluster
from storagetui.model.base import value_of
from storagetui.model.nodes import Node
from storagetui.model.volumes import PersistentVolume, Requirement, SelectorTerm

_ZONE_LABELS = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")


def reaches(node: Node, volume: PersistentVolume) -> bool:
    """Whether the node's labels meet the volume's node affinity; a volume without one is within reach of all."""
    if not volume.node_affinity:
        return True
    return any(term.expressions and all(_holds(one, node) for one in term.expressions) for term in volume.node_affinity)


def is_judged(volume: PersistentVolume) -> bool:
    """Whether the affinity rests on labels alone, so that `reaches` can be believed."""
    return all(term.expressions for term in volume.node_affinity)


def nodes_within_reach(volume: PersistentVolume, cluster: Cluster) -> list[Node] | None:
    """The nodes that can reach the volume, by name; None when its affinity names no label value to look for."""
    return nodes_of_terms(volume.node_affinity, cluster)


def nodes_of_terms(terms: tuple[SelectorTerm, ...], cluster: Cluster) -> list[Node] | None:
    """The nodes that meet one of the terms, by name; None when one of them names no label value to look for."""
    if not terms:
        return None
    found: dict[str, Node] = {}
    for term in terms:
        wanted = next((one for one in term.expressions if one.operator == "In"), None)
        if wanted is None:
            return None
        for value in wanted.values:
            for node in cluster.related(Node, NODES_OF_LABEL, (wanted.key, value)):
                if all(_holds(one, node) for one in term.expressions):
                    found[node.name] = node
    return [found[name] for name in sorted(found)]


def place(volume: PersistentVolume) -> str:
    """Where the volume is, in words: `zone b`, or the labels that it asks of a node; empty when it is anywhere."""
    zones = volume.zones or tuple(filter(None, (value_of(volume.labels, key) for key in _ZONE_LABELS)))
    if zones:
        return f"zone {' or '.join(dict.fromkeys(zones))}"
    return " or ".join(dict.fromkeys(_term_words(term) for term in volume.node_affinity))


def labels_of(node: Node, volume: PersistentVolume) -> str:
    """What the node has of the labels that the volume asks for: `topology.kubernetes.io/zone=a`."""
    keys = dict.fromkeys(one.key for term in volume.node_affinity for one in term.expressions)
    return ", ".join(f"{key}={value_of(node.labels, key) or '(absent)'}" for key in keys)


def _term_words(term: SelectorTerm) -> str:
    return " and ".join(_requirement_words(one) for one in term.expressions)


def _requirement_words(one: Requirement) -> str:
    if one.operator == "In":
        return f"{one.key}={'|'.join(one.values)}"
    return " ".join((one.key, one.operator, *one.values))


def _holds(one: Requirement, node: Node) -> bool:
    has = one.key in dict(node.labels)
    value = value_of(node.labels, one.key)
    if one.operator == "In":
        return has and value in one.values
    if one.operator == "NotIn":
        return not has or value not in one.values
    if one.operator == "Exists":
        return has
    if one.operator == "DoesNotExist":
        return not has
    return has and _compares(one, value)


def _compares(one: Requirement, value: str) -> bool:
    """Gt and Lt, of integers; an operator that is not known holds for nothing."""
    try:
        have, want = int(value), int(one.values[0])
    except (ValueError, IndexError):
        return False
    return {"Gt": have > want, "Lt": have < want}.get(one.operator, False)
