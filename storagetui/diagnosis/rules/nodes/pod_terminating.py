"""A pod does not end although its node works, as far as is known."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.event_text import events, message, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import TERMINATING
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, moment, quoted
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

STUCK = State(
    code="pod-terminating-node-ready",
    title="Pod cannot end although its node works",
    severity=Severity.MEDIUM,
    certainty=Certainty.INFERRED,
    meaning=(
        "The process sleeps in the kernel on a hung mount or disk and hears no signal, the runtime is stuck, or a "
        "volume cannot be unmounted, of which no event tells. Deleting by force leaves a process behind that writes. "
        "A process that uses up its whole grace period is still there for a few seconds, which is no trouble."
    ),
    remedies=("Look at the node: its kubelet's log, hung mounts", "Look at the driver's node plugin there", "Wait"),
    links=("https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/",),
)

CLEAN_UP_S = 30.0
"""How long a kubelet may take to kill, unmount and report after the grace period has run out."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when the pod is past its time; at info as long as the kubelet may be cleaning up."""
    if not ctx.older_than(pod.deletion_timestamp, ctx.thresholds.terminating_s):
        return
    is_calm = not ctx.older_than(pod.deletion_timestamp, ctx.thresholds.terminating_s + CLEAN_UP_S)
    where = f"node {pod.node_name}" if pod.node_name else "no node"
    blind = ctx.unknown(Kind.NODE)
    by = moment(pod.deletion_timestamp) if pod.deletion_timestamp is not None else "now"
    failed = next(events(ctx, pod, ("FailedKillPod",)), None)
    facts = [evidence(pod, "deletion_timestamp", by), evidence(pod, "node_name")]
    if failed is not None:
        facts.append(said(failed))
    yield STUCK.finding(
        pod,
        f"Pod is being stopped on {where}" if is_calm else f"Pod does not end on {where}",
        joined(
            f"The pod was to be gone by {by} and is still there.",
            cannot_tell(f"whether {where} answers", blind)
            or (f"Node {pod.node_name} is Ready." if pod.node_name else ""),
            f"The kubelet says: {quoted(message(failed))}" if failed is not None else "",
            "Its kubelet may still be killing and unmounting."
            if is_calm
            else "A process may hang on its volume, or a volume cannot be unmounted: of that no event tells.",
        ),
        pod.deletion_timestamp,
        severity=Severity.INFO if is_calm else STUCK.severity,
        next_step="" if is_calm else f"Look at {where}: the kubelet's log, hung mounts, the driver's node plugin.",
        evidence=tuple(facts),
        victims=pod.claim_keys,
    )


PATTERNS = (Pattern(STUCK.code, Kind.POD, ("FailedKillPod",), re.compile(r"error killing pod: (?P<why>.+)")),)

RULE = Rule(
    TERMINATING,
    (STUCK,),
    find,
    heard=(Heard(Kind.POD, ("FailedKillPod",)),),
    patterns=PATTERNS,
)
