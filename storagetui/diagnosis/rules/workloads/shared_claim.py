"""Pods of one Deployment want a volume on several nodes that one node at a time may have.

Told of the Deployment, which is the cause, and of each pod that waits.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from storagetui.cluster.chains import pods_of, workload_of
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.moments import earliest
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, is_over, waiting_since, waits_for_volumes
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State, Symptom
from storagetui.diagnosis.words import joined, listed, things, verb
from storagetui.model.claims import SHARED_MODES, PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from storagetui.model.workloads import Deployment

ROLLOUT = State(
    code="deploy-rwo-rollout-deadlock",
    title="New pod waits for the volume that the old pod holds",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "With one replica the default strategy starts the new pod before it stops the old one (25 % of "
        "one pod that may "
        "be missing rounds down to none). On another node the new pod can never get the volume, so it never becomes "
        "Ready, and the old one is never stopped. On the same node it works by luck."
    ),
    remedies=(
        "Give the Deployment the strategy Recreate, or maxSurge 0 and maxUnavailable 1",
        "To free the volume now, scale the Deployment to nothing and back",
        "Use a volume that many nodes can mount, or a StatefulSet with a claim for each replica",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy",
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes",
    ),
)
REPLICAS = State(
    code="deploy-rwo-replicas",
    title="Several replicas share a volume that one node may attach",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "All replicas of a Deployment use the same claim. Those on other nodes than the volume's never start; those on "
        "one node write into the same file system, which most software does not survive. A StatefulSet gives each "
        "replica a claim of its own."
    ),
    remedies=(
        "Scale the Deployment to one replica",
        "Use a StatefulSet with a claim for each replica, or a volume that many nodes can mount",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes",
        "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/",
    ),
)

_HELD = re.compile(r"(?:Multi-Attach error|Waiting for detach) for volume")
"""kubernetes: pkg/controller/volume/attachdetach/reconciler/reconciler.go."""


class Conflict(NamedTuple):
    """Pods of one Deployment on several nodes that use one claim."""

    claim: PersistentVolumeClaim
    waiting: list[Pod]
    holding: list[Pod]
    """Those that have it, on another node than the waiting ones."""


def names_claims(owner: Deployment) -> bool:
    """Whether the pods use claims, and there are to be any."""
    return owner.replicas != 0 and any(one.claim_name for one in owner.template_volumes)


WITH_CLAIMS = Symptom("deployment names claims", Deployment, names_claims)


def find(owner: Deployment, ctx: Context) -> Iterator[Finding]:
    """Yield for the Deployment: a failure when pods wait, a risk when several run on one node."""
    if ctx.unknown(Kind.POD) or ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM) or ctx.unknown(Kind.REPLICA_SET):
        return
    for claim in _for_one_node(owner.namespace, (one.claim_name for one in owner.template_volumes), ctx):
        conflict, state = _conflict(claim, owner.key, ctx), _state(owner)
        if conflict is not None and state is not None:
            yield _failure(owner, state, conflict)
        elif (owner.replicas or 1) > 1:
            yield _risk(owner, claim)


def find_pod(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for a pod that waits for a volume which another pod of its Deployment has elsewhere."""
    if ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM) or ctx.unknown(Kind.REPLICA_SET) or ctx.unknown(Kind.DEPLOYMENT):
        return
    owner = ctx.cluster.find(workload_of(ctx.cluster, pod) or pod.key)
    if not isinstance(owner, Deployment) or not _is_late(pod, ctx):
        return
    for claim in _for_one_node(pod.namespace, (key.name for key in pod.claim_keys), ctx):
        conflict = _conflict(claim, owner.key, ctx)
        if conflict is None or not any(one.key == pod.key for one in conflict.waiting):
            continue
        holders = [one for one in conflict.holding if one.node_name != pod.node_name]
        state = _state(owner)
        if state is None or not holders:
            continue
        yield state.finding(
            pod,
            f"Volume is held on node {holders[0].node_name} by {things('pod', [one.name for one in holders])}",
            joined(
                f"Claim {claim.name} may be on one node at a time. Pod {pod.name} is on {pod.node_name}, and "
                f"{_places(holders)} of the same Deployment {owner.name} {verb(len(holders), 'has', 'have')} it.",
                "The old pod is not stopped before this one is Ready, so both wait for ever."
                if state is ROLLOUT
                else "It is let go when no pod there uses it any more.",
            ),
            waiting_since(pod),
            next_step=f"Look at Deployment {owner.name}: its strategy and replicas do not go together with this claim.",
            evidence=(evidence(pod, "node_name"), evidence(holders[0], "node_name"), _modes(claim)),
            victims=(claim.key,),
            causes=(owner.key,),
        )
        return


def _for_one_node(namespace: str, names: Iterable[str], ctx: Context) -> Iterator[PersistentVolumeClaim]:
    """Those of the claims, each once, that exist and that one node at a time may have."""
    for name in dict.fromkeys(filter(None, names)):
        claim = ctx.cluster.get(PersistentVolumeClaim, namespace, name)
        if claim is not None and not any(mode in SHARED_MODES for mode in claim.modes):
            yield claim


def _conflict(claim: PersistentVolumeClaim, owner: Key, ctx: Context) -> Conflict | None:
    users = [
        pod
        for pod in pods_of(ctx.cluster, claim.key)
        if pod.node_name and not is_over(pod) and workload_of(ctx.cluster, pod) == owner
    ]
    waiting = [pod for pod in users if waits_for_volumes(pod) and _is_late(pod, ctx)]
    places = {pod.node_name for pod in waiting}
    holding = [
        pod
        for pod in users
        if not waits_for_volumes(pod)
        and pod.deletion_timestamp is None  # one that is to go, after a drain for instance, lets go of it by itself
        and (len(places) > 1 or pod.node_name not in places)
    ]
    return Conflict(claim, waiting, holding) if waiting and holding else None


def _is_late(pod: Pod, ctx: Context) -> bool:
    return ctx.older_than(waiting_since(pod), ctx.thresholds.container_creating_s)


def _state(owner: Deployment) -> State | None:
    """Which of the two it is; None where the old pod is stopped first and the wait ends by itself."""
    if (owner.replicas or 1) > 1:
        return REPLICAS
    return None if owner.strategy == "Recreate" else ROLLOUT


def _failure(owner: Deployment, state: State, conflict: Conflict) -> Finding:
    claim, waiting, holding = conflict
    names = [pod.name for pod in waiting]
    why = (
        f"It has one replica and the strategy {owner.strategy or 'RollingUpdate'}: the old pod is stopped "
        "only once the new one is Ready."
        if state is ROLLOUT
        else f"It has {owner.replicas} replicas, which all use this one claim."
    )
    return state.finding(
        owner,
        f"{things('Pod', names)} {verb(len(names), 'waits', 'wait')} for the volume that {_places(holding)} "
        f"{verb(len(holding), 'has', 'have')}",
        joined(
            f"Claim {claim.name} ({', '.join(claim.modes)}) may be on one node at a time.",
            f"{_places(holding)} {verb(len(holding), 'has', 'have')} it.",
            f"{_places(waiting)} {verb(len(names), 'waits', 'wait')} for it.",
            why,
        ),
        earliest(waiting_since(pod) for pod in waiting),
        next_step=f"Give Deployment {owner.name} the strategy Recreate."
        if state is ROLLOUT
        else f"Scale Deployment {owner.name} to one replica, or give each replica a claim of its own: a StatefulSet.",
        evidence=(evidence(owner, "replicas"), evidence(owner, "strategy"), _modes(claim)),
        victims=(*(pod.key for pod in waiting), claim.key),
    )


def _risk(owner: Deployment, claim: PersistentVolumeClaim) -> Finding:
    return REPLICAS.finding(
        owner,
        f"{owner.replicas} replicas share claim {claim.name}, which one node may attach",
        f"Deployment {owner.name} has {owner.replicas} replicas, and all use claim {claim.name} "
        f"({', '.join(claim.modes)}). None waits for it now; a replica on another node would, and those on one node "
        "write into the same file system.",
        None,
        severity=Severity.LOW,
        next_step="If the replicas should have data of their own, use a StatefulSet; if not, a volume for many nodes.",
        evidence=(evidence(owner, "replicas"), _modes(claim)),
    )


def _places(pods: list[Pod]) -> str:
    return listed(f"{pod.name} on {pod.node_name}" for pod in pods)


def _modes(claim: PersistentVolumeClaim) -> Evidence:
    return evidence(claim, "access_modes", ", ".join(claim.access_modes))


PATTERNS = tuple(
    Pattern(state.code, Kind.POD, ("FailedAttachVolume",), _HELD, is_catch_all=True, needs_objects=True)
    for state in (ROLLOUT, REPLICAS)
)
RULE = Rule(
    WITH_CLAIMS, (ROLLOUT, REPLICAS), find, heard=(Heard(Kind.POD, ("FailedAttachVolume",)),), patterns=PATTERNS
)
POD_RULE = Rule(CREATING_CONTAINERS, (), find_pod)
"""Tells of the same states as RULE does, at the pods."""
