"""A pod wants a claim that one pod alone may use, and another one does."""

import re
from collections.abc import Iterator

from storagetui.cluster.chains import pods_of, workload_of
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.moments import latest
from storagetui.diagnosis.pod_states import UNSCHEDULED, is_over, waiting_since
from storagetui.diagnosis.pod_volumes import node_words
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined, since
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

HELD = State(
    code="sched-rwop-conflict",
    title="ReadWriteOncePod claim is in use by another pod",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "One pod in the whole cluster may use such a claim. A rolling update that starts the new pod before it ends "
        "the old one can never succeed; a pod of higher priority may take the holder's place."
    ),
    remedies=(
        "Look at the pod that holds the claim",
        "Give the Deployment the strategy Recreate, or maxSurge 0 and maxUnavailable 1",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes",),
)

ONE_POD = "ReadWriteOncePod"


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when another pod that has a node and has not ended uses such a claim."""
    if ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM) or ctx.unknown(Kind.POD):
        return
    for key in pod.claim_keys:
        claim = ctx.cluster.get(PersistentVolumeClaim, key.namespace, key.name)
        if claim is None or ONE_POD not in claim.access_modes:
            continue
        holder = next((one for one in pods_of(ctx.cluster, key) if _holds(one, pod)), None)
        began = latest((waiting_since(pod), holder.creation_timestamp if holder is not None else None))
        if holder is not None and ctx.older_than(began, ctx.thresholds.pod_pending_s):
            yield _held(pod, claim, holder, ctx)
            return


def _holds(one: Pod, pod: Pod) -> bool:
    return one.key != pod.key and bool(one.node_name) and not is_over(one)


def _held(pod: Pod, claim: PersistentVolumeClaim, holder: Pod, ctx: Context) -> Finding:
    owner = workload_of(ctx.cluster, pod)
    is_same = owner is not None and owner == workload_of(ctx.cluster, holder)
    going = f" It is being ended{since(holder.deletion_timestamp)}." if holder.deletion_timestamp is not None else ""
    rollout = (
        f"Both pods belong to {owner.kind} {owner.name}: while it starts the new pod first, it cannot go on."
        if is_same and owner is not None and owner.kind is Kind.DEPLOYMENT
        else ""
    )
    return HELD.finding(
        pod,
        f"Claim {claim.name} is held by pod {holder.name} on {holder.node_name}",
        joined(
            f"Claim {claim.name} is {ONE_POD}: one pod alone may use it, and pod {holder.name} on node "
            f"{holder.node_name} does{since(holder.start_time)}.{going}",
            node_words(holder.node_name, ctx),
            rollout,
        ),
        waiting_since(pod),
        next_step=f"Look at pod {holder.name}: this one gets a node once that one has ended.",
        evidence=(evidence(claim, "access_modes"), evidence(holder, "node_name"), evidence(holder, "phase")),
        causes=(holder.key,),
    )


PATTERNS = (Pattern(HELD.code, Kind.POD, ("FailedScheduling",), re.compile(r"ReadWriteOncePod access mode")),)
"""kubernetes: pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go; reworded in 1.34."""

RULE = Rule(
    UNSCHEDULED,
    (HELD,),
    find,
    heard=(Heard(Kind.POD, ("FailedScheduling",)),),
    patterns=PATTERNS,
)
