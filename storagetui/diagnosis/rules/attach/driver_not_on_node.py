"""A volume's driver has not registered on the pod's node."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.event_text import events, first_match, grpc_code, message, said
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.plugins import node_plugin_words, where_registered
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, waiting_since
from storagetui.diagnosis.pod_volumes import attachment_here, bound_volumes, drivers_of, node, node_words
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.told import MOUNT_REASONS
from storagetui.diagnosis.words import cannot_tell, joined, listed, quoted
from storagetui.model.drivers import CSINode
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod

NOT_REGISTERED = State(
    code="mount-driver-not-registered",
    title="Kubelet does not know the driver",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The driver's node plugin is not running on the node, is restarting, or could not register its socket. Normal "
        "for the first seconds of a new node: the scheduler does not wait for drivers."
    ),
    remedies=(
        "Wait, on a node that has just joined",
        "Look at the driver's node plugin on that node",
        "Restart the node plugin on that one node",
        "Install the node plugin there, or let its DaemonSet tolerate the node's taints",
    ),
    links=(
        "https://kubernetes-csi.github.io/docs/node-driver-registrar.html",
        "https://kubernetes-csi.github.io/docs/troubleshooting.html",
    ),
)
NOT_ATTACHABLE = State(
    code="attach-csinode-missing-driver",
    title="Node is not known to the attacher",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The attach side asks the CSINode for the id under which the driver knows the node; the driver's node plugin "
        "has not registered on that node, so that there is none."
    ),
    remedies=(
        "Look at the driver's node plugin on that node",
        "Install the node plugin there, or let its DaemonSet tolerate the node's taints",
        "Restart the node plugin on that one node",
    ),
    links=(
        "https://kubernetes-csi.github.io/docs/csi-node-object.html",
        "https://kubernetes-csi.github.io/docs/node-driver-registrar.html",
    ),
)

_NOT_IN_CSI_NODE = re.compile(r"CSINode (?P<node>\S+) does not contain driver (?P<driver>\S+)")
"""github.com/kubernetes-csi/external-attacher, pkg/controller."""
_NOT_IN_LIST = re.compile(r"driver name (?P<driver>\S+) not found in the list of registered CSI drivers")
"""kubernetes: pkg/volume/csi/csi_client.go."""
_LATELY_S = 180.0
"""The kubelet and the attacher try again within two minutes."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for the first driver that the pod needs and that the node's CSINode does not list."""
    since = waiting_since(pod)
    if not ctx.older_than(since, ctx.thresholds.container_creating_s):
        return
    if ctx.unknown(Kind.CSI_NODE):
        yield from _by_word(pod, ctx)
        return
    csi_node = ctx.cluster.get(CSINode, "", pod.node_name)
    registered = [one.name for one in csi_node.drivers] if csi_node is not None else []
    lacking = [driver for driver in drivers_of(pod, ctx) if driver not in registered]
    if lacking and not _has_answered(pod, ctx):
        yield _lacks(pod, lacking[0], sorted(registered), ctx)
    elif registered or any(map(ctx.unknown, (Kind.PERSISTENT_VOLUME, Kind.PERSISTENT_VOLUME_CLAIM))):
        yield from _by_word(pod, ctx)


def _has_answered(pod: Pod, ctx: Context) -> bool:
    """Whether the kubelet's latest word on a mount is a driver's own, so that it knows the driver after all."""
    latest = next(events(ctx, pod, MOUNT_REASONS, waiting_since(pod)), None)
    if latest is None or ctx.older_than(latest.last_seen, _LATELY_S):
        return False
    return bool(grpc_code(message(latest)))


def _lacks(pod: Pod, driver: str, registered: list[str], ctx: Context) -> Finding:
    volumes = [one for one in bound_volumes(pod, ctx) if one.volume.driver == driver]
    found = (attachment_here(pod, one, ctx) for one in volumes)
    refused = [one for one in found if one is not None and _NOT_IN_CSI_NODE.search(one.attach_error)]
    told = first_match(ctx, pod, PATTERNS, waiting_since(pod))
    has = f"has registered {listed(registered)} only" if registered else "has registered no driver"
    names = listed(one.volume.name for one in volumes) or "an inline volume"
    place = node(pod.node_name, ctx)
    shared = joined(
        f"Node {pod.node_name} {has}, so that volumes of {driver} can be neither attached nor mounted there.",
        node_plugin_words(driver, pod.node_name, ctx),
        where_registered(driver, pod.node_name, ctx),
        node_words(pod.node_name, ctx) if place is None or not place.is_ready else "",
    )
    csi_node = Evidence(Key(Kind.CSI_NODE, "", pod.node_name), "spec.drivers", ", ".join(registered) or "(none)")
    return (NOT_ATTACHABLE if refused else NOT_REGISTERED).finding(
        pod,
        f"Node {pod.node_name} lacks driver {driver}",
        joined(
            f"The pod needs {names} of driver {driver}.",
            shared,
            f"The kubelet says: {quoted(message(told.event))}" if told is not None and not refused else "",
            f"The attacher says: {quoted(refused[0].attach_error)}" if refused else "",
        ),
        waiting_since(pod),
        next_step=f"Look at the pod of {driver}'s node plugin on {pod.node_name}: is there one, and does it run?",
        evidence=(
            evidence(pod, "node_name"),
            *(evidence(one.volume, "driver") for one in volumes[:1]),
            csi_node,
            *(evidence(one, "attach_error") for one in refused[:1]),
        ),
        victims=tuple(one.claim.key for one in volumes),
        causes=(Key(Kind.NODE, "", pod.node_name),),
        shared=shared,
    )


def _by_word(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """What the attacher or the kubelet said, which the CSINode does not tell, or tells otherwise by now."""
    for one in bound_volumes(pod, ctx):
        found = attachment_here(pod, one, ctx)
        match = _NOT_IN_CSI_NODE.search(found.attach_error) if found is not None and not found.is_attached else None
        if found is not None and match is not None:
            fact = evidence(found, "attach_error")
            yield _said(
                pod, NOT_ATTACHABLE, match["driver"], f"The attacher says: {quoted(found.attach_error)}", fact, ctx
            )
            return
    told = first_match(ctx, pod, PATTERNS, waiting_since(pod))
    if told is None or (not ctx.unknown(Kind.CSI_NODE) and ctx.older_than(told.event.last_seen, _LATELY_S)):
        return
    state = NOT_ATTACHABLE if told.code == NOT_ATTACHABLE.code else NOT_REGISTERED
    words = f"It is said: {quoted(message(told.event))}"
    yield _said(pod, state, told.match["driver"], words, said(told.event), ctx)


def _listing(node_name: str, driver: str, ctx: Context) -> str:
    csi_node = ctx.cluster.get(CSINode, "", node_name)
    if csi_node is None or all(one.name != driver for one in csi_node.drivers):
        return f"The node's CSINode does not list {driver}."
    return f"The node's CSINode lists {driver}: its node plugin was restarted, or has just come."


def _said(pod: Pod, state: State, name: str, words: str, fact: Evidence, ctx: Context) -> Finding:
    driver = name.rstrip(".,;")
    blind = ctx.unknown(Kind.CSI_NODE)
    return state.finding(
        pod,
        f"Node {pod.node_name} lacks driver {driver}",
        joined(
            words,
            node_plugin_words(driver, pod.node_name, ctx),
            cannot_tell(f"whether {pod.node_name} has registered {driver} by now", blind),
            "" if blind else _listing(pod.node_name, driver, ctx),
        ),
        waiting_since(pod),
        certainty=Certainty.INFERRED,
        next_step=f"Look at the pod of {driver}'s node plugin on {pod.node_name}: is there one, and does it run?",
        evidence=(evidence(pod, "node_name"), fact),
        victims=pod.claim_keys,
        causes=(Key(Kind.NODE, "", pod.node_name),),
    )


PATTERNS = (
    Pattern(NOT_REGISTERED.code, Kind.POD, ("FailedMount", "FailedMapVolume"), _NOT_IN_LIST),
    Pattern(NOT_ATTACHABLE.code, Kind.POD, ("FailedAttachVolume",), _NOT_IN_CSI_NODE),
    Pattern(NOT_ATTACHABLE.code, Kind.VOLUME_ATTACHMENT, (), _NOT_IN_CSI_NODE),
)

RULE = Rule(
    CREATING_CONTAINERS,
    (NOT_REGISTERED, NOT_ATTACHABLE),
    find,
    heard=(Heard(Kind.POD, ("FailedMount", "FailedMapVolume", "FailedAttachVolume")),),
    patterns=PATTERNS,
)
