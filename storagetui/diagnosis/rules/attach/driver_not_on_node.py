"""A volume's driver has not registered on the pod's node."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, waiting_since
from storagetui.diagnosis.pod_volumes import attachment_here, bound_volumes, node, node_words
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined, listed
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
    ),
    links=(
        "https://kubernetes-csi.github.io/docs/csi-node-object.html",
        "https://kubernetes-csi.github.io/docs/node-driver-registrar.html",
    ),
)

_NOT_IN_CSI_NODE = re.compile(r"CSINode (?P<node>\S+) does not contain driver (?P<driver>\S+)")
"""github.com/kubernetes-csi/external-attacher, pkg/controller."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for the first volume whose driver the node's CSINode does not list."""
    if ctx.unknown(Kind.CSI_NODE):
        return
    csi_node = ctx.cluster.get(CSINode, "", pod.node_name)
    registered = [one.name for one in csi_node.drivers] if csi_node is not None else []
    lacking = [one for one in bound_volumes(pod, ctx) if one.volume.driver and one.volume.driver not in registered]
    since = waiting_since(pod)
    if not lacking or not ctx.older_than(since, ctx.thresholds.container_creating_s):
        return
    driver = lacking[0].volume.driver
    refused = next(
        (
            attachment
            for one in lacking
            if (attachment := attachment_here(pod, one, ctx)) and _NOT_IN_CSI_NODE.search(attachment.attach_error)
        ),
        None,
    )
    has = f"has registered {listed(sorted(registered))} only" if registered else "has registered no driver"
    facts = [evidence(pod, "node_name"), evidence(lacking[0].volume, "driver")]
    facts.append(
        Evidence(Key(Kind.CSI_NODE, "", pod.node_name), "spec.drivers", ", ".join(sorted(registered)) or "(none)")
    )
    if refused is not None:
        facts.append(evidence(refused, "attach_error"))
    found = node(pod.node_name, ctx)
    yield (NOT_ATTACHABLE if refused is not None else NOT_REGISTERED).finding(
        pod,
        f"Node {pod.node_name} lacks driver {driver}",
        joined(
            f"The pod needs volume {lacking[0].volume.name} of driver {driver}. Node {pod.node_name} {has}, so that "
            "the volume can be neither attached nor mounted there.",
            node_words(pod.node_name, ctx) if found is None or not found.is_ready else "",
        ),
        since,
        next_step=f"Look at the pod of {driver}'s node plugin on {pod.node_name}: is there one, and does it run?",
        evidence=tuple(facts),
        victims=tuple(one.claim.key for one in lacking if one.volume.driver == driver),
    )


PATTERNS = (
    Pattern(
        NOT_REGISTERED.code,
        Kind.POD,
        ("FailedMount",),
        re.compile(r"driver name (?P<driver>\S+) not found in the list of registered CSI drivers"),
    ),
    Pattern(NOT_ATTACHABLE.code, Kind.POD, ("FailedAttachVolume",), _NOT_IN_CSI_NODE),
    Pattern(NOT_ATTACHABLE.code, Kind.VOLUME_ATTACHMENT, (), _NOT_IN_CSI_NODE),
)

RULE = Rule(
    CREATING_CONTAINERS,
    (NOT_REGISTERED, NOT_ATTACHABLE),
    find,
    heard=(Heard(Kind.POD, ("FailedMount", "FailedAttachVolume")),),
    patterns=PATTERNS,
)
