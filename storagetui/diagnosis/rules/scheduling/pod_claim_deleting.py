"""A pod names a claim that is being deleted."""

import re
from collections.abc import Iterator

from storagetui.cluster.chains import pods_of
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.moments import earliest, latest
from storagetui.diagnosis.pod_states import UNSCHEDULED, waiting_since
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, listed, since, things, verb
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume

DELETING = State(
    code="sched-pvc-deleting",
    title="Pod names a claim that is being deleted",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "A deletion cannot be taken back: the pod starts only with a new claim of the same name, after the old one is "
        "gone. What is on the old volume goes with it, unless the volume's policy is Retain."
    ),
    remedies=(
        "Set the volume's reclaim policy to Retain, so that the data outlives the claim",
        "Look at what still uses the claim, finished pods included",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection",),
)


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when a claim of the pod is to go and is still there."""
    if ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM):
        return
    named = (ctx.cluster.get(PersistentVolumeClaim, key.namespace, key.name) for key in pod.claim_keys)
    going = [one for one in named if one is not None and one.deletion_timestamp is not None]
    if not going or not ctx.older_than(waiting_since(pod), ctx.thresholds.pod_pending_s):
        return
    names = [one.name for one in going]
    yield DELETING.finding(
        pod,
        f"{things('Claim', names)} {verb(len(names), 'is', 'are')} being deleted",
        joined(
            *(_fate(one, ctx) for one in going),
            "The scheduler gives the pod no node before: it needs a new claim of the same name.",
        ),
        earliest(latest((waiting_since(pod), one.deletion_timestamp)) for one in going),
        next_step=f"If the data is needed, set policy Retain on the volume of {names[0]} now; then look at what holds "
        "the claim.",
        evidence=tuple(evidence(one, "deletion_timestamp") for one in going),
        causes=tuple(one.key for one in going),
    )


def _fate(claim: PersistentVolumeClaim, ctx: Context) -> str:
    """Since when the claim is to go, who uses it, and what becomes of its volume."""
    start = f"Claim {claim.name} is being deleted{since(claim.deletion_timestamp)}."
    users = [] if ctx.unknown(Kind.POD) else [one.name for one in pods_of(ctx.cluster, claim.key) if one.node_name]
    used = f"It is used by {listed(users)}." if users else ""
    volume = ctx.cluster.get(PersistentVolume, "", claim.volume_name) if claim.volume_name else None
    blind = ctx.unknown(Kind.PERSISTENT_VOLUME) if claim.volume_name else ""
    data = f"Volume {volume.name} has policy {volume.reclaim_policy}." if volume is not None and not blind else ""
    return joined(start, used, data, cannot_tell("what becomes of its volume", blind))


PATTERNS = (
    Pattern(
        DELETING.code,
        Kind.POD,
        ("FailedScheduling",),
        re.compile(r'persistentvolumeclaim "(?P<claim>[^"]+)" is being deleted'),
    ),
)
"""kubernetes: pkg/scheduler/framework/plugins/volumebinding/volume_binding.go."""

RULE = Rule(
    UNSCHEDULED,
    (DELETING,),
    find,
    heard=(Heard(Kind.POD, ("FailedScheduling",)),),
    patterns=PATTERNS,
)
