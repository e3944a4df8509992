"""The node cannot mount or map a pod's volume."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.event_text import events, grpc_code, message, said, without_rpc
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, waiting_since
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import moment, quoted
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

FAILED = State(
    code="mount-failed",
    title="The node cannot mount or map the volume",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "A step on the node failed. Its name tells where: WaitForAttach is the attachment, MountDevice the staging on "
        "the node, SetUp the publishing into the pod, SetUpDevice and MapPodDevice the same for block volumes. The "
        "driver's code tells whether trying again helps."
    ),
    remedies=("Read the log of the driver's node plugin on that node", "Look at the node", "Move the pod"),
    links=("https://kubernetes-csi.github.io/docs/troubleshooting.html",),
)

_FAILURES = (
    re.compile(r'MountVolume\.(?P<step>\w+)\b.*? for volume "(?P<volume>[^"]+)"[^:]*:? ?(?P<why>.+)', re.DOTALL),
    re.compile(r'MapVolume\.(?P<step>\w+) failed for volume "(?P<volume>[^"]+)"\s*: ?(?P<why>.+)', re.DOTALL),
)
"""kubernetes: pkg/volume/util/operationexecutor/operation_generator.go."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for the latest failed step that the node's kubelet reported."""
    since = waiting_since(pod)
    if not ctx.older_than(since, ctx.thresholds.container_creating_s):
        return
    for event in events(ctx, pod, ("FailedMount", "FailedMapVolume")):
        match = next(filter(None, (pattern.search(message(event)) for pattern in _FAILURES)), None)
        if match is None:
            continue
        code, why = grpc_code(match["why"]), quoted(without_rpc(match["why"]))
        times = f" {event.count} times" if event.count > 1 else ""
        last = f", last at {moment(event.last_seen)}" if event.last_seen is not None else ""
        yield FAILED.finding(
            pod,
            f"Node {pod.node_name} cannot mount volume {match['volume']}" + (f": {code}" if code else ""),
            f"{match['step']} of volume {match['volume']} has failed on node {pod.node_name}{times}{last}, and the pod "
            f"waits for it. The kubelet says: {why}",
            since,
            next_step=f"Read the log of the driver's node plugin on {pod.node_name}.",
            evidence=(evidence(pod, "node_name"), said(event)),
            victims=pod.claim_keys,
        )
        return


PATTERNS = (
    Pattern(FAILED.code, Kind.POD, ("FailedMount",), _FAILURES[0], is_catch_all=True),
    Pattern(FAILED.code, Kind.POD, ("FailedMapVolume",), _FAILURES[1], is_catch_all=True),
)

RULE = Rule(
    CREATING_CONTAINERS,
    (FAILED,),
    find,
    heard=(Heard(Kind.POD, ("FailedMount", "FailedMapVolume")),),
    patterns=PATTERNS,
)
