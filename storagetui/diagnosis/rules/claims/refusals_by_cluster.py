"""A provisioner is kept from making a volume by the cluster: its account, its helper pod, the topology."""

import re

from storagetui.diagnosis.accounts import FORBIDDEN, account_words
from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.rule import State
from storagetui.diagnosis.rules.claims.refusal import Answer, Refusal
from storagetui.diagnosis.words import cannot_tell, joined, listed
from storagetui.model.base import value_of
from storagetui.model.drivers import CSINode
from storagetui.model.keys import Key, Kind
from storagetui.model.nodes import Node

_PROVISIONING = "https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/"

ACCOUNT = State(
    code="driver-rbac-missing",
    title="The driver's own service account is forbidden",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The driver or one of its sidecars asks the API server for something that its service account may not have: a "
        "ClusterRole of an older release, a binding to another namespace, or none. Every claim of the driver is struck."
    ),
    remedies=(
        "Apply the roles of the driver's release anew",
        "Look at what the account is bound to: kubectl auth can-i --list --as=system:serviceaccount:NAMESPACE:NAME",
    ),
    links=("https://kubernetes.io/docs/reference/access-authn-authz/rbac/",),
)
HELPER = State(
    code="pvc-helper-pod-failed",
    title="Provisioner's helper pod cannot run",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "This provisioner starts a short pod on the node to make the folder; pod security of its namespace, a taint, "
        "an image that cannot be pulled or a full disk stops that pod."
    ),
    remedies=(
        "Look at the helper pod in the provisioner's namespace, and at its events",
        "Look at the node: taints, free disk, whether it is Ready",
        "Let the provisioner's namespace run privileged pods",
    ),
    links=(_PROVISIONING, "https://kubernetes.io/docs/concepts/security/pod-security-admission/"),
)
TOPOLOGY = State(
    code="pvc-topology-impossible",
    title="No place fits the class's topology",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The node that the scheduler chose has no topology of this driver, because the driver's node plugin is missing "
        "there or is being restarted; or it lies outside of the class's allowedTopologies."
    ),
    remedies=(
        "Look at the driver's node plugin on that node",
        "Let the driver's DaemonSet run there: tolerations, node selector, architecture",
        "Make a class whose allowedTopologies fit, and use that",
    ),
    links=(
        "https://kubernetes-csi.github.io/docs/topology.html",
        "https://kubernetes.io/docs/concepts/storage/storage-classes/#allowed-topologies",
    ),
)

_HELPER = re.compile(r'create process timeout after (?P<seconds>\d+) seconds|pods "helper-pod-\S+" is forbidden')
"""rancher/local-path-provisioner: provisioner.go."""
_TOPOLOGY = (
    re.compile(r"no topology key found on CSINode (?P<node>\S+)"),
    re.compile(r"is not in allowed topologies|is not in requisite"),
    re.compile(r"topologyKeys .* were not found on any nodes"),
    re.compile(r"error generating accessibility requirements: (?P<why>.+)"),
)
"""kubernetes-csi/external-provisioner: pkg/controller/topology.go."""


def _account(answer: Answer) -> str:
    return f"{account_words(answer.match)} Until it may, no claim of {answer.driver} gets a volume."


def _helper(answer: Answer) -> str:
    node = answer.claim.selected_node
    seconds = answer.group("seconds")
    late = f" and was not done within {seconds} seconds" if seconds else " and was not let in"
    return f"The helper pod runs on node {node}{late}." if node else ""


def _place(answer: Answer) -> str:
    """The chosen node's topology, and what the class allows."""
    made_by = answer.made_by
    allowed = ""
    if made_by is not None and made_by.allowed_topologies:
        terms = [
            " and ".join(f"{one.key}={'|'.join(one.values)}" for one in term.expressions)
            for term in made_by.allowed_topologies
        ]
        allowed = f"Class {made_by.name} allows {listed(terms)}."
    return joined(_node(answer), allowed)


def _node(answer: Answer) -> str:
    name, ctx = answer.claim.selected_node or answer.group("node"), answer.ctx
    if not name:
        return ""
    if blind := ctx.unknown(Kind.CSI_NODE) or ctx.unknown(Kind.NODE):
        return cannot_tell(f"which topology node {name} has", blind)
    node = ctx.cluster.get(Node, "", name)
    found = ctx.cluster.get(CSINode, "", name)
    driver = next((one for one in found.drivers if one.name == answer.driver), None) if found else None
    if driver is None:
        return f"Node {name} was chosen, and {answer.driver} is not registered there: its node plugin does not run."
    if not driver.topology_keys:
        return f"Node {name} was chosen, and {answer.driver} states no topology there."
    labels = node.labels if node is not None else ()
    has = listed(f"{key}={value_of(labels, key) or '(absent)'}" for key in driver.topology_keys)
    return f"Node {name} was chosen, which has {has}."


def _missing_plugin(answer: Answer) -> tuple[Key, ...]:
    """The node, where the driver is not registered: that is the cause."""
    name, ctx = answer.claim.selected_node, answer.ctx
    if not name or ctx.unknown(Kind.CSI_NODE):
        return ()
    found = ctx.cluster.get(CSINode, "", name)
    is_there = found is not None and any(one.name == answer.driver for one in found.drivers)
    return () if is_there else (Key(Kind.NODE, "", name),)


def _driver(answer: Answer) -> tuple[Key, ...]:
    """The driver, whose roles are short for all its claims."""
    return (Key(Kind.CSI_DRIVER, "", answer.driver),)


BY_CLUSTER = (
    Refusal(
        state=ACCOUNT,
        regexes=(FORBIDDEN,),
        title="{driver} lacks a right in the cluster",
        next_step="Apply the roles that belong to the installed release of {driver}.",
        topics=(Topic.CONTROLLER,),
        particulars=_account,
        causes=_driver,
        shared=lambda answer: f"{answer.driver} lacks a right in the cluster. {_account(answer)}",
    ),
    Refusal(
        state=HELPER,
        regexes=(_HELPER,),
        title="The helper pod of {driver} cannot run",
        next_step="Look at the helper pod's events in the namespace of {driver}, and at the node.",
        topics=(Topic.CONTROLLER,),
        particulars=_helper,
    ),
    Refusal(
        state=TOPOLOGY,
        regexes=_TOPOLOGY,
        title="No place fits the topology of class {class_name}",
        next_step="See that {driver} is registered on the node that was chosen; else correct allowedTopologies.",
        topics=(Topic.NODE_PLUGIN, Topic.TOPOLOGY),
        particulars=_place,
        causes=_missing_plugin,
    ),
)
