"""A volume that one node at a time may have is attached to another node than the pod's."""

import re
from collections.abc import Iterator
from datetime import timedelta

from storagetui.cluster.chains import pods_of, workload_of
from storagetui.diagnosis.event_text import first_match, message, said
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.moments import earliest
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, is_over, waiting_since
from storagetui.diagnosis.pod_volumes import Bound, attachments, bound_volumes, is_for_one_node, node, node_words
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, moment, quoted, since, things, verb
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.keys import Key, Kind
from storagetui.model.nodes import OUT_OF_SERVICE, Node
from storagetui.model.pods import Pod

_FORCE_DETACH_S = 360.0
"""maxWaitForUnmountDuration of the attach/detach controller, counted from the moment the pod object was gone."""
OVERDUE_S = _FORCE_DETACH_S + 30.0
"""When it should have happened, with time for the controller to see it and for the driver to do it."""

USED = State(
    code="attach-multi-attach-used",
    title="Volume is on another node, used by live pods",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "A volume that only one node may attach is held by a node where a pod still uses it. The attach waits until "
        "that pod is gone."
    ),
    remedies=(
        "Look at the pods that use the volume",
        "Give a Deployment with such a volume the strategy Recreate and one replica",
        "Move the waiting pod to the node that holds the volume",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes",
        "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy",
    ),
)
STALE = State(
    code="attach-multi-attach-stale",
    title="Volume is still attached to a node where nothing uses it",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The old pod is gone but its node has not let go of the volume. On a node that answers it is let go once its "
        "kubelet has unmounted it; on one that does not, the controller waits six minutes, and for ever where it runs "
        "with --disable-force-detach-on-timeout. A node with the out-of-service taint is not waited for."
    ),
    remedies=(
        "Look at the attachment and at the node that holds it",
        "Bring the node back",
        "Mark the node out of service, once it is certain that it is off",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown",
        "https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#storage-force-detach-on-timeout",
    ),
)
WAITS = State(
    code="node-lost-volumes-in-use",
    title="Six-minute wait before force detach",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The controller detaches from a node that is not Ready only six minutes after the pod object is gone, counted "
        "by the controller and restarted with it; deleting the Node does not shorten it, the out-of-service taint does."
    ),
    remedies=("Wait", "Bring the node back", "Mark the node out of service, once it is certain that it is off"),
    links=STALE.links,
    is_calm=True,
)

_MULTI_ATTACH = r'(?:Multi-Attach error|Waiting for detach) for volume "(?P<volume>[^"]+)"\s+Volume is already '
_USED = re.compile(_MULTI_ATTACH + r"used by (?P<pods>(?:\d+ )?pod\(s\) .+)")
_HELD = re.compile(_MULTI_ATTACH + r"exclusively attached")
"""kubernetes: pkg/controller/volume/attachdetach/reconciler/reconciler.go; written once a volume and node.

Up to 1.36 it begins with "Multi-Attach error", since 1.37 with "Waiting for detach".
"""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for volumes attached elsewhere and not here; from events where attachments cannot be read."""
    if not ctx.older_than(waiting_since(pod), ctx.thresholds.container_creating_s):
        return
    if ctx.unknown(Kind.VOLUME_ATTACHMENT) or ctx.unknown(Kind.PERSISTENT_VOLUME):
        yield from _from_events(pod, ctx)
        return
    for one in bound_volumes(pod, ctx):
        if not is_for_one_node(one):
            continue
        found = attachments(one, ctx)
        if any(other.node_name == pod.node_name and other.is_attached for other in found):
            continue
        elsewhere = sorted(
            (other for other in found if other.node_name != pod.node_name), key=lambda other: not other.is_attached
        )
        for other in elsewhere[:1]:
            yield from _held(pod, one, other, ctx)


def _held(pod: Pod, one: Bound, other: VolumeAttachment, ctx: Context) -> Iterator[Finding]:
    holders = [
        user
        for user in pods_of(ctx.cluster, one.claim.key)
        if user.node_name == other.node_name and not is_over(user) and user.uid != pod.uid
    ]
    facts = (
        evidence(pod, "node_name"),
        evidence(other, "node_name"),
        evidence(other, "is_attached", str(other.is_attached).lower()),
        evidence(one.volume, "access_modes", ", ".join(one.volume.access_modes)),
        *((evidence(other, "detach_error"),) if other.detach_error else ()),
        *_ready(other.node_name, ctx),
    )
    state = "is attached" if other.is_attached else "is being attached"
    start = joined(
        f"Volume {one.volume.name} of claim {one.claim.name} may be on one node at a time, and {state} to "
        f"{other.node_name}{since(other.creation_timestamp)} while the pod waits for it on {pod.node_name}.",
        f"It is to be detached there{since(other.deletion_timestamp)}." if other.deletion_timestamp is not None else "",
        f"The driver says: {quoted(other.detach_error)}" if other.detach_error else "",
    )
    if holders:
        yield _used(pod, one, holders, other.node_name, ctx, (start, facts))
    elif other.is_attached:
        yield _unused(pod, one, other, ctx, (start, facts))


Told = tuple[str, tuple[Evidence, ...]]
"""How the explanation begins, and what it rests on."""


def _used(pod: Pod, one: Bound, holders: list[Pod], node_name: str, ctx: Context, told: Told) -> Finding:
    start, facts = told
    names = [holder.name for holder in holders]
    going = [holder for holder in holders if holder.deletion_timestamp is not None]
    is_are = verb(len(names), "uses", "use")
    return USED.finding(
        pod,
        f"Volume is held on node {node_name} by {things('pod', names)}",
        joined(
            start,
            f"{things('Pod', names)} {is_are} it there{since(earliest(holder.start_time for holder in holders))}.",
            *(_end_words(holder, ctx) for holder in going),
            node_words(node_name, ctx),
            "" if going else _shared_deployment(pod, holders, ctx),
            f"The volume is let go when {verb(len(names), 'that pod is', 'those pods are')} gone.",
        ),
        waiting_since(pod),
        next_step=_step(holders, going, node_name, ctx),
        evidence=facts,
        victims=(one.claim.key,),
        causes=_causes(pod, holders, node_name, ctx),
        shared=joined(f"Volumes are held on node {node_name} while pods elsewhere wait.", node_words(node_name, ctx))
        if not going
        else "",
    )


def _deployment(pod: Pod, holders: list[Pod], ctx: Context) -> Key | None:
    """The Deployment to which both the waiting pod and one that holds the volume belong."""
    owner = workload_of(ctx.cluster, pod)
    if owner is None or owner.kind is not Kind.DEPLOYMENT:
        return None
    return owner if any(workload_of(ctx.cluster, holder) == owner for holder in holders) else None


def _shared_deployment(pod: Pod, holders: list[Pod], ctx: Context) -> str:
    owner = _deployment(pod, holders, ctx)
    if owner is None:
        return ""
    return f"Both belong to Deployment {owner.name}, which keeps the old pod until the new one is Ready."


def _causes(pod: Pod, holders: list[Pod], node_name: str, ctx: Context) -> tuple[Key, ...]:
    """Pods that are to go and do not; else the node that does not answer; else the Deployment that has both."""
    going = tuple(holder.key for holder in holders if holder.deletion_timestamp is not None)
    if going:
        return going
    if _is_dead(node_name, ctx):
        return (Key(Kind.NODE, "", node_name),)
    owner = _deployment(pod, holders, ctx)
    return (owner,) if owner is not None else ()


def _is_dead(node_name: str, ctx: Context) -> bool:
    """Whether a node is known not to answer, or not to exist."""
    found = node(node_name, ctx)
    return not ctx.unknown(Kind.NODE) and (found is None or not found.is_ready)


def _end_words(holder: Pod, ctx: Context) -> str:
    """How far a pod is that is to go: its deletion time holds the grace period already."""
    end = holder.deletion_timestamp
    if end is None:
        return ""
    if ctx.older_than(end, 0.0):
        return f"{holder.name} was to be gone by {moment(end)} and is still there."
    return f"{holder.name} is being ended, and has until {moment(end)} for it."


def _step(holders: list[Pod], going: list[Pod], name: str, ctx: Context) -> str:
    ending = [one for one in going if not ctx.older_than(one.deletion_timestamp, 0.0)]
    if ending:
        return f"Wait until {ending[0].name} has ended; in an emergency delete it by force, if nothing writes any more."
    if going:
        return f"Look at pod {going[0].name}: its finding says why it does not end."
    return f"Look at pod {holders[0].name} on {name}: end it, or let this pod run on that node."


def _unused(pod: Pod, one: Bound, other: VolumeAttachment, ctx: Context, told: Told) -> Finding:
    """No pod uses the volume where it is attached: a node that answers lets go, one that does not is waited for."""
    start, facts = told
    name, gone = other.node_name, f"No pod on {other.node_name} uses it any more."
    holder = node(name, ctx)
    if ctx.unknown(Kind.NODE) or (holder is not None and holder.is_ready):
        state, then = STALE, f"It is let go once the kubelet there has unmounted it; {_in_use(one, holder)}."
        step = _why_held(one, other, holder)
    elif holder is not None and any(taint.key == OUT_OF_SERVICE for taint in holder.taints):
        state, then = STALE, f"{name} carries the out-of-service taint, so that the controller does not wait for it."
        step = "Look at the attachment: the driver's controller does not detach it."
    else:
        begun = pod.creation_timestamp
        late = ctx.older_than(begun, OVERDUE_S)
        at = moment(begun + timedelta(seconds=_FORCE_DETACH_S)) if begun is not None else "a time not known"
        state = STALE if late else WAITS
        then = "The controller detaches it by force six minutes after the old pod was gone, "
        then += f"which was due at {at} at the earliest." if late else f"at {at} at the earliest."
        step = f"Wait, or bring {name} back; if it is certain that {name} is off, mark it out of service."
    return state.finding(
        pod,
        f"Volume is still attached to node {name}, where nothing uses it",
        joined(start, gone, node_words(name, ctx), then),
        waiting_since(pod),
        next_step=step,
        evidence=facts,
        victims=(one.claim.key,),
        causes=_unused_causes(other, ctx),
        shared=joined(f"Volumes are still attached to node {name}, where nothing uses them.", node_words(name, ctx)),
    )


def _why_held(one: Bound, other: VolumeAttachment, holder: Node | None) -> str:
    """Where to look for what keeps a node that answers from letting go."""
    name = other.node_name
    if other.deletion_timestamp is not None:
        return f"Look at the controller of {one.volume.driver or 'the driver'}: it does not detach from {name}."
    if holder is None or _unique(one) in holder.volumes_in_use:
        return f"Look at node {name}: its kubelet or the driver's node plugin does not unmount {one.volume.name}."
    return f"Look at the log of kube-controller-manager for {one.volume.name}: it is to ask for the detach from {name}."


def _unique(one: Bound) -> str:
    return f"kubernetes.io/csi/{one.volume.driver}^{one.volume.volume_handle}"


def _in_use(one: Bound, holder: Node | None) -> str:
    """Whether the node says that it has the volume mounted."""
    if holder is None:
        return "that has not happened"
    if _unique(one) in holder.volumes_in_use:
        return "by its own word it has it in use still"
    return "by its own word it no longer has it in use, so that the controller is to detach it"


def _unused_causes(other: VolumeAttachment, ctx: Context) -> tuple[Key, ...]:
    """The node that does not let go because it does not answer, else the attachment, as where the node is gone."""
    is_there = node(other.node_name, ctx) is not None
    if other.deletion_timestamp is None and is_there and _is_dead(other.node_name, ctx):
        return (Key(Kind.NODE, "", other.node_name),)
    return (other.key,)


def _ready(name: str, ctx: Context) -> tuple[Evidence, ...]:
    found = node(name, ctx)
    if found is None or found.ready is None:
        return ()
    return (evidence(found, "conditions", f"Ready={found.ready.status}{since(found.ready.last_transition_time)}"),)


def _from_events(pod: Pod, ctx: Context) -> Iterator[Finding]:
    told = first_match(ctx, pod, PATTERNS, waiting_since(pod))
    if told is None:
        return
    blind = ctx.unknown(Kind.VOLUME_ATTACHMENT) or ctx.unknown(Kind.PERSISTENT_VOLUME)
    yield (USED if told.code == USED.code else STALE).finding(
        pod,
        f"Volume {told.match['volume']} is held by another node",
        joined(
            f"The controller says: {quoted(message(told.event))}",
            cannot_tell("which node holds it now", blind),
        ),
        waiting_since(pod),
        certainty=Certainty.INFERRED,
        next_step="Look for the pod that used the volume before, and end it where it is not wanted.",
        evidence=(evidence(pod, "node_name"), said(told.event)),
        victims=pod.claim_keys,
    )


PATTERNS = (
    Pattern(USED.code, Kind.POD, ("FailedAttachVolume",), _USED),
    Pattern(STALE.code, Kind.POD, ("FailedAttachVolume",), _HELD),
)

RULE = Rule(
    CREATING_CONTAINERS,
    (USED, STALE, WAITS),
    find,
    heard=(Heard(Kind.POD, ("FailedAttachVolume",)),),
    patterns=PATTERNS,
)
