"""A kubelet has turned a pod away, because its node takes no more volumes."""

import re
from collections.abc import Iterator

from storagetui.cluster.chains import pods_of
from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.drivers import hint
from storagetui.diagnosis.finding import Certainty, Finding, evidence
from storagetui.diagnosis.pod_states import is_over
from storagetui.diagnosis.pod_volumes import drivers_of
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, Symptom
from storagetui.diagnosis.rules.attach.refusals import LIMIT
from storagetui.diagnosis.slots import slot_words
from storagetui.diagnosis.words import joined, quoted, things, verb
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

_REASON = "VolumeAttachmentLimitExceeded"
"""kubernetes: pkg/kubelet/volumemanager/volume_manager.go, since 1.35 (in 1.34 behind a gate)."""


def is_rejected(pod: Pod) -> bool:
    """Whether the pod has failed for want of a place for its volume."""
    return pod.phase == "Failed" and pod.reason == _REASON and pod.deletion_timestamp is None


REJECTED = Symptom("pod was rejected by its node", Pod, is_rejected)


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield until another pod has the pod's claims and is Ready: then it was placed anew."""
    users = [user for key in pod.claim_keys for user in pods_of(ctx.cluster, key) if not is_over(user)]
    if any(user.is_ready for user in users):
        return
    others = [user.name for user in users]
    yield LIMIT.finding(
        pod,
        f"Node {pod.node_name} takes no more volumes, and turned the pod away",
        joined(
            f"The kubelet of node {pod.node_name} rejected the pod. It says: {quoted(pod.message or pod.reason)}",
            *(joined(slot_words(pod.node_name, one, ctx), hint(one, Topic.LIMIT)) for one in drivers_of(pod, ctx)),
            f"{things('Pod', others)} {verb(len(others), 'waits', 'wait')} in its place."
            if others
            else "Nobody has taken its place.",
        ),
        None,
        certainty=Certainty.CONFIRMED,
        next_step=f"Let the pod be placed on another node than {pod.node_name}: its controller makes it again.",
        evidence=(evidence(pod, "phase"), evidence(pod, "reason"), evidence(pod, "node_name")),
        victims=pod.claim_keys,
    )


RULE = Rule(
    REJECTED,
    (),
    find,
    heard=(Heard(Kind.POD, (_REASON,)),),
    patterns=(
        Pattern(
            LIMIT.code,
            Kind.POD,
            (_REASON,),
            re.compile(r"Node has reached its volume attachment limit, rejecting pod\. unmounted volumes="),
        ),
    ),
)
