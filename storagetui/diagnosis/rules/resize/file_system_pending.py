"""The disk has grown, and the file system on it has not yet."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.growth import (
    FILE_SYSTEM_PENDING,
    GROWING,
    NODE_PENDING,
    driver,
    facts,
    holds,
    told,
    users,
    volume,
)
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import listed, moment
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind

_EXPANDING = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims"

NO_POD = State(
    code="resize-fs-pending-no-pod",
    title="Volume has grown; file system grows at the next mount",
    severity=Severity.INFO,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The storage part is done. The capacity in the claim's status changes only after a node has mounted the volume "
        "and grown the file system: nothing is wrong."
    ),
    remedies=("Start the workload that mounts the claim, when it is wanted", "Wait"),
    links=(_EXPANDING,),
    is_calm=True,
)
STUCK = State(
    code="resize-fs-pending-stuck",
    title="File system does not grow although a pod runs",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The kubelet of a running pod does it within a minute or so. It does not when the driver's node plugin lacks "
        "EXPAND_VOLUME or answers FailedPrecondition, or when the node had finished already and this was not noted: "
        "compare what df shows with the size of the volume."
    ),
    remedies=(
        "Compare what df shows in the pod with the size of the volume",
        "Read the log of the driver's node plugin and the kubelet's on that node",
        "Delete the pod, so that the volume is mounted anew",
    ),
    links=(
        _EXPANDING,
        "https://kubernetes-csi.github.io/docs/volume-expansion.html",
        "https://github.com/kubernetes/kubernetes/issues/131402",
    ),
)
PATIENCE_S = 300.0
"""How long a kubelet with a running pod may take."""


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when it is the node's turn: one state without a running pod, the other with one that has run for long."""
    pending = holds(claim, FILE_SYSTEM_PENDING)
    if pending is None and claim.allocated_status not in NODE_PENDING:
        return
    since = pending.last_transition_time if pending is not None else None
    running = [pod for pod in users(claim, ctx) if pod.phase == "Running"]
    if not running:
        yield NO_POD.finding(
            claim,
            f"Volume has grown to {claim.allocated or claim.requested}; its file system grows at the next mount",
            told(claim, ctx, "The disk has grown; the file system grows when a pod mounts it. Nothing is wrong."),
            since,
            certainty=Certainty.INFERRED if ctx.unknown(Kind.POD) else Certainty.CONFIRMED,
            next_step="Start a pod that mounts the claim when the room is wanted.",
            evidence=facts(claim),
        )
        return
    long = [pod for pod in running if ctx.older_than(pod.start_time or pod.creation_timestamp, PATIENCE_S)]
    if not long or not ctx.older_than(since, PATIENCE_S):
        return
    nodes = listed(sorted({pod.node_name for pod in long}))
    when = f" since {moment(since)}" if since is not None else ""
    yield STUCK.finding(
        claim,
        f"File system does not grow on {nodes} although the disk has",
        told(
            claim,
            ctx,
            f"The disk has grown, and the file system should have followed within a minute; it has been due{when}.",
            "No event tells why.",
        ),
        since,
        next_step=f"Compare what df shows in {long[0].name} with the volume's size; then read the log of the node "
        f"plugin of {driver(claim, volume(claim, ctx))} on {long[0].node_name}.",
        evidence=(*facts(claim), *(evidence(pod, "phase") for pod in long[:3])),
    )


RULE = Rule(
    GROWING,
    (NO_POD, STUCK),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("FileSystemResizeRequired",)),),
    patterns=(
        Pattern(
            NO_POD.code,
            Kind.PERSISTENT_VOLUME_CLAIM,
            ("FileSystemResizeRequired",),
            re.compile(r"Require file system resize of volume on node"),
        ),
    ),
)
