"""A pod cannot end, because its node does not answer."""

import re
from collections.abc import Iterator

from storagetui.cluster.chains import attachments_of, pods_of
from storagetui.diagnosis.event_text import events, message, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import TERMINATING, is_waiting
from storagetui.diagnosis.pod_volumes import Bound, bound_volumes, dead_words, is_for_one_node
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, moment, quoted, since, things, verb
from storagetui.model.keys import Key, Kind
from storagetui.model.nodes import OUT_OF_SERVICE, Node
from storagetui.model.pods import Pod

UNREACHABLE = State(
    code="pod-terminating-node-unreachable",
    title="Pod cannot end: its node does not answer",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The API server waits for the kubelet's word that the containers are gone. A StatefulSet makes no replacement "
        "before that, and a ReadWriteOnce volume stays attached. The process may still run and write."
    ),
    remedies=(
        "Look at the node",
        "Bring it back",
        "Mark it out of service, once it is certain that it is off",
        "Delete the Node object, or the pod by force, once it is certain that nothing runs there",
    ),
    links=(
        "https://kubernetes.io/docs/tasks/run-application/force-delete-stateful-set-pod/",
        "https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown",
    ),
)


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when the pod is past its time, nothing else holds it, and its node is known not to be Ready."""
    if pod.finalizers or not pod.node_name:
        return
    if blind := ctx.unknown(Kind.NODE):
        yield from _by_word(pod, ctx, blind)
        return
    node = ctx.cluster.get(Node, "", pod.node_name)
    dead = dead_words(pod.node_name, node)
    if not dead or not ctx.older_than(pod.deletion_timestamp, ctx.thresholds.terminating_s):
        return
    volumes = [one for one in bound_volumes(pod, ctx) if is_for_one_node(one)]
    facts = [evidence(pod, "deletion_timestamp", _time(pod)), evidence(pod, "node_name")]
    if node is not None and node.ready is not None:
        facts.append(evidence(node, "conditions", f"Ready={node.ready.status} ({node.ready.reason})"))
    yield UNREACHABLE.finding(
        pod,
        f"Pod cannot end: node {pod.node_name} {_verdict(node)}",
        joined(
            f"The pod was to be gone by {_time(pod)}.",
            dead,
            "The API server waits for its kubelet's word, so the pod stays, and nothing of the same name replaces it.",
            _attached(pod, volumes, ctx),
            "Its processes may still run and write.",
        ),
        pod.deletion_timestamp,
        next_step=_step(pod.node_name, node),
        evidence=tuple(facts),
        victims=(*pod.claim_keys, *_waiting(pod, volumes, ctx)),
        causes=(Key(Kind.NODE, "", pod.node_name),),
        shared=joined(
            f"Node {pod.node_name} {_verdict(node)}.",
            _condition(node),
            "Its pods cannot end, their volumes stay attached, and their processes may still run and write.",
        ),
    )


def _by_word(pod: Pod, ctx: Context, blind: str) -> Iterator[Finding]:
    """What was said of the node while the pod was to go, where nodes cannot be read."""
    told = next(events(ctx, pod, ("NodeNotReady",)), None)
    if told is None or not ctx.older_than(pod.deletion_timestamp, ctx.thresholds.terminating_s):
        return
    at = f" at {moment(told.last_seen)}" if told.last_seen is not None else ""
    yield UNREACHABLE.finding(
        pod,
        f"Pod does not end, and node {pod.node_name} was said not to be Ready",
        joined(
            f"The pod was to be gone by {_time(pod)}.",
            f"{told.component or 'The node controller'} said{at}: {quoted(message(told))}",
            cannot_tell(f"whether {pod.node_name} answers by now", blind),
        ),
        pod.deletion_timestamp,
        certainty=Certainty.INFERRED,
        next_step=f"Look at {pod.node_name}.",
        evidence=(evidence(pod, "deletion_timestamp", _time(pod)), evidence(pod, "node_name"), said(told)),
        victims=pod.claim_keys,
        causes=(Key(Kind.NODE, "", pod.node_name),),
        shared=f"Node {pod.node_name} was said not to be Ready.",
    )


def _time(pod: Pod) -> str:
    return moment(pod.deletion_timestamp) if pod.deletion_timestamp is not None else ""


def _verdict(node: Node | None) -> str:
    if node is None:
        return "no longer exists"
    return "is not Ready" if node.ready is not None and node.ready.status == "False" else "does not answer"


def _condition(node: Node | None) -> str:
    if node is None or node.ready is None:
        return ""
    return f"Its condition is Ready={node.ready.status}{since(node.ready.last_transition_time)}."


def _step(name: str, node: Node | None) -> str:
    if node is None:
        return "Wait: pods of a node that is gone are collected within a minute; look at the controller manager if not."
    if any(taint.key == OUT_OF_SERVICE for taint in node.taints):
        return f"Wait: {name} is marked out of service, and its pods are deleted by force."
    return f"Look at {name} and bring it back; if it is certain that it is off, mark it out of service."


def _attached(pod: Pod, volumes: list[Bound], ctx: Context) -> str:
    if ctx.unknown(Kind.VOLUME_ATTACHMENT):
        return ""
    held = [
        one.volume.name
        for one in volumes
        if any(found.node_name == pod.node_name for found in attachments_of(ctx.cluster, one.volume.name))
    ]
    return f"{things('Volume', held)} {verb(len(held), 'stays', 'stay')} attached to {pod.node_name}." if held else ""


def _waiting(pod: Pod, volumes: list[Bound], ctx: Context) -> Iterator[Key]:
    """Pods that wait for a volume that this one holds."""
    users = {user.key: user for one in volumes for user in pods_of(ctx.cluster, one.claim.key)}
    return (key for key, user in users.items() if key != pod.key and is_waiting(user))


PATTERNS = (
    Pattern(
        UNREACHABLE.code, Kind.NODE, ("NodeNotReady",), re.compile(r"Node (?P<node>\S+) status is now: NodeNotReady")
    ),
    Pattern(UNREACHABLE.code, Kind.POD, ("NodeNotReady",), re.compile(r"Node is not ready")),
    Pattern(
        UNREACHABLE.code, Kind.POD, ("TaintManagerEviction",), re.compile(r"Marking for deletion Pod (?P<pod>\S+)")
    ),
)

RULE = Rule(
    TERMINATING,
    (UNREACHABLE,),
    find,
    heard=(
        Heard(Kind.NODE, ("NodeNotReady",)),
        Heard(Kind.POD, ("NodeNotReady", "TaintManagerEviction")),
    ),
    patterns=PATTERNS,
)
