"""force-delete-pod: take a pod off the API whose node can no longer say that its containers have ended.

What follows for its volumes is in kubernetes.io/docs/concepts/cluster-administration/node-shutdown and
kubernetes: pkg/controller/volume/attachdetach/reconciler/reconciler.go.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from storagetui.actions.action import Action, Inputs, Right
from storagetui.actions.doubt import doubt, is_lease_known
from storagetui.actions.plan import Check, Gone, Plan, PlannedRequest, Refusal, Replaced, RequestStep, Verb, WaitStep
from storagetui.actions.requests import kubectl
from storagetui.cluster.chains import attachments_of, pods_of, volume_of
from storagetui.cluster.state import Cluster
from storagetui.frame import Frame
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.nodes import LEASE_NAMESPACE, OUT_OF_SERVICE, Lease, Node
from storagetui.model.pods import Pod

ID = "force-delete-pod"
FORCE_DETACH = timedelta(minutes=6)
"""After which the attach/detach controller stops waiting for a node that is not Ready to unmount."""
_WITHIN_S = 60.0
_REPLACED_WITHIN_S = FORCE_DETACH.total_seconds() + 240.0
"""The detachment, then attachment, mount and start elsewhere."""
_NEEDED = (Kind.PERSISTENT_VOLUME_CLAIM, Kind.PERSISTENT_VOLUME, Kind.VOLUME_ATTACHMENT)
"""Kinds without which nothing can be said about where a pod's volumes are."""
_LEASE_IS_OLD = timedelta(seconds=40)
"""A kubelet renews every 10 s; the controller calls a node Unknown after 40 s up to 1.30, after 50 s since."""


def _is_for(frame: Frame, key: Key) -> Refusal | None:
    """Why the pod may not be forced away now."""
    pod = frame.cluster.get(Pod, key.namespace, key.name)
    if pod is None:
        return Refusal(f"pod {key.namespace}/{key.name} does not exist")
    if pod.deletion_timestamp is None:
        return Refusal("the pod is not being deleted", "Delete it the usual way first; it gets its grace period")
    if pod.deletion_timestamp > frame.at:
        return Refusal("the pod is still within its grace period", f"Wait until {pod.deletion_timestamp:%H:%M:%S} UTC")
    if pod.finalizers:
        held = ", ".join(pod.finalizers)
        return Refusal(f"finalizer {held} holds the pod", "Forcing does not remove a finalizer: mend what should")
    return _node_refusal(frame, pod)


def _node_refusal(frame: Frame, pod: Pod) -> Refusal | None:
    """A node that is alive must end the containers itself."""
    if not pod.node_name:
        return None
    node = frame.cluster.get(Node, "", pod.node_name)
    if node is None:
        return _unseen_node_refusal(frame, pod.node_name)
    if _is_out_of_service(node):
        return None
    if node.is_ready:
        return Refusal(
            f"node {node.name} is Ready: its kubelet still answers for the pod",
            "Look at the kubelet's log: what it cannot unmount or stop, forcing does not stop either",
        )
    lease = frame.cluster.get(Lease, LEASE_NAMESPACE, pod.node_name)
    if lease is None and not is_lease_known(frame, node.name):
        return Refusal(
            f"whether the kubelet of node {node.name} still renews its lease is not known",
            f"Wait until it is; that takes the rights get, list and watch on leases in {LEASE_NAMESPACE}",
        )
    if lease is not None and lease.renew_time is not None and frame.at - lease.renew_time < _LEASE_IS_OLD:
        return Refusal(
            f"node {node.name} is not Ready, but its kubelet still renews its lease",
            "Its kubelet is alive and may yet end the pod: look at its log",
        )
    return None


def _unseen_node_refusal(frame: Frame, name: str) -> Refusal | None:
    """A node that is not seen does not exist only if it would be seen."""
    why = doubt(frame, Kind.NODE)
    if not why:
        return None
    return Refusal(
        f"whether node {name} is gone cannot be told: {why}",
        "Somebody has to look who has the rights get, list and watch on nodes",
    )


def _is_out_of_service(node: Node) -> bool:
    return any(taint.key == OUT_OF_SERVICE for taint in node.taints)


def _plan(frame: Frame, key: Key, inputs: Inputs) -> Plan | Refusal:
    """The plan; there is nothing to ask the user for."""
    refusal = _is_for(frame, key)
    if refusal is not None:
        return refusal
    pod = frame.cluster.get(Pod, key.namespace, key.name)
    assert pod is not None, "is_for has looked"
    request = PlannedRequest(
        verb=Verb.DELETE,
        key=key,
        uid=pod.uid,
        resource_version=pod.resource_version,
        grace_period_seconds=0,
    )
    return Plan(
        action=ID,
        cluster_id=frame.cluster_id,
        key=key,
        uid=pod.uid,
        title=f"Force-delete pod {key.namespace}/{key.name}",
        steps=(
            RequestStep(
                title="delete the pod at once, without its node's word",
                request=request,
                done=Gone(key, pod.uid),
                within_s=_WITHIN_S,
            ),
            *_replacement_steps(pod),
        ),
        checks=tuple(_checks(frame, pod)),
        consequences=tuple(_consequences(frame, pod)),
        kubectl=(kubectl(request),),
        typed=key.name,
    )


def _replacement_steps(pod: Pod) -> Iterator[WaitStep]:
    """Only a set makes a pod of the same name, which can then be followed."""
    owner = pod.controller
    if owner is not None and owner.kind == Kind.STATEFUL_SET:
        title = f"watch until set {owner.name} has it running again"
        yield WaitStep(title=title, done=Replaced(pod.key, pod.uid, owner.name), within_s=_REPLACED_WITHIN_S)


def _checks(frame: Frame, pod: Pod) -> Iterator[Check]:
    """What was seen of the pod and its node; ages move while one reads and stand in the detail."""
    if pod.deletion_timestamp is not None:
        late = _since(pod.deletion_timestamp, frame.at)
        yield Check("the pod should have been gone, and no finalizer holds it", detail=f"{late} overdue")
    if not pod.node_name:
        yield Check("the pod has no node")
        return
    node = frame.cluster.get(Node, "", pod.node_name)
    if node is None:
        yield Check(f"node {pod.node_name} does not exist")
        return
    if _is_out_of_service(node):
        yield Check(f"node {node.name} is marked out of service")
    ready = node.ready
    status = ready.status if ready is not None else "not reported"
    yield Check(f"node {node.name} is not Ready (condition Ready is {status})")
    lease = frame.cluster.get(Lease, LEASE_NAMESPACE, pod.node_name)
    if lease is None or lease.renew_time is None:
        yield Check(f"node {node.name} has no lease that tells when its kubelet was last heard of", is_known=False)
    else:
        quiet = _since(lease.renew_time, frame.at)
        yield Check(f"node {node.name} has stopped renewing its lease", detail=f"{quiet} ago")


def _since(then: datetime, now: datetime) -> str:
    minutes, seconds = divmod(int((now - then).total_seconds()), 60)
    return f"{minutes}m{seconds:02}s" if minutes else f"{seconds}s"


def _consequences(frame: Frame, pod: Pod) -> Iterator[str]:
    yield (
        "You vouch that its containers no longer run: the API cannot tell a machine that is off from a network that is "
        "down, and this does not stop a process."
    )
    owner = pod.controller
    if owner is None:
        yield "Nothing makes this pod again."
    elif owner.kind == Kind.STATEFUL_SET:
        yield f"Set {owner.name} makes {pod.name} again at once: if the old one still runs, two have the same identity."
    else:
        yield f"{owner.kind} {owner.name} makes another pod in its place."
    yield from _volume_sentences(frame, pod)


def _volume_sentences(frame: Frame, pod: Pod) -> Iterator[str]:
    """When the pod's volumes can follow to another node; those of which the same holds in one sentence."""
    names = [key.name for key in pod.claim_keys]
    unseen = next((why for kind in _NEEDED if (why := doubt(frame, kind, pod.namespace))), "")
    if names and unseen:
        yield f"When the volumes of {_claims(names)} can follow cannot be told: {unseen}."
        return
    fates: dict[str, list[str]] = {}
    for key in pod.claim_keys:
        claim = frame.cluster.get(PersistentVolumeClaim, key.namespace, key.name)
        fate = _fate(frame.cluster, pod, claim) if claim is not None else "the claim does not exist."
        fates.setdefault(fate, []).append(key.name)
    for fate, alike in fates.items():
        yield f"Volumes of {_claims(alike)}: {fate}" if len(alike) > 1 else f"Volume of {_claims(alike)}: {fate}"


def _claims(names: list[str]) -> str:
    return f"claims {', '.join(names)}" if len(names) > 1 else f"claim {names[0]}"


def _fate(cluster: Cluster, pod: Pod, claim: PersistentVolumeClaim) -> str:
    """What becomes of a claim's volume once the pod is gone."""
    volume = volume_of(cluster, claim)
    if volume is None:
        return "there is none."
    if "ReadWriteMany" in claim.access_modes:
        return "ReadWriteMany, so that other nodes can mount it at once."
    node = cluster.get(Node, "", pod.node_name) if pod.node_name else None
    others = [one.name for one in pods_of(cluster, claim.key) if one.uid != pod.uid and one.node_name == pod.node_name]
    if not any(one.node_name == pod.node_name for one in attachments_of(cluster, volume.name)):
        return f"not attached to {pod.node_name or 'a node'}, so that nothing holds it back."
    if others:
        return f"still attached to {pod.node_name} afterwards, because {', '.join(others)} uses it there too."
    if node is not None and _is_out_of_service(node):
        return f"detached from {pod.node_name} at once, because the node is out of service."
    minutes = int(FORCE_DETACH.total_seconds() // 60)
    return (
        f"still attached to {pod.node_name} for up to {minutes} minutes after the pod is gone, and a replacement on "
        "another node waits for that. Marking the node out of service, once it is surely off, saves the wait."
    )


def _reads(frame: Frame, key: Key) -> tuple[Key, ...]:
    pod = frame.cluster.get(Pod, key.namespace, key.name)
    if pod is None or not pod.node_name:
        return (key,)
    return (key, Key(Kind.NODE, "", pod.node_name), Key(Kind.LEASE, LEASE_NAMESPACE, pod.node_name))


def _minds_time(frame: Frame, key: Key) -> bool:
    """Its grace period, and its node's lease, run out."""
    pod = frame.cluster.get(Pod, key.namespace, key.name)
    return pod is not None and pod.deletion_timestamp is not None


FORCE_DELETE_POD = Action(
    id=ID,
    title="force-delete pod",
    record=Pod,
    rights=(Right(Verb.DELETE, Kind.POD),),
    is_for=_is_for,
    minds_time=_minds_time,
    plan=_plan,
    reads=_reads,
)
