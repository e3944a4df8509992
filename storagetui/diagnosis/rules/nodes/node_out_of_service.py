"""A node is marked out of service: on purpose, or still, although it has come back."""

from collections.abc import Iterator

from storagetui.cluster.relations import PODS_OF_NODE
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.pod_volumes import dead_words
from storagetui.diagnosis.rule import Context, Rule, State, Symptom
from storagetui.diagnosis.words import cannot_tell, joined, since, things
from storagetui.model.keys import Kind
from storagetui.model.nodes import OUT_OF_SERVICE, Node, Taint
from storagetui.model.pods import Pod

_DOCS = "https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown"
LEFT = State(
    code="node-oos-taint-left",
    title="Out-of-service taint was not removed",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Nothing takes the taint off by itself. While it is there the controller does not wait for this "
        "node to unmount: "
        "a volume is detached as soon as its pod object is gone or finished, although the node lives and may still be "
        "writing to it."
    ),
    remedies=("Take the taint off, once the node has no volumes mounted that are in use elsewhere",),
    links=(_DOCS,),
)
ACTIVE = State(
    code="node-oos-taint-active",
    title="Node is marked out of service",
    severity=Severity.INFO,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Somebody said that the node is off. Its pods are deleted by force, unless they tolerate the taint, and its "
        "volumes are detached without waiting. The taint has to be taken off when the node comes back."
    ),
    remedies=("Wait: its pods and volumes go elsewhere", "Take the taint off when the node is back"),
    links=(_DOCS,),
    is_calm=True,
)


def taint_of(node: Node) -> Taint | None:
    """The out-of-service taint, if the node has it."""
    return next((taint for taint in node.taints if taint.key == OUT_OF_SERVICE), None)


TAINTED = Symptom("node is marked out of service", Node, lambda node: taint_of(node) is not None)


def find(node: Node, ctx: Context) -> Iterator[Finding]:
    """Yield one of the two, by whether the node is Ready."""
    taint = taint_of(node)
    if taint is None:
        return
    state = LEFT if node.is_ready else ACTIVE
    blind = ctx.unknown(Kind.POD)
    users = [] if blind else [one for one in ctx.cluster.related(Pod, PODS_OF_NODE, node.name) if one.claim_keys]
    names = sorted(pod.name for pod in users)
    ready = node.ready
    yield state.finding(
        node,
        f"Node {node.name} is Ready and still marked out of service"
        if node.is_ready
        else f"Node {node.name} is marked out of service",
        joined(
            f"It carries the taint {OUT_OF_SERVICE}{since(taint.time_added)}.",
            f"Node {node.name} is Ready{since(ready.last_transition_time)}, so that volumes may be detached while it "
            "still writes to them."
            if ready is not None and node.is_ready
            else dead_words(node.name, node),
            f"{things('Pod', names)} on it {'uses' if len(names) == 1 else 'use'} volumes." if names else "",
            cannot_tell("which pods with volumes are on it", blind),
        ),
        taint.time_added or (ready.last_transition_time if ready is not None else None),
        next_step=f"Take the taint off once nothing is mounted there: kubectl taint nodes {node.name} {OUT_OF_SERVICE}-"
        if node.is_ready
        else "",
        evidence=(
            evidence(node, "taints", f"{taint.key}={taint.value}:{taint.effect}"),
            *((evidence(node, "conditions", f"Ready={ready.status}"),) if ready is not None else ()),
        ),
        victims=tuple(sorted(pod.key for pod in users)) if node.is_ready else (),
    )


RULE = Rule(TAINTED, (LEFT, ACTIVE), find)
